"""Windows of images as the rows of a matrix, and the transpose of that.

Users call `lenet.nnet.neighbours`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import disconnected_type
from pytensor.graph.basic import Apply, Variable
from pytensor.tensor.variable import TensorVariable

from lenet.nnet.geometry import Pads, as_size, conv_output_shape, spatial_shape, static_size
from lenet.nnet.kernels.interface import Kernel
from lenet.nnet.ops.base import CFileOp
from lenet.nnet.ops.windows import crop_spatial, pad_spatial, sliding_windows, window_offsets

# What C code adds as NumPy does: neither truth values nor complex numbers.
C_TYPES = (
    *("float32", "float64", "int8", "int16", "int32", "int64"),
    *("uint8", "uint16", "uint32", "uint64"),
)


class NeighboursOp(CFileOp):
    """Base class of the two Ops: the geometry of the windows.

    Parameters
    ----------
    window, step : pair of int
        Size of the windows and distance between them, in (rows, columns).
    pads : pair of pairs of int
        Zeros added before and after the (rows, columns).
    whole : bool
        Whether the last window must end where the padded image ends.
    """

    __props__ = ("window", "step", "pads", "whole")
    c_files = ("neighbours.h",)

    def __init__(
        self, window: tuple[int, ...], step: tuple[int, ...], pads: Pads, whole: bool
    ) -> None:
        self.window, self.step, self.pads, self.whole = window, step, pads, whole

    def grid(self, image: Sequence) -> tuple:
        """Return the numbers of windows in (rows, columns)."""
        return conv_output_shape(image, self.window, self.pads, self.step, (1, 1))

    def known_grid(self, image: Sequence[int | None]) -> tuple:
        """Return `grid` and refuse an image that windows do not fit or do not cover.

        Raises
        ------
        ValueError
            Naming the sizes.
        """
        grid = self.grid(image)
        if any(n is not None and n < 1 for n in grid):
            raise ValueError(
                f"{self}: an image of {tuple(image)} is smaller than the window {self.window}"
            )
        rests = [
            0 if n is None else (n + sum(pad) - w) % s
            for n, pad, w, s in zip(image, self.pads, self.window, self.step, strict=True)
        ]
        if self.whole and any(rests):
            raise ValueError(
                f"{self}: windows of {self.window} with step {self.step} leave {tuple(rests)} pixels of "
                f"an image of {tuple(image)} over: use mode='ignore_borders' or crop the image"
            )
        return grid

    def matrix_shape(self, images: Sequence[int | None]) -> tuple[int | None, int]:
        """Return the shape of the matrix for images of the whole shape `images`."""
        counts = (*images[:2], *self.known_grid(images[2:]))
        rows = None if None in counts else int(np.prod(counts))
        return rows, self.window[0] * self.window[1]

    def check_matrix(self, found: Sequence[int | None], images: Sequence[int | None]) -> None:
        """Check the shape of a matrix against that of the images, where they are known."""
        expected = self.matrix_shape(images)
        if any(
            None not in pair and pair[0] != pair[1] for pair in zip(found, expected, strict=True)
        ):
            raise ValueError(f"{self}: got shape {tuple(found)}, expected {expected}")

    def c_shape(self) -> str:
        return f"lenet::Window<{self.window[0]}, {self.window[1]}>"

    def c_geometry(self) -> str:
        return "lenet::WindowGeometry::of({numbers})"

    def c_numbers(self) -> tuple[int, ...]:
        pairs = (self.window, self.step, *zip(*self.pads, strict=True))
        return (*(number for pair in pairs for number in pair), int(self.whole))

    def c_arguments(self, node: Apply, inputs: list[str], outputs: list[str]) -> list[str]:
        sizes = [f"{size}.at<std::int64_t>()" for size in inputs[1:]]
        return [f"&{inputs[0]}", *sizes, *(f"&{c}" for c in outputs)]

    def kernel(self, node: Apply) -> Kernel:
        if node.inputs[0].type.dtype not in C_TYPES:
            raise NotImplementedError(f"{self} has no kernel for {node.inputs[0].type.dtype}")
        return super().kernel(node)


class Neighbours(NeighboursOp):
    """Windows of images, one below the other; see `images2neibs`."""

    c_function = "neighbours"

    def make_node(self, images: Any) -> Apply:
        images = as_matrix_or_images(self, images, 4)
        shape = self.matrix_shape(images.type.shape)
        return Apply(self, [images], [pt.tensor(dtype=images.type.dtype, shape=shape)])

    def infer_output_shape(self, node: Apply, shapes: Sequence[tuple]) -> tuple:
        ((batch, channels, *image),) = shapes
        rows, columns = self.grid(image)
        return (batch * channels * rows * columns, self.window[0] * self.window[1])

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        (images,) = inputs
        self.known_grid(images.shape[2:])
        windows = sliding_windows(pad_spatial(images, self.pads), self.window, self.step, (1, 1))
        output_storage[0][0] = windows.reshape(-1, self.window[0] * self.window[1])

    def pullback(
        self, inputs: Sequence[Any], outputs: Sequence[Any], cotangents: Sequence[Any]
    ) -> list[Variable]:
        return [self.sibling(SumOfNeighbours)(*cotangents, *spatial_shape(inputs[0], 0))]


class SumOfNeighbours(NeighboursOp):
    """Sums of the windows that cover each pixel: the transpose of `Neighbours`.

    Its inputs are the matrix and the four sizes of the images.
    """

    c_function = "sum_of_neighbours"

    def make_node(self, matrix: Any, *image_shape: Any) -> Apply:
        matrix = as_matrix_or_images(self, matrix, 2)
        sizes = [as_size(size) for size in image_shape]
        shape = tuple(map(static_size, sizes))
        self.check_matrix(matrix.type.shape, shape)
        return Apply(self, [matrix, *sizes], [pt.tensor(dtype=matrix.type.dtype, shape=shape)])

    def infer_output_shape(self, node: Apply, shapes: Sequence[tuple]) -> tuple:
        return tuple(node.inputs[1:])

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[True], *([False] for _ in node.inputs[1:])]

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        matrix, *sizes = inputs
        batch, channels, *image = (int(size) for size in sizes)
        self.check_matrix(matrix.shape, (batch, channels, *image))
        grid = self.grid(image)
        windows = matrix.reshape(batch, channels, *grid, *self.window)
        result = pad_spatial(np.zeros((batch, channels, *image), dtype=matrix.dtype), self.pads)
        for place, index in window_offsets(self.window, grid, self.step, (1, 1)):
            result[index] += windows[(..., *place)]
        output_storage[0][0] = np.ascontiguousarray(crop_spatial(result, self.pads))

    def pullback(
        self, inputs: Sequence[Any], outputs: Sequence[Any], cotangents: Sequence[Any]
    ) -> list[Variable]:
        windows = self.sibling(Neighbours)(*cotangents)
        return [windows, *(disconnected_type() for _ in inputs[1:])]


def as_matrix_or_images(op: NeighboursOp, value: Any, axes: int) -> TensorVariable:
    """Return the argument as a tensor with the right number of axes."""
    tensor = pt.as_tensor_variable(value)
    if tensor.type.ndim != axes:
        raise TypeError(f"{op}: got {tensor.type.ndim} axes, expected {axes}")
    return tensor
