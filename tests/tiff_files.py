"""TIFF files made by hand, of any type of number, layout, order of bytes and compression."""

import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

# Tags by the names of TIFF 6.0.
SUBFILE, WIDTH, LENGTH, BITS, COMPRESSION, PHOTOMETRIC = 254, 256, 257, 258, 259, 262
OFFSETS, SAMPLES, ROWS_PER_STRIP, COUNTS, PLANAR = 273, 277, 278, 279, 284
COLOURS, TILE_WIDTH, TILE_LENGTH, TILE_OFFSETS, TILE_COUNTS = 320, 322, 323, 324, 325
PREDICTOR, EXTRA, FORMAT, DESCRIPTION = 317, 338, 339, 270
NEXT = b"next"
FORMATS = {"u": 1, "i": 2, "f": 3}
STRIP, TILE = 5, 16  # rows, and rows and columns
LITERALS = 250  # of LZW codes of 9 bits, after which the next would have 10


def lzw(data: bytes) -> bytes:
    """Compress bytes as LZW does, by literals only."""
    codes = []
    for start in range(0, len(data), LITERALS):
        codes += [256, *data[start : start + LITERALS]]
    bits = "".join(f"{code:09b}" for code in (*codes, 257))
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def packbits(data: bytes) -> bytes:
    """Compress bytes as PackBits does, by runs where they are and literals elsewhere."""
    packed = b""
    while data:
        run = next((k for k in range(1, min(len(data), 128)) if data[k] != data[0]), None)
        run = min(len(data), 128) if run is None else run
        if run > 2:
            packed += struct.pack("bB", 1 - run, data[0])
        else:
            run = min(len(data), 7)
            packed += struct.pack("b", run - 1) + data[:run]
        data = data[run:]
    return packed


COMPRESSIONS: dict[str, tuple[int, Callable[[bytes], bytes]]] = {
    "none": (1, bytes),
    "lzw": (5, lzw),
    "deflate": (8, zlib.compress),
    "packbits": (32773, packbits),
}


def blocks_of(values: np.ndarray, tiled: bool) -> list[np.ndarray]:
    """Return the strips or tiles of an array of shape (rows, columns, samples), tiles filled up."""
    rows, columns, _ = values.shape
    if not tiled:
        return [values[top : top + STRIP] for top in range(0, rows, STRIP)]
    filled = np.pad(values, ((0, -rows % TILE), (0, -columns % TILE), (0, 0)))
    return [
        filled[top : top + TILE, left : left + TILE]
        for top in range(0, rows, TILE)
        for left in range(0, columns, TILE)
    ]


def predicted(block: np.ndarray, predictor: int) -> np.ndarray:
    """Return a block of shape (rows, columns, samples) as a predictor stores it."""
    if predictor == 1:
        return block
    if predictor == 3:  # the first bytes of all numbers, then the second ones, as differences
        rows, _, samples = block.shape
        big = np.ascontiguousarray(block).astype(block.dtype.newbyteorder(">"))
        bytes_of = np.frombuffer(big.tobytes(), np.uint8).reshape(rows, -1, block.itemsize)
        turned = bytes_of.swapaxes(1, 2).reshape(rows, -1, samples)
        steps = np.concatenate([turned[:, :1], turned[:, 1:] - turned[:, :-1]], axis=1)
        return steps.reshape(rows, -1, 1)
    return np.concatenate([block[:, :1], block[:, 1:] - block[:, :-1]], axis=1)


def stored(block: np.ndarray, kind: np.dtype) -> bytes:
    """Return the bytes of a block of some type of number, or of bytes themselves."""
    return (block if block.dtype == np.uint8 else block.astype(kind)).tobytes()


def tiff_file(
    values: np.ndarray,
    *,
    order: str = "<",
    tiled: bool = False,
    planar: int = 1,
    compression: str = "none",
    predictor: int = 1,
    tags: Mapping[int, Sequence[int]] | None = None,
    description: str = "",
) -> bytes:
    """Return a TIFF file of one page.

    Parameters
    ----------
    values : ndarray, shape (samples, rows, columns)
    order : {"<", ">"}
        Of bytes: little- or big-endian.
    tiled : bool
        In tiles of 16 x 16, or in strips of five rows.
    planar : {1, 2}
        Whether the samples of a pixel lie together or each in a plane.
    compression : {"none", "lzw", "deflate", "packbits"}
    predictor : {1, 2, 3}
        Whether numbers are kept as they are, as differences from those to the left, or as those of the bytes of
        floats.
    tags : mapping of int to numbers of 16 bits, optional
        Further tags, or other values of those that there are.
    description : str
        As programs write it that know of more than one page.
    """
    return tiff_pages(
        [values],
        order=order,
        tiled=tiled,
        planar=planar,
        compression=compression,
        predictor=predictor,
        tags=tags,
        description=description,
    )


def tiff_pages(
    pages: Sequence[np.ndarray],
    *,
    order: str = "<",
    description: str = "",
    **options: Any,
) -> bytes:
    """Return a TIFF file of several pages, the first with the description."""
    found = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(f"{order}I", 8)
    for number, values in enumerate(pages):
        text = description if number == 0 else ""
        page = page_bytes(values, len(found), order, text, **options)
        end = len(found) + len(page)
        end += end % 2
        following = 0 if number == len(pages) - 1 else end
        place, packed = page.find(NEXT), struct.pack(f"{order}I", following)
        found += page[:place] + packed + page[place + len(NEXT) :]
        found = found.ljust(end, b"\0")
    return found


def page_bytes(
    values: np.ndarray,
    at: int,
    order: str,
    description: str,
    *,
    tiled: bool = False,
    planar: int = 1,
    compression: str = "none",
    predictor: int = 1,
    tags: Mapping[int, Sequence[int]] | None = None,
) -> bytes:
    """Return a page as it lies in a file; `NEXT` is where the next one is said."""
    samples, rows, columns = values.shape
    planes = [values[k : k + 1] for k in range(samples)] if planar == 2 else [values]
    number, compress = COMPRESSIONS[compression]
    kind = values.dtype.newbyteorder(order)
    blocks = [
        compress(stored(predicted(block, predictor), kind))
        for plane in planes
        for block in blocks_of(plane.transpose(1, 2, 0), tiled)
    ]
    lengths = [len(block) for block in blocks]
    found: dict[int, tuple[str, Sequence[int]]] = {
        **{SUBFILE: ("I", [0]), WIDTH: ("I", [columns]), LENGTH: ("I", [rows])},
        **{BITS: ("H", [8 * values.itemsize] * samples), COMPRESSION: ("H", [number])},
        **{PHOTOMETRIC: ("H", [2 if samples == 3 else 1]), SAMPLES: ("H", [samples])},
        **{PLANAR: ("H", [planar]), FORMAT: ("H", [FORMATS[values.dtype.kind]] * samples)},
    }
    if predictor != 1:
        found[PREDICTOR] = ("H", [predictor])
    if tiled:
        found |= {TILE_WIDTH: ("I", [TILE]), TILE_LENGTH: ("I", [TILE])}
    else:
        found[ROWS_PER_STRIP] = ("I", [STRIP])
    places, counts = (TILE_OFFSETS, TILE_COUNTS) if tiled else (OFFSETS, COUNTS)
    found |= {counts: ("I", lengths)}
    found |= {tag: ("H", numbers) for tag, numbers in (tags or {}).items()}
    if description:
        found[DESCRIPTION] = ("B", [*description.encode(), 0])
    end = at + 2 + 12 * (len(found) + 1) + 4
    sizes = [struct.calcsize(kind) * len(numbers) for kind, numbers in found.values()]
    start = end + sum(size for size in (*sizes, 4 * len(blocks)) if size > 4)
    found[places] = ("I", [start + sum(lengths[:k]) for k in range(len(blocks))])
    head = struct.pack(f"{order}H", len(found))
    behind = b""
    for tag, (code, numbers) in sorted(found.items()):
        packed = struct.pack(f"{order}{len(numbers)}{code}", *numbers)
        head += struct.pack(f"{order}HHI", tag, {"B": 2, "H": 3, "I": 4}[code], len(numbers))
        if len(packed) > 4:
            head += struct.pack(f"{order}I", end + len(behind))
            behind += packed
        else:
            head += packed.ljust(4, b"\0")
    return head + NEXT + behind + b"".join(blocks)
