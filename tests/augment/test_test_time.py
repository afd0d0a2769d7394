import numpy as np
import pytest
from scipy import ndimage

from lenet.augment.test_time import number_of_versions, versions


def random_images(side, channels=2):
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (3, channels, side, side), dtype=np.uint8)


@pytest.mark.parametrize(("side", "step"), [(1, 1), (28, 1), (32, 1), (47, 1), (49, 2), (96, 3)])
def test_versions_are_moved_by_a_pixel_of_32(side, step):
    images = random_images(side)
    moves = [(0, 0), (-step, 0), (step, 0), (0, -step), (0, step)]
    found = list(versions(images, mirror=False))
    assert len(found) == number_of_versions(mirror=False) == 5
    for version, (down, right) in zip(found, moves, strict=True):
        expected = ndimage.shift(images, (0, 0, down, right), order=0, mode="nearest")
        np.testing.assert_array_equal(version, expected)
        assert version.dtype == np.uint8


def test_each_is_followed_by_its_mirror_image():
    images = random_images(12)
    found = list(versions(images, mirror=True))
    assert len(found) == number_of_versions(mirror=True) == 10
    for k, plain in enumerate(versions(images, mirror=False)):
        np.testing.assert_array_equal(found[2 * k], plain)
        np.testing.assert_array_equal(found[2 * k + 1], np.flip(plain, axis=3))
