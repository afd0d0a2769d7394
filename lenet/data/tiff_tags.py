"""TIFF tags read by hand: those that Pillow loses, and those of the layout.

Pillow leaves a tag out whose values are not all in the file, and decodes without it: one bit in place of
eight, white for black, packed bytes as they are.
"""

import struct
from collections.abc import Container, Iterator, Mapping
from typing import IO, Any
from weakref import WeakKeyDictionary

from lenet import limits

# ImageWidth, ImageLength, BitsPerSample, Compression, PhotometricInterpretation, FillOrder, StripOffsets,
# Orientation, SamplesPerPixel, RowsPerStrip, StripByteCounts, PlanarConfiguration, Predictor, ColorMap,
# TileWidth, TileLength, TileOffsets, TileByteCounts, ExtraSamples, SampleFormat.
OF_PIXELS = frozenset(
    (*range(256, 260), 262, 266, 273, 274, 277, 278, 279, 284, 317, 320, *range(322, 326), 338, 339)
)

# What it takes to tell the depth and the layout of a page.
SUBFILE, BITS, COMPRESSION, PHOTOMETRIC, SAMPLES, PLANAR = 254, 258, 259, 262, 277, 284
COLOURS, EXTRA, SAMPLE_FORMAT = 320, 338, 339
OF_LAYOUT = frozenset(
    (SUBFILE, BITS, COMPRESSION, PHOTOMETRIC, SAMPLES, PLANAR, COLOURS, EXTRA, SAMPLE_FORMAT)
)
# What it takes to decode a page by hand, too.
WIDTH, LENGTH, FILL_ORDER, DESCRIPTION, OFFSETS, ORIENTATION = 256, 257, 266, 270, 273, 274
ROWS_PER_STRIP, COUNTS, PREDICTOR = 278, 279, 317
TILE_WIDTH, TILE_LENGTH, TILE_OFFSETS, TILE_COUNTS = 322, 323, 324, 325
# Codes of struct for the types BYTE, ASCII, SHORT, LONG and BigTIFF's LONG8, of which these tags are.
TYPES = {1: "B", 2: "B", 3: "H", 4: "I", 16: "Q"}
MAX_VALUES = 3 << 8  # of a palette of 8 bits

Page = Mapping[int, tuple[int, ...]]

# Of open files: where the directories of their first pages are, as each is only found from the one before.
PLACES: WeakKeyDictionary[IO[bytes], list[int]] = WeakKeyDictionary()


def layouts(file: IO[bytes]) -> Iterator[Page]:
    """Yield the tags of each page of a TIFF file that say how its values lie there.

    Parameters
    ----------
    file : file
        Open for reading.

    Raises
    ------
    struct.error
        If the file ends before.
    """
    yield from (tags for _, tags in directories(file))


def directories(file: IO[bytes]) -> Iterator[tuple[int, Page]]:
    """Yield the place of the directory of each page, and its `layouts`."""
    *_, at = _form(file)
    seen: set[int] = set()
    while at and at not in seen:
        seen.add(at)
        tags, following = directory(file, at)
        yield at, tags
        at = following


def directory(
    file: IO[bytes], at: int, wanted: Container[int] = OF_LAYOUT, most: int = MAX_VALUES
) -> tuple[Page, int]:
    """Return some tags of a page of a TIFF file, and where the next directory is.

    Parameters
    ----------
    file : file
        Open for reading.
    at : int
        Where the directory of the page is.
    wanted : container of int
        Tags whose values are whole numbers, or the characters of a text.
    most : int
        Values of one tag; those that have more are left out.

    Raises
    ------
    struct.error
        If the file ends before.
    """
    order, count, offset, entry_bytes, _ = _form(file)
    file.seek(at)
    (n,) = struct.unpack(f"{order}{count}", file.read(struct.calcsize(count)))
    entries = file.read(min(n, limits.TIFF_ENTRIES) * entry_bytes)
    following = file.read(struct.calcsize(offset)).ljust(struct.calcsize(offset), b"\0")
    tags: dict[int, tuple[int, ...]] = {}
    for start in range(0, len(entries) - entry_bytes + 1, entry_bytes):
        tag, kind, length = struct.unpack_from(f"{order}HH{offset}", entries, start)
        if tag not in wanted or kind not in TYPES or length > most:
            continue
        form = f"{order}{length}{TYPES[kind]}"
        place = start + 4 + struct.calcsize(offset)
        if struct.calcsize(form) <= struct.calcsize(offset):
            tags[tag] = struct.unpack_from(form, entries, place)
            continue
        file.seek(struct.unpack_from(f"{order}{offset}", entries, place)[0])
        tags[tag] = struct.unpack(form, file.read(struct.calcsize(form)))
    return tags, struct.unpack(f"{order}{offset}", following)[0]


def is_thumbnail(tags: Mapping[int, object]) -> bool:
    """Return whether a page is a smaller version of another one, as of pyramids."""
    value = first(tags, SUBFILE, 0)
    return isinstance(value, int) and bool(value & 1)


def first(tags: Mapping[int, Any], tag: int, default: Any) -> Any:
    """Return the first value of a tag, which Pillow gives alone if it is one.

    A tag without values, which damaged files have, is taken for one that is not there.
    """
    value = tags.get(tag, default)
    if isinstance(value, tuple):
        return value[0] if value else default
    return value


def lost_tags(file: IO[bytes], page: int, found: Container[int]) -> list[int]:
    """Return the tags of a page that decide on its pixels, but were not found.

    Parameters
    ----------
    file : file
        A TIFF file, or a BigTIFF one, open for reading; where it is read next stays the same.
    page : int
        Counted from 0.
    found : container of int
        The tags that could be read.

    Raises
    ------
    struct.error
        If the file ends before.
    """
    before = file.tell()
    try:
        order, count, offset, entry_bytes, at = _form(file)
        places = PLACES.setdefault(file, [at])
        for known in range(min(page, len(places) - 1), page + 1):
            file.seek(places[known])
            (n,) = struct.unpack(f"{order}{count}", file.read(struct.calcsize(count)))
            if known == len(places) - 1 and known < page:
                file.seek(n * entry_bytes, 1)
                places += struct.unpack(f"{order}{offset}", file.read(struct.calcsize(offset)))
        entries = file.read(min(n, limits.TIFF_ENTRIES) * entry_bytes)
        whole = len(entries) // entry_bytes
        there = {struct.unpack_from(f"{order}H", entries, k * entry_bytes)[0] for k in range(whole)}
    finally:
        file.seek(before)
    return sorted(tag for tag in there & OF_PIXELS if tag not in found)


def _form(file: IO[bytes]) -> tuple[str, str, str, int, int]:
    """Return how directories of a TIFF file are written, and where the first is.

    Returns
    -------
    order, count, offset : str
        Codes of struct: the order of bytes, the number of entries, and what leads on.
    entry_bytes, first : int
    """
    file.seek(0)
    header = file.read(16)
    order = ">" if header[:2] == b"MM" else "<"
    is_big = 43 in header[2:4]
    count, offset, entry_bytes = ("Q", "Q", 20) if is_big else ("H", "I", 12)
    (first,) = struct.unpack_from(f"{order}{offset}", header, 8 if is_big else 4)
    return order, count, offset, entry_bytes, first
