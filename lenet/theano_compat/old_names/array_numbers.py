"""Arrays of one number as numbers, which NumPy took them for up to version 2.3.

``float(x)``, ``math.sqrt(x)``, ``"%d" % x`` and ``y[i] = x`` of an array ``x`` that has axes, but one element. Python lets no program give a
class written in C such a method, and does not look for it in the dictionary of the class alone: it has a table of functions, too, where this puts
what Python's own classes have there, a function that looks for the method. CPython alone has it.
"""

import ctypes
import platform
from collections.abc import Callable
from typing import Any

import numpy as np

from lenet.theano_compat.old_names.lost_methods import replace

__all__ = ["take_arrays_for_numbers"]

# Places of `__int__` and `__float__` in CPython's PyNumberMethods, and of that table in PyTypeObject.
SLOTS = {"__int__": 16, "__float__": 18}
TABLE = 9


class Python:
    """A class whose methods Python looks for."""

    def __int__(self) -> int:
        return 0

    def __float__(self) -> float:
        return 0.0


def slots(kind: type) -> Any:
    """Return the table of a class's functions for numbers."""
    pointers = ctypes.POINTER(ctypes.c_void_p)
    header = tuple.__basicsize__  # that of what has a length, as types have
    table = ctypes.cast(id(kind) + header, pointers)[TABLE]
    return ctypes.cast(table, pointers)


def of_one(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a method of arrays without axes that takes those of one element, too."""

    def method(self: np.ndarray) -> Any:
        return convert(self.reshape(()) if self.ndim and self.size == 1 else self)

    return method


def take_arrays_for_numbers() -> None:
    """Let arrays of one number be numbers, where NumPy refuses them."""
    try:
        float(np.ones(1))
        return
    except TypeError:
        pass
    if platform.python_implementation() != "CPython":
        return
    replace(np.ndarray, {name: of_one(getattr(np.ndarray, name)) for name in SLOTS})
    for place in SLOTS.values():
        slots(np.ndarray)[place] = slots(Python)[place]
