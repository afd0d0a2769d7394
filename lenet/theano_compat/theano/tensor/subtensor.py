"""Theano's ``theano.tensor.subtensor``: parts of arrays."""

from typing import Any

from pytensor.tensor.basic import as_tensor_variable
from pytensor.tensor.exceptions import AdvancedIndexingError
from pytensor.tensor.subtensor import (
    AdvancedIncSubtensor,
    AdvancedSubtensor,
    IncSubtensor,
    Subtensor,
    get_idx_list,
    inc_subtensor,
    set_subtensor,
    take,
)
from pytensor.tensor.variable import TensorVariable

from lenet.theano_compat.forwarding import forward

__all__ = [
    "AdvancedBooleanIncSubtensor",
    "AdvancedBooleanSubtensor",
    "AdvancedIncSubtensor",
    "AdvancedIncSubtensor1",
    "AdvancedIndexingError",
    "AdvancedSubtensor",
    "AdvancedSubtensor1",
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
    "get_idx_list",
    "inc_subtensor",
    "set_subtensor",
    "take",
]

__getattr__ = forward(__name__, "pytensor.tensor.subtensor")

# PyTensor indexes with a list of rows, with several lists and with masks by one and the same class.
AdvancedSubtensor1 = AdvancedBooleanSubtensor = AdvancedSubtensor
AdvancedIncSubtensor1 = AdvancedBooleanIncSubtensor = AdvancedIncSubtensor


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
