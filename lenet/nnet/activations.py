"""Activation functions as in ``theano.tensor.nnet``."""

import warnings
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable


def as_float(x: Any) -> TensorVariable:
    """Return `x` as a floating-point tensor; integers are cast as in PyTensor's `exp`."""
    x = pt.as_tensor_variable(x)
    return x if x.type.dtype.startswith("float") else x.astype(pt.exp(x).type.dtype)


def constants(x: TensorVariable, *values: float) -> list[TensorVariable]:
    """Return constants of the type of `x`, so that arithmetic keeps its precision."""
    return [pt.constant(np.asarray(value, dtype=x.type.dtype)) for value in values]


def relu(x: Any, alpha: Any = 0) -> TensorVariable:
    """Rectified linear unit: `x` where it is positive, ``alpha * x`` elsewhere.

    Parameters
    ----------
    x : tensor_like
    alpha : float or tensor_like
        Slope of the negative half: 0 for the standard rectifier, a small number for a leaky one, a
        shared variable for a learned one.

    Returns
    -------
    TensorVariable
        Of the shape of `x`, broadcast with `alpha`.

    Notes
    -----
    As ``theano.tensor.nnet.relu``: the derivative at zero is ``(1 + alpha) / 2``.
    """
    x = pt.as_tensor_variable(x)
    if isinstance(alpha, int | float) and alpha == 0:
        return 0.5 * (x + abs(x))
    alpha = pt.as_tensor_variable(alpha)
    return 0.5 * (1 + alpha) * x + 0.5 * (1 - alpha) * abs(x)


def leaky_relu(x: Any, alpha: float = 0.01) -> TensorVariable:
    """Leaky rectified linear unit: `x` where it is positive, ``alpha * x`` elsewhere.

    Parameters
    ----------
    x : tensor_like
    alpha : float
        Slope of the negative half.

    Returns
    -------
    TensorVariable, shape of `x`

    Notes
    -----
    The derivative at zero is `alpha`; that of ``relu(x, alpha)`` is ``(1 + alpha) / 2``. From Maas, Hannun
    and Ng, "Rectifier Nonlinearities Improve Neural Network Acoustic Models", 2013.
    """
    x = as_float(x)
    # Selecting between two constants, here and in the gradient, compiles to vector code; selecting between
    # x and its multiple compiles to a branch for each element.
    return x * pt.switch(x > 0, *constants(x, 1, alpha))


def softmax(x: Any) -> TensorVariable:
    """Softmax over the last axis: exponentials divided by their sum.

    Parameters
    ----------
    x : tensor_like, shape (..., classes)
        A vector counts as one row.

    Returns
    -------
    TensorVariable, shape (..., classes)
        Positive numbers whose rows sum to one.

    Notes
    -----
    As ``theano.tensor.nnet.softmax``; that of PyTensor normalises over all axes unless told.
    """
    x = pt.as_tensor_variable(x)
    if x.type.shape and x.type.shape[-1] == 1:
        warnings.warn("softmax over a single class is always one", UserWarning, stacklevel=2)
    return pt.special.softmax(x, axis=-1)


def logsoftmax(x: Any) -> TensorVariable:
    """Logarithm of `softmax`, accurate where a probability underflows.

    Parameters
    ----------
    x : tensor_like, shape (..., classes)

    Returns
    -------
    TensorVariable, shape (..., classes)

    Notes
    -----
    As ``theano.tensor.nnet.logsoftmax``.
    """
    return pt.special.log_softmax(as_float(x), axis=-1)


def elu(x: Any, alpha: Any = 1) -> TensorVariable:
    """Exponential linear unit: `x` if positive, ``alpha * (exp(x) - 1)`` elsewhere.

    Parameters
    ----------
    x : tensor_like
    alpha : float or tensor_like
        The limit for large negative numbers is ``-alpha``.

    Returns
    -------
    TensorVariable, shape of `x`

    Notes
    -----
    As ``theano.tensor.nnet.elu``; from Clevert, Unterthiner and Hochreiter, "Fast and Accurate Deep
    Network Learning by Exponential Linear Units", 2015.
    """
    x = as_float(x)
    # Where x is positive, the exponential could overflow; infinity times zero would make the gradient NaN.
    negative_part = pt.switch(x > 0, pt.zeros_like(x), x)
    alpha = alpha if isinstance(alpha, pt.TensorVariable) else constants(x, alpha)[0]
    return pt.switch(x > 0, x, alpha * pt.expm1(negative_part))


# Chosen such that a normal distribution of mean 0 and variance 1 is mapped to mean 0 and variance 1.
SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


def selu(x: Any) -> TensorVariable:
    """Scaled exponential linear unit: `elu` with self-normalising slopes.

    Parameters
    ----------
    x : tensor_like

    Returns
    -------
    TensorVariable, shape of `x`

    Notes
    -----
    As ``theano.tensor.nnet.selu``; from Klambauer, Unterthiner, Mayr and Hochreiter, "Self-Normalizing
    Neural Networks", 2017.
    """
    x = as_float(x)
    (scale,) = constants(x, SELU_SCALE)
    return scale * elu(x, SELU_ALPHA)


def sigmoid(x: Any) -> TensorVariable:
    """Logistic function ``1 / (1 + exp(-x))``, as ``theano.tensor.nnet.sigmoid``.

    Parameters
    ----------
    x : tensor_like

    Returns
    -------
    TensorVariable, shape of `x`
    """
    return pt.sigmoid(x)


def ultra_fast_sigmoid(x: Any) -> TensorVariable:
    """Piecewise approximation of the logistic function, in three parts on each side.

    Parameters
    ----------
    x : tensor_like

    Returns
    -------
    TensorVariable, shape of `x`
        With an error below 0.02.

    Notes
    -----
    As ``theano.tensor.nnet.ultra_fast_sigmoid``, which has no gradient there. With ``h = x / 2``, the
    hyperbolic tangent of `h` is taken to be ``1.5 * h / (1 + abs(h))`` up to ``abs(h) = 1.7``, a straight
    line up to 3 and a constant beyond.
    """
    x = as_float(x)
    half, one, slope, start, line_at_start, limit = constants(
        x, 0.5, 1.5, 0.0458812946797165, 1.7, 0.935409070603099, 0.99505475368673
    )
    h = half * x
    size, sign = abs(h), pt.sign(h)
    line = sign * line_at_start + slope * (h - sign * start)
    tail = pt.switch(size < 3, line, sign * limit)
    return half * (pt.switch(size < start, one * h / (1 + size), tail) + 1)


def hard_sigmoid(x: Any) -> TensorVariable:
    """Piecewise linear approximation of the logistic function.

    Parameters
    ----------
    x : tensor_like

    Returns
    -------
    TensorVariable, shape of `x`
        ``0.2 * x + 0.5``, but not below 0 and not above 1.

    Notes
    -----
    As ``theano.tensor.nnet.hard_sigmoid``.
    """
    x = as_float(x)
    slope, shift = constants(x, 0.2, 0.5)
    return pt.clip(slope * x + shift, 0, 1)


def softplus(x: Any) -> TensorVariable:
    """Softplus function ``log(1 + exp(x))``.

    Parameters
    ----------
    x : tensor_like

    Returns
    -------
    TensorVariable, shape of `x`

    Notes
    -----
    As ``theano.tensor.nnet.softplus``, but accurate to the last digit where Theano returns zero (below
    -745, or -103 in single precision) or `x` (above 16, or 14).
    """
    return pt.softplus(x)


def softsign(x: Any) -> TensorVariable:
    """Softsign function ``x / (1 + abs(x))``, as ``theano.tensor.nnet.softsign``.

    Parameters
    ----------
    x : tensor_like

    Returns
    -------
    TensorVariable, shape of `x`
    """
    x = as_float(x)
    return x / (1 + abs(x))


# Chosen such that the values at -1 and 1 are -1 and 1, where the second derivative is largest.
SQUASH_SCALE, SQUASH_SLOPE = 1.7159, 2 / 3


def squash(x: Any) -> TensorVariable:
    """Scaled hyperbolic tangent ``1.7159 * tanh(2 / 3 * x)`` of LeNet-5 (1998).

    Parameters
    ----------
    x : tensor_like

    Returns
    -------
    TensorVariable, shape of `x`

    Notes
    -----
    From LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition",
    1998, appendix A.
    """
    x = as_float(x)
    scale, slope = constants(x, SQUASH_SCALE, SQUASH_SLOPE)
    return scale * pt.tanh(slope * x)


def identity(x: Any) -> TensorVariable:
    """Identity function, for linear layers."""
    return pt.as_tensor_variable(x)


def h_softmax(
    x: Any,
    batch_size: int,
    n_outputs: int,
    n_classes: int,
    n_outputs_per_class: int,
    W1: Any,
    b1: Any,
    W2: Any,
    b2: Any,
    target: Any = None,
) -> TensorVariable:
    """Hierarchical softmax in two levels: the class, then the output within its class.

    Parameters
    ----------
    x : tensor_like, shape (batch_size, features)
    batch_size : int
    n_outputs : int
        At most ``n_classes * n_outputs_per_class``; output `k` belongs to class
        ``k // n_outputs_per_class``.
    n_classes, n_outputs_per_class : int
    W1, b1 : tensor_like, shapes (features, n_classes) and (n_classes,)
        Weights and biases of the classes.
    W2, b2 : tensor_like, shapes (n_classes, features, n_outputs_per_class) and
        (n_classes, n_outputs_per_class). Weights and biases within each class.
    target : tensor_like of integers, shape (batch_size,) or (batch_size, 1), optional
        The output wanted for each row; without it, all of them.

    Returns
    -------
    TensorVariable, shape (batch_size, n_outputs), or (batch_size,) with `target`
        Probabilities.

    Notes
    -----
    As ``theano.tensor.nnet.h_softmax``; from Goodman, "Classes for Fast Maximum Entropy Training", 2001.
    With `target`, the work grows with ``n_classes + n_outputs_per_class``, not with their product.
    """
    x, W2, b2 = (pt.as_tensor_variable(value) for value in (x, W2, b2))
    of_class = softmax(pt.dot(x, W1) + b1)
    if target is None:
        within = softmax(pt.tensordot(x, W2, (1, 1)) + b2)
        joint = (of_class[:, :, None] * within).reshape((batch_size, -1))
        return joint[:, :n_outputs]
    target = pt.as_tensor_variable(target).flatten()
    classes, places = target // n_outputs_per_class, target % n_outputs_per_class
    rows = pt.arange(batch_size)
    within = softmax((x[:, :, None] * W2[classes]).sum(axis=1) + b2[classes])
    return of_class[rows, classes] * within[rows, places]
