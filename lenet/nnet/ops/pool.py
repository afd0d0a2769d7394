"""Pooling Op and its gradients; users call those of `lenet.nnet.pool`.

`Pool` and its gradients are closed under differentiation. Sums and averages are linear; their gradient
(`PoolGrad`) and they are each other's. The gradient of a maximum (`MaxPoolGrad`) is linear in what
flows back, and its own gradient is a sum over the positions that won (`MaxPoolTangent`).
"""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import disconnected_type
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.op import Op
from pytensor.tensor.variable import TensorVariable

from lenet.nnet.geometry import (
    as_size,
    integers,
    pool_output_shape,
    spatial_shape,
    static_size,
)
from lenet.nnet.ops.base import CFileOp, three
from lenet.nnet.ops.windows import crop_spatial, pad_spatial, sliding_windows, window_offsets

# Their places are those of `PoolGeometry::Mode` in pool.h.
MODES = ("max", "sum", "average_inc_pad", "average_exc_pad", "max_first")
MAXIMA = ("max", "max_first")


class PoolOp(CFileOp):
    """Base class of pooling and its gradients: the windows and their checks.

    Parameters
    ----------
    ws, ignore_border, stride, pad, mode
        See `pool_2d`. The length of `ws` is the number of pooled axes.
    """

    __props__ = ("ws", "ignore_border", "stride", "pad", "mode")
    c_files: ClassVar[tuple[str, ...]] = ("pool.h",)

    def __init__(
        self,
        ws: Sequence[int],
        ignore_border: bool,
        stride: Sequence[int] | int | None = None,
        pad: Sequence[int] | int = 0,
        mode: str = "max",
    ) -> None:
        self.spatial = len(ws)
        self.ws = integers("ws", ws, self.spatial)
        self.stride = self.ws if stride is None else integers("stride", stride, self.spatial)
        self.pad = integers("pad", pad, self.spatial, least=0)
        self.ignore_border = bool(ignore_border)
        self.mode = mode
        if mode not in MODES:
            raise ValueError(f"invalid pooling mode {mode!r}: expected one of {', '.join(MODES)}")
        if any(self.pad) and not self.ignore_border:
            raise NotImplementedError(f"pad={self.pad} works only with ignore_border=True")
        if any(p >= w for p, w in zip(self.pad, self.ws, strict=True)):
            raise NotImplementedError(
                f"pad={self.pad} must be smaller than the window ws={self.ws}"
            )

    def tensors(self, *values: Any) -> list[TensorVariable]:
        """Return the arguments as tensors of one type with enough axes."""
        tensors = [pt.as_tensor_variable(value) for value in values]
        for tensor in tensors:
            if tensor.type.ndim < self.spatial:
                raise TypeError(
                    f"{self}: got {tensor.type.ndim} axes, expected {self.spatial} or more"
                )
        return self.as_floats(tensors, "pool")

    def output_shape(self, shape: Sequence) -> tuple:
        """Return the whole output shape for an image of the whole `shape`."""
        lead = len(shape) - self.spatial
        return (
            *shape[:lead],
            *pool_output_shape(shape[lead:], self.ws, self.ignore_border, self.stride, self.pad),
        )

    def known_output_shape(self, shape: Sequence[int | None]) -> tuple:
        """Return `output_shape` and refuse an image that is smaller than the window.

        Raises
        ------
        ValueError
            Naming the sizes.
        """
        output, lead = self.output_shape(shape), len(shape) - self.spatial
        # A window of nothing but padding has no maximum.
        if 0 in shape[lead:] or any(n is not None and n < 1 for n in output[lead:]):
            raise ValueError(
                f"{self}: an image of {tuple(shape[lead:])} is smaller than the window {self.ws}"
            )
        return output

    def check_output(self, found: Sequence[int | None], image: Sequence[int | None]) -> None:
        """Check that an array has the shape of the pooling's output, where it is known."""
        self.check_shape(found, self.known_output_shape(image))

    def check_shape(self, found: Sequence[int | None], expected: Sequence[int | None]) -> None:
        """Check that an array has the expected shape, where it is known."""
        if any(
            None not in pair and pair[0] != pair[1] for pair in zip(found, expected, strict=True)
        ):
            raise ValueError(f"{self}: got shape {tuple(found)}, expected {tuple(expected)}")

    def pads(self, image: Sequence[int], output: Sequence[int]) -> tuple[tuple[int, int], ...]:
        """Return how much each axis is padded so that every window is whole."""
        return tuple(
            (low, max((n - 1) * step + window - size - low, 0))
            for size, n, window, step, low in zip(
                image, output, self.ws, self.stride, self.pad, strict=True
            )
        )

    def windows(self, padded: np.ndarray) -> np.ndarray:
        """Return all windows of a padded image, shape ``(..., *output, *ws)``."""
        return sliding_windows(padded, self.ws, self.stride, (1,) * self.spatial)

    def weights(self, image: Sequence[int], output: Sequence[int]) -> np.ndarray | float:
        """Return the factor of each window's sum, broadcastable to shape `output`."""
        if self.mode == "sum":
            return 1.0
        pads = self.pads(image, output)
        counted = np.ones(image)
        if self.mode == "average_inc_pad":
            counted = pad_spatial(counted, tuple((p, p) for p in self.pad), 1.0)
            # What lies beyond the padding, where the last window sticks out, never counts.
            pads = tuple((0, max(high - p, 0)) for (_, high), p in zip(pads, self.pad, strict=True))
        count = self.windows(pad_spatial(counted, pads)).sum(axis=tuple(range(-self.spatial, 0)))
        return 1.0 / count

    @property
    def is_maximum(self) -> bool:
        """Whether the largest element of each window is taken."""
        return self.mode in MAXIMA

    def winners(self, padded: np.ndarray, maximum: np.ndarray) -> Iterator[tuple[Any, np.ndarray]]:
        """Iterate over the places of the window, with the maxima that count there.

        A maximum counts wherever it is, or in the mode ``max_first`` at the first place only.
        """
        is_open = np.ones(maximum.shape, bool)
        for _, index in self.offsets(maximum.shape[maximum.ndim - self.spatial :]):
            wins = (padded[index] == maximum) & is_open
            if self.mode == "max_first":
                is_open &= ~wins
            yield index, wins

    def offsets(self, output: Sequence[int]) -> Any:
        """Iterate over the places of the window; see `window_offsets`."""
        return window_offsets(self.ws, output, self.stride, (1,) * self.spatial)

    def __str__(self) -> str:
        return (
            f"{type(self).__name__}{{ws={self.ws}, ignore_border={self.ignore_border}, "
            f"stride={self.stride}, pad={self.pad}, mode={self.mode!r}}}"
        )

    def c_geometry(self) -> str:
        return "lenet::PoolGeometry::of({numbers})"

    def c_numbers(self) -> tuple[int, ...]:
        sizes = (*three(self.ws, 1), *three(self.stride, 1), *three(self.pad, 0))
        return (MODES.index(self.mode), *sizes, int(self.ignore_border), self.spatial)


class Pool(PoolOp):
    """Maximum, sum or average over the windows of an image; see `pool_2d`."""

    c_function = "pool"

    def make_node(self, image: Any) -> Apply:
        (image,) = self.tensors(image)
        shape = self.known_output_shape(image.type.shape)
        return Apply(self, [image], [pt.tensor(dtype=image.type.dtype, shape=shape)])

    def infer_output_shape(self, node: Apply, shapes: Sequence[tuple]) -> tuple:
        return self.output_shape(shapes[0])

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        (image,) = inputs
        spatial = image.shape[image.ndim - self.spatial :]
        output = self.known_output_shape(image.shape)[image.ndim - self.spatial :]
        fill = -np.inf if self.is_maximum else 0.0
        padded = pad_spatial(image, self.pads(spatial, output), fill)
        windows = self.windows(padded)
        axes = tuple(range(-self.spatial, 0))
        if self.is_maximum:
            result = windows.max(axis=axes)
        else:
            result = windows.sum(axis=axes) * self.weights(spatial, output)
        output_storage[0][0] = np.asarray(result, dtype=image.dtype)

    def pullback(
        self, inputs: Sequence[Any], outputs: Sequence[Any], cotangents: Sequence[Any]
    ) -> list[Variable]:
        (image,), (output,), (gradient,) = inputs, outputs, cotangents
        if self.is_maximum:
            return [self.sibling(MaxPoolGrad)(image, output, gradient)]
        sizes = spatial_shape(image, image.type.ndim - self.spatial)
        return [self.sibling(PoolGrad)(gradient, *sizes)]


class PoolGrad(PoolOp):
    """Gradient of a pooling by sum or average.

    Its inputs are the gradient with respect to the output and the sizes of the image's pooled axes.
    """

    c_function = "pool_grad"

    def make_node(self, gradient: Any, *image_shape: Any) -> Apply:
        (gradient,) = self.tensors(gradient)
        sizes = [as_size(size) for size in image_shape]
        lead = gradient.type.ndim - self.spatial
        shape = (*gradient.type.shape[:lead], *map(static_size, sizes))
        self.check_output(gradient.type.shape, shape)
        return Apply(self, [gradient, *sizes], [pt.tensor(dtype=gradient.type.dtype, shape=shape)])

    def infer_output_shape(self, node: Apply, shapes: Sequence[tuple]) -> tuple:
        return (*shapes[0][: len(shapes[0]) - self.spatial], *node.inputs[1:])

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[True], *([False] for _ in range(self.spatial))]

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        gradient, *image = inputs
        image = [int(size) for size in image]
        axes = gradient.ndim - self.spatial
        lead, output = gradient.shape[:axes], gradient.shape[axes:]
        self.check_output(gradient.shape, (*lead, *image))
        pads = self.pads(image, output)
        padded = np.zeros(
            (*lead, *(n + low + high for n, (low, high) in zip(image, pads, strict=True))),
            dtype=gradient.dtype,
        )
        share = np.asarray(gradient * self.weights(image, output), dtype=gradient.dtype)
        for _, index in self.offsets(output):
            padded[index] += share
        output_storage[0][0] = np.ascontiguousarray(crop_spatial(padded, pads))

    def pullback(
        self, inputs: Sequence[Any], outputs: Sequence[Any], cotangents: Sequence[Any]
    ) -> list[Variable]:
        return [self.sibling(Pool)(*cotangents), *(disconnected_type() for _ in inputs[1:])]


def transposed(op: Op, inputs: Sequence[Any], cotangents: Sequence[Any]) -> list[Variable]:
    """Gradients of `MaxPoolGrad` and `MaxPoolTangent`, each the other's transpose.

    Both are piecewise constant in image and maximum: the derivative is zero wherever it exists.
    """
    image, maximum, _ = inputs
    return [image.zeros_like(), maximum.zeros_like(), op(image, maximum, *cotangents)]


class MaxPoolGrad(PoolOp):
    """Gradient of a pooling by maximum.

    Its inputs are the image, the pooled output and the gradient with respect to it. Every position
    that equals its window's maximum gets the whole gradient, as in Theano; in the mode ``max_first``, the
    first of them does.
    """

    c_function = "max_pool_grad"

    def make_node(self, image: Any, output: Any, gradient: Any) -> Apply:
        image, output, gradient = self.tensors(image, output, gradient)
        for found in (output, gradient):
            self.check_output(found.type.shape, image.type.shape)
        return Apply(self, [image, output, gradient], [image.type()])

    def infer_output_shape(self, node: Apply, shapes: Sequence[tuple]) -> tuple:
        return shapes[0]

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        image, maximum, gradient = inputs
        for found in (maximum, gradient):
            self.check_output(found.shape, image.shape)
        lead = image.ndim - self.spatial
        output = maximum.shape[lead:]
        pads = self.pads(image.shape[lead:], output)
        padded = pad_spatial(image, pads, -np.inf)
        result = np.zeros_like(padded)
        for index, wins in self.winners(padded, maximum):
            result[index] += np.where(wins, gradient, 0)
        output_storage[0][0] = np.ascontiguousarray(crop_spatial(result, pads))

    def pullback(
        self, inputs: Sequence[Any], outputs: Sequence[Any], cotangents: Sequence[Any]
    ) -> list[Variable]:
        return transposed(self.sibling(MaxPoolTangent), inputs, cotangents)


class MaxPoolTangent(PoolOp):
    """Directional derivative of a pooling by maximum.

    Its inputs are the image, the pooled output and the change of the image. The result sums, over each
    window, the change at every position that counts as its maximum: the transpose of `MaxPoolGrad`.
    """

    c_function = "max_pool_tangent"

    def make_node(self, image: Any, output: Any, tangent: Any) -> Apply:
        image, output, tangent = self.tensors(image, output, tangent)
        self.check_output(output.type.shape, image.type.shape)
        self.check_shape(tangent.type.shape, image.type.shape)
        return Apply(self, [image, output, tangent], [output.type()])

    def infer_output_shape(self, node: Apply, shapes: Sequence[tuple]) -> tuple:
        return shapes[1]

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        image, maximum, tangent = inputs
        self.check_output(maximum.shape, image.shape)
        self.check_shape(tangent.shape, image.shape)
        lead = image.ndim - self.spatial
        output = maximum.shape[lead:]
        pads = self.pads(image.shape[lead:], output)
        padded, change = pad_spatial(image, pads, -np.inf), pad_spatial(tangent, pads)
        result = np.zeros_like(maximum)
        for index, wins in self.winners(padded, maximum):
            result += np.where(wins, change[index], 0)
        output_storage[0][0] = result

    def pullback(
        self, inputs: Sequence[Any], outputs: Sequence[Any], cotangents: Sequence[Any]
    ) -> list[Variable]:
        return transposed(self.sibling(MaxPoolGrad), inputs, cotangents)
