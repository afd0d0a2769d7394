"""Files of arrays of objects, which NumPy read unasked up to version 1.16.2.

Programs keep dictionaries of arrays in them, and lists of arrays of different shapes. They are read again, but no more than that: what else a file asks
for is refused, as everywhere in `lenet`.
"""

import io
import math
import pickle
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.lib.npyio import NpzFile

from lenet.data.array_pickle import ArrayUnpickler, PickledArray, PickledDtype
from lenet.errors import DataError
from lenet.text import shown

__all__ = ["REFUSED", "Archive", "load_objects"]

REFUSED = "Object arrays cannot be loaded"  # as NumPy says it
MAX_AXES = 32


class AnyDtype(PickledDtype):
    """Stands in for ``numpy.dtype``, for numbers and for objects."""

    def __init__(self, code: str, align: bool = False, copy: bool = False) -> None:
        if code in ("O", "O8"):
            self.dtype = np.dtype(object)
        else:
            super().__init__(code)


class AnyArray(PickledArray):
    """An array of numbers, or of objects, that has checked its pickled state."""

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        version, shape, dtype, fortran_order, data = state
        if dtype.dtype != object:
            super().__setstate__(state)
            return
        possible = len(shape) <= MAX_AXES and all(side >= 0 for side in shape)
        if not possible or type(data) is not list or math.prod(shape) != len(data):
            raise ValueError(f"objects for an array of shape {shape!r:.99}")
        np.ndarray.__setstate__(self, (version, shape, dtype.dtype, fortran_order, data))


def empty_array(subtype: str, shape: tuple[int, ...], code: str) -> AnyArray:
    """Stand in for NumPy's ``_reconstruct``: return an empty array."""
    return AnyArray(0, np.uint8)


STAND_INS = {"dtype": AnyDtype, "_reconstruct": empty_array}


class ObjectUnpickler(ArrayUnpickler):
    """Restricted unpickler that knows arrays of objects, too."""

    def find_class(self, module: str, name: str) -> Any:
        """Return the stand-in for an allowed name."""
        found = super().find_class(module, name)
        return STAND_INS.get(name, found) if module.startswith("numpy") else found


def load_objects(data: bytes, name: Any) -> np.ndarray:
    """Return the array of objects that a file of NumPy's holds.

    Raises
    ------
    DataError
        If it asks for anything but arrays, numbers, text and plain containers.
    """
    file = io.BytesIO(data)
    try:
        version = npy.read_magic(file)
        {(1, 0): npy.read_array_header_1_0}.get(version, npy.read_array_header_2_0)(file)
        return plain(ObjectUnpickler(file.read()).load())
    except (
        pickle.UnpicklingError,
        ValueError,
        TypeError,
        EOFError,
        AttributeError,
        IndexError,
        KeyError,
        RecursionError,
    ) as error:
        raise DataError(
            f"{shown(name)}: not read: {shown(error)}; of a file that you trust, numpy.load(..., allow_pickle=True) reads all"
        ) from error


def plain(value: Any) -> Any:
    """Return arrays as NumPy's own, within containers, too."""
    if isinstance(value, np.ndarray):
        array = value.view(np.ndarray)
        if array.dtype == object:
            for index, each in np.ndenumerate(array):
                array[index] = plain(each)
        return array
    if isinstance(value, list | tuple):
        return type(value)(map(plain, value))
    return {key: plain(each) for key, each in value.items()} if isinstance(value, dict) else value


class Archive(NpzFile):
    """An archive of arrays, which reads arrays of objects, too."""

    _files: dict[str, str]  # by their names without an ending

    def __getitem__(self, key: str) -> Any:
        """Return an array."""
        try:
            return super().__getitem__(key)
        except ValueError as error:
            if REFUSED not in str(error) or self.zip is None:
                raise
            data = self.zip.read(self._files[key])
        return load_objects(data, key)

    def iteritems(self) -> Any:
        """Go through names and arrays."""
        return iter(self.items())
