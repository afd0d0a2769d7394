import numpy as np
import pytest
from PIL import Image

from lenet.data.array_images import Levels, of_list, squares, with_channels_first


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        (np.array([3, 200], "uint8"), 0, 255),
        (np.array([0.25, 1.0]), 0, 1),
        (np.array([True, False]), 0, 1),
        (np.array([7, 255]), 0, 255),
        (np.array([-1.0, 3.0]), -1, 3),
        (np.array([0, 4000]), 0, 4000),
        (np.array([5.0, 5.0]), 5, 6),
    ],
)
def test_the_range_of_numbers(values, low, high):
    levels = Levels.of(values)
    assert (levels.low, levels.high) == (low, high)
    assert levels.is_of_bytes == (low == 0 and high in (1, 255))


def test_numbers_beyond_the_range_are_black_or_white():
    found = Levels(-1, 3).bytes_of(np.array([-9.0, -1, 1, 3, 9]))
    np.testing.assert_array_equal(found, [0, 0, 128, 255, 255])
    assert found.dtype == np.uint8


def test_fractions_are_the_bytes_that_they_were_made_of():
    pixels = np.arange(256, dtype="uint8")
    for type_ in ("float32", "float64"):
        np.testing.assert_array_equal(Levels(0, 1).bytes_of((pixels / 255).astype(type_)), pixels)


@pytest.mark.parametrize(
    ("shape", "image_shape", "expected"),
    [
        ((5, 28, 28), None, (5, 1, 28, 28)),
        ((5, 3, 28, 20), None, (5, 3, 28, 20)),
        ((5, 28, 20, 3), None, (5, 3, 28, 20)),
        ((5, 16, 16, 3), None, (5, 3, 16, 16)),
        ((5, 20, 20, 9), None, (5, 9, 20, 20)),
        ((5, 9, 20, 20), None, (5, 9, 20, 20)),
        ((5, 9, 20, 9), None, (5, 9, 20, 9)),  # might be either: channels first
        ((5, 784), None, (5, 1, 28, 28)),
        ((5, 7), None, (5, 1, 3, 3)),
        ((5, 1), None, (5, 1, 1, 1)),
        ((5, 6), (2, 3), (5, 1, 2, 3)),
        ((5, 60), (20, 1, 3), (5, 3, 20, 1)),
    ],
)
def test_channels_come_first(shape, image_shape, expected):
    assert with_channels_first(np.zeros(shape), image_shape).shape == expected


def test_features_fill_a_square_row_by_row():
    (image,) = with_channels_first(np.arange(1, 8)[np.newaxis], None)[:, 0]
    np.testing.assert_array_equal(image, [[1, 2, 3], [4, 5, 6], [7, 0, 0]])


@pytest.mark.parametrize("shape", [(5,), (1, 2, 3, 4, 5)], ids=str)
def test_other_numbers_of_axes_are_refused(shape):
    with pytest.raises(ValueError, match="expected"):
        with_channels_first(np.zeros(shape), None)


def test_images_are_framed_by_the_tone_of_their_border():
    image = np.full((1, 1, 2, 4), 7, "uint8")
    np.testing.assert_array_equal(squares(image), np.full((1, 1, 4, 4), 7))


def test_arrays_and_pictures_of_several_sizes(tmp_path):
    arrays = [np.full((n, n), 50 * n, "uint8") for n in (2, 3)]
    assert of_list(arrays, 6, None).shape == (2, 1, 6, 6)
    assert [int(image.mean()) for image in of_list(arrays, None, None)] == [100, 150]
    for name, array in zip("ab", arrays, strict=True):
        Image.fromarray(array).save(tmp_path / f"{name}.png")
    paths = sorted(tmp_path.iterdir())
    assert of_list(paths, 4, None).shape == (2, 3, 4, 4)
    np.testing.assert_array_equal(of_list(paths, 4, 1)[1], np.full((1, 4, 4), 150))
