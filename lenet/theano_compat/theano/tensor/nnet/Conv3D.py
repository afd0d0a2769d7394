"""Theano's ``theano.tensor.nnet.Conv3D``: correlations of films, channels last."""

from collections.abc import Sequence
from typing import Any

import pytensor.tensor as pt
from pytensor.tensor.basic import get_scalar_constant_value
from pytensor.tensor.variable import TensorVariable

from lenet import nnet
from lenet.theano_compat.forwarding import forward

__all__ = ["conv3D", "convGrad3D", "convTransp3D"]

__getattr__ = forward(__name__)

CHANNELS_SECOND, CHANNELS_LAST = (0, 4, 1, 2, 3), (0, 2, 3, 4, 1)


def conv3D(V: Any, W: Any, b: Any, d: Any) -> TensorVariable:
    """Correlate films with filters, which are not flipped, and add a bias.

    Parameters
    ----------
    V : tensor_like, shape (batch, rows, columns, times, channels)
    W : tensor_like, shape (maps, rows, columns, times, channels)
    b : tensor_like, shape (maps,)
    d : three integers
        Steps along rows, columns and times.

    Returns
    -------
    TensorVariable, shape (batch, output rows, output columns, output times, maps)

    Raises
    ------
    ValueError
        If a step is not known when the graph is made.
    """
    result = nnet.conv3d(second(V), second(W), subsample=steps(d), filter_flip=False)
    return result.dimshuffle(CHANNELS_LAST) + b


def convTransp3D(W: Any, b: Any, d: Any, H: Any, RShape: Any = None) -> TensorVariable:
    """Return the films of which `conv3D` would give `H`, transposed, plus a bias.

    Parameters
    ----------
    W, d
        As for `conv3D`.
    b : tensor_like, shape (channels,)
    H : tensor_like, shape (batch, output rows, output columns, output times, maps)
    RShape : three integers, optional
        Rows, columns and times of the result; as few as there can be if not given, or below 0.

    Returns
    -------
    TensorVariable, shape (batch, rows, columns, times, channels)
    """
    W, H = pt.as_tensor_variable(W), pt.as_tensor_variable(H)
    least = [(H.shape[i + 1] - 1) * step + W.shape[i + 1] for i, step in enumerate(steps(d))]
    if RShape is not None:
        shape = pt.as_tensor_variable(RShape)
        least = [pt.maximum(shape[i], length) for i, length in enumerate(least)]
    shape = (H.shape[0], W.shape[4], *least)
    films = nnet.conv3d_grad_wrt_inputs(
        second(H), second(W), shape, subsample=steps(d), filter_flip=False
    )
    return films.dimshuffle(CHANNELS_LAST) + b


def convGrad3D(V: Any, d: Any, WShape: Any, dCdH: Any) -> TensorVariable:
    """Return the gradient of `conv3D` with respect to filters of shape `WShape`."""
    shape = [WShape[axis] for axis in CHANNELS_SECOND]
    filters = nnet.conv3d_grad_wrt_weights(
        second(V), second(dCdH), shape, subsample=steps(d), filter_flip=False
    )
    return filters.dimshuffle(CHANNELS_LAST)


def second(films: Any) -> TensorVariable:
    """Return films whose second axis is that of channels, not the last."""
    return pt.as_tensor_variable(films).dimshuffle(CHANNELS_SECOND)


def steps(d: Any) -> tuple[int, ...]:
    """Return the three steps of a correlation as integers."""
    if not isinstance(d, Sequence):
        vector = pt.as_tensor_variable(d)
        d = [vector[axis] for axis in range(3)]
    try:
        return tuple(int(get_scalar_constant_value(step)) for step in d)
    except pt.exceptions.NotScalarConstantError:
        raise ValueError("conv3D: d is a variable, expected three integers") from None
