import math

import numpy as np
import pytest
from scipy import stats

from lenet.augment.mixup import mixed, mixed_batches


def made(n_batches=3, n=6):
    rng = np.random.default_rng(0)
    for _ in range(n_batches):
        images = rng.integers(0, 256, (n, 2, 5, 4), dtype=np.uint8)
        yield images, rng.integers(0, 10, n).astype(np.int32)


def test_images_and_labels_are_mixed_alike():
    found = list(mixed_batches(made(), 1.0, np.random.default_rng(1)))
    assert len(found) == 3
    rng = np.random.default_rng(1)
    for (images, labels), (mixtures, own, partners, shares) in zip(made(), found, strict=True):
        drawn = rng.beta(1.0, 1.0)
        order = rng.permutation(6)
        assert (mixtures.dtype, own.dtype, partners.dtype) == (np.uint8, np.int32, np.int32)
        assert shares.dtype == np.float32
        assert len(set(shares.tolist())) == 1
        share = float(shares[0])
        assert share == pytest.approx(max(drawn, 1 - drawn), abs=1 / 512)
        np.testing.assert_array_equal(own, labels)
        np.testing.assert_array_equal(partners, labels[order])
        for place in np.ndindex(images.shape):
            other = (order[place[0]], *place[1:])
            exact = share * int(images[place]) + (1 - share) * int(images[other])
            assert mixtures[place] == math.floor(exact + 0.5)


def test_white_stays_white_and_the_whole_is_itself():
    white = np.full((1, 1, 2, 2), 255, np.uint8)
    images = next(made())[0]
    for share in range(128, 257):
        assert (mixed(white, white, share) == 255).all()
    np.testing.assert_array_equal(mixed(images, images[::-1], 256), images)


@pytest.mark.parametrize("alpha", [0.2, 1.0, 4.0])
def test_shares_are_of_the_beta_distribution_folded_at_its_middle(alpha):
    batches = [(np.zeros((1, 1, 1, 1), np.uint8), np.zeros(1, np.int32))] * 2000
    shares = [batch[3][0] for batch in mixed_batches(batches, alpha, np.random.default_rng(2))]
    assert min(shares) >= 0.5
    assert max(shares) <= 1
    beta = stats.beta(alpha, alpha)
    # Half a unit further on, as shares are rounded.
    for share in (0.6, 0.75, 0.9, 0.97):
        expected = beta.cdf(share + 1 / 512) - beta.cdf(1 - share - 1 / 512)
        assert np.mean(np.array(shares) <= share) == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize("alpha", [5e-324, 1e-9, 1000.0])
def test_extreme_alphas_give_shares(alpha):
    (batch,) = mixed_batches(made(1), alpha, np.random.default_rng(3))
    assert 0.5 <= batch[3][0] <= 1


def test_a_batch_of_one_image_is_itself():
    ((images, labels, partners, _),) = mixed_batches(made(1, 1), 1.0, np.random.default_rng(4))
    np.testing.assert_array_equal(images, next(made(1, 1))[0])
    assert labels == partners
