"""Convolution of images (`conv2d`) and volumes (`conv3d`), as in Theano."""

import warnings
from collections.abc import Sequence
from typing import Any

import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from lenet.nnet.geometry import integers, warn_deprecated, with_shape
from lenet.nnet.ops.conv import Conv, ConvOp
from lenet.nnet.ops.unshared import UnsharedConv


def with_geometry(op: type[ConvOp], spatial: int, **geometry: Any) -> ConvOp:
    """Return an Op of class `op`; single integers stand for all spatial axes."""
    for name in ("subsample", "filter_dilation"):
        geometry[name] = integers(name, geometry[name], spatial)
    return op(**geometry)


def convolve(
    op: ConvOp,
    input: Any,
    filters: Any,
    input_shape: Sequence | None,
    filter_shape: Sequence | None,
) -> TensorVariable:
    """Apply `op`, with the given shapes added to the types of its arguments."""
    image, bank = pt.as_tensor_variable(input), pt.as_tensor_variable(filters)
    return op(with_shape(image, input_shape), with_shape(bank, filter_shape))


def conv2d(
    input: Any,
    filters: Any,
    input_shape: Sequence | None = None,
    filter_shape: Sequence | None = None,
    border_mode: Any = "valid",
    subsample: Sequence[int] | int = (1, 1),
    filter_flip: bool = True,
    image_shape: Sequence | None = None,
    filter_dilation: Sequence[int] | int = (1, 1),
    num_groups: int = 1,
    unshared: bool = False,
    **ignored: Any,
) -> TensorVariable:
    """Two-dimensional convolution of a batch of images with a bank of filters.

    Parameters
    ----------
    input : tensor_like, shape (batch, channels, rows, columns)
    filters : tensor_like, shape (maps, channels / num_groups, filter rows, filter columns)
        With `unshared`, of shape (maps, output rows, output columns, channels / num_groups, filter
        rows, filter columns).
    input_shape, filter_shape : sequence of int or None, one for each axis, optional
        Sizes known before the graph runs; checked when it runs.
    border_mode : {'valid', 'full', 'half'}, int, pair of int or pair of (low, high) pairs
        Zeros added around the image: none; one less than the filter on each side, so that every
        overlap counts; half of the filter, which keeps the size for odd filters; or the given widths,
        for (rows, columns) or for ((top, bottom), (left, right)).
    subsample : pair of int
        Stride: the step from one output to the next, in (rows, columns).
    filter_flip : bool
        Whether the filters are flipped, which makes this a true convolution. Without it, it is the
        cross-correlation that other libraries call a convolution.
    image_shape : sequence, optional
        Deprecated name of `input_shape`.
    filter_dilation : pair of int
        Distance between neighbouring filter elements on the image.
    num_groups : int
        Number of groups of channels and maps, each convolved separately.
    unshared : bool
        Whether each output position has its own filters ("locally connected").
    **ignored
        Further arguments of older versions of Theano, ignored with a warning.

    Returns
    -------
    TensorVariable, shape (batch, maps, output rows, output columns)
        With ``output = (image + padding - ((filter - 1) * dilation + 1)) // stride + 1``.

    Raises
    ------
    ValueError
        For an argument out of its range, or shapes that do not fit; when the graph runs, if they are
        not known before. Also for `imshp_logical` and `kshp_logical`, which are no longer supported.

    Notes
    -----
    As ``theano.tensor.nnet.conv2d`` of Theano 1.0.
    """
    if not {"imshp_logical", "kshp_logical"}.isdisjoint(ignored):
        raise ValueError(
            "imshp_logical and kshp_logical are gone; use conv2d_transpose to upsample"
        )
    if ignored:
        warnings.warn(f"conv2d ignores {', '.join(sorted(ignored))}", UserWarning, stacklevel=2)
    if image_shape is not None:
        if input_shape is not None:
            raise ValueError("give input_shape or its deprecated name image_shape, not both")
        warn_deprecated("image_shape", "input_shape")
        input_shape = image_shape
    op = with_geometry(
        UnsharedConv if unshared else Conv,
        2,
        border_mode=border_mode,
        subsample=subsample,
        filter_flip=filter_flip,
        filter_dilation=filter_dilation,
        num_groups=num_groups,
    )
    return convolve(op, input, filters, input_shape, filter_shape)


def conv3d(
    input: Any,
    filters: Any,
    input_shape: Sequence | None = None,
    filter_shape: Sequence | None = None,
    border_mode: Any = "valid",
    subsample: Sequence[int] | int = (1, 1, 1),
    filter_flip: bool = True,
    filter_dilation: Sequence[int] | int = (1, 1, 1),
    num_groups: int = 1,
) -> TensorVariable:
    """Three-dimensional convolution of a batch of volumes with a bank of filters.

    Parameters
    ----------
    input : tensor_like, shape (batch, channels, depth, rows, columns)
    filters : tensor_like, shape (maps, channels / num_groups, depth, rows, columns)
    input_shape, filter_shape, border_mode, subsample, filter_flip, filter_dilation, num_groups
        As in `conv2d`, with one entry more.

    Returns
    -------
    TensorVariable, shape (batch, maps, output depth, output rows, output columns)

    Raises
    ------
    ValueError
        As `conv2d`.

    Notes
    -----
    As ``theano.tensor.nnet.conv3d`` of Theano 1.0.
    """
    op = with_geometry(
        Conv,
        3,
        border_mode=border_mode,
        subsample=subsample,
        filter_flip=filter_flip,
        filter_dilation=filter_dilation,
        num_groups=num_groups,
    )
    return convolve(op, input, filters, input_shape, filter_shape)
