"""Pages and channels of picture files, against the arrays that were written."""

import numpy as np
import pytest
from PIL import Image

from lenet.data.deep_values import INVERTED, NUMBERS, DeepPicture
from lenet.data.kept_channels import common_channels, kept_header
from lenet.data.opening import AS_STORED, BY_TYPE
from lenet.data.picture_pages import (
    Reading,
    first_pages,
    fitted,
    has_several,
    picture_sizes,
    read_page,
    read_pages,
)
from lenet.errors import DataError, ImageError
from tests.data.test_hyperstacks import imagej, ome
from tests.tiff_files import EXTRA, PHOTOMETRIC, SUBFILE, tiff_file, tiff_pages

RNG = np.random.default_rng(6)
SHAPE = (9, 12)


def counts(n=1, shape=SHAPE, high=900):
    return RNG.integers(0, high, (n, *shape)).astype(np.uint16)


def light(n=1, shape=SHAPE):
    return RNG.integers(0, 256, (n, *shape)).astype(np.uint8)


def channels_of(n):
    return {EXTRA: [0] * (n - 1), PHOTOMETRIC: [1]}


def write(path, data):
    path.write_bytes(data)
    return path


def values_in(picture):
    return picture.values if isinstance(picture, DeepPicture) else picture


def as_they_are(image):
    return image


def pages_of(path, reading, rules=AS_STORED):
    return [
        page if page is None or isinstance(page, ImageError) else values_in(page)
        for page in read_pages(path, reading, as_they_are, rules)
    ]


@pytest.mark.parametrize("rules", [BY_TYPE, AS_STORED])
def test_each_page_is_a_picture_of_its_own(tmp_path, rules):
    pages = [light() for _ in range(4)]
    path = write(tmp_path / "a.tif", tiff_pages(pages))
    np.testing.assert_array_equal(pages_of(path, Reading(1), rules), pages)
    assert first_pages(path, Reading(1)) == [0, 1, 2, 3]


@pytest.mark.parametrize("rules", [BY_TYPE, AS_STORED])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_first_page_alone(tmp_path, channels, rules):
    pages = [light() for _ in range(3)]
    path = write(tmp_path / "a.tif", tiff_pages(pages))
    reading = Reading(channels, pages="first")
    (found,) = pages_of(path, reading, rules)
    np.testing.assert_array_equal(found, np.broadcast_to(pages[0], (channels, *SHAPE)))
    assert first_pages(path, reading) == [0]
    np.testing.assert_array_equal(read_page(path, reading, 0, rules), found)


@pytest.mark.parametrize("make", [light, counts], ids=["bytes", "counts"])
def test_the_lightest_values_of_all_pages(tmp_path, make):
    pages = [make() for _ in range(5)]
    path = write(tmp_path / "a.tif", tiff_pages(pages))
    (found,) = pages_of(path, Reading(1, pages="project"))
    np.testing.assert_array_equal(found, np.max(pages, axis=0))
    assert not np.array_equal(found, pages[0])
    np.testing.assert_array_equal(
        values_in(read_page(path, Reading(1, pages="project"))), np.max(pages, axis=0)
    )


def test_the_lightest_values_are_the_lowest_where_0_is_white(tmp_path):
    pages = [counts() for _ in range(3)]
    path = write(tmp_path / "a.tif", tiff_pages(pages, tags={PHOTOMETRIC: [0]}))
    picture = read_page(path, Reading(1, pages="project"))
    assert picture.number == NUMBERS.index("uint16") + INVERTED
    np.testing.assert_array_equal(picture.values, np.min(pages, axis=0))


def test_coloured_pages_are_projected_channel_by_channel(tmp_path):
    pages = [light(3) for _ in range(3)]
    path = write(tmp_path / "a.tif", tiff_pages(pages))
    (found,) = pages_of(path, Reading(3, pages="project"))
    np.testing.assert_array_equal(found, np.max(pages, axis=0))


def test_a_single_picture_is_its_own_projection(tmp_path):
    Image.fromarray(light()[0]).save(path := tmp_path / "a.png")
    for pages in ("first", "project", "all"):
        (found,) = pages_of(path, Reading(1, pages=pages))
        np.testing.assert_array_equal(found[0], np.asarray(Image.open(path)))


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        (counts(1, (9, 11)), "page 3: 11 x 9 pixels, other than the pages before"),
        (light(), "page 3: values of uint8, other than the pages before"),
        (counts().astype(np.int16), "page 3: values of int16, other than the pages before"),
    ],
)
def test_pages_that_differ_are_not_projected(tmp_path, last, reason):
    path = write(tmp_path / "a.tif", tiff_pages([counts(), counts(), last]))
    with pytest.raises(ImageError, match=reason):
        read_pages(path, Reading(1, pages="project"), as_they_are, AS_STORED)


def test_thumbnails_are_not_projected(tmp_path):
    large, small = Image.fromarray(light()[0]), Image.fromarray(light(1, (3, 4))[0])
    small.encoderinfo = {"tiffinfo": {SUBFILE: 1}}
    large.save(path := tmp_path / "a.tif", save_all=True, append_images=[small])
    (found,) = pages_of(path, Reading(1, pages="project"))
    np.testing.assert_array_equal(found[0], np.asarray(large))
    assert not has_several(path, keep=False)


@pytest.mark.parametrize("planar", [1, 2])
@pytest.mark.parametrize("n", [2, 4, 5, 16])
@pytest.mark.parametrize("make", [light, counts], ids=["bytes", "counts"])
def test_samples_are_kept(tmp_path, make, n, planar):
    values = make(n)
    path = write(tmp_path / "a.tif", tiff_file(values, planar=planar, tags=channels_of(n)))
    header, channels = kept_header(path)
    assert (channels, header.is_deep) == (n, make is counts)
    (found,) = pages_of(path, Reading(n, keep=True))
    np.testing.assert_array_equal(found, values)
    assert picture_sizes(path) == picture_sizes(path, keep=True) == [SHAPE]


def test_bytes_are_inverted_where_0_is_white(tmp_path):
    values = light(2)
    tags = channels_of(2) | {PHOTOMETRIC: [0]}
    path = write(tmp_path / "a.tif", tiff_file(values, tags=tags))
    (found,) = pages_of(path, Reading(2, keep=True))
    np.testing.assert_array_equal(found, 255 - values)


@pytest.mark.parametrize("order", ["<", ">"])
def test_channels_of_a_hyperstack_of_imagej(tmp_path, order):
    pages = counts(6)
    data = tiff_pages(
        [page[np.newaxis] for page in pages],
        order=order,
        description=imagej(images=6, channels=3, slices=2, min=0, max=90),
    )
    path = write(tmp_path / "a.tif", data)
    assert kept_header(path)[1] == 3
    first, *between, second = pages_of(path, Reading(3, keep=True))
    assert between == [None, None]  # its place is that of its first channel
    np.testing.assert_array_equal(first, pages[:3])
    np.testing.assert_array_equal(second, pages[3:])
    assert first_pages(path, Reading(3, keep=True)) == [0, 3]
    np.testing.assert_array_equal(read_page(path, Reading(3, keep=True), 3).values, pages[3:])
    with pytest.raises(ImageError, match="has no picture on page 2"):
        read_page(path, Reading(3, keep=True), 1)
    (found,) = pages_of(path, Reading(3, keep=True, pages="first"))
    np.testing.assert_array_equal(found, pages[:3])
    (found,) = pages_of(path, Reading(3, keep=True, pages="project"))
    np.testing.assert_array_equal(found, np.maximum(pages[:3], pages[3:]))
    assert has_several(path, keep=True)
    assert len(picture_sizes(path, keep=True)) == 2
    # ImageJ's range is that of one channel.
    assert np.isnan(read_page(path, Reading(3, keep=True)).limits).all()


def test_channels_of_a_hyperstack_of_ome(tmp_path):
    pages = counts(6)
    description = ome("XYZCT", c=3, z=2).replace("Type=", 'SignificantBits="12" Type=')
    path = write(
        tmp_path / "a.tif", tiff_pages([p[np.newaxis] for p in pages], description=description)
    )
    found = [page for page in pages_of(path, Reading(3, keep=True)) if page is not None]
    np.testing.assert_array_equal(found, [pages[::2], pages[1::2]])
    assert read_page(path, Reading(3, keep=True)).limits == (0.0, 4095.0)


def test_channels_by_pages_of_a_single_picture_are_no_several_pictures(tmp_path):
    description = imagej(images=3, channels=3)
    path = write(tmp_path / "a.tif", tiff_pages([light()] * 3, description=description))
    assert not has_several(path, keep=True)
    assert has_several(path, keep=False)
    assert kept_header(path)[0].is_deep is False


def test_channels_of_different_types_are_refused(tmp_path):
    description = imagej(images=2, channels=2)
    for other, reason in ((light(), "types"), (counts(1, (9, 11)), "sizes")):
        path = write(tmp_path / "a.tif", tiff_pages([counts(), other], description=description))
        with pytest.raises(ImageError, match=f"channels are of different {reason}"):
            read_page(path, Reading(2, keep=True))


@pytest.mark.parametrize(
    ("mode", "channels"),
    [("L", 1), ("1", 1), ("LA", 1), ("P", 3), ("RGB", 3), ("RGBA", 3), ("I;16", 1), ("CMYK", 3)],
)
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_other_pictures_have_the_channels_that_pillow_sees(tmp_path, mode, channels, suffix):
    if mode == "CMYK" and suffix == "png":
        pytest.skip("no such PNG")
    Image.new(mode, (5, 4)).save(path := tmp_path / f"a.{suffix}")
    assert kept_header(path)[1] == channels
    found = read_page(path, Reading(channels, keep=True))
    assert values_in(found).shape == (channels, 4, 5)
    other = 4 - channels
    with pytest.raises(ImageError, match=f"a.{suffix}: {channels} channels?, and {other} channel"):
        read_page(path, Reading(other, keep=True))


def test_a_file_that_cannot_be_read_has_no_channels(tmp_path):
    for data in (b"", b"II*\0", b"II*\0\x08\0\0\0", b"no picture"):
        assert kept_header(write(tmp_path / "a.tif", data))[1] == 0
    with pytest.raises(ImageError, match=r"a\.tif"):
        read_page(tmp_path / "a.tif", Reading(2, keep=True))


def test_values_that_are_not_finite_are_refused(tmp_path):
    values = np.ones((2, 5, 5), np.float32)
    values[1, 2, 3] = np.nan
    path = write(tmp_path / "a.tif", tiff_file(values, tags=channels_of(2)))
    with pytest.raises(ImageError, match="not finite"):
        read_page(path, Reading(2, keep=True))


def test_hot_pixels_of_one_channel_leave_the_others(tmp_path):
    values = np.stack([counts(high=10)[0], counts(high=10)[0]]).astype(np.float32)
    values[0, 4, 5] = 60000
    found = fitted(DeepPicture(values, 3, (0, 0)), 2, as_they_are)
    assert found.values[0].max() < 20
    np.testing.assert_array_equal(found.values[1], values[1])


def test_the_channels_that_all_pictures_have(tmp_path):
    paths = [tmp_path / f"{k}.tif" for k in range(4)]
    assert common_channels(paths, [4, 0, 4, 4]) == 4
    assert common_channels(paths, [0] * 4) == 1
    assert common_channels(paths, [4] * 4, 4) == 4
    with pytest.raises(
        DataError, match=r"3 with 4 channels, as .*0\.tif.*choose --channels 1 or 3"
    ):
        common_channels(paths, [4, 3, 4, 4])
    with pytest.raises(DataError, match=r"2\.tif: 17 channels, more than the 16"):
        common_channels(paths, [4, 4, 17, 4])
    with pytest.raises(
        DataError, match=r"3\.tif: 1 channel, and the network has learnt pictures of 4"
    ):
        common_channels(paths, [4, 4, 4, 1], 4)
