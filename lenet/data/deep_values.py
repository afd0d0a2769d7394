"""Values of pictures of more than 8 bits: types of number, black and white."""

import itertools
import math
import os
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from lenet.data.tiff_tags import BITS, PHOTOMETRIC, SAMPLE_FORMAT, first
from lenet.errors import ImageError
from lenet.text import shown

DEEP = ("I", "I;16", "I;16B", "I;16L", "I;16N", "F")
# TIFF's tags, and some of their values.
DESCRIPTION, LOWEST, HIGHEST = 270, 280, 281
WHITE_IS_ZERO, SIGNED = 0, 2

# A file of the cache has their places in this list.
NUMBERS = (
    *("uint8", "int8", "uint12", "uint16", "int16", "uint32", "int32"),
    *("float16", "float32", "float64"),
)
# Added where the lowest value is white.
INVERTED = 128
IMAGEJ = re.compile(r"^(min|max)=([-+.\deE]+)\s*$", re.MULTILINE)
OME_BITS = re.compile(r'\bSignificantBits="(\d{1,2})"')
UNKNOWN = (float("nan"), float("nan"))
# A hot pixel is so many times the span of its picture's values above them; of large pictures, so many pixels are
# looked at for these.
HOT, SAMPLED = 10, 1 << 14


class DeepPicture(NamedTuple):
    """Picture that is not of 8 bits, with its values as the file has them.

    Attributes
    ----------
    values : ndarray of float32, shape (channels, rows, columns)
    number : int
        Place of its type in `NUMBERS`; `INVERTED` is added if low values are light.
    limits : tuple of two float
        What the file says is black and white; NaN if it does not.
    """

    values: np.ndarray
    number: int
    limits: tuple[float, float]


def number_name(number: int) -> str:
    """Return the name of a type of number, as in ``16-bit``."""
    name = NUMBERS[number % INVERTED]
    return f"{name} (0 is white)" if number >= INVERTED else name


def is_deep(image: Image.Image, tags: Mapping[int, Any]) -> bool:
    """Return whether a picture that Pillow has opened is not of bytes, 0 to 255."""
    return image.mode in DEEP or is_signed_byte(image, tags)


def is_signed_byte(image: Image.Image, tags: Mapping[int, Any]) -> bool:
    """Return whether the bytes of a gray picture are signed, which Pillow ignores."""
    bits, formats = first(tags, BITS, 1), first(tags, SAMPLE_FORMAT, 1)
    return image.mode == "L" and bits == 8 and formats == SIGNED


def deep_picture(
    image: Image.Image, tags: Mapping[int, Any], path: str | os.PathLike
) -> DeepPicture:
    """Return the values of a decoded picture and their type.

    Parameters
    ----------
    image : PIL.Image.Image
        Of a mode in `DEEP`, or of signed bytes.
    tags : mapping of int to value
        Of its page of a TIFF file; of another kind of file, none.
    path : path-like
        For messages.

    Raises
    ------
    ImageError
        If values are not finite, or a transparent one is named, which cannot be told from the others.
    """
    if "transparency" in image.info:
        raise ImageError(
            f"{shown(path)}: a gray picture of 16 bits with a transparent value (tRNS), which is not "
            "read; save it without transparency"
        )
    bits, formats = first(tags, BITS, 16), first(tags, SAMPLE_FORMAT, 1)
    values = np.asarray(image)
    if image.mode == "F":
        name = f"float{bits if tags else 32}"
    elif image.mode == "L":
        # Pillow has inverted them already where low values are light.
        name, values = "int8", values.view(np.int8)
    elif formats == SIGNED:
        name = f"int{bits}"
    else:
        name = f"uint{bits}"
        if image.mode == "I":
            values = values.view(np.uint32)  # Pillow keeps their bits in signed integers
    if name not in NUMBERS:
        raise ImageError(f"{shown(path)}: values of {bits} bits, which are not read; save it as 16")
    if not np.isfinite(values).all():
        raise ImageError(f"{shown(path)}: holds values that are not finite; replace them")
    is_inverted = name != "int8" and tags.get(PHOTOMETRIC) == WHITE_IS_ZERO
    number = NUMBERS.index(name) + (INVERTED if is_inverted else 0)
    return DeepPicture(values[np.newaxis].astype(np.float32), number, limits_in(tags))


def limits_in(tags: Mapping[int, Any]) -> tuple[float, float]:
    """Return what a TIFF file says is black and white, as far as it does.

    Looked at are ImageJ's display range, OME's SignificantBits, and MaxSampleValue with MinSampleValue.
    """
    text = tags.get(DESCRIPTION, "")
    if isinstance(text, str):
        if text.startswith("ImageJ="):
            found = dict(IMAGEJ.findall(text))
            if found.keys() >= {"min", "max"}:
                return checked(found["min"], found["max"])
        bits = OME_BITS.search(text)
        if bits is not None:
            return checked(0, (1 << int(bits[1])) - 1)
    if HIGHEST in tags:
        return checked(first(tags, LOWEST, 0), first(tags, HIGHEST, None))
    return UNKNOWN


def checked(low: Any, high: Any) -> tuple[float, float]:
    """Return two limits as numbers, if they are a range."""
    try:
        ends = float(low), float(high)
    except (TypeError, ValueError):
        return UNKNOWN
    return ends if np.isfinite(ends).all() and ends[0] < ends[1] else UNKNOWN


def without_hot_pixels(values: np.ndarray) -> np.ndarray:
    """Clip hot pixels, which scaling would spread over their neighbours.

    They are far above nearly all values of their picture, and each of their neighbours is not: a small light
    thing, such as a star, is wider than a pixel, and stays.

    Parameters
    ----------
    values : ndarray of float32, shape (1, rows, columns)

    Returns
    -------
    ndarray
        The same one, if it has no hot pixels.
    """
    plane = values[0]
    step = math.ceil(math.sqrt(plane.size / SAMPLED))
    some = plane[::step, ::step].ravel()
    ends = [int(share * (some.size - 1)) for share in (0.001, 0.999)]
    low, high = np.partition(some, ends)[ends].tolist()
    span = high - low
    if not span or plane.max() <= high + HOT * span:
        return values
    rows, columns = np.nonzero(plane > high + HOT * span)
    is_alone = np.ones(len(rows), bool)
    for down, right in itertools.product((-1, 0, 1), repeat=2):
        row, column = rows + down, columns + right
        inside = (row >= 0) & (row < plane.shape[0]) & (column >= 0) & (column < plane.shape[1])
        if down or right:
            is_alone[inside] &= plane[row[inside], column[inside]] <= high + span
    found = values.copy()
    found[0, rows[is_alone], columns[is_alone]] = high
    return found


def bytes_by_type(
    image: Image.Image, tags: Mapping[int, Any], path: str | os.PathLike
) -> np.ndarray:
    """Scale a deep gray picture by its type alone, to uint8 of shape (rows, columns).

    So did earlier versions, whose networks expect it: unsigned numbers of up to 16 bits by the range of
    their type, others by that of the picture.
    """
    bits = first(tags, BITS, 16)
    signed = first(tags, SAMPLE_FORMAT, 1) == SIGNED
    values = np.asarray(image)
    if image.mode == "F" or bits > 16 or signed:
        if image.mode == "I" and not signed:
            values = values.view(np.uint32)  # Pillow keeps their bits in signed integers
        pixels = _stretched(values, path)
    else:
        highest = (1 << bits) - 1
        pixels = ((values.astype(np.uint32) * 255 + highest // 2) // highest).astype(np.uint8)
    return 255 - pixels if tags.get(PHOTOMETRIC) == WHITE_IS_ZERO else pixels


def _stretched(values: np.ndarray, path: str | os.PathLike) -> np.ndarray:
    """Scale numbers to uint8: from 0 to 1 if all are within, else from their range."""
    if not np.isfinite(values).all():
        raise ImageError(f"{shown(path)}: holds values that are not finite; replace them")
    lowest, highest = float(values.min()), float(values.max())
    if values.dtype.kind == "f" and lowest >= 0 and highest <= 1:
        lowest, highest = 0.0, 1.0
    scale = 255 / (highest - lowest) if highest > lowest else 0.0
    return np.rint((values.astype(np.float64) - lowest) * scale).astype(np.uint8)
