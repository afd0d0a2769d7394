"""The convolution and pooling Ops in JAX's own functions, for accelerators.

Every Op is written as a function of the operand in which it is linear, and a gradient as the transpose of its
Op's function, so that XLA never runs a forward pass for a gradient. While JAX traces, all sizes are numbers:
the Op's own ``make_node`` checks the shapes and returns the shape of the result.
"""

from collections.abc import Callable, Sequence
from functools import singledispatch

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from lenet.nnet.ops.base import CFileOp
from lenet.nnet.ops.conv import Conv, ConvGradInputs, ConvGradWeights, ConvOp
from lenet.nnet.ops.neighbours import Neighbours, NeighboursOp, SumOfNeighbours
from lenet.nnet.ops.pool import MaxPoolGrad, MaxPoolTangent, Pool, PoolGrad, PoolOp
from lenet.nnet.ops.unshared import (
    UnsharedConv,
    UnsharedGradInputs,
    UnsharedGradWeights,
    UnsharedOp,
)

Shape = Sequence[int]


@singledispatch
def in_xla(op: CFileOp, shape: Shape, *arrays: jax.Array) -> jax.Array:
    """Compute an Op by JAX's functions.

    Parameters
    ----------
    op : CFileOp
    shape : sequence of int
        That of the result.
    *arrays : jax.Array

    Raises
    ------
    NotImplementedError
        For those that only kernels compute.
    """
    raise NotImplementedError(f"{op}: computed by kernels on CPUs only")


def is_in_xla(op: CFileOp) -> bool:
    """Return whether JAX's functions compute an Op."""
    return in_xla.dispatch(type(op)) is not in_xla.dispatch(object)


def transpose(function: Callable, shape: Sequence[int], cotangent: jax.Array) -> jax.Array:
    """Apply the transpose of `function`, which is linear in an array of a given shape."""
    argument = jax.ShapeDtypeStruct(tuple(shape), cotangent.dtype)
    (result,) = jax.linear_transpose(function, argument)(cotangent)
    return result


def windows(
    array: jax.Array,
    window: Sequence[int],
    stride: Sequence[int],
    dilation: Sequence[int],
    pads: Sequence[tuple[int, int]],
) -> jax.Array:
    """Return all windows of an array, shape ``(..., *output, *window)``."""
    lead = array.ndim - len(window)
    array = jnp.pad(array, [(0, 0)] * lead + [tuple(pad) for pad in pads])
    geometry = zip(window, stride, dilation, strict=True)
    for axis, (size, step, spread) in enumerate(geometry, lead):
        taps = np.arange(size) * spread
        starts = np.arange(0, array.shape[axis] - taps[-1], step)
        array = jnp.moveaxis(jnp.take(array, starts[:, None] + taps, axis), axis + 1, -1)
    return array


def convolve(op: ConvOp, image: jax.Array, filters: jax.Array) -> jax.Array:
    """Compute `Conv` or `UnsharedConv` with the geometry of `op`."""
    axes = tuple(range(-op.spatial, 0))
    if isinstance(op, UnsharedOp):
        return convolve_unshared(op, image, jnp.flip(filters, axes) if op.filter_flip else filters)
    return lax.conv_general_dilated(
        image,
        jnp.flip(filters, axes) if op.filter_flip else filters,
        window_strides=op.subsample,
        padding=op.pads(filters.shape[2:]),
        rhs_dilation=op.filter_dilation,
        feature_group_count=op.num_groups,
    )


def convolve_unshared(op: UnsharedOp, image: jax.Array, filters: jax.Array) -> jax.Array:
    """Compute `UnsharedConv` with filters that have been flipped where necessary."""
    output, shared = op.split(filters.shape)
    kernel, groups = shared[2:], op.num_groups
    patches = windows(image, kernel, op.subsample, op.filter_dilation, op.pads(kernel))
    patches = patches.reshape(len(image), groups, shared[1], *patches.shape[2:])
    filters = filters.reshape(groups, -1, *filters.shape[1:])
    place, tap = "xyz"[: op.spatial], "ijk"[: op.spatial]
    result = jnp.einsum(f"bgc{place}{tap},gm{place}c{tap}->bgm{place}", patches, filters)
    return result.reshape(len(image), shared[0], *output)


@in_xla.register
def conv(op: Conv, shape: Shape, image: jax.Array, filters: jax.Array) -> jax.Array:
    return convolve(op, image, filters)


@in_xla.register
def conv_grad_inputs(
    op: ConvGradInputs, shape: Shape, filters: jax.Array, gradient: jax.Array
) -> jax.Array:
    return transpose(lambda image: convolve(op, image, filters), shape, gradient)


@in_xla.register
def conv_grad_weights(
    op: ConvGradWeights, shape: Shape, image: jax.Array, gradient: jax.Array
) -> jax.Array:
    return transpose(lambda filters: convolve(op, image, filters), shape, gradient)


in_xla.register(UnsharedConv, conv)
in_xla.register(UnsharedGradInputs, conv_grad_inputs)
in_xla.register(UnsharedGradWeights, conv_grad_weights)


def spatial_shapes(op: PoolOp, image: Sequence[int]) -> tuple[Sequence[int], Sequence[int]]:
    """Return the sizes of the pooled axes before and after pooling."""
    lead = len(image) - op.spatial
    return image[lead:], op.output_shape(image)[lead:]


def pool_windows(op: PoolOp, image: jax.Array, start: float, combine: Callable) -> jax.Array:
    """Reduce each window with `combine`, starting from `start`."""
    lead = image.ndim - op.spatial
    return lax.reduce_window(
        image,
        np.asarray(start, image.dtype),
        combine,
        window_dimensions=(1,) * lead + op.ws,
        window_strides=(1,) * lead + op.stride,
        padding=((0, 0),) * lead + op.pads(*spatial_shapes(op, image.shape)),
    )


def pool_sums(op: PoolOp, image: jax.Array) -> jax.Array:
    """Compute a `Pool` by sum or average with the windows of `op`."""
    weights = op.weights(*spatial_shapes(op, image.shape))
    return pool_windows(op, image, 0.0, lax.add) * np.asarray(weights, image.dtype)


@in_xla.register
def pool(op: Pool, shape: Shape, image: jax.Array) -> jax.Array:
    return pool_windows(op, image, -np.inf, lax.max) if op.is_maximum else pool_sums(op, image)


@in_xla.register
def pool_grad(op: PoolGrad, shape: Shape, gradient: jax.Array) -> jax.Array:
    return transpose(lambda image: pool_sums(op, image), shape, gradient)


def sum_where_maximal(
    op: PoolOp, image: jax.Array, maximum: jax.Array, change: jax.Array
) -> jax.Array:
    """Compute `MaxPoolTangent`: sums of `change` where windows are maximal.

    XLA's ``select_and_scatter`` picks one of several equal maxima; here, every one of them counts, or the
    first.
    """
    lead = image.ndim - op.spatial
    spatial, output = spatial_shapes(op, image.shape)
    margins = [(0, 0, 0)] * lead + [(low, high, 0) for low, high in op.pads(spatial, output)]
    padded = lax.pad(image, np.asarray(-np.inf, image.dtype), margins)
    changes = lax.pad(change, np.asarray(0, image.dtype), margins)
    result, is_open = jnp.zeros_like(maximum), jnp.ones(maximum.shape, bool)
    for _, (_, *slices) in op.offsets(output):
        index = (
            [0] * lead + [s.start for s in slices],
            list(image.shape[:lead]) + [s.stop for s in slices],
            [1] * lead + [s.step for s in slices],
        )
        wins = (lax.slice(padded, *index) == maximum) & is_open
        if op.mode == "max_first":
            is_open &= ~wins
        result += jnp.where(wins, lax.slice(changes, *index), 0)
    return result


@in_xla.register
def max_pool_grad(
    op: MaxPoolGrad, shape: Shape, image: jax.Array, maximum: jax.Array, gradient: jax.Array
) -> jax.Array:
    return transpose(lambda change: sum_where_maximal(op, image, maximum, change), shape, gradient)


@in_xla.register
def max_pool_tangent(
    op: MaxPoolTangent, shape: Shape, image: jax.Array, maximum: jax.Array, change: jax.Array
) -> jax.Array:
    return sum_where_maximal(op, image, maximum, change)


def neighbours(op: NeighboursOp, images: jax.Array) -> jax.Array:
    """Compute `Neighbours` with the windows of `op`."""
    patches = windows(images, op.window, op.step, (1, 1), op.pads)
    return patches.reshape(-1, op.window[0] * op.window[1])


@in_xla.register
def images2neibs(op: Neighbours, shape: Shape, images: jax.Array) -> jax.Array:
    return neighbours(op, images)


@in_xla.register
def neibs2images(op: SumOfNeighbours, shape: Shape, matrix: jax.Array) -> jax.Array:
    return transpose(lambda images: neighbours(op, images), shape, matrix)
