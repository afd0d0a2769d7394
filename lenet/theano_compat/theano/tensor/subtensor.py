"""Theano's ``theano.tensor.subtensor``: parts of arrays."""

from typing import Any

from pytensor.graph.basic import Variable
from pytensor.tensor import subtensor
from pytensor.tensor.basic import as_tensor_variable
from pytensor.tensor.exceptions import AdvancedIndexingError
from pytensor.tensor.subtensor import (
    AdvancedIncSubtensor,
    AdvancedSubtensor,
    IncSubtensor,
    Subtensor,
    get_idx_list,
    take,
)
from pytensor.tensor.subtensor import inc_subtensor as pytensor_inc_subtensor
from pytensor.tensor.type import discrete_dtypes
from pytensor.tensor.type_other import NoneConst, NoneTypeT, SliceType, make_slice
from pytensor.tensor.variable import TensorVariable

from lenet.nnet.ops.rows import IncrementRows
from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.old_constructor import OldConstructor
from lenet.theano_compat.theano.tensor.broadcasting import addbroadcast

AdvancedBooleanIndexingError = AdvancedIndexingError

__all__ = [
    "AdvancedBooleanIncSubtensor",
    "AdvancedBooleanIndexingError",
    "AdvancedBooleanSubtensor",
    "AdvancedIncSubtensor",
    "AdvancedIncSubtensor1",
    "AdvancedIndexingError",
    "AdvancedSubtensor",
    "AdvancedSubtensor1",
    "BaseAdvancedIncSubtensor",
    "BaseAdvancedSubtensor",
    "IncSubtensor",
    "Subtensor",
    "advanced_boolean_inc_subtensor",
    "advanced_boolean_set_subtensor",
    "advanced_boolean_subtensor",
    "advanced_inc_subtensor",
    "advanced_inc_subtensor1",
    "advanced_set_subtensor",
    "advanced_set_subtensor1",
    "advanced_subtensor",
    "advanced_subtensor1",
    "as_index_variable",
    "get_idx_list",
    "inc_subtensor",
    "set_subtensor",
    "take",
]

__getattr__ = forward(__name__, "pytensor.tensor.subtensor")

# PyTensor indexes with several lists and with masks by one and the same class, and with a list of rows in compiled functions alone by another.
AdvancedBooleanSubtensor = BaseAdvancedSubtensor = AdvancedSubtensor
AdvancedBooleanIncSubtensor = BaseAdvancedIncSubtensor = AdvancedIncSubtensor


class AdvancedSubtensor1(metaclass=OldConstructor):
    """The operation of ``x[rows]``, which is what calling it returns."""

    original = AdvancedSubtensor
    others = (subtensor.AdvancedSubtensor1,)

    @staticmethod
    def build(sparse_grad: bool = False) -> Any:
        """Return `advanced_subtensor1`; gradients are dense, whatever is asked for."""
        return advanced_subtensor1


class AdvancedIncSubtensor1(metaclass=OldConstructor):
    """Operation of `inc_subtensor` and `set_subtensor` of ``x[rows]``, when called."""

    original = AdvancedIncSubtensor
    others = (subtensor.AdvancedIncSubtensor1, IncrementRows)

    @staticmethod
    def build(inplace: bool = False, set_instead_of_inc: bool = False) -> Any:
        """Return `advanced_inc_subtensor1`, or `advanced_set_subtensor1`."""
        return advanced_set_subtensor1 if set_instead_of_inc else advanced_inc_subtensor1


def inc_subtensor(
    x: Any,
    y: Any,
    inplace: bool = False,
    set_instead_of_inc: bool = False,
    tolerate_inplace_aliasing: bool = False,
) -> TensorVariable:
    """Return an array with `y` added to a part of it, `x`.

    Parameters
    ----------
    x : TensorVariable
        The part, ``array[indices]``.
    y : tensor_like
    inplace : bool
        For Theano's signature: memory is used again where that is right.
    set_instead_of_inc : bool
        Whether `y` replaces the part.
    tolerate_inplace_aliasing : bool
        For Theano's signature.
    """
    y = as_tensor_variable(y)
    if isinstance(x, TensorVariable):
        lead = x.type.ndim - y.type.ndim
        pairs = enumerate(zip(x.type.broadcastable[max(lead, 0) :], y.type.shape, strict=False))
        y = addbroadcast(
            y, *(axis for axis, (is_one, length) in pairs if is_one and length is None)
        )
    return pytensor_inc_subtensor(x, y, inplace=inplace, set_instead_of_inc=set_instead_of_inc)


def set_subtensor(
    x: Any, y: Any, inplace: bool = False, tolerate_inplace_aliasing: bool = False
) -> TensorVariable:
    """Return an array with `y` in place of a part of it, `x`; see `inc_subtensor`."""
    return inc_subtensor(x, y, inplace, set_instead_of_inc=True)


def advanced_subtensor(x: Any, *indices: Any) -> TensorVariable:
    """Return ``x[indices]``."""
    return as_tensor_variable(x)[indices]


def advanced_inc_subtensor(x: Any, y: Any, *indices: Any) -> TensorVariable:
    """Return `x` with `y` added to ``x[indices]``."""
    return inc_subtensor(as_tensor_variable(x)[indices], y)


def advanced_set_subtensor(x: Any, y: Any, *indices: Any) -> TensorVariable:
    """Return `x` with `y` in place of ``x[indices]``."""
    return set_subtensor(as_tensor_variable(x)[indices], y)


advanced_subtensor1 = advanced_boolean_subtensor = advanced_subtensor
advanced_inc_subtensor1 = advanced_boolean_inc_subtensor = advanced_inc_subtensor
advanced_set_subtensor1 = advanced_boolean_set_subtensor = advanced_set_subtensor


def as_index_variable(idx: Any) -> Variable:
    """Return a variable of an index: integers, a mask, a slice or None.

    Raises
    ------
    TypeError
        If it has other numbers.
    """
    if idx is None:
        return NoneConst.clone()
    if isinstance(idx, slice):
        return make_slice(idx)
    if isinstance(idx, Variable) and isinstance(idx.type, SliceType | NoneTypeT):
        return idx
    idx = as_tensor_variable(idx)
    if idx.type.dtype not in discrete_dtypes:
        raise TypeError("index must be integers or a boolean mask")
    return idx
