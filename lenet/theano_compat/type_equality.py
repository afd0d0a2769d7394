"""Types that a program finds equal, whatever more PyTensor knows of their lengths.

To Theano, a type was a dtype and which axes have length 1. PyTensor's has all lengths that are known, so that a matrix of
3 x 3 has another type than ``T.matrix()``. PyTensor itself goes on to tell them apart, as it has to when it rewrites.
"""

import sys
from typing import Any

from pytensor.tensor.type import TensorType

__all__ = ["leave", "loosen"]

# Whose comparisons stay as they are.
OWN = {"lenet", "pytensor"}
_strict, _different = TensorType.__eq__, TensorType.__ne__


def equal(self: TensorType, other: Any) -> bool:
    """Return whether types are equal; to a program, but for lengths other than 1."""
    if type(self) is not type(other):
        return NotImplemented
    if self.dtype != other.dtype or self.shape == other.shape:
        return self.dtype == other.dtype
    if self.broadcastable != other.broadcastable:
        return False
    return sys._getframe(1).f_globals.get("__name__", "").partition(".")[0] not in OWN


def loosen() -> None:
    """Compare a program's types as Theano did; doing it again changes nothing."""
    TensorType.__eq__ = equal
    # PyTensor's own calls `equal` in the program's place.
    TensorType.__ne__ = object.__ne__


def leave() -> None:
    """Take back `loosen`."""
    TensorType.__eq__, TensorType.__ne__ = _strict, _different
