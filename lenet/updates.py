"""Update rules: from a cost and its parameters to the new values of shared variables."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytensor
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.tensor.variable import TensorVariable

from lenet.Layer import shared_parameter

Updates = list[tuple[SharedVariable, TensorVariable]]


def momentum(
    cost_or_grads: TensorVariable | Sequence[TensorVariable],
    params: Sequence[SharedVariable],
    learning_rate: Any,
    momentum: Any,
) -> Updates:
    """Gradient descent with momentum.

    ``step = momentum * previous step - learning_rate * gradient; param += step``

    Parameters
    ----------
    cost_or_grads : TensorVariable or sequence of TensorVariable
        A scalar to minimise, or its gradients with respect to `params`.
    params : sequence of SharedVariable
    learning_rate, momentum : float or scalar SharedVariable
        A shared variable can be changed between calls.

    Returns
    -------
    list of (SharedVariable, TensorVariable)
        For ``pytensor.function(updates=...)``: the steps (new variables that start at zero, named
        ``<param>_step``) and the parameters.

    References
    ----------
    Polyak, B. T. (1964). Some methods of speeding up the convergence of iteration methods.
    """
    updates: Updates = []
    for param, grad in zip(params, gradients(cost_or_grads, params), strict=True):
        value = param.get_value(borrow=True)
        previous = shared_parameter(np.zeros_like(value), f"{param.name}_step")
        step = momentum * previous - learning_rate * grad
        updates += [(previous, step), (param, param + step)]
    return updates


def gradients(
    cost_or_grads: TensorVariable | Sequence[TensorVariable], params: Sequence[SharedVariable]
) -> Sequence[TensorVariable]:
    """Return the gradients of a cost, or the gradients themselves where they are given."""
    if isinstance(cost_or_grads, TensorVariable):
        return pytensor.grad(cost_or_grads, list(params))
    return cost_or_grads
