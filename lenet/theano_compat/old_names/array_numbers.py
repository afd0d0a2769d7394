"""Arrays of one number as numbers, which NumPy took them for up to version 2.3.

``float(x)``, ``math.sqrt(x)``, ``"%d" % x`` and ``y[i] = x`` of an array ``x`` that has axes, but one element; nor was an empty one true (up to 2.1). Python lets no program give a
class written in C such a method, and does not look for it in the dictionary of the class alone: it has a table of functions, too, where this puts
what Python's own classes have there, a function that looks for the method. CPython alone has it.
"""

import ctypes
import platform
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from lenet.theano_compat.old_names.lost_methods import replace

__all__ = ["POINTERS", "slots", "table", "take_arrays_for_numbers"]

# Places of methods in CPython's PyNumberMethods, and of that table in PyTypeObject.
SLOTS = {"__int__": 16, "__float__": 18}
TRUTH = ("__bool__", 9)
TABLE = 9
POINTERS = ctypes.POINTER(ctypes.c_void_p)


class Python:
    """A class whose methods Python looks for."""

    def __bool__(self) -> bool:
        return False

    def __int__(self) -> int:
        return 0

    def __float__(self) -> float:
        return 0.0


def table(kind: type) -> Any:
    """Return what CPython's PyTypeObject of a class has after its header."""
    return ctypes.cast(id(kind) + tuple.__basicsize__, POINTERS)  # types have a length, as tuples


def slots(kind: type) -> Any:
    """Return the table of a class's functions for numbers."""
    return ctypes.cast(table(kind)[TABLE], POINTERS)


def of_one(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a method of arrays without axes that takes those of one element, too."""

    def method(self: np.ndarray) -> Any:
        return convert(self.reshape(()) if self.ndim and self.size == 1 else self)

    return method


def take_arrays_for_numbers() -> None:
    """Let arrays of one number be numbers, and empty ones not be true."""
    if platform.python_implementation() != "CPython":
        return
    if is_refused(float, np.ones(1)):
        put({name: of_one(getattr(np.ndarray, name)) for name in SLOTS}, SLOTS.values())
    name, place = TRUTH
    if is_refused(bool, np.ones(0)):
        own = np.ndarray.__bool__
        put({name: lambda self: self.size > 0 and own(self)}, [place])


def is_refused(convert: Callable[[Any], Any], array: np.ndarray) -> bool:
    """Return whether NumPy takes an array for no number or truth value."""
    try:
        convert(array)
    except (TypeError, ValueError):
        return True
    return False


def put(methods: dict[str, Callable[..., Any]], places: Iterable[int]) -> None:
    """Give arrays methods, and let Python look for them."""
    replace(np.ndarray, methods)
    for place in places:
        slots(np.ndarray)[place] = slots(Python)[place]
