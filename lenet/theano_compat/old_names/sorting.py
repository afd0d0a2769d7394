"""Orders that sort arrays as before NumPy 1.25, with equal numbers: ``argsort``.

Its quicksort is not stable: which of two equal scores, counts or words comes first is its choice, and decides which of them a program
takes. Today's depends on the processor. The same quicksort is written in C++, in sorting.h; without a compiler, the order is the stable one,
which is the same of up to 16 numbers.
"""

import ctypes
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from typing import Any

import numpy as np

from lenet.theano_compat.old_names.libraries import compiled
from lenet.theano_compat.old_names.lost_methods import replace

__all__ = ["argsort", "sort_as_before"]

SHORT = 16  # numbers that NumPy sorted by insertion, which is stable
TYPES = "?bBhHiIlLfd"
numpy: Any = np  # whose functions are replaced
own_function: Any = np.argsort
own_method: Any = np.ndarray.argsort


def argsort(
    a: Any, axis: int | None = -1, kind: Any = None, order: Any = None, **options: Any
) -> Any:
    """Return the order that sorts an array."""
    if isinstance(a, list | tuple):
        a = np.array(a)
    if kind is not None or options or order is not None or type(a) is not np.ndarray:
        return own_function(a, axis, kind, order, **options)
    return order_of(a, axis)


def order_of(a: np.ndarray, axis: int | None) -> np.ndarray:
    """Return the order that sorts an array along an axis, or all of it."""
    if axis is None:
        a, axis = a.ravel(), -1
    if not a.ndim or not -a.ndim <= axis < a.ndim or a.shape[axis] <= SHORT:
        return own_method(a, axis, "stable")
    function = sorter() if a.dtype.char in TYPES and np.intp(0).nbytes == 8 else None
    if function is None:
        return own_method(a, axis, "stable")
    rows = np.ascontiguousarray(np.moveaxis(a, axis, -1), a.dtype.newbyteorder("="))
    order = np.empty(rows.shape, np.int64)
    count = rows.shape[-1]
    letter = rows.dtype.char.encode()
    function(letter, rows.ctypes.data, order.ctypes.data, rows.size // count, count)
    return np.moveaxis(order, -1, axis)


@cache
def sorter() -> Any:
    """Return the C++ function, or None if there is no compiler."""
    library = compiled(Path(__file__).with_name("sorting.h"), ctypes.CDLL)
    if library is None:
        return None
    function = library.lenet_order
    function.argtypes = (
        ctypes.c_char,
        *(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64),
    )
    return function


def method_of(own: Callable[..., Any]) -> Callable[..., Any]:
    """Return the method of arrays."""

    @wraps(own)
    def method(self: np.ndarray, axis: Any = -1, kind: Any = None, **options: Any) -> Any:
        if kind is not None or options or type(self) is not np.ndarray:
            return own(self, axis, kind, **options)
        return order_of(self, axis)

    return method


def sort_as_before() -> None:
    """Let functions and methods give the old orders."""
    numpy.argsort = argsort
    replace(np.ndarray, {"argsort": method_of(own_method)})
