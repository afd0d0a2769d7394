"""Arrays of NumPy's npz files, checked before memory is taken and never unpickled."""

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format as npy

from lenet import limits
from lenet.data.zip_members import ZipMembers, open_zip
from lenet.errors import DataError
from lenet.text import shown

SUFFIX = ".npy"
KINDS = "biufUS"  # numbers, truth values and texts
MAX_AXES = 8


@contextmanager
def open_npz(path: Path) -> Iterator["NpzArrays"]:
    """Open an npz file.

    Raises
    ------
    DataError
        On opening or in the block, if it cannot be read, is damaged, claims more than it has, or holds
        Python objects where an array is asked for.
    """
    with open_zip(path, limits.ARRAY_BYTES) as members:
        yield NpzArrays(members)


class NpzArrays:
    """Arrays of an open npz file by name, each read when it is asked for."""

    def __init__(self, members: ZipMembers) -> None:
        self.members, self.path = members, members.path
        self.left = limits.ARRAY_BYTES  # of all together

    @property
    def names(self) -> list[str]:
        """Names of the arrays."""
        return [name.removesuffix(SUFFIX) for name in self.members.names if name.endswith(SUFFIX)]

    def array(self, name: str) -> np.ndarray:
        """Read an array; see `open_npz`."""
        with self.members.open(name + SUFFIX, self.left) as (file, size):
            array = read_npy(file, size, f"{self.path}: {shown(name)}")
        self.left -= array.nbytes
        return array


def read_npy(file: IO[bytes], size: int, place: str) -> np.ndarray:
    """Read an array in the npy format of version 1.

    Parameters
    ----------
    file : file
    size : int
        Its bytes.
    place : str
        What messages begin with.

    Raises
    ------
    DataError
        If it holds Python objects, or fewer or more numbers than it claims.

    References
    ----------
    NumPy: NEP 1, a simple file format for NumPy arrays.
    """
    version = npy.read_magic(file)
    if version != (1, 0):
        raise DataError(f"{place} is in version {version[0]} of the npy format, expected 1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about headers of Python 2
        shape, is_fortran, dtype = npy.read_array_header_1_0(file)
    if dtype.hasobject or dtype.kind not in KINDS:
        raise DataError(
            f"{place} is of the type {shown(dtype)}, expected numbers; Python objects are not unpickled"
        )
    n_bytes = math.prod(shape) * dtype.itemsize
    if len(shape) > MAX_AXES or n_bytes == 0:
        raise DataError(
            f"{place} has the shape {shape}, expected numbers along 1 to {MAX_AXES} axes"
        )
    here = size - file.tell()
    if n_bytes != here:
        raise DataError(
            f"{place} of the shape {shape} claims {n_bytes:,} bytes, of which the file has {here:,}"
        )
    data = file.read(n_bytes)
    if len(data) < n_bytes:
        raise EOFError(f"{len(data):,} of {n_bytes:,} bytes")
    return np.frombuffer(data, dtype).reshape(shape, order="F" if is_fortran else "C")
