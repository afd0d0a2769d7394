"""Kind, depth and layout of picture files, by the first bytes of each.

Files that earlier versions have read right keep their decoded images; the others are decoded by new rules.
"""

import os
import struct
from typing import IO, NamedTuple

from PIL import Image

from lenet import limits
from lenet.data.deep_values import DEEP
from lenet.data.tiff_tags import (
    BITS,
    COLOURS,
    COMPRESSION,
    EXTRA,
    PHOTOMETRIC,
    PLANAR,
    SAMPLE_FORMAT,
    SAMPLES,
    Page,
    first,
    is_thumbnail,
    layouts,
)
from lenet.files import open_regular

HEAD = 32  # bytes that tell the kinds apart
PNG, TIFF = b"\x89PNG\r\n\x1a\n", (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
JPEG2000 = (b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51")
AVIF, HEIF = (b"avif", b"avis"), (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")


class Header(NamedTuple):
    """Kind and depth of a picture file by its first bytes.

    Attributes
    ----------
    kind : str
        "PNG", "TIFF", "WebP", "AVIF", "HEIC", "JPEG 2000", or empty for any other.
    is_deep : bool
        Whether it may hold values that are not bytes.
    is_new : bool
        Whether earlier versions have read it otherwise, or not at all.
    remark : str
        What is not read of it.
    depth : str
        Bits and formats of deep values, in no certain form: alike for files of one type of number.
    """

    kind: str = ""
    is_deep: bool = False
    is_new: bool = False
    remark: str = ""
    depth: str = ""


OTHER = Header()


def read_header(path: str | os.PathLike) -> Header:
    """Return what the first bytes of a file say; `OTHER` if it cannot be read."""
    try:
        with open_regular(path, limits.PICTURE_BYTES) as file:
            head = file.read(HEAD)
            if head.startswith(PNG):
                return png_header(head)
            if head.startswith(TIFF):
                return tiff_header(file)
            kind = new_kind(head)
            return Header(kind, kind == "JPEG 2000" and is_deep_jpeg2000(file), bool(kind))
    except (OSError, struct.error, ValueError, SyntaxError):
        return OTHER


def has_pages(path: str | os.PathLike) -> bool:
    """Return whether a file is a TIFF file of several pages, thumbnails apart."""
    try:
        with open_regular(path, limits.PICTURE_BYTES) as file:
            if not file.read(HEAD).startswith(TIFF):
                return False
            others = (tags for k, tags in enumerate(layouts(file)) if k)
            return any(not is_thumbnail(tags) for tags in others)
    except (OSError, struct.error, ValueError):
        return False


def new_kind(head: bytes) -> str:
    """Return the kind of a WebP, AVIF, HEIC or JPEG 2000 file; empty for others."""
    if head.startswith(JPEG2000):
        return "JPEG 2000"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    if head[4:8] == b"ftyp":
        # mif1 is the brand of both; those that follow tell them apart.
        if any(brand in head[8:] for brand in AVIF):
            return "AVIF"
        if head[8:12] in HEIF:
            return "HEIC"
    return ""


def is_deep_jpeg2000(file: IO[bytes]) -> bool:
    """Return whether Pillow makes a picture of more than 8 bits of a file."""
    file.seek(0)
    with Image.open(file, formats=["JPEG2000"]) as image:
        return image.mode in DEEP


def png_header(head: bytes) -> Header:
    """Return what is said by the first chunk of a PNG file."""
    depth, colours = head[24:26]
    if depth == 16 and colours:
        return Header("PNG", remark="16 bits with colours or transparency, of which 8 are read")
    return Header("PNG", is_deep=depth == 16, is_new=depth == 16)


def tiff_header(file: IO[bytes]) -> Header:
    """Return what is said by the pages of a TIFF file."""
    is_deep = is_new = False
    remark = depth = ""
    for tags in layouts(file):
        samples, bits, formats = layout_of(tags)
        page_is_deep = samples == 1 and (bits > 8 or (bits == 8 and formats == 2))
        is_deep |= page_is_deep
        depth += f"{bits} {formats} " if page_is_deep and not depth else ""
        is_new |= page_is_deep or is_thumbnail(tags) or bool(planar_16(tags)) or bytes_table(tags)
        is_new |= has_lost_planes(tags) and (bits > 8 or formats == 2)
        if samples == 2 and bits == 8 and first(tags, EXTRA, 0) == 0:
            remark = "two channels, of which the first is read"
        elif bits == 8 and has_lost_planes(tags):
            remark = f"{samples} channels, of which the first is read"
        elif samples > 1 and bits == 16:
            remark = "16 bits with colours, of which 8 are read"
    return Header("TIFF", is_deep, is_new, remark, depth)


def layout_of(tags: Page) -> tuple[int, int, int]:
    """Return the samples of a pixel, the bits of the first, and its sample format."""
    return (
        first(tags, SAMPLES, 1),
        first(tags, BITS, 1),
        first(tags, SAMPLE_FORMAT, 1),
    )


def planar_16(tags: Page) -> str:
    """Return the reason to refuse planes of 16 bits, or an empty text.

    Pillow decodes them to noise.
    """
    samples, bits, _ = layout_of(tags)
    is_planar, is_plain = first(tags, PLANAR, 1) == 2, first(tags, COMPRESSION, 1) == 1
    if samples > 1 and bits == 16 and is_planar and is_plain:
        planes = layout_text(tags).replace("channels", "planes")
        return f"{planes} without compression, which are not read"
    return ""


def has_lost_planes(tags: Page) -> bool:
    """Return whether a page has planes of gray of which Pillow decodes the first."""
    is_planar, is_plain = first(tags, PLANAR, 1) == 2, first(tags, COMPRESSION, 1) == 1
    is_gray = first(tags, PHOTOMETRIC, 1) in (0, 1)
    return layout_of(tags)[0] > 1 and is_planar and is_gray and not is_plain


def bytes_table(tags: Page) -> bool:
    """Return whether the palette of a page has bytes where 16 bits are expected."""
    colours = tags.get(COLOURS, ())
    return bool(colours) and 0 < max(colours) < 256


def described(path: str | os.PathLike) -> str:
    """Describe kind, channels and depth of a file in words, as far as they are known."""
    try:
        with open_regular(path, limits.PICTURE_BYTES) as file:
            head = file.read(HEAD)
            if not head.startswith(TIFF):
                return new_kind(head)
            tags = next(layouts(file), {})
    except (OSError, struct.error, ValueError):
        return ""
    if not tags:
        return ""
    return f"a TIFF file of {layout_text(tags)}"


def layout_text(tags: Page) -> str:
    """Return channels and depth of a page in words."""
    samples, bits, formats = layout_of(tags)
    form = {2: "signed ", 3: "floating-point "}.get(formats, "")
    channels = "1 channel" if samples == 1 else f"{samples} channels"
    return f"{channels} of {form}{bits} bits"
