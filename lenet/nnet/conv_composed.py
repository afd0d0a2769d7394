"""Separable and causal convolutions, composed of `conv2d` and `conv3d`."""

from collections.abc import Sequence
from typing import Any

import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from lenet.nnet.conv import conv2d, conv3d
from lenet.nnet.geometry import integers


def separable_conv2d(
    input: Any,
    depthwise_filters: Any,
    pointwise_filters: Any,
    num_channels: int,
    input_shape: Sequence | None = None,
    depthwise_filter_shape: Sequence | None = None,
    pointwise_filter_shape: Sequence | None = None,
    border_mode: Any = "valid",
    subsample: Sequence[int] | int = (1, 1),
    filter_flip: bool = True,
    filter_dilation: Sequence[int] | int = (1, 1),
) -> TensorVariable:
    """Depthwise separable convolution: each channel alone, then 1x1 across channels.

    Parameters
    ----------
    input : tensor_like, shape (batch, channels, rows, columns)
    depthwise_filters : tensor_like, shape (depthwise maps, 1, filter rows, filter columns)
        The same number for each channel.
    pointwise_filters : tensor_like, shape (maps, depthwise maps, 1, 1)
    num_channels : int
        Number of channels of `input`.
    input_shape, depthwise_filter_shape, pointwise_filter_shape : sequence of four int or None, optional
        Sizes known before the graph runs; checked when it runs.
    border_mode, subsample, filter_flip, filter_dilation
        Of the first, depthwise convolution; see `conv2d`.

    Returns
    -------
    TensorVariable, shape (batch, maps, output rows, output columns)

    Raises
    ------
    ValueError
        As `conv2d`.

    Notes
    -----
    As ``theano.tensor.nnet.separable_conv2d`` of Theano 1.0.
    """
    depthwise = conv2d(
        input,
        depthwise_filters,
        input_shape,
        depthwise_filter_shape,
        border_mode,
        subsample,
        filter_flip,
        filter_dilation=filter_dilation,
        num_groups=num_channels,
    )
    return conv2d(depthwise, pointwise_filters, filter_shape=pointwise_filter_shape)


def separable_conv3d(
    input: Any,
    depthwise_filters: Any,
    pointwise_filters: Any,
    num_channels: int,
    input_shape: Sequence | None = None,
    depthwise_filter_shape: Sequence | None = None,
    pointwise_filter_shape: Sequence | None = None,
    border_mode: Any = "valid",
    subsample: Sequence[int] | int = (1, 1, 1),
    filter_flip: bool = True,
    filter_dilation: Sequence[int] | int = (1, 1, 1),
) -> TensorVariable:
    """Depthwise separable convolution of volumes; see `separable_conv2d`."""
    depthwise = conv3d(
        input,
        depthwise_filters,
        input_shape,
        depthwise_filter_shape,
        border_mode,
        subsample,
        filter_flip,
        filter_dilation,
        num_groups=num_channels,
    )
    return conv3d(depthwise, pointwise_filters, filter_shape=pointwise_filter_shape)


def causal_conv1d(
    input: Any,
    filters: Any,
    filter_shape: Sequence,
    input_shape: Sequence | None = None,
    subsample: int = 1,
    filter_flip: bool = True,
    filter_dilation: int = 1,
    num_groups: int = 1,
    unshared: bool = False,
) -> TensorVariable:
    """Causal convolution of sequences: outputs depend on no later inputs.

    Parameters
    ----------
    input : tensor_like, shape (batch, channels, length)
    filters : tensor_like, shape (maps, channels / num_groups, filter length)
    filter_shape : sequence of three int or None
        The shape of the filters; the last size must be given.
    input_shape : sequence of three int or None, optional
        Sizes of the input known before the graph runs; checked when it runs.
    subsample, filter_flip, filter_dilation, num_groups
        See `conv2d`, with one number for the only axis.
    unshared : bool
        Must be False.

    Returns
    -------
    TensorVariable, shape (batch, maps, (length - 1) // subsample + 1)
        Each output depends on inputs at its position and before.

    Raises
    ------
    ValueError
        For tensors without three axes, and as `conv2d`.
    NotImplementedError
        For `unshared`, and for a filter length that is not known before the graph runs.

    Notes
    -----
    As ``causal_conv1d`` of ``theano.tensor.nnet.abstract_conv``, Theano 1.0; from van den Oord and others,
    "WaveNet: A Generative Model for Raw Audio", 2016.
    """
    if unshared:
        raise NotImplementedError("causal_conv1d has no unshared filters, use unshared=False")
    sequences, bank = pt.as_tensor_variable(input), pt.as_tensor_variable(filters)
    for name, tensor in (("input", sequences), ("filters", bank)):
        if tensor.type.ndim != 3:
            raise ValueError(f"{name} has {tensor.type.ndim} axes, expected 3")
    if len(filter_shape) != 3:
        raise ValueError(f"invalid filter_shape {tuple(filter_shape)}: expected 3 sizes")
    (length,) = integers("filter_shape[2]", filter_shape[2], 1)
    (dilation,) = integers("filter_dilation", filter_dilation, 1)
    output = conv2d(
        sequences[..., None],
        bank[..., None],
        None if input_shape is None else (*input_shape, 1),
        (*filter_shape, 1),
        ((dilation * (length - 1), 0), (0, 0)),
        (*integers("subsample", subsample, 1), 1),
        filter_flip,
        filter_dilation=(dilation, 1),
        num_groups=num_groups,
    )
    return output[..., 0]
