"""Pictures of every kind, written by Pillow and computed by NumPy."""

import io
import logging
import os
import struct
import threading
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image, ImageFile, TiffImagePlugin

from lenet import limits
from lenet.data.image_files import (
    background,
    fit_to,
    page_sizes,
    read_image,
    resize,
    shown,
)
from lenet.data.picture_pages import Reading, picture_pages, read_pages
from lenet.data.picture_search import find_images
from lenet.errors import ImageError

RNG_SEED = 7


def gray(rows=9, columns=13):
    return np.random.default_rng(RNG_SEED).integers(0, 256, (rows, columns), dtype=np.uint8)


def colour(rows=9, columns=13):
    return np.random.default_rng(RNG_SEED).integers(0, 256, (rows, columns, 3), dtype=np.uint8)


def luma(rgb):
    return rgb.astype(float) @ [0.299, 0.587, 0.114]


def written(tmp_path, pixels, name, **options):
    path = tmp_path / name
    Image.fromarray(pixels).save(path, **options)
    return path


@pytest.mark.parametrize("suffix", ["png", "tif", "bmp", "gif"])
def test_gray_pictures_are_kept(tmp_path, suffix):
    path = written(tmp_path, gray(), f"a.{suffix}")
    image = read_image(path, 1)
    assert image.dtype == np.uint8
    np.testing.assert_array_equal(image, gray()[np.newaxis])
    np.testing.assert_array_equal(read_image(path, 3), np.stack([gray()] * 3))


@pytest.mark.parametrize(
    ("suffix", "options"),
    [
        ("png", {}),
        ("bmp", {}),
        ("tif", {}),
        ("tif", {"compression": "tiff_lzw"}),
        ("tif", {"compression": "tiff_adobe_deflate"}),
        ("tif", {"compression": "packbits"}),
    ],
    ids=["png", "bmp", "tif", "tif-lzw", "tif-deflate", "tif-packbits"],
)
def test_colours_are_kept_or_become_gray_by_their_weights(tmp_path, suffix, options):
    path = written(tmp_path, colour(), f"a.{suffix}", **options)
    image = read_image(path, 3)
    np.testing.assert_array_equal(image, colour().transpose(2, 0, 1))
    assert image.flags.c_contiguous
    assert image.flags.writeable
    assert abs(read_image(path, 1)[0] - luma(colour())).max() <= 0.51


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpeg_is_close(tmp_path, mode):
    ramp = np.add.outer(np.arange(40), 4 * np.arange(50)).astype(np.uint8)
    Image.fromarray(ramp).convert(mode).save(tmp_path / "a.jpg", quality=95)
    for channels in (1, 3):
        image = read_image(tmp_path / "a.jpg", channels).astype(int)
        assert image.shape == (channels, 40, 50)
        assert abs(image - ramp).max() <= 4


def test_one_bit_is_black_and_white(tmp_path):
    bits = gray() > 127
    for suffix in ("png", "tif", "bmp"):
        path = written(tmp_path, bits, f"a.{suffix}")
        np.testing.assert_array_equal(read_image(path, 1)[0], 255 * bits)


def test_palettes_are_looked_up(tmp_path):
    indices = gray() % 16
    palette = np.random.default_rng(1).integers(0, 256, (16, 3), dtype=np.uint8)
    image = Image.fromarray(indices)
    image.putpalette(palette.tobytes())
    for suffix in ("png", "gif", "bmp", "tif"):
        image.save(tmp_path / f"a.{suffix}")
        found = read_image(tmp_path / f"a.{suffix}", 3)
        np.testing.assert_array_equal(found.transpose(1, 2, 0), palette[indices])


@pytest.mark.parametrize("suffix", ["png", "tif"])
@pytest.mark.parametrize("with_colour", [False, True], ids=["gray", "colour"])
def test_transparent_parts_show_white(tmp_path, suffix, with_colour):
    alpha = np.random.default_rng(3).integers(0, 256, (9, 13), dtype=np.uint8)
    alpha[0] = 0
    ink = colour() if with_colour else gray()[..., np.newaxis]
    path = written(tmp_path, np.concatenate([ink, alpha[..., np.newaxis]], 2), f"a.{suffix}")
    share = alpha[..., np.newaxis] / 255
    expected = np.broadcast_to(share * ink + (1 - share) * 255, (9, 13, 3))
    found = read_image(path, 3).transpose(1, 2, 0)
    assert abs(found - expected).max() <= 1
    assert (found[0] == 255).all()
    assert abs(read_image(path, 1)[0] - luma(expected)).max() <= 1.5


@pytest.mark.parametrize("suffix", ["png", "gif"])
def test_a_transparent_palette_entry_shows_white(tmp_path, suffix):
    indices = gray() % 4
    image = Image.fromarray(indices)
    image.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90, 0, 0, 0])
    image.save(tmp_path / f"a.{suffix}", transparency=2)
    palette = np.array([[10, 20, 30], [40, 50, 60], [255, 255, 255], [0, 0, 0]])
    found = read_image(tmp_path / f"a.{suffix}", 3).transpose(1, 2, 0)
    np.testing.assert_array_equal(found, palette[indices])


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_sixteen_bits_are_scaled_by_their_depth(tmp_path, suffix):
    deep = np.random.default_rng(5).integers(0, 1 << 16, (9, 13)).astype(np.uint16)
    deep[0, :2] = 0, 65535
    path = written(tmp_path, deep, f"a.{suffix}")
    expected = np.rint(deep / 65535 * 255)
    np.testing.assert_array_equal(read_image(path, 1)[0], expected)
    np.testing.assert_array_equal(read_image(path, 3), np.stack([expected] * 3))


def tiff_bytes(samples, sample_format, photometric=1, order="<"):
    """Return a TIFF file of one uncompressed strip, made by hand."""
    samples = samples.astype(samples.dtype.newbyteorder(order))
    rows, columns = samples.shape
    entries = [
        (256, 4, columns),
        (257, 4, rows),
        (258, 3, 8 * samples.itemsize),
        (259, 3, 1),
        (262, 3, photometric),
        (273, 4, 8 + 2 + 9 * 12 + 4),
        (277, 3, 1),
        (279, 4, samples.nbytes),
        (339, 3, sample_format),
    ]
    data = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(f"{order}IH", 8, len(entries))
    for tag, kind, value in entries:
        packed = struct.pack(f"{order}{ {3: 'H', 4: 'I'}[kind] }", value).ljust(4, b"\0")
        data += struct.pack(f"{order}HHI", tag, kind, 1) + packed
    return data + bytes(4) + samples.tobytes()


@pytest.mark.parametrize(
    ("dtype", "sample_format", "order"),
    [
        ("int16", 2, "<"),
        ("int16", 2, ">"),
        ("int32", 2, "<"),
        ("uint32", 1, "<"),
        ("float32", 3, "<"),
        ("float32", 3, ">"),
    ],
)
def test_types_without_black_and_white_go_from_lowest_to_highest(
    tmp_path, dtype, sample_format, order
):
    rng = np.random.default_rng(5)
    samples = (rng.random((9, 13)) * 30000).astype(dtype)
    if dtype == "uint32":
        samples[0, 0] = 4_000_000_000  # more than a signed number holds
    elif dtype != "float32":
        samples[0, 0] = -20000
    (tmp_path / "a.tif").write_bytes(tiff_bytes(samples, sample_format, order=order))
    values = samples.astype(float)
    expected = np.rint(255 * (values - values.min()) / (values.max() - values.min()))
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif", 1)[0], expected)


@pytest.mark.parametrize(("dtype", "sample_format"), [("uint16", 1), ("float32", 3)])
def test_tiff_in_which_white_is_zero(tmp_path, dtype, sample_format):
    samples = np.linspace(0, 65535 if dtype == "uint16" else 1, 40).reshape(5, 8).astype(dtype)
    (tmp_path / "a.tif").write_bytes(tiff_bytes(samples, sample_format, photometric=0))
    share = samples / (65535 if dtype == "uint16" else 1)
    assert abs(read_image(tmp_path / "a.tif", 1)[0] - 255 * (1 - share)).max() <= 0.51


def test_floats_from_0_to_1_keep_their_brightness(tmp_path):
    values = np.linspace(0.25, 0.75, 40, dtype=np.float32).reshape(5, 8)
    path = written(tmp_path, values, "a.tif")
    np.testing.assert_array_equal(read_image(path, 1)[0], np.rint(255 * values.astype(float)))


def test_one_value_of_an_unknown_range_is_black(tmp_path):
    path = written(tmp_path, np.full((3, 4), 7, np.float32), "a.tif")
    assert not read_image(path, 1).any()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused(tmp_path, bad):
    values = np.ones((3, 4), np.float32)
    values[1, 1] = bad
    with pytest.raises(ImageError, match=r"a\.tif: holds values that are not finite"):
        read_image(written(tmp_path, values, "a.tif"), 1)


TURNS = {  # where the first row and the first column of the file belong, by EXIF's table
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.T,
    6: lambda a: a[::-1].T,
    7: lambda a: a[::-1, ::-1].T,
    8: lambda a: a.T[::-1],
}


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("suffix", ["png", "tif", "16.png", "16.tif"])
def test_exif_turns_the_picture(tmp_path, orientation, suffix):
    pixels = gray().astype(np.uint16) * 257 if suffix.startswith("16") else gray()
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = written(tmp_path, pixels, f"a.{suffix}", exif=exif)
    np.testing.assert_array_equal(read_image(path, 1)[0], TURNS[orientation](gray()))


@pytest.mark.parametrize("value", [0, 9])
def test_an_orientation_that_is_none_is_ignored(tmp_path, value):
    exif = Image.Exif()
    exif[0x0112] = value
    path = written(tmp_path, gray(), "a.png", exif=exif)
    np.testing.assert_array_equal(read_image(path, 1)[0], gray())
    assert page_sizes(path) == [gray().shape]


def test_exif_turns_a_jpeg(tmp_path):
    ramp = np.add.outer(2 * np.arange(40), 3 * np.arange(50)).astype(np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6
    path = written(tmp_path, ramp, "a.jpg", exif=exif, quality=95)
    assert abs(read_image(path, 1)[0].astype(int) - TURNS[6](ramp)).max() <= 4


def test_pages_of_a_tiff(tmp_path):
    pages = [Image.fromarray(np.roll(gray(), k)) for k in range(3)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    assert picture_pages(tmp_path / "a.tif") == [0, 1, 2]
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif", 1)[0], gray())
    for k in range(3):
        np.testing.assert_array_equal(
            read_image(tmp_path / "a.tif", 1, page=k)[0], np.roll(gray(), k)
        )
    for page in (3, -1):
        with pytest.raises(ImageError, match=rf"a\.tif: has no page {page + 1}; .* 1 to 3"):
            read_image(tmp_path / "a.tif", 1, page=page)


def test_sizes_are_those_of_the_upright_pictures(tmp_path):
    assert page_sizes(written(tmp_path, colour(), "a.png")) == [(9, 13)]
    pages = [Image.fromarray(gray(3, 5)), Image.fromarray(gray(7, 2))]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    assert page_sizes(tmp_path / "a.tif") == [(3, 5), (7, 2)]
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        path = written(tmp_path, colour(), f"{orientation}.jpg", exif=exif)
        assert page_sizes(path) == [read_image(path, 1).shape[1:]]
    (tmp_path / "a.bmp").write_bytes(b"BM")
    with pytest.raises(ImageError, match=r"a\.bmp: "):
        page_sizes(tmp_path / "a.bmp")


def test_only_the_first_frame_of_a_gif(tmp_path):
    frames = [Image.fromarray(np.roll(gray(), k)) for k in range(3)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert picture_pages(tmp_path / "a.gif") == [0]
    np.testing.assert_array_equal(read_image(tmp_path / "a.gif", 1)[0], gray())


@pytest.mark.parametrize("shape", [(2, 2), (2, 700), (700, 2), (3, 2)], ids=str)
def test_any_size(tmp_path, shape):
    path = written(tmp_path, gray(*shape), "a.png")
    np.testing.assert_array_equal(read_image(path, 1)[0], gray(*shape))


@pytest.mark.parametrize("shape", [(1, 1), (1, 700), (700, 1)], ids=str)
def test_a_side_of_one_pixel_is_refused(tmp_path, shape):
    rows, columns = shape
    path = written(tmp_path, gray(*shape), "a.png")
    message = f"{path}: {columns} x {rows} pixels show nothing; expected at least 2 x 2"
    assert one_line_error(path).startswith(message)


def test_the_bytes_decide_not_the_name(tmp_path):
    (tmp_path / "a.jpg").write_bytes(written(tmp_path, gray(), "a.png").read_bytes())
    np.testing.assert_array_equal(read_image(tmp_path / "a.jpg", 1)[0], gray())


def test_channels_are_1_or_3(tmp_path):
    with pytest.raises(ValueError, match=r"channels 4: expected 1 \(gray\) or 3 \(colour\)"):
        read_image(written(tmp_path, gray(), "a.png"), 4)


# Hostile files


def one_line_error(path, channels=1):
    """Read a file that must be refused quietly, and return what is said."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ImageError) as caught:
            read_image(path, channels)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"{path}: ")
    return message


@pytest.mark.parametrize("suffix", ["png", "jpg", "gif", "bmp", "tif", "lzw.tif", "float.tif"])
def test_cut_short_at_every_tenth_byte(tmp_path, suffix):
    pixels = gray(24, 24).astype(np.float32) if suffix == "float.tif" else gray(24, 24)
    options = {"compression": "tiff_lzw"} if suffix == "lzw.tif" else {}
    whole = written(tmp_path, pixels, f"whole.{suffix}", **options)
    expected, data = read_image(whole, 1), whole.read_bytes()
    path = tmp_path / f"cut.{suffix}"
    refused = 0
    for length in range(0, len(data), 10):
        path.write_bytes(data[:length])
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                image = read_image(path, 1)
        except ImageError as error:
            refused += 1
            assert str(error).startswith(f"{path}: ")  # noqa: PT017
        else:  # what is missing was after the pixels
            np.testing.assert_array_equal(image, expected)
            assert length > 0.9 * len(data)
    assert refused > 0.9 * len(data) / 10


def png_bytes(columns, rows, depth=8, colours=0):
    """Return a PNG file that promises a size and brings next to nothing."""

    def chunk(kind, data):
        checksum = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + checksum

    header = struct.pack(">IIBBBBB", columns, rows, depth, colours, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("columns", "rows"), [(10_001, 10_000), (13_000, 10_000), (2**31 - 1, 2**31 - 1)], ids=str
)
def test_a_bomb_is_refused_before_it_is_decoded(tmp_path, monkeypatch, columns, rows):
    path = tmp_path / "bomb.png"
    path.write_bytes(png_bytes(columns, rows))
    monkeypatch.setattr(ImageFile.ImageFile, "load", None)  # which decodes
    assert "pixels are more than 100,000,000, the most that are read" in one_line_error(path)


def test_a_row_that_is_too_long_is_not_taken_for_want_of_memory(tmp_path):
    path = tmp_path / "row.png"
    # 16 bits of four colours: more bits in a row than Pillow counts, which it calls a want of memory.
    path.write_bytes(png_bytes(40_000_000, 2, depth=16, colours=6))
    assert "40000000 x 2 pixels have a side of more than 1,000,000" in one_line_error(path)
    with pytest.raises(ImageError, match="a side of more than 1,000,000"):
        page_sizes(path)


def test_the_size_of_a_bomb_is_refused_before_it_is_decoded(tmp_path, monkeypatch):
    path = tmp_path / "bomb.png"
    path.write_bytes(png_bytes(20_000, 8_000))
    monkeypatch.setattr(ImageFile.ImageFile, "load", None)  # which decodes
    with pytest.raises(ImageError, match="pixels are more than 100,000,000"):
        page_sizes(path)


def test_a_bomb_on_a_later_page(tmp_path, monkeypatch):
    pages = [Image.fromarray(np.zeros(shape, np.uint8)) for shape in [(5, 5), (50, 50)]]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    monkeypatch.setattr(limits, "PICTURE_PIXELS", 100)
    assert read_image(tmp_path / "a.tif", 1).shape == (1, 5, 5)
    with pytest.raises(ImageError, match="50 x 50 pixels are more than 100"):
        read_image(tmp_path / "a.tif", 1, page=1)


def test_what_is_no_picture(tmp_path):
    for name, data in {
        "a.png": b"text\n" * 9,
        "b.jpg": bytes(100),
        "c": b"%!PS-Adobe-3.0 EPSF",
    }.items():
        (tmp_path / name).write_bytes(data)
        message = one_line_error(tmp_path / name)
        assert (
            "not a PNG, JPEG, TIFF, GIF, BMP, WebP, AVIF or JPEG 2000 picture that can be read"
            in message
        )


def test_what_is_no_file(tmp_path):
    (tmp_path / "empty.png").write_bytes(b"")
    os.mkfifo(tmp_path / "pipe")
    assert "empty, 0 bytes" in one_line_error(tmp_path / "empty.png")
    assert "No such file or directory" in one_line_error(tmp_path / "missing.png")
    assert "a folder; expected a file" in one_line_error(tmp_path)
    assert "a device or a pipe" in one_line_error(tmp_path / "pipe")
    with pytest.raises(ImageError, match="No such file"):
        picture_pages(tmp_path / "missing.png")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read all files")
def test_a_file_that_must_not_be_read(tmp_path):
    path = written(tmp_path, gray(), "a.png")
    path.chmod(0)
    assert "Permission denied" in one_line_error(path)


# All but the first are libtiff's, which writes to standard error by itself.
TIFF_COMPRESSIONS = ("raw", "packbits", "tiff_lzw", "tiff_adobe_deflate", "jpeg")


def test_random_damage_never_escapes(tmp_path, capfd):
    """Any byte may be wrong: a picture or one line, no warning, nothing on the terminal."""
    rng = np.random.default_rng(11)
    path = tmp_path / "damaged"
    exif = Image.Exif()
    exif[0x0112] = 6
    outcomes = set()
    kinds = [("png", {"exif": exif}), ("jpg", {"exif": exif}), ("gif", {}), ("bmp", {})]
    kinds += [("tif", {"exif": exif, "compression": each}) for each in TIFF_COMPRESSIONS]
    for suffix, options in kinds:
        data = written(tmp_path, gray(20, 20), f"whole.{suffix}", **options).read_bytes()
        for _ in range(150):
            damaged = bytearray(data)
            for place in rng.integers(0, min(len(data), 200), 3):
                damaged[place] = rng.integers(256)
            damaged[rng.integers(len(data))] ^= 255
            path.write_bytes(damaged)
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                try:
                    outcomes.add(read_image(path, 1).dtype.name)
                except ImageError as error:
                    assert "\n" not in str(error)  # noqa: PT017
                    outcomes.add("refused")
    assert outcomes == {"uint8", "refused"}
    assert capfd.readouterr() == ("", "")


def test_pillow_keeps_quiet_and_its_logger_stays_as_it_was(tmp_path, capfd):
    entries = TiffImagePlugin.ImageFileDirectory_v2()
    entries[277] = 100  # samples per pixel: Pillow logs that these are too many
    buffer = io.BytesIO()
    Image.fromarray(gray()).save(buffer, "TIFF", tiffinfo=entries)
    data = bytearray(buffer.getvalue())
    at = data.index(struct.pack("<HHI", 277, 3, 1))
    data[at + 8 : at + 10] = struct.pack("<H", 100)
    (tmp_path / "a.tif").write_bytes(data)
    before = list(logging.getLogger("PIL").handlers)
    one_line_error(tmp_path / "a.tif")
    assert logging.getLogger("PIL").handlers == before
    assert capfd.readouterr().err == ""


# Sizes


def test_fit_to_keeps_the_aspect_on_the_colour_of_the_border():
    image = np.full((3, 20, 60), 0, np.uint8)
    image[:] = np.array([10, 100, 200])[:, None, None]
    image[:, 5:15, 20:40] = 255
    fitted = fit_to(image, 30)
    assert fitted.shape == (3, 30, 30)
    assert fitted.dtype == np.uint8
    frame = np.concatenate([fitted[:, :10], fitted[:, 20:]], axis=1)
    assert (frame == np.array([10, 100, 200])[:, None, None]).all()
    assert (fitted[:, 14:16, 14:16] >= 245).all()


def test_fit_to_stretches_when_asked():
    image = np.zeros((1, 20, 60), np.uint8)
    image[:, :, 30:] = 200
    fitted = fit_to(image, 30, keep_aspect=False)[0]
    assert (fitted[:, :12] == 0).all()
    assert (fitted[:, 18:] == 200).all()


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 1, 999), (3, 999, 2), (1, 28, 28)], ids=str)
def test_fit_to_takes_any_shape(shape):
    image = np.random.default_rng(2).integers(0, 256, shape, dtype=np.uint8)
    for keep_aspect in (True, False):
        assert fit_to(image, 28, keep_aspect).shape == (shape[0], 28, 28)


def test_the_right_size_stays_as_it_is():
    image = gray(28, 28)[np.newaxis]
    np.testing.assert_array_equal(fit_to(image, 28), image)


def test_shrinking_averages():
    """A fine chequerboard is gray; whoever picks pixels sees black or white."""
    board = (np.indices((560, 560)).sum(axis=0) % 2 * 255).astype(np.uint8)
    small = resize(board[np.newaxis], 28, 28).astype(int)
    assert abs(small - 127).max() <= 2


def test_a_smooth_picture_shrinks_to_itself():
    ramp = np.add.outer(np.arange(400) / 4, np.arange(400) / 4).astype(np.uint8)
    small = resize(ramp[np.newaxis], 40, 40)[0].astype(float)
    blocks = ramp.reshape(40, 10, 40, 10).mean(axis=(1, 3))
    assert abs(small - blocks).max() <= 2


def test_the_background_is_the_median_of_the_border():
    image = np.zeros((2, 5, 6), np.uint8)
    image[0, 0], image[1] = 9, 7
    image[1, 1:-1, 1:-1] = 200
    assert background(image).tolist() == [0, 7]


# Names


@pytest.fixture
def folder(tmp_path):
    for name in (
        "b.png",
        "a.JPG",
        "sub/c.tiff",
        "notes.txt",
        ".hidden.png",
        ".git/d.png",
        "x[1].gif",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "none").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("", ["a.JPG", "b.png", "sub/c.tiff", "x[1].gif"]),
        ("*.png", ["b.png"]),
        ("**/*.tif*", ["sub/c.tiff"]),
        ("s?b", ["sub/c.tiff"]),
        ("*.txt", ["notes.txt"]),
        ("notes.txt", ["notes.txt"]),
        ("x[1].gif", ["x[1].gif"]),
        ("missing.png", ["missing.png"]),
    ],
    ids=["folder", "pattern", "deep-pattern", "folder-pattern", "asked-for", "file", "odd", "none"],
)
def test_files_folders_and_patterns(folder, argument, expected):
    assert find_images(folder / argument) == [folder / name for name in expected]


@pytest.mark.parametrize(
    ("argument", "message"),
    [("none", "no pictures in this folder"), ("*.xyz", "no file fits this pattern")],
    ids=["folder", "pattern"],
)
def test_nothing_found(folder, argument, message):
    with pytest.raises(ImageError, match=message):
        find_images(folder / argument)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("ä b.png", "ä b.png"), ("a\nb", "a\\nb"), ("\udcff", "\\udcff"), ("\x1b[31m", "\\x1b[31m")],
    ids=["plain", "newline", "no-text", "escape"],
)
def test_names_are_shown_in_one_line(name, expected):
    assert shown(name) == expected


# All pages, and many files at a time


def test_all_pages_are_fitted_one_after_the_other(tmp_path):
    pages = [Image.fromarray(np.roll(gray(), k)) for k in range(3)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    found = read_pages(tmp_path / "a.tif", Reading(3), lambda image: image[:, ::2])
    expected = [np.stack([np.roll(gray(), k)[::2]] * 3) for k in range(3)]
    np.testing.assert_array_equal(found, expected)


def test_a_page_that_cannot_be_read_stands_for_itself(tmp_path, monkeypatch):
    pages = [Image.fromarray(np.zeros(shape, np.uint8)) for shape in [(5, 5), (50, 50), (6, 6)]]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    monkeypatch.setattr(limits, "PICTURE_PIXELS", 100)
    first, second, third = read_pages(tmp_path / "a.tif", Reading(1), lambda image: image)
    assert (first.shape, third.shape) == ((1, 5, 5), (1, 6, 6))
    assert isinstance(second, ImageError)
    assert str(second).startswith(f"{tmp_path / 'a.tif'} page 2: 50 x 50 pixels are more than 100")


def test_a_file_without_any_page_is_refused(tmp_path):
    (tmp_path / "a.tif").write_bytes(b"II*\0")
    with pytest.raises(ImageError, match=r"a\.tif: "):
        read_pages(tmp_path / "a.tif", Reading(1), lambda image: image)
    with pytest.raises(ValueError, match="channels 2: expected 1"):
        read_pages(written(tmp_path, gray(), "b.tif"), Reading(2), lambda image: image)


def test_filters_of_warnings_are_as_before_whichever_thread_ends_first(tmp_path):
    path = written(tmp_path, gray(), "a.tif")
    before = list(warnings.filters)
    begun, ends = [threading.Event() for _ in range(2)], [threading.Event() for _ in range(2)]

    def read(k):
        def fit(image):
            begun[k].set()
            assert ends[k].wait(60)
            return image

        read_pages(path, Reading(1), fit)

    threads = [threading.Thread(target=read, args=[k]) for k in range(2)]
    for k in range(2):
        threads[k].start()
        assert begun[k].wait(60)
    for k in range(2):  # the first to begin is the first to end
        ends[k].set()
        threads[k].join()
    assert warnings.filters == before


def test_lab_becomes_gray_through_its_colours(tmp_path):
    picture = Image.new("LAB", (9, 5))
    picture.putdata([(80 + k, 100 + 2 * k, 150 - k) for k in range(45)])
    path = tmp_path / "lab.tif"
    picture.save(path)
    rgb = read_image(path, 3)
    assert len(np.unique(rgb)) > 20
    np.testing.assert_allclose(read_image(path, 1)[0], luma(rgb.transpose(1, 2, 0)), atol=1)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("tag", "name"),
    [(258, "BitsPerSample"), (262, "PhotometricInterpretation"), (277, "SamplesPerPixel")],
)
def test_a_tag_that_claims_more_values_than_there_are(tmp_path, order, tag, name):
    """Pillow leaves it out, and would take the pixels for others."""
    data = bytearray(tiff_bytes(gray(), 1, order=order))
    (path := tmp_path / "a.tif").write_bytes(data)
    np.testing.assert_array_equal(read_image(path, 1)[0], gray())
    (at,) = struct.unpack_from(f"{order}I", data, 4)
    (n,) = struct.unpack_from(f"{order}H", data, at)
    (entry,) = (
        at + 2 + 12 * k
        for k in range(n)
        if struct.unpack_from(f"{order}H", data, at + 2 + 12 * k) == (tag,)
    )
    struct.pack_into(f"{order}I", data, entry + 4, 2**32 - 1)
    path.write_bytes(data)
    assert f"its TIFF tag {tag} ({name}) cannot be read" in one_line_error(path)
