"""Old functions of Theano, deprecated there, for programs that still use them."""

from collections.abc import Sequence
from typing import Any

import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from lenet.nnet.conv import conv2d
from lenet.nnet.pool import pool_2d

# Arguments of the old convolutions that chose among implementations and changed no result.
SPEED_ONLY = {"unroll_batch", "unroll_kern", "unroll_patch", "openmp", "verbose", "version"}


def old_conv2d(
    input: Any,
    filters: Any,
    image_shape: Sequence | None = None,
    filter_shape: Sequence | None = None,
    border_mode: str = "valid",
    subsample: Sequence[int] = (1, 1),
    **kargs: Any,
) -> TensorVariable:
    """Convolution with the interface of ``theano.tensor.nnet.conv.conv2d``.

    Parameters
    ----------
    input : tensor_like, shape (batch, channels, rows, columns)
    filters : tensor_like, shape (maps, channels, filter rows, filter columns)
    image_shape, filter_shape : sequence of four int or None, optional
        Sizes known before the graph runs.
    border_mode : {'valid', 'full'}
    subsample : pair of int
    **kargs
        Arguments of the old Op that changed only its speed; they have no effect.

    Returns
    -------
    TensorVariable, shape (batch, maps, output rows, output columns)

    Raises
    ------
    ValueError
        For another border mode, and as `lenet.nnet.conv2d`.
    TypeError
        For an argument that would change the result.
    """
    unknown = set(kargs) - SPEED_ONLY
    if unknown:
        raise TypeError(f"the old conv2d has no argument {', '.join(sorted(unknown))} here")
    if border_mode not in ("valid", "full"):
        raise ValueError(f"invalid border_mode {border_mode!r}: expected 'valid' or 'full'")
    return conv2d(input, filters, image_shape, filter_shape, border_mode, subsample)


def signal_conv2d(
    input: Any,
    filters: Any,
    image_shape: Sequence | None = None,
    filter_shape: Sequence | None = None,
    border_mode: str = "valid",
    subsample: Sequence[int] = (1, 1),
    **kargs: Any,
) -> TensorVariable:
    """Convolution of images without channels: ``theano.tensor.signal.conv.conv2d``.

    Each image is convolved with each filter.

    Parameters
    ----------
    input : tensor_like, shape (images, rows, columns) or (rows, columns)
    filters : tensor_like, shape (maps, filter rows, filter columns) or (filter rows, filter columns)
    image_shape, filter_shape : sequence of int or None, one for each axis, optional
        Sizes known before the graph runs.
    border_mode, subsample, **kargs
        As in `old_conv2d`.

    Returns
    -------
    TensorVariable, shape (images, maps, output rows, output columns)
        Without the first axis for a single image, without the second for a single filter.

    Raises
    ------
    ValueError
        For tensors with other numbers of axes, and as `old_conv2d`.
    """
    images, bank = pt.as_tensor_variable(input), pt.as_tensor_variable(filters)
    for name, tensor in (("input", images), ("filters", bank)):
        if tensor.type.ndim not in (2, 3):
            raise ValueError(f"{name} has {tensor.type.ndim} axes, expected 2 or 3")
    output = old_conv2d(
        images[:, None] if images.type.ndim == 3 else images[None, None],
        bank[:, None] if bank.type.ndim == 3 else bank[None, None],
        with_channel(image_shape),
        with_channel(filter_shape),
        border_mode,
        subsample,
        **kargs,
    )
    output = output if bank.type.ndim == 3 else output[:, 0]
    return output if images.type.ndim == 3 else output[0]


def with_channel(shape: Sequence | None) -> tuple | None:
    """Return the shape of one or several images with an axis for a single channel."""
    if shape is None:
        return None
    *lead, rows, columns = shape
    return (*(lead or [1]), 1, rows, columns)


def max_pool_2d(
    input: Any,
    ds: Any,
    ignore_border: bool | None = None,
    st: Any = None,
    padding: Any = (0, 0),
    mode: str = "max",
) -> TensorVariable:
    """Pooling with the interface of ``theano.tensor.signal.downsample.max_pool_2d``.

    Parameters
    ----------
    input : tensor_like, shape (..., rows, columns)
    ds, ignore_border, st, padding, mode
        The `ws`, `ignore_border`, `stride`, `pad` and `mode` of `pool_2d`.

    Returns
    -------
    TensorVariable, shape (..., output rows, output columns)

    Raises
    ------
    ValueError, NotImplementedError
        As `pool_2d`.
    """
    return pool_2d(input, ds, ignore_border, st, padding, mode)
