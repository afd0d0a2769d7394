"""Stochastic diagonal Levenberg-Marquardt.

Gradient descent with a learning rate for each parameter.

Where the cost bends much, steps are short. How much it bends is estimated before each epoch, as the
diagonal of the Gauss-Newton matrix: second derivatives go back through the network as gradients do, and
those between different units are neglected; see `lenet.layers.gauss_newton`.

References
----------
LeCun, Y., Bottou, L., Bengio, Y. and Haffner, P. (1998). Gradient-based learning applied to document
recognition. Proceedings of the IEEE 86(11), appendix C.
"""

from collections.abc import Sequence
from typing import Any

from pytensor.compile.sharedvalue import SharedVariable

from lenet.optim.updates import CostOrGrads, Updates, scalar, with_gradients, zeros_for


def sdlm(
    cost_or_grads: CostOrGrads,
    params: Sequence[SharedVariable],
    learning_rate: Any,
    mu: Any = 0.02,
) -> Updates:
    """Stochastic diagonal Levenberg-Marquardt: steps divided by the curvature.

    ``param -= learning_rate / (mu + curvature) * gradient``.

    The state is ``<param>_bend``, zero at first and the same after a step as before;
    `lenet.training.second_derivatives` says what it should be.

    Parameters
    ----------
    cost_or_grads, params, learning_rate
        See `lenet.optim.updates`.
    mu : float
        Keeps steps finite where the cost does not bend at all.
    """
    rate, mu = scalar(learning_rate), scalar(mu)
    updates: Updates = []
    for param, grad in with_gradients(cost_or_grads, params):
        bend = zeros_for(param, "bend")
        updates += [(bend, bend), (param, param - rate / (mu + bend) * grad)]
    return updates
