"""Arrays of MATLAB's files of version 5, such as those of SVHN."""

import math
import struct
import zlib
from collections.abc import Collection
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

import numpy as np

from lenet import limits
from lenet.data.published_files import data_errors
from lenet.errors import DataError
from lenet.files import open_regular
from lenet.text import shown

HEADER = 128
ORDERS = {b"IM": "<", b"MI": ">"}
# Types of elements; the numbers are those of the format.
INT8, INT32, UINT32, MATRIX, COMPRESSED = 1, 5, 6, 14, 15
NUMBERS = {
    **{1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4"},
    **{9: "f8", 12: "i8", 13: "u8"},
}
# Classes of arrays of numbers: double, single, and integers of 8 to 64 bits.
FIRST_CLASS, LAST_CLASS = 6, 15
COMPLEX = 0x0800
MAX_AXES, MAX_NAME = 8, 63
CHUNK_BYTES = 1 << 16


class Stream(Protocol):
    """Source of bytes."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes."""


class Tag(NamedTuple):
    """Beginning of an element: its type, its bytes, and its data if these are few."""

    kind: int
    n_bytes: int
    data: bytes | None


def read_mat(path: Path, names: Collection[str]) -> dict[str, np.ndarray]:
    """Read some arrays of numbers from a MAT-file of version 5, compressed or not.

    Other variables in the file are passed over, unread.

    Parameters
    ----------
    path : Path
    names : collection of str

    Returns
    -------
    dict of str to ndarray

    Raises
    ------
    DataError
        If the file cannot be read, is of another version or damaged, or lacks one of the arrays.

    References
    ----------
    MathWorks: MAT-File Format.
    """
    found: dict[str, np.ndarray] = {}
    with data_errors(path), open_regular(path, limits.PACKED_BYTES) as file:
        head = file.read(HEADER)
        if head.startswith(b"MATLAB 7.3") or head.startswith(b"\x89HDF"):
            raise DataError(
                f"{path}: a MAT-file of version 7.3; save it with MATLAB's -v7 or get the published file"
            )
        order = ORDERS.get(head[126:128])
        if not head.startswith(b"MATLAB 5.0") or order is None:
            raise DataError(f"{path}: not a MAT-file of version 5; get the published file again")
        while found.keys() != set(names):
            start = file.read(8)
            if not start:
                break
            kind, n_bytes = struct.unpack(f"{order}II", _whole(start, 8))
            end = file.tell() + n_bytes
            stream: Stream = file
            if kind == COMPRESSED:
                stream = Inflated(file, n_bytes)
                kind, n_bytes = struct.unpack(f"{order}II", _whole(stream.read(8), 8))
            if kind == MATRIX:
                matrix = Matrix(stream, order, path)
                if matrix.name in names and matrix.name not in found:
                    found[matrix.name] = matrix.array()
                    if isinstance(stream, Inflated):
                        stream.finish()
            file.seek(end)
    for name in names:
        if name not in found:
            raise DataError(f"{path}: no array {name} in it; get the published file again")
    return found


class Inflated:
    """Stream of what a part of a file unpacks to, no more than is asked for."""

    def __init__(self, file: BinaryIO, n_bytes: int) -> None:
        self.file, self.left, self.packed = file, n_bytes, b""
        self.inflate = zlib.decompressobj()

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes."""
        pieces, wanted = [], size
        while wanted and not self.inflate.eof:
            if not self.packed:
                self.packed = self.file.read(min(CHUNK_BYTES, self.left))
                self.left -= len(self.packed)
                if not self.packed:
                    break
            piece = self.inflate.decompress(self.packed, wanted)
            self.packed = self.inflate.unconsumed_tail
            pieces.append(piece)
            wanted -= len(piece)
        return b"".join(pieces)

    def finish(self) -> None:
        """Raise `EOFError` unless the rest is padding that ends with its checksum."""
        self.read(8)
        if not self.inflate.eof:
            raise EOFError("the packed array does not end where it should")


class Matrix:
    """Array in a MAT-file, whose numbers are read only if they are wanted."""

    def __init__(self, stream: Stream, order: str, path: Path) -> None:
        self.stream, self.order, self.path = stream, order, path
        flags = self.part(UINT32, 8)
        self.flags = int.from_bytes(flags[:4], "little" if order == "<" else "big")
        sides = self.part(INT32, 4 * MAX_AXES)
        self.shape = tuple(np.frombuffer(sides, f"{order}i4").tolist())
        self.name = self.part(INT8, MAX_NAME).decode("latin1")

    def array(self) -> np.ndarray:
        """Return its numbers, in the order of MATLAB: the first axis runs fastest."""
        place = f"{self.path}: {shown(self.name)}"
        kind = self.flags & 0xFF
        tag = self.tag()
        if not FIRST_CLASS <= kind <= LAST_CLASS or self.flags & COMPLEX or tag.kind not in NUMBERS:
            raise DataError(f"{place} is no array of real numbers; get the published file again")
        dtype = np.dtype(self.order + NUMBERS[tag.kind])
        if min(self.shape, default=0) < 1:
            raise DataError(f"{place} has the shape {self.shape}, expected numbers")
        claimed = math.prod(self.shape) * dtype.itemsize
        if claimed != tag.n_bytes or claimed > limits.UNPACKED_BYTES:
            raise DataError(
                f"{place} of the shape {self.shape} claims {claimed:,} bytes, but has {tag.n_bytes:,}, of at "
                f"most {limits.UNPACKED_BYTES:,} that are read"
            )
        data = self.data_of(tag)
        return np.frombuffer(data, dtype).reshape(self.shape, order="F")

    def part(self, kind: int, most: int) -> bytes:
        """Return the data of the next element, of a type and of so many bytes at most."""
        tag = self.tag()
        if tag.kind != kind or tag.n_bytes > most:
            raise DataError(
                f"{self.path}: an array with an element of type {tag.kind} and {tag.n_bytes:,} bytes, expected "
                f"type {kind} and {most} bytes at most; get the file again"
            )
        return self.data_of(tag)

    def tag(self) -> Tag:
        """Read the beginning of an element."""
        both = _whole(self.stream.read(8), 8)
        kind, n_bytes = struct.unpack(f"{self.order}II", both)
        if kind >> 16:  # few bytes, within the tag
            few = kind >> 16
            return Tag(kind & 0xFFFF, few, both[4 : 4 + few])
        return Tag(kind, n_bytes, None)

    def data_of(self, tag: Tag) -> bytes:
        """Read the data of an element, and what fills them up to eight bytes."""
        if tag.data is not None:
            return _whole(tag.data, tag.n_bytes)
        data = _whole(self.stream.read(tag.n_bytes), tag.n_bytes)
        self.stream.read(-tag.n_bytes % 8)
        return data


def _whole(data: bytes, n_bytes: int) -> bytes:
    """Return data of so many bytes, or raise `EOFError`."""
    if len(data) < n_bytes:
        raise EOFError(f"{len(data):,} of {n_bytes:,} bytes")
    return data
