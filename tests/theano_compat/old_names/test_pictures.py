"""`scipy.misc`'s pictures, by the numbers that SciPy 1.0 documents, and by plain loops."""

import io

import numpy as np
import pytest
from PIL import Image

from lenet.theano_compat.old_names import pictures


def test_numbers_are_stretched_to_bytes():
    image = np.array(
        [[91.06794177, 3.39058326, 84.4221549], [73.88003259, 80.91433048, 4.88878881]]
    )
    # The example of bytescale's documentation, its first two rows.
    assert pictures.bytescale(image).tolist() == [[255, 0, 236], [205, 225, 4]]
    assert pictures.bytescale(image, high=200, low=100).tolist() == [
        [200, 100, 192],
        [180, 188, 102],
    ]
    assert pictures.bytescale(image, cmin=0, cmax=255).tolist() == [[91, 3, 84], [74, 81, 5]]


def test_bytes_stay_and_constants_are_black():
    assert pictures.bytescale(np.array([[3, 9]], np.uint8)).tolist() == [[3, 9]]
    assert pictures.bytescale(np.full((2, 2), 7.0)).tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize(
    "bounds", [{"high": 256}, {"low": -1}, {"high": 3, "low": 4}, {"cmin": 2, "cmax": 1}]
)
def test_bounds_out_of_order(bounds):
    with pytest.raises(ValueError, match="bytescale"):
        pictures.bytescale(np.ones((2, 2)), **bounds)


@pytest.mark.parametrize("shape", [(5, 4), (5, 4, 3), (5, 6, 4)])
def test_what_is_written_is_read(shape):
    array = np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8)
    file = io.BytesIO()
    pictures.imsave(file, array, "png")
    file.seek(0)
    np.testing.assert_array_equal(pictures.imread(file), array)


def test_channels_may_come_first():
    array = np.arange(60).reshape(3, 4, 5).astype(np.uint8)
    np.testing.assert_array_equal(np.array(pictures.toimage(array)), np.moveaxis(array, 0, 2))


def test_flattened_pictures_are_gray_and_float32(tmp_path):
    colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)
    Image.fromarray(colours).save(tmp_path / "colours.png")
    gray = pictures.imread(tmp_path / "colours.png", flatten=True)
    assert gray.dtype == np.float32
    np.testing.assert_allclose(gray, [[0.299 * 255, 0.587 * 255, 0.114 * 255]], atol=0.01)
    assert pictures.imread(tmp_path / "colours.png", mode="L").dtype == np.uint8


def test_palettes_and_bits_are_what_they_show(tmp_path):
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((1, 0), 1)
    image.save(tmp_path / "palette.png")
    assert pictures.imread(tmp_path / "palette.png").tolist() == [[[10, 20, 30], [40, 50, 60]]]
    Image.new("1", (2, 1), 1).save(tmp_path / "bits.png")
    assert pictures.imread(tmp_path / "bits.png").tolist() == [[255, 255]]


def test_numbers_can_be_kept():
    array = np.array([[0.25, -3.0]])
    assert pictures.fromimage(pictures.toimage(array, mode="F")).tolist() == [[0.25, -3.0]]


@pytest.mark.parametrize(
    ("size", "shape"), [(50, (10, 15)), (0.1, (2, 3)), ((7, 9), (7, 9)), (np.int64(200), (40, 60))]
)
def test_sizes_by_percentage_factor_and_shape(size, shape):
    array = np.zeros((20, 30), np.uint8)
    assert pictures.imresize(array, size).shape == shape


def test_the_nearest_pixel_is_repeated():
    array = np.array([[0, 100], [200, 255]], np.uint8)
    expected = np.kron(array, np.ones((3, 3), np.uint8))
    np.testing.assert_array_equal(pictures.imresize(array, (6, 6), interp="nearest"), expected)


def test_a_quarter_turn():
    array = np.arange(9, dtype=np.uint8).reshape(3, 3)
    np.testing.assert_array_equal(pictures.imrotate(array, 90, "nearest"), np.rot90(array))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pictures.toimage(np.zeros((5, 5, 2))), r"shape \(5, 5, 2\)"),
        (lambda: pictures.toimage(np.zeros(5)), r"shape \(5,\)"),
        (lambda: pictures.toimage(np.zeros((2, 2), complex)), "complex"),
        (lambda: pictures.imresize(np.zeros((2, 2)), 50, interp="best"), "interp='best'"),
    ],
)
def test_what_is_no_picture(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_pictures_are_filtered():
    array = np.zeros((7, 7), np.uint8)
    array[3, 3] = 160
    # Pillow's "smooth" is a mean of nine pixels in which the middle counts five times.
    smooth = pictures.imfilter(array, "smooth")
    assert (smooth[3, 3], smooth[3, 4], smooth[0, 0]) == (62, 12, 0)
    with pytest.raises(ValueError, match="ftype='fog'"):
        pictures.imfilter(array, "fog")
