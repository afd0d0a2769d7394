"""PyTorch implementation of convolutions and poolings, by PyTorch's own functions.

Every Op pads its images, if need be by different numbers before and after, and what is computed of padded images is
cropped. Poolings are sums and maxima over the places in a window, of which there are few.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import singledispatch
from typing import Any

import torch
from pytensor.graph.basic import Apply
from pytensor.link.pytorch.dispatch import pytorch_funcify
from torch import Tensor
from torch.nn import functional, grad

from lenet.nnet.dispatch.missing import refusal
from lenet.nnet.ops.base import CFileOp
from lenet.nnet.ops.conv import Conv, ConvGradInputs, ConvGradWeights, ConvOp
from lenet.nnet.ops.pool import MaxPoolGrad, MaxPoolTangent, Pool, PoolGrad, PoolOp

CONVOLVE = {2: functional.conv2d, 3: functional.conv3d}
GRAD_INPUTS = {2: grad.conv2d_input, 3: grad.conv3d_input}
GRAD_WEIGHTS = {2: grad.conv2d_weight, 3: grad.conv3d_weight}

Shape = Sequence[int]
Pads = Sequence[tuple[int, int]]


@singledispatch
def in_torch(op: CFileOp, *inputs: Any) -> Tensor:
    """Compute an Op of tensors and sizes by PyTorch's functions.

    Raises
    ------
    NotImplementedError
        Naming the modes that have it.
    """
    raise refusal(op, "PyTorch")


def padded(array: Tensor, pads: Pads, value: float = 0.0) -> Tensor:
    """Return an array with more elements around its last axes."""
    return functional.pad(array, [n for pad in reversed(pads) for n in pad], value=value)


def padded_shape(shape: Shape, pads: Pads) -> list[int]:
    """Return the shape of `padded`."""
    lead = len(shape) - len(pads)
    return [*shape[:lead], *(n + sum(p) for n, p in zip(shape[lead:], pads, strict=True))]


def cropped(array: Tensor, pads: Pads) -> Tensor:
    """Return what is inside of the pads."""
    lead = array.ndim - len(pads)
    for axis, (low, high) in enumerate(pads, lead):
        array = array.narrow(axis, low, array.shape[axis] - low - high)
    return array.contiguous()


def flipped(op: ConvOp, filters: Tensor) -> Tensor:
    """Return filters as a cross-correlation uses them, or the other way round."""
    return torch.flip(filters, list(range(2, filters.ndim))) if op.filter_flip else filters


def geometry(op: ConvOp) -> dict[str, Any]:
    """Return PyTorch's arguments for what is not padding."""
    return {"stride": op.subsample, "dilation": op.filter_dilation, "groups": op.num_groups}


@in_torch.register
def conv(op: Conv, image: Tensor, filters: Tensor) -> Tensor:
    image = padded(image, op.pads(filters.shape[2:]))
    return CONVOLVE[op.spatial](image, flipped(op, filters), **geometry(op))


@in_torch.register
def conv_grad_inputs(op: ConvGradInputs, filters: Tensor, gradient: Tensor, *image: int) -> Tensor:
    pads = op.pads(filters.shape[2:])
    channels = filters.shape[1] * op.num_groups
    shape = padded_shape((gradient.shape[0], channels, *image), pads)
    found = GRAD_INPUTS[op.spatial](shape, flipped(op, filters), gradient, **geometry(op))
    return cropped(found, pads)


@in_torch.register
def conv_grad_weights(op: ConvGradWeights, image: Tensor, gradient: Tensor, *kernel: int) -> Tensor:
    shape = (gradient.shape[1], image.shape[1] // op.num_groups, *kernel)
    image = padded(image, op.pads(kernel))
    return flipped(op, GRAD_WEIGHTS[op.spatial](image, shape, gradient, **geometry(op)))


def pads_of(op: PoolOp, image: Shape, output: Shape) -> Pads:
    """Return the padding of an image of any number of axes."""
    return op.pads(image[-op.spatial :], output[-op.spatial :])


def weights(op: PoolOp, image: Shape, output: Shape, like: Tensor) -> Tensor:
    """Return what the sum of each window is multiplied by."""
    values = op.weights(image[-op.spatial :], output[-op.spatial :])
    return torch.as_tensor(values, dtype=like.dtype, device=like.device)


def places(op: PoolOp, output: Shape) -> list[tuple]:
    """Return the index, for each place in a window, of the elements there."""
    return [(..., *index[-op.spatial :]) for _, index in op.offsets(output[-op.spatial :])]


def winners(op: PoolOp, values: Tensor, maximum: Tensor) -> Iterator[tuple[tuple, Tensor]]:
    """Iterate over the places of the window, with the maxima that count there."""
    is_open = torch.ones_like(maximum, dtype=torch.bool)
    for index in places(op, maximum.shape):
        wins = (values[index] == maximum) & is_open
        if op.mode == "max_first":
            is_open &= ~wins
        yield index, wins


@in_torch.register
def pool(op: Pool, image: Tensor) -> Tensor:
    output = op.output_shape(image.shape)
    fill = -torch.inf if op.is_maximum else 0.0
    whole = padded(image, pads_of(op, image.shape, output), fill)
    elements = torch.stack([whole[index] for index in places(op, output)])
    if op.is_maximum:
        return elements.amax(0)
    return elements.sum(0) * weights(op, image.shape, output, image)


@in_torch.register
def pool_grad(op: PoolGrad, gradient: Tensor, *image: int) -> Tensor:
    shape = (*gradient.shape[: gradient.ndim - op.spatial], *image)
    pads = pads_of(op, shape, gradient.shape)
    whole = gradient.new_zeros(padded_shape(shape, pads))
    shares = gradient * weights(op, shape, gradient.shape, gradient)
    for index in places(op, gradient.shape):
        whole[index] += shares
    return cropped(whole, pads)


@in_torch.register
def max_pool_grad(op: MaxPoolGrad, image: Tensor, maximum: Tensor, gradient: Tensor) -> Tensor:
    pads = pads_of(op, image.shape, maximum.shape)
    values = padded(image, pads, -torch.inf)
    whole = torch.zeros_like(values)
    for index, wins in winners(op, values, maximum):
        whole[index] += torch.where(wins, gradient, 0)
    return cropped(whole, pads)


@in_torch.register
def max_pool_tangent(op: MaxPoolTangent, image: Tensor, maximum: Tensor, change: Tensor) -> Tensor:
    pads = pads_of(op, image.shape, maximum.shape)
    values, changes = padded(image, pads, -torch.inf), padded(change, pads)
    found = torch.zeros_like(maximum)
    for index, wins in winners(op, values, maximum):
        found += torch.where(wins, changes[index], 0)
    return found


@pytorch_funcify.register(CFileOp)
def pytorch_funcify_op(op: CFileOp, node: Apply, **kwargs: Any) -> Callable:
    if in_torch.dispatch(type(op)) is in_torch.dispatch(object):
        raise refusal(op, "PyTorch")

    @torch.compiler.disable  # which cannot follow the sizes of strided convolutions, and would gain nothing
    def compute(*inputs: Any) -> Tensor:
        arrays = [i if i.ndim else int(i) for i in map(torch.as_tensor, inputs)]
        return in_torch(op, *arrays)

    return compute
