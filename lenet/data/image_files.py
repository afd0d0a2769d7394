"""Decode picture files of any size, depth and colours."""

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import ExifTags, Image, ImageOps, TiffTags

from lenet import limits
from lenet.data.decoder_noise import no_messages
from lenet.data.deep_values import DEEP, DeepPicture, bytes_by_type, deep_picture, is_deep
from lenet.data.headers import bytes_table, layout_of, layout_text, planar_16
from lenet.data.opening import AS_STORED, BY_TYPE, errors_of, opened, too_large
from lenet.data.tiff_tags import COLOURS, OF_LAYOUT, lost_tags
from lenet.errors import ImageError
from lenet.text import shown

MIN_SIDE = 2
# Pillow's names of big-endian values, and of those of this machine.
NATIVE = {"I;16BS": "I;16NS", "I;32BS": "I;32NS", "F;32BF": "F;32NF"}
WITH_ALPHA = ("LA", "La", "PA", "RGBA", "RGBa")
GRAY = ("1", "L", "LA", "La", *DEEP)

Decoded = np.ndarray | DeepPicture


def values_of(picture: Decoded) -> np.ndarray:
    """Return the values of a picture, shape (channels, rows, columns)."""
    return picture.values if isinstance(picture, DeepPicture) else picture


def number_of(picture: Decoded) -> int:
    """Return the place of a picture's type in `NUMBERS`, 0 for bytes."""
    return picture.number if isinstance(picture, DeepPicture) else 0


def own(picture: Decoded) -> Decoded:
    """Return a picture that holds its values itself and may be changed."""
    return picture if isinstance(picture, DeepPicture) else picture.copy()


def read_image(path: str | os.PathLike, channels: int, page: int = 0) -> np.ndarray:
    """Decode the picture in a file.

    Parameters
    ----------
    path : path-like
        What the file holds decides how it is read, not the end of its name.
    channels : {1, 3}
        1 for gray, 3 for red, green and blue.
    page : int
        Page of a TIFF file, counted from 0; other files have one, the first frame of a GIF.

    Returns
    -------
    ndarray of uint8, shape (channels, rows, columns)
        The right way up, as the file's EXIF orientation says.

    Raises
    ------
    ImageError
        If the file is missing, unreadable, damaged or no picture, lacks the page, has a side of a single
        pixel, or more than `limits.PICTURE_PIXELS` pixels, which is found out before any of them is decoded.

    Notes
    -----
    How values become bytes:

    - 8 bits: they are kept; 1 bit: 0 or 255.
    - 16 (or 12) bits, unsigned: the whole range of the depth becomes 0 to 255, whatever part of it is
      in use.
    - Floating point within 0 to 1: times 255.
    - Other floating point numbers, and signed or 32-bit integers: the lowest value becomes 0 and the
      highest 255, because their type says nothing about what is black or white. A picture of one
      value is black.
    - Colours become gray by the weights of ITU-R 601: 0.299 red, 0.587 green, 0.114 blue.
    - Transparent parts show white, as paper and most viewers do.

    A folder of pictures of more than 8 bits has one scale for all of them instead; see
    `lenet.data.value_ranges`.
    """
    check_channels(channels)
    with errors_of(path), opened(path) as image:
        seek_page(image, page, path)
        found = decoded_page(image, channels, path, BY_TYPE)
        assert isinstance(found, np.ndarray)
        return found.copy()


def read_picture(path: str | os.PathLike, channels: int, page: int = 0) -> Decoded:
    """Decode a picture, deep values as they are stored.

    Deep are those of more than 8 bits, and signed ones.

    Parameters
    ----------
    path, channels, page
        See `read_image`.

    Raises
    ------
    ImageError
        See `read_image`.
    """
    check_channels(channels)
    with errors_of(path), opened(path) as image:
        seek_page(image, page, path)
        return own(decoded_page(image, channels, path, AS_STORED))


def read_reduced(path: str | os.PathLike, side: int) -> Decoded:
    """Decode a picture to gray, quickly: one of JPEG's at a smaller size.

    No side becomes shorter than asked.

    Raises
    ------
    ImageError
        See `read_image`.
    """
    with errors_of(path), opened(path) as image:
        image.draft("L", (side, side))
        return own(decoded_page(image, 1, path, AS_STORED))


def page_sizes(path: str | os.PathLike, first_only: bool = False) -> list[tuple[int, int]]:
    """Return rows and columns of each page, or the first, upright, decoding little.

    Only a PNG file may have its orientation behind the pixels.

    Raises
    ------
    ImageError
        See `read_image`.
    """
    sizes = []
    with errors_of(path), opened(path) as image:
        for page in range(1 if first_only else page_count(image)):
            seek_page(image, page, path)
            columns, rows = image.size
            if image.format == "PNG":
                # Before its pixels are decoded, for what is behind them.
                refuse_size(*image.size, path)
            sizes.append((columns, rows) if _orientation(image) > 4 else (rows, columns))
    return sizes


def fit_to(image: np.ndarray, size: int, keep_aspect: bool = True) -> np.ndarray:
    """Scale a picture to a square, without aliasing.

    Parameters
    ----------
    image : ndarray of uint8 or float32, shape (channels, rows, columns)
    size : int
        Side of the square in pixels.
    keep_aspect : bool
        Scale both sides alike and centre the picture on its `background` colour; else stretch it.

    Returns
    -------
    ndarray of the same type, shape (channels, size, size)
    """
    rows, columns = image.shape[1:]
    if not keep_aspect:
        return resize(image, size, size)
    longest = max(rows, columns)
    height, width = (max(1, round(size * side / longest)) for side in (rows, columns))
    square = np.empty((len(image), size, size), image.dtype)
    square[:] = background(image)[:, np.newaxis, np.newaxis]
    top, left = (size - height) // 2, (size - width) // 2
    square[:, top : top + height, left : left + width] = resize(image, height, width)
    return square


def resize(image: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Scale a picture by Lanczos' filter: uint8 or float32, (channels, rows, columns).

    One that shrinks a lot is averaged over boxes first, which is quicker and looks the same.
    """
    if image.shape[1:] == (rows, columns):
        return image.copy()
    if len(image) == 3 and image.dtype == np.uint8:  # together is quicker than one by one
        return _resized(image.transpose(1, 2, 0), rows, columns).transpose(2, 0, 1).copy()
    return np.stack([_resized(plane, rows, columns) for plane in image])


def background(image: np.ndarray) -> np.ndarray:
    """Return the median of each channel's border pixels, shape (channels,)."""
    edges = (image[:, 0], image[:, -1], image[:, :, 0], image[:, :, -1])
    return np.median(np.concatenate(edges, axis=1), axis=1).astype(image.dtype)


def _resized(pixels: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Scale an array in Pillow's layout, shape (rows, columns) or (rows, columns, 3)."""
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    return np.asarray(picture.resize((columns, rows), Image.Resampling.LANCZOS, reducing_gap=3.0))


def refuse_size(columns: int, rows: int, path: str | os.PathLike) -> None:
    """Raise `ImageError` if a picture has too many pixels or too few, by its header."""
    if columns * rows > limits.PICTURE_PIXELS:
        raise ImageError(f"{shown(path)}: {too_large(f'{columns} x {rows}')}")
    if max(columns, rows) > limits.PICTURE_SIDE:
        most = f"more than {limits.PICTURE_SIDE:,}, the most that is read; cut it into pieces"
        raise ImageError(f"{shown(path)}: {columns} x {rows} pixels have a side of {most}")
    if min(columns, rows) < MIN_SIDE:
        raise ImageError(
            f"{shown(path)}: {columns} x {rows} pixels show nothing; expected at least {MIN_SIDE} x "
            f"{MIN_SIDE}, use or export another copy"
        )


def check_channels(channels: int) -> None:
    """Raise `ValueError` unless a picture is to have 1 or 3 channels."""
    if channels not in (1, 3):
        raise ValueError(f"channels {channels}: expected 1 (gray) or 3 (colour)")


def page_count(image: Image.Image) -> int:
    """Return the number of pages of a TIFF file, and 1 for any other."""
    return int(getattr(image, "n_frames", 1)) if image.format == "TIFF" else 1


def seek_page(image: Image.Image, page: int, path: str | os.PathLike) -> None:
    """Seek a page of a TIFF file; other files have only the first."""
    pages = page_count(image) if page else 1
    if not 0 <= page < pages:
        raise ImageError(f"{shown(path)}: has no page {page + 1}; choose one of 1 to {pages}")
    if page or image.tell():
        image.seek(page)


def channels_of(image: Image.Image) -> int:
    """Return the channels of an opened picture: 1 if it is gray, else 3."""
    return 1 if image.mode in GRAY else 3


def tags_of(image: Image.Image) -> Mapping[int, Any]:
    """Return the tags of a page of a TIFF file; none of another kind."""
    return getattr(image, "tag_v2", {})


def decoded_page(image: Image.Image, channels: int, path: str | os.PathLike, rules: int) -> Decoded:
    """Decode the current page of a file, uint8, shape (channels, rows, columns).

    It may be a view that cannot be written, of an array whose last axis is that of the channels. Of a deep
    picture, `AS_STORED` keeps the values, of one channel. Without a number of channels, they are those that
    the file has: one if it is gray, else three.
    """
    channels = channels or channels_of(image)
    refuse_size(*image.size, path)
    tags = tags_of(image)  # lost when the picture is turned
    if image.format == "TIFF":
        _check_tags(image, tags, path)
        if rules == AS_STORED:
            _refuse_noise(image, tags, path)
            _use_native_order(image)
        with no_messages:  # of libtiff; the other libraries have none
            image.load()
        if rules == AS_STORED and image.mode == "P" and bytes_table(tags):
            _use_bytes(image, tags[COLOURS])
    # Only what has to be: a large picture takes long to be copied.
    upright = ImageOps.exif_transpose(image) if _orientation(image) > 1 else image
    if rules == AS_STORED and is_deep(upright, tags):
        return deep_picture(upright, tags, path)
    if upright.mode in DEEP:
        gray = bytes_by_type(upright, tags, path)
        return np.broadcast_to(gray, (channels, *gray.shape))
    picture = without_alpha(upright)
    if picture.mode == "LAB":  # which Pillow turns into colours only
        picture = picture.convert("RGB")
    return pixels_of(picture, channels)


def _refuse_noise(image: Image.Image, tags: Mapping[int, Any], path: str | os.PathLike) -> None:
    """Raise `ImageError` for layouts that Pillow reads as noise or in part."""
    layout = {
        tag: value if isinstance(value, tuple) else (value,)
        for tag, value in tags.items()
        if tag in OF_LAYOUT
    }
    if reason := planar_16(layout):
        raise ImageError(
            f"{shown(path)}: {reason}; save it with compression (LZW, deflate) or with its channels together, or "
            "train with --channels all"
        )
    if layout_of(layout)[0] > 1 and is_deep(image, tags):
        raise ImageError(
            f"{shown(path)}: a TIFF file of {layout_text(layout)}, of which one would be read; save it with 1 "
            "or 3 channels of 8 or 16 bits, or train with --channels all, which keeps 2 to 16"
        )


def _use_native_order(image: Any) -> None:
    """Tell Pillow that libtiff swaps bytes of signed and floating-point values itself."""
    image.tile = [
        tile._replace(args=(NATIVE.get(tile.args[0], tile.args[0]), *tile.args[1:]))
        if tile.codec_name == "libtiff"
        else tile
        for tile in image.tile
    ]


def _use_bytes(image: Image.Image, colours: tuple[int, ...]) -> None:
    """Set the palette of a picture to a table of bytes where 16 bits are expected."""
    table = np.array(colours, np.uint8).reshape(3, -1)
    image.putpalette(table.T.tobytes())


def _check_tags(image: Any, tags: Mapping[int, Any], path: str | os.PathLike) -> None:
    """Raise `ImageError` if a tag that decides on the pixels cannot be read."""
    lost = lost_tags(image.fp, image.tell(), tags)
    if lost:
        names = ", ".join(f"{tag} ({TiffTags.lookup(tag).name})" for tag in lost)
        raise ImageError(
            f"{shown(path)}: damaged, its TIFF tag {names} cannot be read; use or export another copy"
        )


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation: 1 upright, 2-4 mirrored or turned, 5-8 on a side."""
    value: Any = image.getexif().get(ExifTags.Base.Orientation)
    return value if value in range(1, 9) else 1  # whatever else a file may say


def pixels_of(picture: Image.Image, channels: int) -> np.ndarray:
    """Return the bytes of a picture without alpha, gray or in colours.

    They are a view that cannot be written, of shape (channels, rows, columns).
    """
    mode = "L" if channels == 1 else "RGB"
    pixels = np.asarray(picture if picture.mode == mode else picture.convert(mode))
    return pixels[np.newaxis] if channels == 1 else pixels.transpose(2, 0, 1)


def without_alpha(image: Image.Image) -> Image.Image:
    """Lay a picture on white paper, if it is transparent anywhere."""
    if image.mode not in WITH_ALPHA and "transparency" not in image.info:
        return image
    straight = image.convert("LA") if image.mode == "La" else image
    paper = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(paper, straight.convert("RGBA")).convert("RGB")
