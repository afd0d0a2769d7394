"""Update rules: from a cost and parameters to new values of shared variables.

All have one form, ``rule(cost_or_grads, params, learning_rate, hyper-parameters) -> updates``:

- `cost_or_grads` is a scalar to minimise, or its gradients with respect to `params`;
- the learning rate and the hyper-parameters are numbers, or scalar shared variables that can be changed
  between calls;
- the updates are for ``pytensor.function(updates=...)``: new values of the parameters and of what the
  rule remembers. The latter are new shared variables named ``<param>_<what>``, zero at first, which
  `state_of` lists.
"""

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.tensor.variable import TensorVariable

from lenet.layers.parameters import shared_parameter

Updates = list[tuple[SharedVariable, TensorVariable]]
CostOrGrads: TypeAlias = TensorVariable | Sequence[TensorVariable]


def sgd(
    cost_or_grads: CostOrGrads, params: Sequence[SharedVariable], learning_rate: Any
) -> Updates:
    """Stochastic gradient descent: ``param -= learning_rate * gradient``."""
    rate = scalar(learning_rate)
    return [(param, param - rate * grad) for param, grad in with_gradients(cost_or_grads, params)]


def momentum(
    cost_or_grads: CostOrGrads,
    params: Sequence[SharedVariable],
    learning_rate: Any,
    momentum: Any = 0.9,
) -> Updates:
    """Gradient descent with momentum.

    ``step = momentum * previous step - learning_rate * gradient; param += step``, with the state
    ``<param>_step``.

    References
    ----------
    Polyak, B. T. (1964). Some methods of speeding up the convergence of iteration methods.
    """
    rate, mass = scalar(learning_rate), scalar(momentum)
    updates: Updates = []
    for param, grad in with_gradients(cost_or_grads, params):
        previous = zeros_for(param, "step")
        step = mass * previous - rate * grad
        updates += [(previous, step), (param, param + step)]
    return updates


def nesterov(
    cost_or_grads: CostOrGrads,
    params: Sequence[SharedVariable],
    learning_rate: Any,
    momentum: Any = 0.9,
) -> Updates:
    """Gradient descent with Nesterov's momentum.

    ``step`` as in `momentum`, then ``param += momentum * step - learning_rate * gradient``; the state is
    ``<param>_step``.

    References
    ----------
    Sutskever, I., Martens, J., Dahl, G. and Hinton, G. (2013). On the importance of initialization and
    momentum in deep learning. ICML. The parameters here are those that they take the gradient at.
    """
    rate, mass = scalar(learning_rate), scalar(momentum)
    updates: Updates = []
    for param, grad in with_gradients(cost_or_grads, params):
        previous = zeros_for(param, "step")
        step = mass * previous - rate * grad
        updates += [(previous, step), (param, param + mass * step - rate * grad)]
    return updates


def adagrad(
    cost_or_grads: CostOrGrads,
    params: Sequence[SharedVariable],
    learning_rate: Any,
    epsilon: Any = 1e-10,
) -> Updates:
    """AdaGrad: steps divided by the root of the sum of all squared gradients.

    ``squares += gradient ** 2; param -= learning_rate * gradient / (sqrt(squares) + epsilon)``, with the
    state ``<param>_squares``.

    References
    ----------
    Duchi, J., Hazan, E. and Singer, Y. (2011). Adaptive subgradient methods for online learning and
    stochastic optimization. JMLR 12.
    """
    rate, epsilon = scalar(learning_rate), scalar(epsilon)
    updates: Updates = []
    for param, grad in with_gradients(cost_or_grads, params):
        before = zeros_for(param, "squares")
        squares = before + grad**2
        updates += [
            (before, squares),
            (param, param - rate * grad / (pt.sqrt(squares) + epsilon)),
        ]
    return updates


def rmsprop(
    cost_or_grads: CostOrGrads,
    params: Sequence[SharedVariable],
    learning_rate: Any,
    rho: Any = 0.9,
    epsilon: Any = 1e-8,
) -> Updates:
    """RMSProp: steps divided by the root of a running mean of squared gradients.

    ``square = rho * square + (1 - rho) * gradient ** 2``, then
    ``param -= learning_rate * gradient / (sqrt(square) + epsilon)``; the state is ``<param>_square``.

    References
    ----------
    Tieleman, T. and Hinton, G. (2012). Lecture 6.5: RMSProp. Coursera, Neural networks for machine
    learning.
    """
    rate, rho, epsilon = scalar(learning_rate), scalar(rho), scalar(epsilon)
    updates: Updates = []
    for param, grad in with_gradients(cost_or_grads, params):
        before = zeros_for(param, "square")
        square = running_mean(before, grad**2, rho)
        updates += [(before, square), (param, param - rate * grad / (pt.sqrt(square) + epsilon))]
    return updates


def adadelta(
    cost_or_grads: CostOrGrads,
    params: Sequence[SharedVariable],
    learning_rate: Any,
    rho: Any = 0.95,
    epsilon: Any = 1e-6,
) -> Updates:
    """AdaDelta: steps in proportion to the running mean of those before.

    ``step = gradient * sqrt(change + epsilon) / sqrt(square + epsilon)``, where `square` and `change` are
    running means of the squared gradients, this one included, and of the squared steps before;
    ``param -= learning_rate * step``. The state is ``<param>_square`` and ``<param>_change``.

    References
    ----------
    Zeiler, M. D. (2012). ADADELTA: An adaptive learning rate method. arXiv:1212.5701. It has no learning
    rate, which is to say 1.
    """
    rate, rho, epsilon = scalar(learning_rate), scalar(rho), scalar(epsilon)
    updates: Updates = []
    for param, grad in with_gradients(cost_or_grads, params):
        square_before, change = zeros_for(param, "square"), zeros_for(param, "change")
        square = running_mean(square_before, grad**2, rho)
        step = grad * pt.sqrt(change + epsilon) / pt.sqrt(square + epsilon)
        updates += [
            (square_before, square),
            (change, running_mean(change, step**2, rho)),
            (param, param - rate * step),
        ]
    return updates


def adam(
    cost_or_grads: CostOrGrads,
    params: Sequence[SharedVariable],
    learning_rate: Any,
    beta1: Any = 0.9,
    beta2: Any = 0.999,
    epsilon: Any = 1e-8,
) -> Updates:
    """Adam: running mean of gradients over the root of that of their squares.

    ``param -= learning_rate * mean / (1 - beta1 ** t) / (sqrt(square / (1 - beta2 ** t)) + epsilon)``, where
    `t` counts the steps from 1. The state is ``<param>_mean``, ``<param>_square`` and ``adam_steps``, the
    number of steps made, which all parameters share.

    References
    ----------
    Kingma, D. P. and Ba, J. (2015). Adam: A method for stochastic optimization. ICLR.
    """
    rate, epsilon = scalar(learning_rate), scalar(epsilon)
    beta1, beta2 = scalar(beta1), scalar(beta2)
    # Of floatX: an integer would make a float64 of what it meets. It stops growing where a float32 is no
    # longer exact, by when the powers have long been zero.
    steps_before = shared_parameter(0, "adam_steps")
    steps = steps_before + scalar(1)
    mean_share, square_share = 1 - beta1**steps, 1 - beta2**steps
    updates: Updates = [(steps_before, steps)]
    for param, grad in with_gradients(cost_or_grads, params):
        mean_before, square_before = zeros_for(param, "mean"), zeros_for(param, "square")
        mean = running_mean(mean_before, grad, beta1)
        square = running_mean(square_before, grad**2, beta2)
        step = rate / mean_share * mean / (pt.sqrt(square / square_share) + epsilon)
        updates += [(mean_before, mean), (square_before, square), (param, param - step)]
    return updates


def adamw(
    cost_or_grads: CostOrGrads,
    params: Sequence[SharedVariable],
    learning_rate: Any,
    beta1: Any = 0.9,
    beta2: Any = 0.999,
    epsilon: Any = 1e-8,
    weight_decay: Any = 0.01,
) -> Updates:
    """AdamW: Adam with decoupled weight decay.

    From parameters whose name ends in ``_W``, ``learning_rate * weight_decay * param`` is subtracted as
    well. Biases do not decay.

    References
    ----------
    Loshchilov, I. and Hutter, F. (2019). Decoupled weight decay regularization. ICLR.
    """
    decay = scalar(learning_rate) * scalar(weight_decay)
    decaying = {param for param in params if (param.name or "").endswith("_W")}
    return [
        (variable, new - decay * variable if variable in decaying else new)
        for variable, new in adam(cost_or_grads, params, learning_rate, beta1, beta2, epsilon)
    ]


RULES: dict[str, Callable[..., Updates]] = {
    rule.__name__: rule
    for rule in (sgd, momentum, nesterov, adagrad, rmsprop, adadelta, adam, adamw)
}


def hyper_parameters(rule: Callable[..., Updates]) -> dict[str, float]:
    """Return a rule's hyper-parameters, without the learning rate, and their defaults."""
    _, _, _, *rest = inspect.signature(rule).parameters.values()
    return {parameter.name: parameter.default for parameter in rest}


def state_of(updates: Updates, params: Sequence[SharedVariable]) -> list[SharedVariable]:
    """Return the optimizer state: updated shared variables that are not `params`.

    With them and the parameters in a file, training can go on as if it had never stopped.
    """
    return [variable for variable, _ in updates if variable not in params]


def gradients(
    cost_or_grads: CostOrGrads, params: Sequence[SharedVariable]
) -> Sequence[TensorVariable]:
    """Return the gradients of a cost, or those that are given in its place."""
    if isinstance(cost_or_grads, TensorVariable):
        return pytensor.grad(cost_or_grads, list(params))
    return cost_or_grads


def with_gradients(
    cost_or_grads: CostOrGrads, params: Sequence[SharedVariable]
) -> Iterator[tuple[SharedVariable, TensorVariable]]:
    """Pair each parameter with its gradient.

    Raises
    ------
    ValueError
        If gradients are given, but not one for each parameter.
    """
    return zip(params, gradients(cost_or_grads, params), strict=True)


def scalar(value: Any) -> TensorVariable:
    """Return a number or shared variable as a scalar of floatX.

    So nothing that it is combined with is promoted.
    """
    return pt.as_tensor_variable(value).astype(pytensor.config.floatX)


def zeros_for(param: SharedVariable, what: str) -> SharedVariable:
    """Make the optimizer state of one parameter, zeros of its shape."""
    return shared_parameter(np.zeros_like(param.get_value(borrow=True)), f"{param.name}_{what}")


def running_mean(
    before: TensorVariable, new: TensorVariable, kept: TensorVariable
) -> TensorVariable:
    """Return an exponential moving average; `kept` is the weight of the past."""
    return kept * before + (1 - kept) * new
