"""Shapes of a convolution's gradients, and checks of shapes.

They follow where one size of the filters, or of the image, leads to each size of the output.
"""

from collections.abc import Sequence
from typing import Any

import pytensor.tensor as pt
from pytensor.raise_op import Assert
from pytensor.tensor.variable import TensorVariable

from lenet.nnet.conv_shapes import get_conv_output_shape
from lenet.nnet.geometry import normalise_border_mode
from lenet.theano_compat.theano.configdefaults import config
from lenet.theano_compat.theano.tensor.arithmetic import constant_or_none

__all__ = [
    "assert_conv_shape",
    "assert_shape",
    "check_conv_gradinputs_shape",
    "get_conv_gradinputs_shape",
    "get_conv_gradweights_shape",
]


def get_conv_gradweights_shape(
    image_shape: Sequence,
    top_shape: Sequence,
    border_mode: Any,
    subsample: Sequence,
    filter_dilation: Sequence | None = None,
    num_groups: int = 1,
    unshared: bool = False,
) -> tuple:
    """Return the shape of the filters that lead from images to outputs.

    Parameters
    ----------
    image_shape, top_shape : sequence of int, symbolic integer or None
        Of the images and of the output: (batch, channels, *sizes).
    border_mode, subsample, filter_dilation, num_groups, unshared
        As for `theano.tensor.nnet.conv2d`.

    Returns
    -------
    tuple
        (maps, channels / num_groups, *sizes), after the maps the output's sizes if `unshared`. None where a size is
        not known: with a stride, and for the border mode "half".
    """
    channels = None if image_shape[1] is None else image_shape[1] // num_groups
    sizes = by_axis(filter_size, image_shape, top_shape, border_mode, subsample, filter_dilation)
    places = tuple(top_shape[2:]) if unshared else ()
    return (top_shape[1], *places, channels, *sizes)


def get_conv_gradinputs_shape(
    kernel_shape: Sequence,
    top_shape: Sequence,
    border_mode: Any,
    subsample: Sequence,
    filter_dilation: Sequence | None = None,
    num_groups: int = 1,
) -> tuple:
    """Return the shape of the images from which filters lead to outputs.

    Parameters
    ----------
    kernel_shape, top_shape : sequence of int, symbolic integer or None
        Of the filters, (maps, channels / num_groups, *sizes), and of the output, (batch, maps, *sizes).
    border_mode, subsample, filter_dilation, num_groups
        As for `theano.tensor.nnet.conv2d`.

    Returns
    -------
    tuple
        (batch, channels, *sizes); None where a size is not known, as with a stride.
    """
    spatial = len(subsample)
    group = kernel_shape[-spatial - 1]
    channels = None if group is None else group * num_groups
    sizes = by_axis(image_size, kernel_shape, top_shape, border_mode, subsample, filter_dilation)
    return (top_shape[0], channels, *sizes)


def by_axis(
    size: Any, shape: Sequence, top_shape: Sequence, border_mode: Any, subsample: Any, dilation: Any
) -> tuple:
    """Return a size for each spatial axis, None where it cannot be known."""
    spatial = len(subsample)
    modes = border_mode if isinstance(border_mode, tuple | list) else [border_mode] * spatial
    result = []
    for axis, mode in enumerate(modes):
        given = (
            shape[axis - spatial],
            top_shape[axis - spatial],
            subsample[axis],
            1 if dilation is None else dilation[axis],
        )
        result.append(None if any(n is None for n in (*given, mode)) else size(*given, mode))
    return tuple(result)


def padding(mode: Any) -> int:
    """Return the sum of the zeros before and after, but not of "half" and "full"."""
    pads = normalise_border_mode(mode if mode == "valid" else (mode,), 1)
    return int(sum(map(sum, pads)))  # type: ignore[arg-type]


def filter_size(image: Any, top: Any, step: int, dilation: int, mode: Any) -> Any:
    """Return the size of filters along one axis, None if there are several."""
    if step != 1 or mode == "half":
        return None
    gaps = top - image if mode == "full" else image + padding(mode) - top
    return (gaps if dilation == 1 else gaps // dilation) + 1


def image_size(kernel: Any, top: Any, step: int, dilation: int, mode: Any) -> Any:
    """Return the size of images along one axis, None if there are several."""
    if step != 1:
        return None
    reach = (kernel - 1) * dilation
    if mode == "full":
        return top - reach
    return top + reach - (2 * ((reach + 1) // 2) if mode == "half" else padding(mode))


def assert_shape(
    x: Any, expected_shape: Sequence | None, msg: str = "Unexpected shape."
) -> TensorVariable:
    """Return a tensor, whose shape is checked if ``conv.assert_shape`` is true.

    Parameters
    ----------
    x : tensor_like
    expected_shape : sequence of int, symbolic integer or None, optional
    msg : str
        Text of the AssertionError.
    """
    x = pt.as_tensor_variable(x)
    if expected_shape is None or not config.conv.assert_shape:
        return x
    conditions = [
        pt.eq(x.shape[axis], size) for axis, size in enumerate(expected_shape) if size is not None
    ]
    return Assert(msg)(x, *conditions) if conditions else x


def check_conv_gradinputs_shape(
    image_shape: Sequence,
    kernel_shape: Sequence,
    output_shape: Sequence,
    border_mode: Any,
    subsample: Sequence,
    filter_dilation: Sequence | None = None,
) -> bool:
    """Return whether filters may lead from images to outputs of given shapes.

    Parameters
    ----------
    image_shape, kernel_shape, output_shape : sequence of int, symbolic integer or None
        (batch, channels, *sizes), (maps, channels, *sizes) and (batch, maps, *sizes).
    border_mode, subsample, filter_dilation
        As for `theano.tensor.nnet.conv2d`.

    Returns
    -------
    bool
        False if they cannot; what is not known before the graph runs may fit.
    """
    axes = 2 + len(subsample)
    if {len(image_shape), len(kernel_shape), len(output_shape)} != {axes}:
        return False
    if filter_dilation is not None and len(filter_dilation) != len(subsample):
        return False
    expected = get_conv_output_shape(
        image_shape, kernel_shape, border_mode, subsample, filter_dilation
    )
    known = [
        tuple(None if size is None else constant_or_none(size) for size in sizes)
        for sizes in zip(output_shape, expected, strict=True)
    ]
    return all(None in sizes or sizes[0] == sizes[1] for sizes in known)


def assert_conv_shape(shape: Sequence) -> tuple:
    """Return a shape of images, filters or outputs, checked when the graph runs.

    The first two lengths may be 0, the others may not.

    Raises
    ------
    ValueError
        For a length that is known and too small.
    """
    checked = []
    for axis, size in enumerate(shape):
        least, known = int(axis >= 2), constant_or_none(size)
        text = f"The convolution would produce an invalid shape (dim[{axis}]"
        if known is not None and known < least:
            raise ValueError(f"{text}: {known} < {least}).")
        if known is None:
            size = Assert(f"{text} < {least}).")(size, pt.ge(size, least))
        checked.append(size)
    return tuple(checked)
