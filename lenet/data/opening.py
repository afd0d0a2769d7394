"""Opening of picture files: formats that are read, errors of others."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from typing import IO

from PIL import Image, UnidentifiedImageError

from lenet import limits
from lenet.data.decoder_noise import no_warnings
from lenet.data.headers import described
from lenet.errors import ImageError
from lenet.files import open_regular
from lenet.text import shown

# Pillow's names: those that earlier versions have read, and the others.
FORMATS = ("PNG", "JPEG", "TIFF", "GIF", "BMP")
NEW_FORMATS = {"WEBP": "WebP", "AVIF": "AVIF", "JPEG2000": "JPEG 2000", "HEIF": "HEIC"}
# Names of films end so.
FILMS = (".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mpg", ".mpeg")
# How pictures are decoded: as by earlier versions, or right.
BY_TYPE, AS_STORED = 1, 2


@contextmanager
def errors_of(path: str | os.PathLike) -> Iterator[None]:
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
        raise ImageError(f"{shown(path)}: {unidentified(path)}") from error
    except Image.DecompressionBombError as error:
        raise ImageError(f"{shown(path)}: {too_large('so many')}") from error
    except Exception as error:  # whatever damaged bytes lead Pillow to
        if isinstance(error, OSError) and error.strerror:
            reason = f"{error.strerror}; expected a picture that may be read"
        else:
            detail = " ".join(str(error).split()) or type(error).__name__
            reason = f"damaged, cut short or of a rare kind ({detail}); use or export another copy"
        raise ImageError(f"{shown(path)}: {reason}") from error


def unidentified(path: str | os.PathLike) -> str:
    """Return why Pillow knows nothing of a file, as far as it can be told."""
    if os.path.splitext(path)[1].lower() in FILMS:
        return "a film, not a picture; lenet-predict takes films as --video FILE"
    kind = described(path)
    if kind == "HEIC" and "HEIF" not in formats():
        return (
            "a HEIC picture, which needs the extra heif: pip install 'lenet[heif]'; or convert it"
        )
    kinds = "not a PNG, JPEG, TIFF, GIF, BMP, WebP, AVIF or JPEG 2000 picture that can be read"
    if kind:
        a = "" if kind.startswith("a ") else "an " if kind[0] in "AH" else "a "
        return (
            f"{kinds} ({a}{kind}); convert it to one of these, of 1 or 3 channels of 8 or 16 bits, or train "
            "with --channels all, which keeps 2 to 16"
        )
    return f"{kinds}; convert it to one of these"


@cache
def formats() -> tuple[str, ...]:
    """Return Pillow's names of all formats that are read here."""
    if find_spec("pillow_heif"):
        from pillow_heif import register_heif_opener

        register_heif_opener()
    Image.init()
    return (*FORMATS, *(name for name in NEW_FORMATS if name in Image.OPEN))


@contextmanager
def opened(path: str | os.PathLike, rules: int = AS_STORED) -> Iterator[Image.Image]:
    """Open a file and read its header, not its pixels."""
    with (
        opened_file(path) as file,
        Image.open(file, formats=FORMATS if rules == BY_TYPE else formats()) as image,
    ):
        yield image


@contextmanager
def opened_file(path: str | os.PathLike) -> Iterator[IO[bytes]]:
    """Open a file that may be a picture.

    Raises
    ------
    ImageError
        If it is none by what the file system says of it.
    """
    status = os.stat(path)
    if stat.S_ISDIR(status.st_mode):
        raise ImageError(f"{shown(path)}: a folder; expected a file")
    if not stat.S_ISREG(status.st_mode):
        raise ImageError(f"{shown(path)}: a device or a pipe; save it as a file")
    if status.st_size == 0:
        raise ImageError(f"{shown(path)}: empty, 0 bytes; use or export another copy")
    with open_regular(path, limits.PICTURE_BYTES) as file:
        yield file


def too_large(pixels: str) -> str:
    """Return why a picture of so many pixels is refused."""
    return f"{pixels} pixels are more than {limits.PICTURE_PIXELS:,}, the most that are read; scale it down"
