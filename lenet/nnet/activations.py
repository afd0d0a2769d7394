"""Activation functions with the meaning they have in ``theano.tensor.nnet``."""

import warnings
from typing import Any

import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable


def relu(x: Any, alpha: Any = 0) -> TensorVariable:
    """Rectify: `x` where it is positive, ``alpha * x`` elsewhere.

    Parameters
    ----------
    x : tensor_like
    alpha : float or tensor_like
        Slope of the negative half: 0 for the standard rectifier, a small number for a leaky one, a
        shared variable for one that learns.

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


def softmax(x: Any) -> TensorVariable:
    """Return each row's exponentials, divided by their sum.

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
