"""Gradients of convolutions as functions, and the transposed convolution."""

from collections.abc import Sequence
from typing import Any

import pytensor.tensor as pt
from pytensor.graph.basic import Constant, Variable
from pytensor.tensor.variable import TensorVariable

from lenet.nnet.conv import with_geometry
from lenet.nnet.geometry import with_shape
from lenet.nnet.ops.conv import ConvGradInputs, ConvGradWeights, ConvOp
from lenet.nnet.ops.unshared import UnsharedGradInputs, UnsharedGradWeights


def of_length(name: str, shape: Sequence, axes: int) -> list:
    """Return the sizes in `shape`; raise `ValueError` if there are not `axes` of them."""
    if not isinstance(shape, Variable) and len(shape) != axes:
        raise ValueError(f"invalid {name} {tuple(shape)}: expected {axes} sizes")
    return [shape[axis] for axis in range(axes)]


def known_part(sizes: Sequence) -> list:
    """Return the sizes known before the graph runs, with None for the others."""
    return [None if isinstance(s, Variable) and not isinstance(s, Constant) else s for s in sizes]


def grad_wrt_inputs(
    op: ConvOp, output_grad: Any, filters: Any, input_shape: Sequence, filter_shape: Sequence | None
) -> TensorVariable:
    """Apply `ConvGradInputs` or its unshared kind, with the given shapes."""
    sizes = of_length("input_shape", input_shape, 2 + op.spatial)
    bank = with_shape(pt.as_tensor_variable(filters), filter_shape)
    if any(size is None for size in sizes[2:]):
        raise ValueError(
            f"invalid input_shape {tuple(input_shape)}: only the first two sizes may be None"
        )
    gradient = op(bank, pt.as_tensor_variable(output_grad), *sizes[2:])
    return with_shape(gradient, known_part(sizes))


def grad_wrt_weights(
    op: ConvOp, input: Any, output_grad: Any, filter_shape: Sequence, input_shape: Sequence | None
) -> TensorVariable:
    """Apply `ConvGradWeights` or its unshared kind, with the given shapes."""
    sizes = of_length("filter_shape", filter_shape, op.filter_axes())
    kernel = sizes[-op.spatial :]
    if any(size is None for size in kernel):
        raise ValueError(
            f"invalid filter_shape {tuple(filter_shape)}: the last {op.spatial} sizes must be given"
        )
    image = with_shape(pt.as_tensor_variable(input), input_shape)
    gradient = op(image, pt.as_tensor_variable(output_grad), *kernel)
    return with_shape(gradient, known_part(sizes))


def conv2d_grad_wrt_inputs(
    output_grad: Any,
    filters: Any,
    input_shape: Sequence,
    filter_shape: Sequence | None = None,
    border_mode: Any = "valid",
    subsample: Sequence[int] | int = (1, 1),
    filter_flip: bool = True,
    filter_dilation: Sequence[int] | int = (1, 1),
    num_groups: int = 1,
    unshared: bool = False,
) -> TensorVariable:
    """Gradient of a `conv2d` with respect to its input.

    Parameters
    ----------
    output_grad : tensor_like, shape (batch, maps, output rows, output columns)
        The gradient with respect to the convolution's output.
    filters : tensor_like
        The filters of the convolution.
    input_shape : sequence of four int, symbolic integer or None
        The shape of the convolution's input. The last two sizes must be given, as several may lead to
        the same output.
    filter_shape : sequence of int or None, one for each axis, optional
        Sizes of the filters known before the graph runs; checked when it runs.
    border_mode, subsample, filter_flip, filter_dilation, num_groups, unshared
        Those of the convolution; see `conv2d`.

    Returns
    -------
    TensorVariable, shape `input_shape`

    Raises
    ------
    ValueError
        For an argument out of its range, or shapes that do not fit; when the graph runs, if they are
        not known before.

    Notes
    -----
    As ``theano.tensor.nnet.conv2d_grad_wrt_inputs`` of Theano 1.0. In JAX, sizes must be numbers or
    those of arrays.
    """
    op = with_geometry(
        UnsharedGradInputs if unshared else ConvGradInputs,
        2,
        border_mode=border_mode,
        subsample=subsample,
        filter_flip=filter_flip,
        filter_dilation=filter_dilation,
        num_groups=num_groups,
    )
    return grad_wrt_inputs(op, output_grad, filters, input_shape, filter_shape)


def conv3d_grad_wrt_inputs(
    output_grad: Any,
    filters: Any,
    input_shape: Sequence,
    filter_shape: Sequence | None = None,
    border_mode: Any = "valid",
    subsample: Sequence[int] | int = (1, 1, 1),
    filter_flip: bool = True,
    filter_dilation: Sequence[int] | int = (1, 1, 1),
    num_groups: int = 1,
) -> TensorVariable:
    """Gradient of a `conv3d` with respect to its input.

    See `conv2d_grad_wrt_inputs`.
    """
    op = with_geometry(
        ConvGradInputs,
        3,
        border_mode=border_mode,
        subsample=subsample,
        filter_flip=filter_flip,
        filter_dilation=filter_dilation,
        num_groups=num_groups,
    )
    return grad_wrt_inputs(op, output_grad, filters, input_shape, filter_shape)


def conv2d_grad_wrt_weights(
    input: Any,
    output_grad: Any,
    filter_shape: Sequence,
    input_shape: Sequence | None = None,
    border_mode: Any = "valid",
    subsample: Sequence[int] | int = (1, 1),
    filter_flip: bool = True,
    filter_dilation: Sequence[int] | int = (1, 1),
    num_groups: int = 1,
    unshared: bool = False,
) -> TensorVariable:
    """Gradient of a `conv2d` with respect to its filters.

    Parameters
    ----------
    input : tensor_like, shape (batch, channels, rows, columns)
        The input of the convolution.
    output_grad : tensor_like, shape (batch, maps, output rows, output columns)
        The gradient with respect to the convolution's output.
    filter_shape : sequence of int, symbolic integer or None, one for each axis of the filters
        The shape of the filters: four sizes, or six if `unshared`. The last two must be given, as
        several may lead to the same output.
    input_shape : sequence of four int or None, optional
        Sizes of the input known before the graph runs; checked when it runs.
    border_mode, subsample, filter_flip, filter_dilation, num_groups, unshared
        Those of the convolution; see `conv2d`.

    Returns
    -------
    TensorVariable, shape `filter_shape`

    Raises
    ------
    ValueError
        As `conv2d_grad_wrt_inputs`.

    Notes
    -----
    As ``conv2d_grad_wrt_weights`` of ``theano.tensor.nnet.abstract_conv``, Theano 1.0.
    """
    op = with_geometry(
        UnsharedGradWeights if unshared else ConvGradWeights,
        2,
        border_mode=border_mode,
        subsample=subsample,
        filter_flip=filter_flip,
        filter_dilation=filter_dilation,
        num_groups=num_groups,
    )
    return grad_wrt_weights(op, input, output_grad, filter_shape, input_shape)


def conv3d_grad_wrt_weights(
    input: Any,
    output_grad: Any,
    filter_shape: Sequence,
    input_shape: Sequence | None = None,
    border_mode: Any = "valid",
    subsample: Sequence[int] | int = (1, 1, 1),
    filter_flip: bool = True,
    filter_dilation: Sequence[int] | int = (1, 1, 1),
    num_groups: int = 1,
) -> TensorVariable:
    """Gradient of a `conv3d` with respect to its filters.

    See `conv2d_grad_wrt_weights`.
    """
    op = with_geometry(
        ConvGradWeights,
        3,
        border_mode=border_mode,
        subsample=subsample,
        filter_flip=filter_flip,
        filter_dilation=filter_dilation,
        num_groups=num_groups,
    )
    return grad_wrt_weights(op, input, output_grad, filter_shape, input_shape)


def conv2d_transpose(
    input: Any,
    filters: Any,
    output_shape: Sequence,
    filter_shape: Sequence | None = None,
    border_mode: Any = "valid",
    input_dilation: Sequence[int] | int = (1, 1),
    filter_flip: bool = True,
    filter_dilation: Sequence[int] | int = (1, 1),
    num_groups: int = 1,
    unshared: bool = False,
) -> TensorVariable:
    """Transposed convolution ("deconvolution"): upsampling with learned filters.

    It is the gradient of the `conv2d` with these filters, from images of shape `output_shape` to images
    of the shape of `input`.

    Parameters
    ----------
    input : tensor_like, shape (batch, input channels, rows, columns)
    filters : tensor_like, shape (input channels, output channels / num_groups, filter rows, columns)
        Mind the order of the channels, which is not that of `conv2d`.
    output_shape : sequence of four int, symbolic integer or None
        (batch, output channels, output rows, output columns); the last two must be given.
    filter_shape : sequence of int or None, one for each axis, optional
        Sizes of the filters known before the graph runs; checked when it runs.
    border_mode
        That of the `conv2d`: the padding that it adds around the image is cut off here.
    input_dilation : pair of int
        The `subsample` of the `conv2d`: the step, in the output, between neighbours of the input.
    filter_flip, filter_dilation, num_groups, unshared
        See `conv2d`.

    Returns
    -------
    TensorVariable, shape `output_shape`

    Raises
    ------
    ValueError
        As `conv2d_grad_wrt_inputs`.

    Notes
    -----
    As ``theano.tensor.nnet.conv2d_transpose`` of Theano 1.0.
    """
    return conv2d_grad_wrt_inputs(
        input,
        filters,
        output_shape,
        filter_shape,
        border_mode,
        input_dilation,
        filter_flip,
        filter_dilation,
        num_groups,
        unshared,
    )
