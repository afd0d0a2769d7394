"""Pages of TIFF files with any number of samples in a pixel.

Pillow reads four at most, of 8 bits. It, and libtiff in it, is given the bytes of a plane, or of all samples of each pixel, as a gray picture that
is wider: it undoes the compression, and what the bytes mean is found here.
"""

import io
import struct
from collections.abc import Sequence
from typing import IO, Any

import numpy as np
from PIL import Image

from lenet import limits
from lenet.data.decoder_noise import no_messages
from lenet.data.headers import layout_of, layout_text
from lenet.data.tiff_tags import (
    BITS,
    COMPRESSION,
    COUNTS,
    DESCRIPTION,
    EXTRA,
    FILL_ORDER,
    LENGTH,
    OF_LAYOUT,
    OFFSETS,
    ORIENTATION,
    PHOTOMETRIC,
    PLANAR,
    PREDICTOR,
    ROWS_PER_STRIP,
    SAMPLE_FORMAT,
    TILE_COUNTS,
    TILE_LENGTH,
    TILE_OFFSETS,
    TILE_WIDTH,
    WIDTH,
    Page,
    first,
)

OF_SAMPLES = OF_LAYOUT | {
    *(WIDTH, LENGTH, FILL_ORDER, DESCRIPTION, OFFSETS, ORIENTATION, ROWS_PER_STRIP, COUNTS),
    *(PREDICTOR, TILE_WIDTH, TILE_LENGTH, TILE_OFFSETS, TILE_COUNTS),
}
MAX_BLOCKS = 1 << 20  # strips or tiles of a page
GRAY, COLOURS = (0, 1), 2
ALPHA = (1, 2)  # of ExtraSamples; another number is a channel
FORMATS = {1: "u", 2: "i", 3: "f"}
DEPTHS = {"u": (8, 16, 32), "i": (8, 16, 32), "f": (16, 32, 64)}
# Compressions of bytes, whatever they mean: none, LZW, deflate (twice), PackBits, LZMA and ZSTD.
OF_BYTES = (1, 5, 8, 32946, 32773, 34925, 50000)
DIFFERENCES, OF_FLOATS = 2, 3  # predictors


def has_channels(tags: Page) -> bool:
    """Return whether a page has channels that Pillow would not give as they are.

    Palettes, alpha, three colours of 8 bits and a single gray are read by Pillow.
    """
    samples, bits, formats = layout_of(tags)
    kind = first(tags, PHOTOMETRIC, GRAY[1])
    if samples < 2 or any(number in ALPHA for number in tags.get(EXTRA, ())):
        return False
    is_plain = kind == COLOURS and samples == 3 and bits == 8 and formats == 1
    return kind in GRAY or (kind == COLOURS and not is_plain)


def samples_in(file: IO[bytes], tags: Page) -> np.ndarray:
    """Decode all samples of a page, shape (samples, rows, columns).

    Parameters
    ----------
    file : file
        A TIFF file, open for reading.
    tags : mapping
        Of `OF_SAMPLES`, which are those of the page.

    Returns
    -------
    ndarray
        Of the type of number that the file has; upright.

    Raises
    ------
    ValueError
        If the page is damaged, or of a kind that is not read.
    """
    samples, bits, formats = layout_of(tags)
    kind, predictor = FORMATS.get(formats, ""), first(tags, PREDICTOR, 1)
    rows, columns = first(tags, LENGTH, 0), first(tags, WIDTH, 0)
    is_known = len(set(tags.get(BITS, ()))) == 1 and len(set(tags.get(SAMPLE_FORMAT, (1,)))) == 1
    if not is_known or bits not in DEPTHS.get(kind, ()):
        raise ValueError(f"{layout_text(tags)}, which are not read; save it with 8 or 16")
    if rows * columns * samples > limits.PICTURE_PIXELS:
        most = f"more than {limits.PICTURE_PIXELS:,} values, the most that are read"
        raise ValueError(
            f"{columns} x {rows} pixels of {samples} channels are {most}; scale it down"
        )
    compression = first(tags, COMPRESSION, 1)
    if compression not in OF_BYTES:
        raise ValueError(
            f"{layout_text(tags)} with compression {compression}, which are not read; save it with LZW or deflate"
        )
    if predictor not in (1, DIFFERENCES, OF_FLOATS) or (predictor == OF_FLOATS and kind != "f"):
        raise ValueError(
            f"predictor {predictor} of {layout_text(tags)} is not read; save it without"
        )
    file.seek(0)
    order = ">" if file.read(2) == b"MM" else "<"
    in_planes = first(tags, PLANAR, 1) == 2
    planes = [
        plane_of(file, tags, number, 1 if in_planes else samples, f"{order}{kind}{bits // 8}")
        for number in range(samples if in_planes else 1)
    ]
    found = np.concatenate(planes, axis=2).transpose(2, 0, 1)
    return upright(found, first(tags, ORIENTATION, 1))


def plane_of(file: IO[bytes], tags: Page, number: int, samples: int, form: str) -> np.ndarray:
    """Decode a plane of a page, shape (rows, columns, samples).

    Parameters
    ----------
    file, tags
        See `samples_in`.
    number : int
        Which of its planes.
    samples : int
        Of a pixel of it.
    form : str
        NumPy's name of the type of number, with its order of bytes.
    """
    rows, columns = first(tags, LENGTH, 0), first(tags, WIDTH, 0)
    is_tiled = TILE_WIDTH in tags
    width = first(tags, TILE_WIDTH, 0) if is_tiled else columns
    height = first(tags, TILE_LENGTH, 0) if is_tiled else first(tags, ROWS_PER_STRIP, rows)
    if not (is_tiled or 0 < height < rows):
        height = rows
    if not (width and height):
        raise ValueError("damaged, tiles of no size; use or export another copy")
    across, down = -(-columns // width), -(-rows // height)
    kind = np.dtype(form)
    blocks = blocks_of(file, tags, number, across * down)
    row_bytes = width * samples * kind.itemsize
    if (
        across * down * height if is_tiled else rows
    ) * across * row_bytes > limits.PICTURE_PIXELS * 8:
        raise ValueError("damaged, tiles of another size than the page; use or export another copy")
    sizes = (across * row_bytes, down * height if is_tiled else rows)
    tile = (row_bytes, height) if is_tiled else None
    stored = gray_bytes(blocks, sizes, height, tile, tags)
    lines = np.ascontiguousarray(stored).reshape(len(stored), across, row_bytes)
    values = with_predictor(lines, kind, samples, first(tags, PREDICTOR, 1))
    return values.reshape(len(stored), across * width, samples)[:rows, :columns]


def blocks_of(file: IO[bytes], tags: Page, plane: int, count: int) -> list[bytes]:
    """Return the strips or tiles of a plane, as they are compressed."""
    places, lengths = (
        tags.get(tag, ())[plane * count : (plane + 1) * count]
        for tag in ((TILE_OFFSETS, TILE_COUNTS) if TILE_WIDTH in tags else (OFFSETS, COUNTS))
    )
    end = file.seek(0, io.SEEK_END)
    if len(places) < count or len(lengths) < count or sum(lengths) > end:
        raise ValueError("damaged, strips or tiles are missing; use or export another copy")
    found = []
    for place, length in zip(places, lengths, strict=True):
        file.seek(min(place, end))
        found.append(file.read(length))
        if len(found[-1]) < length:
            raise ValueError("damaged, cut short; use or export another copy")
    return found


def gray_bytes(
    blocks: Sequence[bytes],
    sizes: tuple[int, int],
    rows_per_strip: int,
    tile: tuple[int, int] | None,
    tags: Page,
) -> np.ndarray:
    """Undo the compression of blocks of bytes, uint8, shape (rows, columns).

    Parameters
    ----------
    blocks : sequence of bytes
        Strips or tiles.
    sizes : tuple of two int
        Columns and rows of bytes.
    rows_per_strip : int
    tile : tuple of two int, or None
        Columns and rows of a tile.
    tags : mapping
        Of the page: how it is compressed.
    """
    lengths = [len(block) for block in blocks]
    entries: dict[int, Sequence[int]] = {
        WIDTH: [sizes[0]],
        LENGTH: [sizes[1]],
        BITS: [8],
        COMPRESSION: [first(tags, COMPRESSION, 1)],
        PHOTOMETRIC: [1],
        FILL_ORDER: [first(tags, FILL_ORDER, 1)],
        **({TILE_WIDTH: tile[:1], TILE_LENGTH: tile[1:]} if tile else {}),
        **({} if tile else {ROWS_PER_STRIP: [rows_per_strip]}),
        TILE_COUNTS if tile else COUNTS: lengths,
    }
    places = TILE_OFFSETS if tile else OFFSETS
    n = len(blocks)
    end = 8 + 2 + 12 * (len(entries) + 1) + 4
    start = end + (8 * n if n > 1 else 0)
    entries[places] = [start + sum_ for sum_ in np.cumsum([0, *lengths[:-1]]).tolist()]
    head, behind = struct.pack("<2sHIH", b"II", 42, 8, len(entries)), b""
    for tag, numbers in sorted(entries.items()):
        packed = struct.pack(f"<{len(numbers)}I", *numbers)
        head += struct.pack("<HHI", tag, 4, len(numbers))
        head += packed if len(numbers) == 1 else struct.pack("<I", end + len(behind))
        behind += b"" if len(numbers) == 1 else packed
    data = io.BytesIO(b"".join([head, bytes(4), behind, *blocks]))
    with Image.open(data, formats=["TIFF"]) as image, no_messages:
        image.load()
        return np.asarray(image)


def with_predictor(lines: np.ndarray, kind: np.dtype, samples: int, predictor: int) -> np.ndarray:
    """Return the values of lines of bytes, of whatever differences they hold.

    Parameters
    ----------
    lines : ndarray of uint8, shape (rows, tiles, bytes)
    kind : dtype
        Of the values, with their order of bytes.
    samples : int
        Of a pixel.
    predictor : int
        1 for values, 2 for differences from the pixel to the left, 3 for those of the bytes of floats, the
        first of all values first, as Adobe's Photoshop TIFF Technical Note 3 has it.

    Returns
    -------
    ndarray of the order of bytes of this machine, shape (rows, tiles, values)
    """
    rows, tiles, _ = lines.shape
    native = kind.newbyteorder("=")
    if predictor == OF_FLOATS:
        pixels = lines.reshape(rows, tiles, -1, samples).cumsum(axis=2, dtype=np.uint8)
        bytes_first = pixels.reshape(rows, tiles, kind.itemsize, -1).swapaxes(2, 3)
        return np.ascontiguousarray(bytes_first).view(kind.newbyteorder(">"))[..., 0].astype(native)
    values = lines.view(kind).astype(native)
    if predictor == DIFFERENCES:
        whole = np.dtype(f"u{kind.itemsize}")  # of any type: what is too large begins at 0 again
        steps = values.view(whole).reshape(rows, tiles, -1, samples)
        values = steps.cumsum(axis=2, dtype=whole).view(native)
    return values.reshape(rows, tiles, -1)


def upright(values: np.ndarray, orientation: Any) -> np.ndarray:
    """Turn or mirror an array (samples, rows, columns) by its orientation."""
    if orientation in (5, 6, 7, 8):
        values = values.swapaxes(1, 2)
    down = -1 if orientation in (3, 4, 7, 8) else 1
    right = -1 if orientation in (2, 3, 6, 7) else 1
    return values[:, ::down, ::right]
