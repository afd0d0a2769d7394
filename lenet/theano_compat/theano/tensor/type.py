"""Theano's ``theano.tensor.type``: types of tensors, and variables of them.

Theano knew of each axis whether its length is 1 for ever, which alone made it broadcast. PyTensor knows
lengths, 1 among them; ``None`` is a length that is not known and that does not broadcast.
"""

from collections.abc import Callable, Iterable
from typing import Any

import pytensor.tensor.type
from pytensor.graph.utils import MetaObject
from pytensor.tensor.type import (
    all_dtypes,
    complex_dtypes,
    continuous_dtypes,
    discrete_dtypes,
    float_dtypes,
    int_dtypes,
    integer_dtypes,
    uint_dtypes,
    values_eq_approx,
    values_eq_approx_always_true,
    values_eq_approx_remove_inf,
    values_eq_approx_remove_inf_nan,
    values_eq_approx_remove_nan,
)
from pytensor.tensor.variable import TensorVariable

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.old_constructor import OldConstructor

__all__ = [
    "TensorType",
    "all_dtypes",
    "col",
    "complex_dtypes",
    "continuous_dtypes",
    "discrete_dtypes",
    "float_dtypes",
    "int_dtypes",
    "integer_dtypes",
    "matrix",
    "row",
    "scalar",
    "static_shape",
    "tensor",
    "tensor3",
    "tensor4",
    "tensor5",
    "tensor6",
    "tensor7",
    "uint_dtypes",
    "values_eq_approx",
    "values_eq_approx_always_true",
    "values_eq_approx_remove_inf",
    "values_eq_approx_remove_inf_nan",
    "values_eq_approx_remove_nan",
    "vector",
    "wmatrix",
]

__getattr__ = forward(__name__, "pytensor.tensor.type")


def tensor_type(
    dtype: Any, broadcastable: Iterable, name: str | None = None, sparse_grad: bool = False
) -> pytensor.tensor.type.TensorType:
    """Return the type of tensors of some element type and number of axes.

    Parameters
    ----------
    dtype : str or numpy.dtype
        Type of the elements; ``"floatX"`` is that of ``theano.config.floatX``.
    broadcastable : sequence of bool
        For each axis, whether its length is 1 and it broadcasts.
    name : str, optional
        Name of the type.
    sparse_grad : bool
        Makes no difference here.
    """
    return pytensor.tensor.type.TensorType(dtype, static_shape(broadcastable), name)


class TensorType(MetaObject, metaclass=OldConstructor):
    """The class of such types; calling it calls `tensor_type`."""

    original = pytensor.tensor.type.TensorType
    build = staticmethod(tensor_type)

    def __setstate__(self, state: dict[str, Any]) -> None:
        become_tensor_type(self, state)


def become_tensor_type(instance: Any, state: dict[str, Any]) -> None:
    """Turn an object being unpickled into the tensor type of Theano's pickled state.

    Whoever unpickles holds the object already, so it stays the same one.
    """
    instance.__class__ = TensorType.original
    instance.__init__(state["dtype"], static_shape(state["broadcastable"]), state.get("name"))


def static_shape(broadcastable: Iterable) -> tuple[int | None, ...]:
    """Return PyTensor's static shape for Theano's broadcastable axes."""
    return tuple(1 if each else None for each in broadcastable)


def tensor(*arguments: Any, name: str | None = None, **keywords: Any) -> TensorVariable:
    """Return a variable of the type built with the other arguments; see `TensorType`."""
    return tensor_type(*arguments, **keywords)(name)


def variables_of(*broadcastable: bool) -> Callable[..., TensorVariable]:
    """Return a function that makes variables of a fixed number of axes."""

    def variable(name: str | None = None, dtype: Any = None) -> TensorVariable:
        """Return a variable of the given dtype, by default ``theano.config.floatX``."""
        return tensor_type(dtype or "floatX", broadcastable)(name)

    return variable


scalar = variables_of()
vector = variables_of(False)
matrix = variables_of(False, False)
row = variables_of(True, False)
col = variables_of(False, True)
tensor3 = variables_of(*[False] * 3)
tensor4 = variables_of(*[False] * 4)
tensor5 = variables_of(*[False] * 5)
tensor6 = variables_of(*[False] * 6)
tensor7 = variables_of(*[False] * 7)

# PyTensor has one of each prefix and number of axes, but does not export this one.
wmatrix = tensor_type("int16", (False, False))
