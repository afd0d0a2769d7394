"""Methods that classes written in C have lost.

Those of NumPy's arrays, and of Python's arrays and XML.
Python lets no program give such a class a method, and old programs call them everywhere, so that they are put into the dictionary of the class, which
Python does not show. CPython alone has it.
"""

import ctypes
import gc
import platform
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["give_arrays_methods", "give_elements_methods", "give_numpy_methods", "replace"]


def give(kind: type, methods: dict[str, Callable[..., Any]]) -> None:
    """Give a class the methods that it does not have."""
    replace(kind, {name: method for name, method in methods.items() if not hasattr(kind, name)})


def replace(kind: type, methods: dict[str, Callable[..., Any]]) -> None:
    """Give a class methods, in place of its own."""
    if platform.python_implementation() != "CPython":
        return
    (names,) = gc.get_referents(kind.__dict__)
    names.update(methods)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))


def tostring(self: Any, *order: str) -> bytes:
    """Return the bytes of an array."""
    data: bytes = self.tobytes(*order)
    return data


def itemset(self: np.ndarray, *arguments: Any) -> None:
    """Set one element: by its indices, by its number, or the only one."""
    *index, value = arguments
    if len(index) == 1 and isinstance(index[0], tuple):
        index = [*index[0]]
    if len(index) == 1:
        self.flat[index[0]] = value
    else:
        self[tuple(index)] = value


def newbyteorder(self: np.ndarray, new_order: Any = "S") -> np.ndarray:
    """Return an array whose bytes are read in another order."""
    return self.view(self.dtype.newbyteorder(new_order))


def fromstring(self: Any, data: Any) -> None:
    """Append the numbers of some bytes, or of text of a letter a byte."""
    self.frombytes(data.encode("latin1") if isinstance(data, str) else data)


def getiterator(self: Any, tag: str | None = None) -> list[Any]:
    """Return an element and all below it that have a tag."""
    return list(self.iter(tag))


def give_numpy_methods() -> None:
    """Give NumPy's arrays and numbers their methods of NumPy 1."""
    common: dict[str, Callable[..., Any]] = {"ptp": np.ptp, "tostring": tostring}
    give(np.ndarray, {**common, "itemset": itemset, "newbyteorder": newbyteorder})
    give(np.generic, common)


def give_arrays_methods() -> None:
    """Give the arrays of Python's module `array` their methods of Python 3.8."""
    from array import array  # which calls this when it is imported

    give(array, {"fromstring": fromstring, "tostring": tostring})


def give_elements_methods() -> None:
    """Give the elements of XML their methods of Python 3.8."""
    from xml.etree import ElementTree

    kind = ElementTree.Element
    give(kind, {"getchildren": lambda self: list(self), "getiterator": getiterator})
    if not hasattr(ElementTree.ElementTree, "getiterator"):
        ElementTree.ElementTree.getiterator = getiterator  # type: ignore[attr-defined]
