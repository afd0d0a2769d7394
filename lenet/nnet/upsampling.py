"""Upsampling of images by bilinear interpolation, as in Theano."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.graph.basic import Variable
from pytensor.tensor.variable import TensorVariable

from lenet.nnet.geometry import integers, spatial_shape
from lenet.nnet.ops.conv import ConvGradInputs
from lenet.nnet.ops.symbolic_pool import is_symbolic


def triangle(ratio: Any, normalize: bool) -> Any:
    """Return 1, 2, ... `ratio` ..., 2, 1, divided by `ratio` if `normalize`."""
    arange = pt.arange if isinstance(ratio, Variable) else np.arange
    numbers = ratio - abs(arange(1 - ratio, ratio))
    return (numbers / ratio if normalize else numbers).astype(pytensor.config.floatX)


def bilinear_kernel_1D(ratio: Any, normalize: bool = True) -> TensorVariable:
    """Kernel of linear interpolation in one dimension.

    Parameters
    ----------
    ratio : int or symbolic int
        Factor by which the image becomes larger.
    normalize : bool
        Whether the largest weight is one, not `ratio`.

    Returns
    -------
    TensorVariable of type floatX, shape (2 * ratio - 1,)

    Raises
    ------
    ValueError, NotImplementedError
        For a `ratio` that is not a positive integer, or that is an array.

    Notes
    -----
    As in ``theano.tensor.nnet.abstract_conv``.
    """
    if not (isinstance(ratio, Variable) and is_symbolic(ratio) and ratio.type.ndim == 0):
        (ratio,) = integers("ratio", ratio, 1)
    return pt.as_tensor_variable(triangle(ratio, normalize))


def bilinear_kernel_2D(ratio: Any, normalize: bool = True) -> TensorVariable:
    """Kernel of bilinear interpolation.

    Parameters
    ----------
    ratio : int or pair of int
        Factors by which the image becomes larger, in (rows, columns).
    normalize : bool
        Whether the largest weight is one.

    Returns
    -------
    TensorVariable of type floatX, shape (2 * row ratio - 1, 2 * column ratio - 1)

    Raises
    ------
    ValueError, NotImplementedError
        As `bilinear_kernel_1D`.

    Notes
    -----
    As in ``theano.tensor.nnet.abstract_conv``.
    """
    rows, columns = integers("ratio", ratio, 2)
    return pt.as_tensor_variable(np.outer(triangle(rows, normalize), triangle(columns, normalize)))


def enlarged(images: TensorVariable, ratio: int, axis: int) -> TensorVariable:
    """Interpolate linearly along axis 2 or 3 of a batch; the border is repeated."""
    before, all_others = [slice(None)] * 4, [slice(None)] * 4
    before[axis], all_others[axis] = slice(None, 1), slice(-1, None)
    extended = pt.concatenate([images[tuple(before)], images, images[tuple(all_others)]], axis=axis)
    sizes = spatial_shape(images, 1)
    sizes[axis - 1] = sizes[axis - 1] * ratio
    # Channels are the first of three spatial axes: each is interpolated separately, with the same kernel.
    of_axis = [1, 1, 1]
    of_axis[axis - 1] = 2 * ratio - 1
    pads, steps = [0, 0, 0], [1, 1, 1]
    pads[axis - 1], steps[axis - 1] = 2 * ratio - (ratio - 1) // 2 - 1, ratio
    op = ConvGradInputs(border_mode=tuple(pads), subsample=tuple(steps))
    kernel = triangle(ratio, normalize=True).reshape(1, 1, *of_axis)
    return op(kernel, extended[:, None], *sizes)[:, 0]


def as_fraction(name: str, pair: Any) -> Fraction:
    """Return a pair of positive integers as a fraction in lowest terms."""
    return Fraction(*integers(name, pair, 2))


def bilinear_upsampling(
    input: Any,
    ratio: Any = None,
    frac_ratio: Any = None,
    batch_size: int | None = None,
    num_input_channels: int | None = None,
    use_1D_kernel: bool = True,
) -> TensorVariable:
    """Upsampling of images by bilinear interpolation.

    Parameters
    ----------
    input : tensor_like, shape (batch, channels, rows, columns)
    ratio : int, optional
        Factor by which the image becomes larger.
    frac_ratio : pair of int or pair of pairs, optional
        In place of `ratio`, the same as a fraction (numerator, denominator), or as two of them, for
        rows and columns.
    batch_size, num_input_channels, use_1D_kernel
        Without effect; in Theano, they change the speed.

    Returns
    -------
    TensorVariable, shape (batch, channels, rows * ratio, columns * ratio)
        With a fraction, sizes are rounded up.

    Raises
    ------
    ValueError
        If both `ratio` and `frac_ratio` are given, or neither, or for an argument out of its range.
    NotImplementedError
        For a ratio that is not known before the graph runs.

    Notes
    -----
    As ``bilinear_upsampling`` of ``theano.tensor.nnet.abstract_conv``, Theano 1.0: beyond the border, its
    pixels are repeated, and if the ratio is even, those of the last row and column once more than those
    of the first. In JAX, rows and columns must be known before.
    """
    if (ratio is None) == (frac_ratio is None):
        raise ValueError("give either ratio or frac_ratio")
    images = pt.as_tensor_variable(input)
    if images.type.ndim != 4:
        raise ValueError(f"input has {images.type.ndim} axes, expected 4")
    if frac_ratio is None:
        (ratio,) = integers("ratio", ratio, 1)
        ratios = [Fraction(ratio)] * 2
    elif np.ndim(frac_ratio) == 1:
        ratios = [as_fraction("frac_ratio", frac_ratio)] * 2
    else:
        ratios = [as_fraction("frac_ratio", pair) for pair in frac_ratio]
    rows, columns = ratios
    images = enlarged(enlarged(images, rows.numerator, 2), columns.numerator, 3)
    return images[:, :, :: rows.denominator, :: columns.denominator]
