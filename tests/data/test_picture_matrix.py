"""Kind x depth x layout x tag of pictures: against the array that was written, and other decoders.

The files are made by hand, and by tifffile where it is installed; none is stored. Each is read within rounding,
or refused by a line with its channels and depth.
"""

import importlib
from itertools import product

import numpy as np
import pytest
from PIL import Image, features

from lenet.data import opening
from lenet.data.deep_values import INVERTED, NUMBERS, DeepPicture
from lenet.data.headers import read_header
from lenet.data.image_files import read_picture
from lenet.data.image_folder import load_image_folder
from lenet.data.opening import formats
from lenet.data.picture_pages import picture_pages
from lenet.data.picture_search import kinds_left_out, readable_suffixes
from lenet.errors import DataError, ImageError
from tests.tiff_files import COLOURS, COMPRESSIONS, EXTRA, PHOTOMETRIC, tiff_file

RNG = np.random.default_rng(4)
SHAPE = (21, 35)  # not of whole strips or tiles
GRAY = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "float32")
LAYOUTS = list(product("<>", (False, True), COMPRESSIONS))
NAMES = [
    f"{order}-{'tiles' if tiled else 'strips'}-{compression}"
    for order, tiled, compression in LAYOUTS
]
every_layout = pytest.mark.parametrize(("order", "tiled", "compression"), LAYOUTS, ids=NAMES)


def random_values(kind, planes=1):
    """Return values of the whole range of a type of number, some of them alike."""
    dtype = np.dtype(kind)
    if dtype.kind == "f":
        values = RNG.normal(size=(planes, *SHAPE)).astype(dtype)
    else:
        ends = np.iinfo(dtype)
        values = RNG.integers(ends.min, ends.max, (planes, *SHAPE), dtype=dtype, endpoint=True)
    values[:, 4:8] = 7
    return values


def deep_values(path, kind, is_inverted=False):
    """Return the values of a deep picture of some kind, whose header says as much."""
    found = read_picture(path, 1)
    assert isinstance(found, DeepPicture)
    assert NUMBERS[found.number % INVERTED] == kind
    assert (found.number >= INVERTED) == is_inverted
    assert read_header(path)[:3] == ("TIFF", True, True)
    return found.values


def read_bytes(path, channels):
    """Return a picture of bytes, whose header says as much."""
    found = read_picture(path, channels)
    assert isinstance(found, np.ndarray)
    assert not read_header(path).is_deep
    return found.astype(float)


def refused(path, channels, depth):
    """Refuse a file by its channels and depth, which its header makes new."""
    text = rf"{channels} (channels?|planes) of {depth} bits"
    with pytest.raises(ImageError, match=text) as caught:
        read_picture(path, 3)
    assert "\n" not in str(caught.value)


def depth_of(kind):
    dtype = np.dtype(kind)
    return {"u": "", "i": "signed ", "f": "floating-point "}[dtype.kind] + str(8 * dtype.itemsize)


@every_layout
@pytest.mark.parametrize("kind", GRAY)
def test_gray(tmp_path, kind, order, tiled, compression):
    values = random_values(kind)
    (path := tmp_path / "a.tif").write_bytes(
        tiff_file(values, order=order, tiled=tiled, compression=compression)
    )
    if (kind, order) == ("uint32", ">"):  # which Pillow does not know
        refused(path, 1, "32")
    elif kind == "uint8":
        np.testing.assert_array_equal(read_bytes(path, 1), values)
    else:
        np.testing.assert_array_equal(deep_values(path, kind), values.astype(np.float32))


@every_layout
@pytest.mark.parametrize("planar", [1, 2], ids=["contiguous", "separate"])
@pytest.mark.parametrize("kind", ["uint8", "uint16"])
def test_colours(tmp_path, kind, planar, order, tiled, compression):
    values = random_values(kind, 3)
    data = tiff_file(values, order=order, tiled=tiled, compression=compression, planar=planar)
    (path := tmp_path / "a.tif").write_bytes(data)
    if (kind, planar, compression) == ("uint16", 2, "none"):  # of which Pillow makes noise
        refused(path, 3, "16")
        assert read_header(path).is_new
    elif kind == "uint8":
        np.testing.assert_array_equal(read_bytes(path, 3), values)
    else:
        assert abs(read_bytes(path, 3) - values / 257).max() <= 1
        assert "of which 8 are read" in read_header(path).remark


@pytest.mark.parametrize("compression", ["none", "deflate"])
@pytest.mark.parametrize("planar", [1, 2], ids=["contiguous", "separate"])
@pytest.mark.parametrize(
    ("kind", "channels"),
    [pair for pair in product(GRAY, (2, 3, 5)) if pair not in (("uint8", 3), ("uint16", 3))],
)
def test_other_channels_are_refused_by_name_or_said(tmp_path, kind, channels, planar, compression):
    values = random_values(kind, channels)
    extra = {} if channels == 3 else {EXTRA: [0] * (channels - 1), PHOTOMETRIC: [1]}
    data = tiff_file(values, planar=planar, compression=compression, tags=extra)
    (path := tmp_path / "a.tif").write_bytes(data)
    first_is_read = {(2, 1, "none"), (2, 1, "deflate"), (2, 2, "deflate"), (5, 2, "deflate")}
    if kind == "uint8" and (channels, planar, compression) in first_is_read:
        np.testing.assert_array_equal(read_bytes(path, 1), values[:1])
        number = "two" if channels == 2 else channels
        assert read_header(path).remark == f"{number} channels, of which the first is read"
        return
    refused(path, channels, depth_of(kind))
    assert not read_header(path).is_deep


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", ["float16", "float64"])
def test_other_floats_are_refused_by_name(tmp_path, kind, order):
    (path := tmp_path / "a.tif").write_bytes(tiff_file(random_values(kind), order=order))
    refused(path, 1, depth_of(kind))


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", ["uint8", "int8", "uint16", "int16", "int32", "float32"])
def test_white_is_the_lowest(tmp_path, kind, order, compression):
    values = random_values(kind)
    data = tiff_file(values, order=order, compression=compression, tags={PHOTOMETRIC: [0]})
    (path := tmp_path / "a.tif").write_bytes(data)
    if kind == "uint8":
        np.testing.assert_array_equal(read_bytes(path, 1), 255 - values)
    elif kind.startswith("int") or (kind, order) == ("uint16", ">"):  # which Pillow does not know
        refused(path, 1, depth_of(kind))
    else:
        found = deep_values(path, kind, is_inverted=True)
        np.testing.assert_array_equal(found, values.astype(np.float32))


@pytest.mark.parametrize("compression", ["lzw", "deflate"])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", ["uint8", "uint16", "int16", "int32"])
def test_differences_from_the_left(tmp_path, kind, order, compression):
    values = random_values(kind)
    data = tiff_file(values, order=order, compression=compression, predictor=2)
    (path := tmp_path / "a.tif").write_bytes(data)
    found = read_bytes(path, 1) if kind == "uint8" else deep_values(path, kind)
    np.testing.assert_array_equal(found, values.astype(np.float32))


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("planar", [1, 2], ids=["contiguous", "separate"])
@pytest.mark.parametrize("extra", [0, 2], ids=["unspecified", "alpha"])
@pytest.mark.parametrize("kind", ["uint8", "uint16"])
def test_a_fourth_channel(tmp_path, kind, extra, planar, compression):
    values = random_values(kind, 4)
    tags = {EXTRA: [extra], PHOTOMETRIC: [2]}
    data = tiff_file(values, planar=planar, compression=compression, tags=tags)
    (path := tmp_path / "a.tif").write_bytes(data)
    if planar == 2 and compression == "none" and (kind, extra) != ("uint8", 2):
        refused(path, 4, depth_of(kind))
        return
    *colours, alpha = values / np.iinfo(kind).max
    expected = 255 * np.array(colours)
    if extra == 2:  # white paper where it is transparent
        expected = expected * alpha + 255 * (1 - alpha)
    assert abs(read_bytes(path, 3) - expected).max() <= {"uint8": 0.51, "uint16": 2.5}[kind]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("scale", [1, 257], ids=["bytes", "16 bits"])
def test_palettes(tmp_path, scale, order):
    indices, colours = random_values("uint8"), RNG.integers(0, 256, (3, 256))
    tags = {PHOTOMETRIC: [3], COLOURS: (scale * colours).ravel().tolist()}
    (path := tmp_path / "a.tif").write_bytes(tiff_file(indices, order=order, tags=tags))
    np.testing.assert_array_equal(read_bytes(path, 3), colours[:, indices[0]])
    assert read_header(path).is_new == (scale == 1)


@pytest.fixture(params=["tifffile", "cv2"])
def decode(request):
    """Return a decoder of TIFF files that is not Pillow's."""
    try:
        module = importlib.import_module(request.param)
    except ImportError:
        pytest.skip(f"needs {request.param}, another decoder")
    if request.param == "tifffile":
        return module.imread
    return lambda path: module.imread(str(path), module.IMREAD_UNCHANGED)


def test_another_decoder_sees_the_same_in_files_made_by_hand(tmp_path, decode):
    read = 0
    for kind, (order, tiled, compression) in product(GRAY, LAYOUTS):
        values = random_values(kind)
        (path := tmp_path / "a.tif").write_bytes(
            tiff_file(values, order=order, tiled=tiled, compression=compression)
        )
        try:
            found = decode(path)
        except ValueError:  # tifffile's, without imagecodecs
            continue
        if found is not None:  # OpenCV reads some only
            np.testing.assert_array_equal(found, values[0], f"{kind} {order} {tiled} {compression}")
            read += 1
    assert read >= len(GRAY) * len(LAYOUTS) // 2


OF_TIFFFILE = {
    "plain": {},
    "big-endian": {"byteorder": ">"},
    "BigTIFF": {"bigtiff": True, "byteorder": "<"},
    "big-endian BigTIFF": {"bigtiff": True, "byteorder": ">"},
    "tiles": {"tile": (16, 16), "compression": "zlib", "byteorder": ">"},
    "lzw": {"compression": "lzw", "predictor": True},
    "zlib": {"compression": "zlib", "predictor": True, "byteorder": ">"},
    "zstd": {"compression": "zstd", "byteorder": ">"},
    "lzma": {"compression": "lzma"},
    "packbits": {"compression": "packbits", "byteorder": ">"},
    "ImageJ": {"imagej": True, "byteorder": ">"},
    "OME": {"ome": True},
}


def test_files_of_tifffile(tmp_path):
    tifffile = pytest.importorskip("tifffile", reason="needs tifffile, which writes such files")
    path = tmp_path / "a.tif"
    written = 0
    for kind, (name, options) in product(GRAY, OF_TIFFFILE.items()):
        values = random_values(kind)[0]
        try:
            tifffile.imwrite(path, values, photometric="minisblack", **options)
        except (ValueError, KeyError, ImportError):  # not of this kind, or without imagecodecs
            continue
        written += 1
        is_known = kind != "uint32" and "bigtiff" not in options
        if not is_known and options.get("byteorder") == ">":
            refused(path, 1, depth_of(kind))
            continue
        found = read_bytes(path, 1) if kind == "uint8" else deep_values(path, kind)
        np.testing.assert_array_equal(found[0], values.astype(np.float32), f"{kind} {name}")
    assert written >= 5 * len(GRAY)


def test_16_bit_colours_of_tifffile(tmp_path):
    tifffile = pytest.importorskip("tifffile", reason="needs tifffile, which writes such files")
    values, path = random_values("uint16", 3), tmp_path / "a.tif"
    for compression, planar in product((None, "zlib", "lzw"), ("contig", "separate")):
        stored = values if planar == "separate" else values.transpose(1, 2, 0)
        options = {"planarconfig": planar, "compression": compression}
        try:
            tifffile.imwrite(path, stored, photometric="rgb", **options)
        except (ValueError, KeyError, ImportError):  # without imagecodecs
            assert compression == "lzw"
            continue
        if compression is None and planar == "separate":
            refused(path, 3, "16")
        else:
            assert abs(read_bytes(path, 3) - values / 257).max() <= 1


def test_sixteen_bits_of_png_keep_their_values(tmp_path):
    values = random_values("uint16")[0]
    Image.fromarray(values).save(path := tmp_path / "a.png")
    np.testing.assert_array_equal(read_picture(path, 1).values[0], values)
    assert read_header(path).is_deep
    Image.fromarray(values).save(path, transparency=7)
    with pytest.raises(ImageError, match="transparent value"):
        read_picture(path, 1)


def test_thumbnails_are_no_images(tmp_path):
    for name in ("cat", "dog"):
        (tmp_path / "a" / name).mkdir(parents=True)
        for k in range(6):
            large = Image.fromarray(random_values("uint8")[0])
            small = large.resize((4, 3))
            small.encoderinfo = {"tiffinfo": {254: 1}}
            path = tmp_path / "a" / name / f"{k}.tif"
            large.save(path, save_all=True, append_images=[small])
    assert picture_pages(path) == [0]
    dataset = load_image_folder([tmp_path / "a"], size=8, cache_dir=tmp_path / "c", shares=None)
    assert len(dataset.test.labels) == 12
    assert str(dataset.test.images.source(0)).endswith("0.tif")


@pytest.mark.parametrize("suffix", ["webp", "avif", "jp2", "heic"])
def test_newer_kinds_are_read(tmp_path, suffix):
    if suffix == "heic":
        pytest.importorskip("pillow_heif", reason="needs pillow-heif, the extra heif")
        assert "HEIF" in formats()
    elif not features.check({"jp2": "jpg_2000"}.get(suffix, suffix)):
        pytest.skip(f"this Pillow cannot write {suffix}")
    ramp = np.add.outer(np.arange(40), 4 * np.arange(50)).astype(np.uint8)
    picture = Image.fromarray(np.stack([ramp] * 3, -1))
    picture.save(path := tmp_path / f"a.{suffix}", quality=95)
    assert abs(read_picture(path, 3).astype(int) - ramp).max() <= 8
    assert read_header(path).is_new
    assert path.suffix in readable_suffixes()


def test_jpeg_2000_of_16_bits_keeps_its_values(tmp_path):
    if not features.check("jpg_2000"):
        pytest.skip("this Pillow cannot write JPEG 2000")
    values = random_values("uint16")
    Image.fromarray(values[0]).save(path := tmp_path / "a.jp2")
    found = read_picture(path, 1)
    assert isinstance(found, DeepPicture)
    assert NUMBERS[found.number] == "uint16"
    np.testing.assert_array_equal(found.values, values)
    assert read_header(path)[:3] == ("JPEG 2000", True, True)


def test_a_heic_file_without_its_reader_says_what_it_takes(tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "formats", lambda: opening.FORMATS)
    (path := tmp_path / "a.jpg").write_bytes(b"\0\0\0\x18ftypheic" + bytes(20))
    with pytest.raises(ImageError, match="HEIC picture, which needs the extra heif"):
        read_picture(path, 3)


def test_what_is_left_out_is_counted_by_kind_and_refused_if_strict(tmp_path):
    for name in ("cat", "dog"):
        (tmp_path / "a" / name).mkdir(parents=True)
        for k in range(6):
            Image.fromarray(random_values("uint8")[0]).save(tmp_path / "a" / name / f"{k}.png")
            (tmp_path / "a" / name / f"{k}.svg").write_bytes(b"")
    (tmp_path / "a" / "dog" / "notes.txt").write_bytes(b"")
    options = {"size": 8, "cache_dir": tmp_path / "c"}
    (line,) = load_image_folder([tmp_path / "a"], **options).warnings
    assert line == "13 files are no pictures that can be read: 12 .svg, 1 .txt"
    with pytest.raises(DataError, match=r"12 \.svg, which --strict refuses"):
        load_image_folder([tmp_path / "a"], strict=True, **options)
    assert "heif" in kinds_left_out([tmp_path / "a.heic"])
