"""Kinds, depths and layouts of pictures against NumPy: files made by hand, and never stored."""

import struct

import numpy as np
import pytest
from PIL import Image, features

from lenet.data.deep_values import NUMBERS, DeepPicture
from lenet.data.headers import read_header
from lenet.data.image_files import picture_pages, read_picture
from lenet.data.image_folder import load_image_folder
from lenet.data.picture_search import kinds_left_out
from lenet.errors import DataError, ImageError

RNG = np.random.default_rng(4)
SHAPE = (6, 9)
FORMATS = {"u": 1, "i": 2, "f": 3}


def tiff(values, *, order="<", photometric=1, planar=1, table=None, extra=None, subfile=0):
    """Return a TIFF file of one strip a plane, uncompressed, from an array of (planes, rows, columns)."""
    planes, rows, columns = values.shape
    stored = values if planar == 2 else values.transpose(1, 2, 0)
    data = stored.astype(values.dtype.newbyteorder(order)).tobytes()
    strips = planes if planar == 2 else 1
    tags = {
        **{254: ("I", [subfile]), 256: ("I", [columns]), 257: ("I", [rows])},
        **{258: ("H", [8 * values.itemsize] * planes), 259: ("H", [1]), 262: ("H", [photometric])},
        **{273: ("I", [0] * strips), 277: ("H", [planes]), 278: ("I", [rows])},
        **{279: ("I", [len(data) // strips] * strips), 284: ("H", [planar])},
        339: ("H", [FORMATS[values.dtype.kind]] * planes),
    }
    if table is not None:
        tags[320] = ("H", table)
    if extra is not None:
        tags[338] = ("H", [extra])
    end = 8 + 2 + 12 * len(tags) + 4
    sizes = {tag: len(v) * struct.calcsize(k) for tag, (k, v) in tags.items()}
    start = end + sum(size for size in sizes.values() if size > 4)
    tags[273] = ("I", [start + k * (len(data) // strips) for k in range(strips)])
    head = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(f"{order}IH", 8, len(tags))
    behind = b""
    for tag, (kind, found) in sorted(tags.items()):
        packed = struct.pack(f"{order}{len(found)}{kind}", *found)
        head += struct.pack(f"{order}HHI", tag, {"H": 3, "I": 4}[kind], len(found))
        if len(packed) > 4:
            head += struct.pack(f"{order}I", end + len(behind))
            behind += packed
        else:
            head += packed.ljust(4, b"\0")
    return head + bytes(4) + behind + data


def random_values(kind, planes=1):
    dtype = np.dtype(kind)
    if dtype.kind == "f":
        return RNG.normal(size=(planes, *SHAPE)).astype(dtype)
    ends = np.iinfo(dtype)
    return RNG.integers(ends.min, ends.max, (planes, *SHAPE), dtype=dtype, endpoint=True)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", ["uint16", "int16", "int8", "uint32", "int32", "float32"])
def test_deep_gray_tiff_files_keep_their_values(tmp_path, kind, order):
    values = random_values(kind)
    (path := tmp_path / "a.tif").write_bytes(tiff(values, order=order))
    if (kind, order) == ("uint32", ">"):  # which Pillow does not know
        with pytest.raises(ImageError, match="a TIFF file of 1 channel of 32 bits"):
            read_picture(path, 1)
        return
    found = read_picture(path, 1)
    assert isinstance(found, DeepPicture)
    assert NUMBERS[found.number] == kind
    np.testing.assert_array_equal(found.values, values.astype(np.float32))
    assert read_header(path)[:3] == ("TIFF", True, True)


def test_sixteen_bits_of_png_keep_their_values(tmp_path):
    values = random_values("uint16")[0]
    Image.fromarray(values).save(path := tmp_path / "a.png")
    np.testing.assert_array_equal(read_picture(path, 1).values[0], values)
    assert read_header(path).is_deep
    Image.fromarray(values).save(path, transparency=7)
    with pytest.raises(ImageError, match="transparent value"):
        read_picture(path, 1)


@pytest.mark.parametrize("planes", [3, 4])
def test_planes_of_16_bits_are_refused_by_name(tmp_path, planes):
    values, extra = random_values("uint16", planes), 2 if planes == 4 else None
    data = tiff(values, planar=2, photometric=2, extra=extra)
    (path := tmp_path / "a.tif").write_bytes(data)
    with pytest.raises(ImageError, match=f"{planes} planes of 16 bits without compression"):
        read_picture(path, 3)
    assert read_header(path).is_new


def test_a_palette_of_bytes(tmp_path):
    indices, colours = random_values("uint8"), RNG.integers(0, 256, (3, 256))
    data = tiff(indices, photometric=3, table=colours.ravel().tolist())
    (path := tmp_path / "a.tif").write_bytes(data)
    np.testing.assert_array_equal(read_picture(path, 3), colours[:, indices[0]])
    assert read_header(path).is_new


def test_a_second_channel_and_five_are_named(tmp_path):
    (path := tmp_path / "a.tif").write_bytes(tiff(random_values("uint8", 2), extra=0))
    assert "two channels" in read_header(path).remark
    path.write_bytes(tiff(random_values("uint16", 5)))
    with pytest.raises(ImageError, match="a TIFF file of 5 channels of 16 bits"):
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


@pytest.mark.parametrize("suffix", ["webp", "avif", "jp2"])
def test_newer_kinds_are_read(tmp_path, suffix):
    if not features.check({"jp2": "jpg_2000"}.get(suffix, suffix)):
        pytest.skip(f"this Pillow cannot write {suffix}")
    ramp = np.add.outer(np.arange(40), 4 * np.arange(50)).astype(np.uint8)
    picture = Image.fromarray(np.stack([ramp] * 3, -1))
    picture.save(path := tmp_path / f"a.{suffix}", quality=95)
    assert abs(read_picture(path, 3).astype(int) - ramp).max() <= 8
    assert read_header(path).is_new


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
