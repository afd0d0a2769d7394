"""Theano's DebugMode, which says where NaN and infinity come from.

PyTensor's has the option, and sets `TensorType.filter_checks_isfinite` while a function of that mode runs, which nothing reads.
"""

from typing import Any

import numpy as np
from pytensor.graph.type import Type
from pytensor.tensor.type import TensorType

__all__ = ["accept", "require"]


def is_valid_value(self: TensorType, data: Any, strict: bool = True) -> bool:
    """Return whether an array is of a type, and finite where a mode requires it."""
    is_valid = Type.is_valid_value(self, data, strict)
    if (
        not is_valid
        or not self.filter_checks_isfinite
        or self.dtype.startswith(("int", "uint", "bool"))
    ):
        return is_valid
    return bool(np.all(np.isfinite(data)))


def require() -> None:
    """Let DebugMode refuse values that are not finite."""
    TensorType.is_valid_value = is_valid_value  # type: ignore[method-assign, unused-ignore]


def accept() -> None:
    """Take back `require`."""
    if "is_valid_value" in vars(TensorType):
        del TensorType.is_valid_value
