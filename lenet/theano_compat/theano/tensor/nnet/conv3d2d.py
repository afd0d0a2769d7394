"""Theano's ``theano.tensor.nnet.conv3d2d``: convolution of films."""

from collections.abc import Sequence
from typing import Any

import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from lenet import nnet
from lenet.theano_compat.forwarding import forward

__all__ = ["conv3d"]

__getattr__ = forward(
    __name__,
    missing=dict.fromkeys(
        ["DiagonalSubtensor", "IncDiagonalSubtensor", "diagonal_subtensor"],
        "use conv3d, a function",
    ),
)


def conv3d(
    signals: Any,
    filters: Any,
    signals_shape: Sequence | None = None,
    filters_shape: Sequence | None = None,
    border_mode: Any = "valid",
) -> TensorVariable:
    """Convolve films with filters.

    Parameters
    ----------
    signals : tensor_like, shape (batch, times, channels, rows, columns)
    filters : tensor_like, shape (maps, times, channels, rows, columns)
        They are flipped along times, rows and columns.
    signals_shape, filters_shape : sequence of int or None, optional
        What is known of the shapes.
    border_mode : {'valid', 'full', 'half'}, or three of them
        For times, rows and columns.

    Returns
    -------
    TensorVariable, shape (batch, output times, maps, output rows, output columns)

    Raises
    ------
    NotImplementedError
        If the three border modes differ.
    """
    modes = {border_mode} if isinstance(border_mode, str) else set(border_mode)
    if len(modes) > 1:
        raise NotImplementedError(
            f"conv3d2d: border_mode is {border_mode}, expected the same thrice"
        )
    volumes, bank = pt.as_tensor_variable(signals), pt.as_tensor_variable(filters)
    return nnet.conv3d(
        channels_first(volumes),
        channels_first(bank),
        None if signals_shape is None else [signals_shape[axis] for axis in CHANNELS_FIRST],
        None if filters_shape is None else [filters_shape[axis] for axis in CHANNELS_FIRST],
        border_mode=modes.pop(),
    ).dimshuffle(CHANNELS_FIRST)


CHANNELS_FIRST = (0, 2, 1, 3, 4)


def channels_first(films: TensorVariable) -> TensorVariable:
    """Return films whose second axis is that of channels, not of times."""
    return films.dimshuffle(CHANNELS_FIRST)
