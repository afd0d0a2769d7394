"""JAX implementation of the convolution and pooling Ops.

Every Op is written as a function of the operand in which it is linear, and a gradient as the transpose of its
Op's function, so that XLA never runs a forward pass for a gradient. While JAX traces, all sizes are numbers:
the Op's own ``make_node`` checks the shapes and returns the shape of the result.
"""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytensor.tensor as pt
from jax import lax
from pytensor.graph.basic import Apply
from pytensor.link.jax.dispatch import jax_funcify

from lenet.nnet.dispatch.concrete_sizes import ConcreteShape
from lenet.nnet.ops.conv import Conv, ConvGradInputs, ConvGradWeights, ConvOp
from lenet.nnet.ops.neighbours import Neighbours, NeighboursOp, SumOfNeighbours
from lenet.nnet.ops.pool import MaxPoolGrad, MaxPoolTangent, Pool, PoolGrad, PoolOp
from lenet.nnet.ops.symbolic_pool import SymbolicPoolOp
from lenet.nnet.ops.unshared import (
    UnsharedConv,
    UnsharedGradInputs,
    UnsharedGradWeights,
    UnsharedOp,
)


def result_shape(op: ConvOp | PoolOp | NeighboursOp, inputs: Sequence[Any]) -> tuple[int, ...]:
    """Return the shape of the Op's output.

    Raises
    ------
    TypeError
        If a size is traced, so that the shape depends on the values of arrays.
    ValueError
        If the shapes do not fit, with the Op's own message.
    """
    if any(isinstance(size, jax.core.Tracer) for size in inputs if not jnp.ndim(size)):
        raise TypeError(
            f"{op}: JAX needs sizes that are known before the graph runs: give numbers, or the size "
            "of an array (image.shape[2]) without further arithmetic"
        )
    described = (pt.tensor(shape=i.shape) if jnp.ndim(i) else int(i) for i in inputs)
    return op.make_node(*described).outputs[0].type.shape


def typed(node: Apply, *arrays: jax.Array) -> list[jax.Array]:
    """Cast arrays to the type that the graph declares.

    If 64-bit types are enabled in JAX, PyTensor's functions sometimes promote float32 to float64.
    """
    return [array.astype(node.outputs[0].type.dtype) for array in arrays]


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


@jax_funcify.register(ConcreteShape)
def jax_funcify_concrete_shape(op: ConcreteShape, node: Apply, **kwargs: Any) -> Callable:
    def concrete_shape(array: jax.Array) -> jax.Array:
        return array

    return concrete_shape


@jax_funcify.register(Conv)
@jax_funcify.register(UnsharedConv)
def jax_funcify_conv(op: Conv, node: Apply, **kwargs: Any) -> Callable:
    def conv(image: jax.Array, filters: jax.Array) -> jax.Array:
        image, filters = typed(node, image, filters)
        result_shape(op, (image, filters))
        return convolve(op, image, filters)

    return conv


@jax_funcify.register(ConvGradInputs)
@jax_funcify.register(UnsharedGradInputs)
def jax_funcify_conv_grad_inputs(op: ConvGradInputs, node: Apply, **kwargs: Any) -> Callable:
    def conv_grad_inputs(filters: jax.Array, gradient: jax.Array, *image_shape: Any) -> jax.Array:
        filters, gradient = typed(node, filters, gradient)
        shape = result_shape(op, (filters, gradient, *image_shape))
        return transpose(lambda image: convolve(op, image, filters), shape, gradient)

    return conv_grad_inputs


@jax_funcify.register(ConvGradWeights)
@jax_funcify.register(UnsharedGradWeights)
def jax_funcify_conv_grad_weights(op: ConvGradWeights, node: Apply, **kwargs: Any) -> Callable:
    def conv_grad_weights(image: jax.Array, gradient: jax.Array, *kernel_shape: Any) -> jax.Array:
        image, gradient = typed(node, image, gradient)
        shape = result_shape(op, (image, gradient, *kernel_shape))
        return transpose(lambda filters: convolve(op, image, filters), shape, gradient)

    return conv_grad_weights


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


@jax_funcify.register(Pool)
def jax_funcify_pool(op: Pool, node: Apply, **kwargs: Any) -> Callable:
    def pool(image: jax.Array) -> jax.Array:
        (image,) = typed(node, image)
        result_shape(op, (image,))
        return (
            pool_windows(op, image, -np.inf, lax.max) if op.mode == "max" else pool_sums(op, image)
        )

    return pool


@jax_funcify.register(PoolGrad)
def jax_funcify_pool_grad(op: PoolGrad, node: Apply, **kwargs: Any) -> Callable:
    def pool_grad(gradient: jax.Array, *image_shape: Any) -> jax.Array:
        (gradient,) = typed(node, gradient)
        shape = result_shape(op, (gradient, *image_shape))
        return transpose(lambda image: pool_sums(op, image), shape, gradient)

    return pool_grad


def sum_where_maximal(
    op: PoolOp, image: jax.Array, maximum: jax.Array, change: jax.Array
) -> jax.Array:
    """Compute `MaxPoolTangent`: sums of `change` where windows are maximal.

    XLA's ``select_and_scatter`` picks one of several equal maxima; here, every one of them counts.
    """
    lead = image.ndim - op.spatial
    spatial, output = spatial_shapes(op, image.shape)
    margins = [(0, 0, 0)] * lead + [(low, high, 0) for low, high in op.pads(spatial, output)]
    padded = lax.pad(image, np.asarray(-np.inf, image.dtype), margins)
    changes = lax.pad(change, np.asarray(0, image.dtype), margins)
    result = jnp.zeros_like(maximum)
    for _, (_, *slices) in op.offsets(output):
        index = (
            [0] * lead + [s.start for s in slices],
            list(image.shape[:lead]) + [s.stop for s in slices],
            [1] * lead + [s.step for s in slices],
        )
        result += jnp.where(lax.slice(padded, *index) == maximum, lax.slice(changes, *index), 0)
    return result


@jax_funcify.register(MaxPoolGrad)
def jax_funcify_max_pool_grad(op: MaxPoolGrad, node: Apply, **kwargs: Any) -> Callable:
    def max_pool_grad(image: jax.Array, maximum: jax.Array, gradient: jax.Array) -> jax.Array:
        image, maximum, gradient = typed(node, image, maximum, gradient)
        shape = result_shape(op, (image, maximum, gradient))
        return transpose(
            lambda change: sum_where_maximal(op, image, maximum, change), shape, gradient
        )

    return max_pool_grad


@jax_funcify.register(MaxPoolTangent)
def jax_funcify_max_pool_tangent(op: MaxPoolTangent, node: Apply, **kwargs: Any) -> Callable:
    def max_pool_tangent(image: jax.Array, maximum: jax.Array, change: jax.Array) -> jax.Array:
        image, maximum, change = typed(node, image, maximum, change)
        result_shape(op, (image, maximum, change))
        return sum_where_maximal(op, image, maximum, change)

    return max_pool_tangent


@jax_funcify.register(SymbolicPoolOp)
def jax_funcify_symbolic_pool(op: SymbolicPoolOp, node: Apply, **kwargs: Any) -> Callable:
    raise TypeError(
        f"{op}: JAX needs a window, stride and padding that are known before the graph runs: give "
        "numbers, or images whose shape is known"
    )


def neighbours(op: NeighboursOp, images: jax.Array) -> jax.Array:
    """Compute `Neighbours` with the windows of `op`."""
    patches = windows(images, op.window, op.step, (1, 1), op.pads)
    return patches.reshape(-1, op.window[0] * op.window[1])


@jax_funcify.register(Neighbours)
def jax_funcify_neighbours(op: Neighbours, node: Apply, **kwargs: Any) -> Callable:
    def images2neibs(images: jax.Array) -> jax.Array:
        (images,) = typed(node, images)
        result_shape(op, (images,))
        return neighbours(op, images)

    return images2neibs


@jax_funcify.register(SumOfNeighbours)
def jax_funcify_sum_of_neighbours(op: SumOfNeighbours, node: Apply, **kwargs: Any) -> Callable:
    def neibs2images(matrix: jax.Array, *image_shape: Any) -> jax.Array:
        (matrix,) = typed(node, matrix)
        shape = result_shape(op, (matrix, *image_shape))
        return transpose(lambda images: neighbours(op, images), shape, matrix)

    return neibs2images
