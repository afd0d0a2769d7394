"""Decode PNG, JPEG, TIFF, GIF and BMP files of any size, depth and colours."""

import glob
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ExifTags, Image, ImageOps, TiffTags, UnidentifiedImageError

from lenet import limits
from lenet.data.decoder_noise import no_messages, no_warnings
from lenet.data.tiff_tags import lost_tags
from lenet.errors import ImageError
from lenet.files import open_regular
from lenet.text import shown

FORMATS = ("PNG", "JPEG", "TIFF", "GIF", "BMP")
SUFFIXES = frozenset(
    (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".tif", ".tiff", ".gif", ".bmp", ".dib")
)
MIN_SIDE = 2
WITH_ALPHA = ("LA", "La", "PA", "RGBA", "RGBa")
DEEP = ("I", "I;16", "I;16B", "I;16L", "I;16N", "F")
# TIFF's tags, and two of their values.
BITS, PHOTOMETRIC, SAMPLE_FORMAT = 258, 262, 339
WHITE_IS_ZERO, SIGNED = 0, 2


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
    """
    _check_channels(channels)
    with _errors_of(path), _opened(path) as image:
        _seek(image, page, path)
        return _decoded(image, channels, path).copy()


def read_pages(
    path: str | os.PathLike, channels: int, fit: Callable[[np.ndarray], np.ndarray]
) -> list[np.ndarray | ImageError]:
    """Decode all pictures in a file: each page of a TIFF file, one of any other.

    Parameters
    ----------
    path, channels
        See `read_image`.
    fit : callable (image) -> image
        What becomes of each picture before the next one is read, so that large ones are not all held.

    Returns
    -------
    list of ndarray or ImageError
        In place of a page that cannot be read, the reason.

    Raises
    ------
    ImageError
        If the file as a whole cannot be read; see `read_image`.
    """
    _check_channels(channels)
    found: list[np.ndarray | ImageError] = []
    with _errors_of(path), _opened(path) as image:
        pages = _count(image)
        for page in range(pages):
            name = path if pages == 1 else f"{os.fspath(path)} page {page + 1}"
            try:
                with _errors_of(name):
                    _seek(image, page, name)
                    found.append(fit(_decoded(image, channels, name)))
            except ImageError as error:
                found.append(error)
    return found


def count_pages(path: str | os.PathLike) -> int:
    """Return the number of pages of a TIFF file, and 1 for any other picture.

    Raises
    ------
    ImageError
        See `read_image`.
    """
    with _errors_of(path), _opened(path) as image:
        return _count(image)


def page_sizes(path: str | os.PathLike) -> list[tuple[int, int]]:
    """Return rows and columns of each page, upright, decoding no more than it takes.

    Only a PNG file may have its orientation behind the pixels.

    Raises
    ------
    ImageError
        See `read_image`.
    """
    sizes = []
    with _errors_of(path), _opened(path) as image:
        for page in range(_count(image)):
            _seek(image, page, path)
            columns, rows = image.size
            if image.format == "PNG":
                _refuse_size(image, path)  # before its pixels are decoded, for what is behind them
            sizes.append((columns, rows) if _orientation(image) > 4 else (rows, columns))
    return sizes


def fit_to(image: np.ndarray, size: int, keep_aspect: bool = True) -> np.ndarray:
    """Scale a picture to a square, without aliasing.

    Parameters
    ----------
    image : ndarray of uint8, shape (channels, rows, columns)
    size : int
        Side of the square in pixels.
    keep_aspect : bool
        Scale both sides alike and centre the picture on its `background` colour; else stretch it.

    Returns
    -------
    ndarray of uint8, shape (channels, size, size)
    """
    rows, columns = image.shape[1:]
    if not keep_aspect:
        return resize(image, size, size)
    longest = max(rows, columns)
    height, width = (max(1, round(size * side / longest)) for side in (rows, columns))
    square = np.empty((len(image), size, size), np.uint8)
    square[:] = background(image)[:, np.newaxis, np.newaxis]
    top, left = (size - height) // 2, (size - width) // 2
    square[:, top : top + height, left : left + width] = resize(image, height, width)
    return square


def resize(image: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Scale a picture of uint8, shape (channels, rows, columns), by Lanczos' filter.

    One that shrinks a lot is averaged over boxes first, which is quicker and looks the same.
    """
    if image.shape[1:] == (rows, columns):
        return image.copy()
    if len(image) == 3:  # together is quicker than one by one
        return _resized(image.transpose(1, 2, 0), rows, columns).transpose(2, 0, 1).copy()
    return np.stack([_resized(plane, rows, columns) for plane in image])


def background(image: np.ndarray) -> np.ndarray:
    """Return the median of each channel's border pixels, uint8, shape (channels,)."""
    edges = (image[:, 0], image[:, -1], image[:, :, 0], image[:, :, -1])
    return np.median(np.concatenate(edges, axis=1), axis=1).astype(np.uint8)


def find_images(argument: str | os.PathLike) -> list[Path]:
    """Find the image files that a command-line argument stands for, sorted by name.

    Parameters
    ----------
    argument : path-like
        A file, whatever its name; a folder, for all pictures in it and its folders, hidden ones left
        out; or a pattern with ``*``, ``?``, ``[...]`` or ``**``.

    Raises
    ------
    ImageError
        If a folder has no pictures, or a pattern fits nothing.
    """
    path = Path(argument)
    if path.is_dir():
        found = sorted(_pictures_below(path))
        if not found:
            raise ImageError(
                f"{shown(path)}: no pictures in this folder; expected files that end with "
                f"{', '.join(sorted(SUFFIXES))}"
            )
        return found
    if os.path.lexists(path) or not glob.has_magic(str(path)):
        return [path]
    matches = sorted(map(Path, glob.glob(str(path), recursive=True)))
    lists = (sorted(_pictures_below(match)) if match.is_dir() else [match] for match in matches)
    found = list(dict.fromkeys(file for files in lists for file in files))
    if not found:
        raise ImageError(f"{shown(path)}: no file fits this pattern; check the name")
    return found


def _resized(pixels: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Scale an array in Pillow's layout, shape (rows, columns) or (rows, columns, 3)."""
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    return np.asarray(picture.resize((columns, rows), Image.Resampling.LANCZOS, reducing_gap=3.0))


def _pictures_below(folder: Path) -> Iterator[Path]:
    for here, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith(".") and os.path.splitext(name)[1].lower() in SUFFIXES:
                yield Path(here, name)


@contextmanager
def _errors_of(path: str | os.PathLike) -> Iterator[None]:
    """Turn any exception of Pillow for a file into an `ImageError`, without warnings.

    Raises
    ------
    ImageError, MemoryError
    """
    try:
        with no_warnings:
            yield
    except (ImageError, MemoryError):
        raise
    except UnidentifiedImageError as error:
        kinds = f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}"
        raise ImageError(
            f"{shown(path)}: not a {kinds} picture that can be read; convert it to one of these"
        ) from error
    except Image.DecompressionBombError as error:
        raise ImageError(f"{shown(path)}: {_too_large('so many')}") from error
    except Exception as error:  # whatever damaged bytes lead Pillow to
        if isinstance(error, OSError) and error.strerror:
            reason = f"{error.strerror}; expected a picture that may be read"
        else:
            detail = " ".join(str(error).split()) or type(error).__name__
            reason = f"damaged, cut short or of a rare kind ({detail}); use or export another copy"
        raise ImageError(f"{shown(path)}: {reason}") from error


@contextmanager
def _opened(path: str | os.PathLike) -> Iterator[Image.Image]:
    """Open a file and read its header, not its pixels."""
    status = os.stat(path)
    if stat.S_ISDIR(status.st_mode):
        raise ImageError(f"{shown(path)}: a folder; expected a file")
    if not stat.S_ISREG(status.st_mode):
        raise ImageError(f"{shown(path)}: a device or a pipe; save the picture as a file")
    if status.st_size == 0:
        raise ImageError(f"{shown(path)}: empty, 0 bytes; use or export another copy")
    with (
        open_regular(path, limits.PICTURE_BYTES) as file,
        Image.open(file, formats=FORMATS) as image,
    ):
        yield image


def _check_channels(channels: int) -> None:
    if channels not in (1, 3):
        raise ValueError(f"channels {channels}: expected 1 (gray) or 3 (colour)")


def _count(image: Image.Image) -> int:
    """Return the number of pages of a TIFF file, and 1 for any other."""
    return int(getattr(image, "n_frames", 1)) if image.format == "TIFF" else 1


def _seek(image: Image.Image, page: int, path: str | os.PathLike) -> None:
    """Seek a page of a TIFF file; other files have only the first."""
    pages = _count(image) if page else 1
    if not 0 <= page < pages:
        raise ImageError(f"{shown(path)}: has no page {page + 1}; choose one of 1 to {pages}")
    if page:
        image.seek(page)


def _decoded(image: Image.Image, channels: int, path: str | os.PathLike) -> np.ndarray:
    """Decode the current page of a file, uint8, shape (channels, rows, columns).

    It may be a view that cannot be written, of an array whose last axis is that of the channels.
    """
    _refuse_size(image, path)
    tags = getattr(image, "tag_v2", {})  # of TIFF; lost when the picture is turned
    if image.format == "TIFF":
        _check_tags(image, tags, path)
        with no_messages:  # of libtiff; the other libraries have none
            image.load()
    # Only what has to be: a large picture takes long to be copied.
    upright = ImageOps.exif_transpose(image) if _orientation(image) > 1 else image
    if upright.mode in DEEP:
        gray = _bytes_of_deep(upright, tags, path)
        return np.broadcast_to(gray, (channels, *gray.shape))
    picture, mode = _without_alpha(upright), "L" if channels == 1 else "RGB"
    if picture.mode == "LAB":  # which Pillow turns into colours only
        picture = picture.convert("RGB")
    pixels = np.asarray(picture if picture.mode == mode else picture.convert(mode))
    return pixels[np.newaxis] if channels == 1 else pixels.transpose(2, 0, 1)


def _refuse_size(image: Image.Image, path: str | os.PathLike) -> None:
    """Raise `ImageError` if a picture has too many pixels or too few, by its header."""
    columns, rows = image.size
    if columns * rows > limits.PICTURE_PIXELS:
        raise ImageError(f"{shown(path)}: {_too_large(f'{columns} x {rows}')}")
    if max(columns, rows) > limits.PICTURE_SIDE:
        most = f"more than {limits.PICTURE_SIDE:,}, the most that is read; cut it into pieces"
        raise ImageError(f"{shown(path)}: {columns} x {rows} pixels have a side of {most}")
    if min(columns, rows) < MIN_SIDE:
        raise ImageError(
            f"{shown(path)}: {columns} x {rows} pixels show nothing; expected at least {MIN_SIDE} x "
            f"{MIN_SIDE}, use or export another copy"
        )


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


def _too_large(pixels: str) -> str:
    return f"{pixels} pixels are more than {limits.PICTURE_PIXELS:,}, the most that are read; scale it down"


def _without_alpha(image: Image.Image) -> Image.Image:
    """Lay a picture on white paper, if it is transparent anywhere."""
    if image.mode not in WITH_ALPHA and "transparency" not in image.info:
        return image
    straight = image.convert("LA") if image.mode == "La" else image
    paper = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(paper, straight.convert("RGBA")).convert("RGB")


def _bytes_of_deep(
    image: Image.Image, tags: Mapping[int, Any], path: str | os.PathLike
) -> np.ndarray:
    """Return a gray picture of more than 8 bits as uint8, shape (rows, columns)."""
    bits = tags.get(BITS, (16,))[0]
    signed = tags.get(SAMPLE_FORMAT, (1,))[0] == SIGNED
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
