import numpy as np
import pytest
from scipy import stats

from lenet.augment.batch_plan import ImageChanges, border_tones, gaussian_quantiles, random_bits
from lenet.data.image_files import background


def random_images(n=5, channels=3, rows=6, columns=7):
    return np.random.default_rng(0).integers(0, 256, (n, channels, rows, columns), dtype=np.uint8)


def test_at_first_nothing_is_changed():
    images = random_images()
    for fill in ("edge", "background"):
        np.testing.assert_array_equal(ImageChanges(images.shape).applied_to(images, fill), images)


def test_only_the_chosen_images_are_changed():
    images, rng = random_images(), np.random.default_rng(1)
    changes, chosen = ImageChanges(images.shape), np.array([1, 3])
    changes.brighten(chosen, np.array([0.5, 2]))
    changes.warp(chosen, np.repeat(np.diag([1.0, -1, 1])[None], 2, axis=0))
    changes.bend(chosen, np.ones((2, 2, 6, 7), np.float32))
    changes.add_noise(chosen, 0.2, rng)
    found = changes.applied_to(images, "edge")
    for index, (before, after) in enumerate(zip(images, found, strict=True)):
        assert np.array_equal(before, after) == (index not in chosen)


def test_matrices_are_composed_and_displacements_and_factors_too():
    images = np.arange(2 * 36, dtype=np.uint8).reshape(2, 1, 6, 6)
    changes, every = ImageChanges(images.shape), np.arange(2)
    quarter = np.repeat(np.array([[0.0, 1, 0], [-1, 0, 0], [0, 0, 1]])[None], 2, axis=0)
    down = np.repeat(np.array([[1.0, 0, -1], [0, 1, 0], [0, 0, 1]])[None], 2, axis=0)
    changes.warp(every, quarter)
    changes.warp(every, down)
    for _ in range(2):
        changes.bend(every, np.full((2, 2, 6, 6), [[[0.5]], [[0]]], np.float32))
        changes.brighten(every, np.full(2, 1.5))
    found = changes.applied_to(images, "edge")
    for index in np.ndindex(2, 1, 6, 6):
        image, channel, row, column = index
        # Turned by a quarter, then moved down by a pixel; and what is shown is a row further on.
        place = min(column + 1, 5), min(5 - (row - 1), 5)
        expected = np.floor(images[image, channel, *place] * 2.25 + 0.5)
        assert found[index] == expected


def test_deviations_of_noise_add_up_as_those_of_sums():
    changes = ImageChanges((2, 1, 4, 4))
    for deviation in (0.3, 0.4):
        changes.add_noise(np.array([1]), deviation, np.random.default_rng(0))
    np.testing.assert_allclose(changes.noise, [0, 0.5])


@pytest.mark.parametrize("dtype", [np.uint16, np.int8])
def test_bits_are_integers_of_all_sizes_alike(dtype):
    values = random_bits((7, 11, 301), dtype, np.random.default_rng(0))
    assert values.shape == (7, 11, 301)
    assert values.dtype == dtype
    limits = np.iinfo(dtype)
    shares = (values.ravel().astype(float) - limits.min + 0.5) / (limits.max - limits.min + 1)
    assert stats.kstest(shares, "uniform").pvalue > 1e-3
    again = random_bits((7, 11, 301), dtype, np.random.default_rng(0))
    np.testing.assert_array_equal(values, again)


def test_no_bits():
    assert random_bits((0, 3), np.uint16, np.random.default_rng(0)).shape == (0, 3)


def test_border_tones_are_those_of_a_picture():
    images = random_images()
    expected = [background(image) for image in images]
    np.testing.assert_array_equal(border_tones(images), expected)


def test_quantiles_are_those_of_the_normal_distribution():
    quantiles = gaussian_quantiles() / 4096
    assert len(quantiles) == 4096
    assert (np.diff(quantiles) > 0).all()
    np.testing.assert_allclose(quantiles, -quantiles[::-1])
    assert quantiles.std() == pytest.approx(1, abs=1e-3)
    assert stats.kstest(quantiles, "norm").statistic < 1 / 4096
