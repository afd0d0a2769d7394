"""Tables and other things that NumPy makes an array of, as constants of graphs.

Theano took a column of pandas' for a constant: ``x * table["age"]``, ``effect[table["group"]]``, ``shared - memoryview``.
PyTensor knows numbers, lists, and arrays only.
"""

from typing import Any

import numpy as np
from pytensor.tensor import _as_tensor_variable
from pytensor.tensor.basic import constant
from pytensor.tensor.variable import TensorVariable

NUMBERS = "biufc"  # kinds of NumPy's types
_refuse = _as_tensor_variable.dispatch(object)


class NoTensorError(TypeError, NotImplementedError):
    """Something is no tensor: a TypeError to programs, another error to PyTensor."""


def as_constant(
    x: Any, name: str | None, ndim: int | None, dtype: Any = None, **keywords: Any
) -> TensorVariable:
    """Return a constant of what NumPy makes an array of numbers of.

    Raises
    ------
    NoTensorError
        If that is none, as for None, text and dictionaries.
    """
    data = np.asarray(x)
    if data.dtype.kind not in NUMBERS:
        raise NoTensorError(f"{x!r} is no array of numbers, so it is no tensor")
    return constant(data, name=name, ndim=ndim, dtype=dtype)


def accept() -> None:
    """Let PyTensor take them; doing it again changes nothing."""
    _as_tensor_variable.register(object, as_constant)


def refuse() -> None:
    """Take back `accept`."""
    _as_tensor_variable.register(object, _refuse)
