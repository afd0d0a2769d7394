"""Check for TIFF tags that decide on the pixels, and that Pillow could not read.

Pillow leaves a tag out whose values are not all in the file, and decodes without it: one bit in place of
eight, white for black, packed bytes as they are.
"""

import struct
from collections.abc import Container
from typing import IO

from lenet import limits

# ImageWidth, ImageLength, BitsPerSample, Compression, PhotometricInterpretation, FillOrder, StripOffsets,
# Orientation, SamplesPerPixel, RowsPerStrip, StripByteCounts, PlanarConfiguration, Predictor, ColorMap,
# TileWidth, TileLength, TileOffsets, TileByteCounts, ExtraSamples, SampleFormat.
OF_PIXELS = frozenset(
    (*range(256, 260), 262, 266, 273, 274, 277, 278, 279, 284, 317, 320, *range(322, 326), 338, 339)
)


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
        file.seek(0)
        header = file.read(16)
        order = ">" if header[:2] == b"MM" else "<"
        is_big = 43 in header[2:4]
        # Of the number of entries, and of what leads on.
        count, offset, entry_bytes = ("Q", "Q", 20) if is_big else ("H", "I", 12)
        (at,) = struct.unpack_from(f"{order}{offset}", header, 8 if is_big else 4)
        for left in range(page, -1, -1):
            file.seek(at)
            (n,) = struct.unpack(f"{order}{count}", file.read(struct.calcsize(count)))
            if left:
                file.seek(n * entry_bytes, 1)
                (at,) = struct.unpack(f"{order}{offset}", file.read(struct.calcsize(offset)))
        entries = file.read(min(n, limits.TIFF_ENTRIES) * entry_bytes)
        whole = len(entries) // entry_bytes
        there = {struct.unpack_from(f"{order}H", entries, k * entry_bytes)[0] for k in range(whole)}
    finally:
        file.seek(before)
    return sorted(tag for tag in there & OF_PIXELS if tag not in found)
