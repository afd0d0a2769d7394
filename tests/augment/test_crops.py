import tracemalloc
from collections import Counter

import numpy as np
import pytest

from lenet.augment.crops import Crops, cropped
from lenet.data.dataset import Split


def numbered(n, channels=1, size=8):
    """Images whose pixels tell which image and which place they come from."""
    places = np.arange(size * size, dtype=np.uint8).reshape(size, size) + 1
    images = np.broadcast_to(places, (n, channels, size, size)).copy()
    images[:, :, :, 0] = 100 + np.arange(n, dtype=np.uint8)[:, None, None]
    return Split(images, np.arange(n, dtype=np.int32) % 10)


def all_images(split, seed=0, batch_size=7, **options):
    parts = list(Crops(**options).batches(split, batch_size, np.random.default_rng(seed)))
    return [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]


def as_keys(images):
    return Counter(image.tobytes() for image in images)


@pytest.mark.parametrize(("mirror", "factor"), [(True, 2), (False, 1)], ids=["mirror", "digits"])
@pytest.mark.parametrize("ncrops", [0, 1, 3])
def test_every_image_appears_as_often_as_it_should(mirror, factor, ncrops):
    split = numbered(5)
    # Without padding, a crop is the image itself: what is left can be counted exactly.
    images, labels = all_images(split, ncrops=ncrops, mirror=mirror, pad=0)
    expected = {}
    for image in split.images:
        expected[image.tobytes()] = 1 + ncrops
        if mirror:
            expected[image[..., ::-1].tobytes()] = 1 + ncrops
    assert as_keys(images) == expected
    assert len(labels) == 5 * Crops(ncrops, mirror).appearances == 5 * factor * (1 + ncrops)


def test_the_labels_go_with_the_images():
    split = numbered(9)
    images, labels = all_images(split, ncrops=2, mirror=True, pad=1)
    for image, label in zip(images, labels, strict=True):
        identity = image[image >= 100]
        assert set(identity - 100) <= {label}
        assert identity.size or label < 10


def test_an_image_itself_and_its_mirror_image_appear_once_each_beside_the_crops():
    split = numbered(4, size=9)
    images, _ = all_images(split, ncrops=2, mirror=True, seed=3)
    counts = as_keys(images)
    for image in split.images:
        # Each crop is uncropped by chance once in 81 times.
        assert 1 <= counts[image.tobytes()] <= 3
        assert 1 <= counts[image[..., ::-1].tobytes()] <= 3


def test_crops_are_cut_from_the_image_padded_with_zeros():
    rng = np.random.default_rng(0)
    images = rng.integers(1, 256, (162, 2, 5, 6), dtype=np.uint8)
    offsets = np.array([divmod(k % 81, 9) for k in range(162)]).T
    padded = np.pad(images, ((0, 0), (0, 0), (4, 4), (4, 4)))
    result = cropped(padded, offsets, pad=4)
    for image, crop, (row, column) in zip(images, result, offsets.T, strict=True):
        for channel in range(2):
            for i in range(5):
                for j in range(6):
                    y, x = i + row - 4, j + column - 4
                    inside = 0 <= y < 5 and 0 <= x < 6
                    assert crop[channel, i, j] == (image[channel, y, x] if inside else 0)


def test_all_offsets_are_drawn():
    image = np.arange(1, 82, dtype=np.uint8).reshape(1, 1, 9, 9)
    split = Split(np.repeat(image, 30, axis=0), np.zeros(30, np.int32))
    images, _ = all_images(split, ncrops=60, mirror=False)
    assert len(as_keys(images)) == 81


def test_a_seed_decides_the_epoch_and_the_next_one_differs():
    split = numbered(20)
    options = {"ncrops": 2, "mirror": True}
    first, again = all_images(split, seed=1, **options), all_images(split, seed=1, **options)
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)
    rng = np.random.default_rng(1)
    epochs = [
        np.concatenate([images for images, _ in Crops(**options).batches(split, 7, rng)])
        for _ in range(2)
    ]
    np.testing.assert_array_equal(epochs[0], first[0])
    assert not np.array_equal(epochs[0], epochs[1])


def test_appearances_are_shuffled_together():
    split = numbered(50)
    _, labels = all_images(split, ncrops=2, mirror=True)
    assert not np.array_equal(labels[:50], split.labels)
    # An epoch in six blocks of one version each would show every image once among the first fifty.
    images, _ = all_images(split, ncrops=2, mirror=True, pad=0)
    identities = images.max(axis=(1, 2, 3))
    assert len(set(identities[:50])) < 50


def test_the_last_batch_is_partial_and_the_split_is_left_alone():
    split = numbered(5)
    before = split.images.copy()
    sizes = [
        len(labels)
        for _, labels in Crops(1, mirror=True).batches(split, 8, np.random.default_rng(0))
    ]
    assert sizes == [8, 8, 4]
    np.testing.assert_array_equal(split.images, before)


def test_negative_crops_are_refused():
    with pytest.raises(ValueError, match="ncrops -1: expected at least 0"):
        Crops(-1, mirror=True)


def peak_bytes(ncrops):
    split = Split(np.zeros((400, 3, 32, 32), np.uint8), np.zeros(400, np.int32))
    tracemalloc.start()
    for _ in Crops(ncrops, mirror=True).batches(split, 50, np.random.default_rng(0)):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def test_memory_does_not_grow_with_the_crops_but_for_four_bytes_each():
    peak_bytes(2)  # what is allocated once
    growth = peak_bytes(8) - peak_bytes(2)
    more_appearances = 400 * (Crops(8, True).appearances - Crops(2, True).appearances)
    # The images themselves are 400 * 3072 bytes, twenty times the allowance.
    assert growth <= 4 * more_appearances + 400 * 3072 / 20
