"""Restricted unpickling: arrays and plain containers, nothing else."""

import io
import math
import pickle
import sys
from reprlib import repr as short_repr
from typing import Any

import numpy as np

from lenet.data.pickle_check import PickleCheck
from lenet.text import shown


def load_arrays(data: bytes) -> Any:
    """Load a pickle that is made of arrays of numbers and plain containers only.

    Raises
    ------
    pickle.UnpicklingError
        If the pickle asks for anything else.
    Exception
        Anything at all, if the pickle is broken or hostile in another way; nothing has been run.
    """
    return ArrayUnpickler(data).load()


class ArrayUnpickler(pickle.Unpickler):
    """Restricted unpickler: it knows nothing but what an array is rebuilt with.

    A pickle is a program; whatever it names beyond this list is refused before it runs. What it may
    name are stand-ins, because NumPy believes a pickle: with its own functions a forged array of
    objects would make Python follow any pointer. Before any of it is run, `PickleCheck` has followed it to
    its end.
    """

    def __init__(self, data: bytes) -> None:
        self.file = io.BytesIO(data)
        self.pickles = PickleCheck(data)
        # latin1 keeps the bytes of arrays that Python 2 has pickled.
        super().__init__(self.file, encoding="latin1")

    def load(self) -> Any:
        """Check and load the next pickle."""
        self.pickles.check(self.file.tell())
        return super().load()

    def find_class(self, module: str, name: str) -> Any:
        """Return the stand-in for an allowed name."""
        # NumPy 2 has moved its core, but not renamed what is in it.
        allowed = ALLOWED_GLOBALS.get((module.replace("numpy.core.", "numpy._core."), name))
        if allowed is None:
            raise pickle.UnpicklingError(
                f"it asks for {asked_for(module, name)}, which no data set needs"
            )
        return allowed


def asked_for(module: str, name: str) -> str:
    """Return a name that a pickle asks for, cut to fit a line."""
    return shown(f"{module}.{name}"[:MAX_NAME])


class PickledDtype:
    """Stands in for ``numpy.dtype``, for types of numbers only."""

    def __init__(self, code: str, align: bool = False, copy: bool = False) -> None:
        if code not in NUMBER_TYPES:
            raise ValueError(f"an array of type {short_repr(code)}, expected numbers")
        self.dtype = np.dtype(code)

    def __setstate__(self, state: tuple) -> None:
        # Everything but the byte order follows from the code.
        self.dtype = self.dtype.newbyteorder(state[1])


class PickledArray(np.ndarray):
    """An array that has checked its pickled state before it takes it on."""

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        version, shape, dtype, fortran_order, data = state
        if isinstance(data, str):
            data = data.encode("latin1")
        checked = rebuild(data, dtype, shape)
        super().__setstate__((version, shape, checked.dtype, fortran_order, data))


def rebuild(
    data: bytes | bytearray, dtype: PickledDtype, shape: tuple[int, ...], order: Any = "C"
) -> np.ndarray:
    """Stand in for ``numpy._core.numeric._frombuffer``: build an array from bytes."""
    # A view has no room for more elements than there are bytes, whatever its shape says.
    array = np.frombuffer(data, dtype.dtype)
    # A product of many or of huge numbers takes for ever.
    possible = len(shape) <= MAX_AXES and all(0 <= side <= sys.maxsize for side in shape)
    if not possible or math.prod(shape) != array.size:
        raise ValueError(f"{array.size} numbers for an array of shape {short_repr(shape)}")
    return array.reshape(shape, order=order)


def empty_array(subtype: str, shape: tuple[int, ...], code: str) -> PickledArray:
    """Stand in for ``numpy._core.multiarray._reconstruct``: return an empty array.

    The rest of the pickle fills it.
    """
    return PickledArray(0, np.uint8)


def scalar(dtype: PickledDtype, data: bytes) -> Any:
    """Stand in for ``numpy._core.multiarray.scalar``."""
    return rebuild(data, dtype, ())[()]


def latin1_bytes(text: str, encoding: str) -> bytes:
    """Stand in for ``_codecs.encode``, which Python 3 pickles bytes with for Python 2."""
    if encoding != "latin1":
        raise ValueError(f"encoding {short_repr(encoding)}, expected 'latin1'")
    return text.encode("latin1")


MAX_AXES = 64  # of NumPy's arrays
MAX_NAME = 200
NUMBER_TYPES = frozenset(["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"])
ALLOWED_GLOBALS: dict[tuple[str, str], Any] = {
    ("numpy", "dtype"): PickledDtype,
    ("numpy", "ndarray"): "only named, never called",
    ("numpy._core.multiarray", "_reconstruct"): empty_array,
    ("numpy._core.multiarray", "scalar"): scalar,
    ("numpy._core.numeric", "_frombuffer"): rebuild,
    ("_codecs", "encode"): latin1_bytes,
}
