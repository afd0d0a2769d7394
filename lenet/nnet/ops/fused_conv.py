"""Convolution, max-pooling, bias and rectifier as one Op, and its gradients.

Nobody writes these Ops into a graph; `lenet.nnet.rewrites` puts them there when a graph is compiled
to C. All sizes but the batch are part of the Op, and the C++ kernels are compiled for them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op

from lenet.nnet.geometry import Pads, conv_output_shape, resolve_pads
from lenet.nnet.ops.base import CFileOp
from lenet.nnet.ops.conv import Conv, ConvGradInputs, ConvGradWeights, ConvOp

MAX_WINDOW = 15
# Elements of a padded sample, the filters, or a sample's convolution: the kernels count them in 32 bits.
MAX_ELEMENTS = 2**24


@dataclass(frozen=True)
class FusedShape:
    """Parameters and sizes of a fused convolution.

    Attributes
    ----------
    image : tuple of three int
        (channels, rows, columns).
    filters : tuple of four int
        (maps, channels, filter rows, filter columns).
    pads : pair of pairs of int
        Zeros around the image; see `conv2d`.
    stride, dilation : pair of int
        Of the convolution; see `conv2d`.
    filter_flip : bool
        See `conv2d`.
    window : pair of int
        Of the pooling, whose windows lie side by side; (1, 1) for none. At most 15 positions.
    bias_first : bool
        Whether the bias is added before the pooling. The sums are the same, but rounding may then make
        equal what was not.
    slope_at_zero : float or None
        Derivative of the rectifier at zero: 0, 1/2 or 1. None for no rectifier.
    keeps_winners : bool
        Whether there will be a gradient, which needs to know them.
    first_winner : bool
        Whether only the first of several equal maxima of a window wins.
    groups : int
        See `num_groups` of `conv2d`.
    """

    image: tuple[int, int, int]
    filters: tuple[int, int, int, int]
    pads: Pads = ((0, 0), (0, 0))
    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    filter_flip: bool = True
    window: tuple[int, int] = (1, 1)
    bias_first: bool = False
    slope_at_zero: float | None = None
    keeps_winners: bool = True
    first_winner: bool = False
    groups: int = 1

    @classmethod
    def plain(cls, op: ConvOp, image: tuple, filters: tuple) -> "FusedShape":
        """Return the shape of a convolution, or a gradient, that nothing is fused with."""
        stride_down, stride_across = op.subsample
        dilation_down, dilation_across = op.filter_dilation
        return cls(
            image,
            filters,
            resolve_pads(op.border_mode, filters[2:], op.filter_dilation),
            (stride_down, stride_across),
            (dilation_down, dilation_across),
            op.filter_flip,
            keeps_winners=False,
            groups=op.num_groups,
        )

    @property
    def convolved(self) -> tuple[int, int]:
        """The (rows, columns) of the convolution."""
        sizes = self.image[1:], self.filters[2:]
        return conv_output_shape(*sizes, self.pads, self.stride, self.dilation)

    @property
    def elements(self) -> int:
        """Size of the largest array: a padded sample, the filters, or its convolution."""
        rows, columns = (n + sum(p) for n, p in zip(self.image[1:], self.pads, strict=True))
        sizes = [(self.image[0], rows, columns), self.filters, (self.filters[0], *self.convolved)]
        return max(map(prod, sizes))

    @property
    def output(self) -> tuple[int, int, int]:
        """The (maps, rows, columns) of the result."""
        rows, columns = (n // w for n, w in zip(self.convolved, self.window, strict=True))
        return (self.filters[0], rows, columns)

    @property
    def winner_dtype(self) -> str:
        """The type that has a bit for each position of a window, and one more."""
        return "uint8" if np.prod(self.window) < 8 else "uint16"

    def in_windows(self, convolved: np.ndarray) -> np.ndarray:
        """Return a view of shape ``(*window, batch, *output)`` of a convolution's output."""
        maps, rows, columns = self.output
        window_rows, window_columns = self.window
        whole = convolved[:, :, : rows * window_rows, : columns * window_columns]
        split = whole.reshape(len(whole), maps, rows, window_rows, columns, window_columns)
        return split.transpose(3, 5, 0, 1, 2, 4)

    def c_constants(self) -> dict[str, int]:
        """Sizes that the C++ kernels are compiled for, by their names in ``conv_pool.h``."""
        (top, bottom), (left, right) = self.pads
        halves = -1 if self.slope_at_zero is None else int(2 * self.slope_at_zero)
        return {
            "CHANNELS": self.filters[1],
            "ROWS": self.image[1],
            "COLUMNS": self.image[2],
            "MAPS": self.filters[0] // self.groups,
            "GROUPS": self.groups,
            "TOP": top,
            "BOTTOM": bottom,
            "LEFT": left,
            "RIGHT": right,
            "KERNEL_ROWS": self.filters[2],
            "KERNEL_COLUMNS": self.filters[3],
            "FLIP": self.filter_flip,
            "ROW_STRIDE": self.stride[0],
            "COLUMN_STRIDE": self.stride[1],
            "ROW_DILATION": self.dilation[0],
            "COLUMN_DILATION": self.dilation[1],
            "WINDOW_ROWS": self.window[0],
            "WINDOW_COLUMNS": self.window[1],
            "BIAS_FIRST": self.bias_first,
            "HALF_SLOPES_AT_ZERO": halves,
            "KEEPS_WINNERS": self.keeps_winners,
            "FIRST_WINNER": self.first_winner,
        }

    def c_struct(self, name: str) -> str:
        """Definition of a C++ struct whose members are the constants of `c_constants`."""
        members = [
            f"    static constexpr int {constant} = {int(value)};"
            for constant, value in self.c_constants().items()
        ]
        return "\n".join([f"struct {name} {{", *members, "};\n"])


class FusedConvOp(CFileOp):
    """Base class of the fused convolution and its gradients.

    Parameters
    ----------
    shape : FusedShape
    """

    __props__: ClassVar[tuple[str, ...]] = ("shape",)

    def __init__(self, shape: FusedShape) -> None:
        self.shape = shape

    def bits(self) -> np.ndarray:
        """Return the bit of each position of the window, shape ``(*window, 1, 1, 1, 1)``."""
        bits = 1 << np.arange(np.prod(self.shape.window))
        return bits.reshape(*self.shape.window, 1, 1, 1, 1).astype(self.shape.winner_dtype)

    @property
    def half(self) -> int:
        """The bit that says that a gradient counts by half."""
        return 1 << (8 * np.dtype(self.shape.winner_dtype).itemsize - 1)

    def unfused(self, op: type[Op]) -> Op:
        """Return the plain convolution, or one of its gradients."""
        shape = self.shape
        return op(shape.pads, shape.stride, shape.filter_flip, shape.dilation, shape.groups)

    def spread(self, winners: np.ndarray, gradient: np.ndarray) -> np.ndarray:
        """Return the convolution's output gradient, shape ``(batch, maps, *convolved)``."""
        spread = np.zeros((*gradient.shape[:2], *self.shape.convolved), gradient.dtype)
        halved = np.where(winners & self.half, gradient / 2, gradient)
        _, rows, columns = self.shape.output
        for (i, j), bit in np.ndenumerate(self.bits().reshape(self.shape.window)):
            places = spread[:, :, i :: self.shape.window[0], j :: self.shape.window[1]]
            places[:, :, :rows, :columns] = np.where(winners & bit, halved, 0)
        return spread

    def c_support(self) -> str:
        return self.shape.c_struct("Shape")

    def c_shape(self) -> str:
        return "lenet::ConvPoolShape<Shape>"

    def __str__(self) -> str:
        shape = self.shape
        names = ", ".join(
            [
                "x".join(map(str, shape.image)),
                "x".join(map(str, shape.filters)),
                *([f"pads={shape.pads}"] if np.any(shape.pads) else []),
                *([f"stride={shape.stride}"] if shape.stride != (1, 1) else []),
                *([f"dilation={shape.dilation}"] if shape.dilation != (1, 1) else []),
                *([f"groups={shape.groups}"] if shape.groups > 1 else []),
                *([f"window={shape.window}"] if shape.window != (1, 1) else []),
                *(["relu"] if shape.slope_at_zero is not None else []),
            ]
        )
        return f"{type(self).__name__}{{{names}}}"


class FusedConv(FusedConvOp):
    """Convolution, max-pooling, bias (if there is a third input) and rectifier.

    The second output, if winners are kept, says which positions of each window get the gradient of its
    maximum. Bit ``r`` stands for position ``r``; the highest bit says that they get half of it.
    """

    c_files = ("conv_forward.h",)
    c_function = "conv_pool"

    def make_node(self, image: Any, filters: Any, *bias: Any) -> Apply:
        inputs = [pt.as_tensor_variable(value) for value in (image, filters, *bias)]
        dtype, shape = inputs[0].type.dtype, (inputs[0].type.shape[0], *self.shape.output)
        dtypes = [dtype, self.shape.winner_dtype] if self.shape.keeps_winners else [dtype]
        return Apply(self, inputs, [pt.tensor(dtype=t, shape=shape) for t in dtypes])

    def infer_shape(self, *arguments: Any) -> list[tuple]:
        batch = arguments[-1][0][0]
        return [(batch, *self.shape.output)] * (2 if self.shape.keeps_winners else 1)

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        image, filters, *biases = inputs
        bias = biases[0][:, None, None] if biases else 0
        convolved: list[Any] = [None]
        self.unfused(Conv).perform(node, [image, filters], [convolved])
        values = self.shape.in_windows(
            convolved[0] + bias if self.shape.bias_first else convolved[0]
        )
        maximum = values.max(axis=(0, 1))
        winners = ((values == maximum) * self.bits()).sum(
            axis=(0, 1), dtype=self.shape.winner_dtype
        )
        if self.shape.first_winner:
            winners &= ~winners + np.ones_like(winners)  # the lowest bit
        result = maximum if self.shape.bias_first else maximum + bias
        if self.shape.slope_at_zero is not None:
            at_zero = {0: 0, 0.5: winners | self.half, 1: winners}[self.shape.slope_at_zero]
            winners = np.where(result > 0, winners, np.where(result == 0, at_zero, 0))
            result = np.where(result <= 0, 0, result)
        results = [result, winners][: len(node.outputs)]
        for storage, output, value in zip(output_storage, node.outputs, results, strict=True):
            storage[0] = np.ascontiguousarray(value, dtype=output.type.dtype)

    def c_arguments(self, node: Apply, inputs: list[str], outputs: list[str]) -> list[str]:
        arguments = [*(f"&{c}" for c in inputs), "nullptr"][:3] + [f"&{c}" for c in outputs]
        return [*arguments, "nullptr"][:5]


class FusedConvGradWeights(FusedConvOp):
    """Gradients of `FusedConv` with respect to filters and bias.

    Its inputs are the images, the winners and the gradient with respect to the result.
    """

    c_files = ("conv_pool_grad.h",)
    c_function = "conv_pool_grad_weights"

    def make_node(self, image: Any, winners: Any, gradient: Any) -> Apply:
        inputs = [pt.as_tensor_variable(value) for value in (image, winners, gradient)]
        shapes = (self.shape.filters, self.shape.filters[:1])
        dtype = inputs[0].type.dtype
        return Apply(self, inputs, [pt.tensor(dtype=dtype, shape=shape) for shape in shapes])

    def infer_shape(self, *arguments: Any) -> list[tuple]:
        return [self.shape.filters, self.shape.filters[:1]]

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        image, winners, gradient = inputs
        spread = self.spread(winners, gradient)
        kernel = self.shape.filters[2:]
        self.unfused(ConvGradWeights).perform(node, [image, spread, *kernel], [output_storage[0]])
        reaching = spread if self.shape.bias_first else np.where(winners, gradient, 0)
        if not self.shape.bias_first:
            reaching = np.where(winners & self.half, gradient / 2, reaching)
        output_storage[1][0] = reaching.sum(axis=(0, 2, 3), dtype="float64").astype(image.dtype)


class FusedConvGradInputs(FusedConvOp):
    """Gradient of `FusedConv` with respect to its images.

    Its inputs are the filters, the winners and the gradient with respect to the result.
    """

    c_files = FusedConvGradWeights.c_files
    c_function = "conv_pool_grad_inputs"

    def make_node(self, filters: Any, winners: Any, gradient: Any) -> Apply:
        inputs = [pt.as_tensor_variable(value) for value in (filters, winners, gradient)]
        shape = (inputs[2].type.shape[0], *self.shape.image)
        return Apply(self, inputs, [pt.tensor(dtype=inputs[0].type.dtype, shape=shape)])

    def infer_shape(self, *arguments: Any) -> list[tuple]:
        return [(arguments[-1][2][0], *self.shape.image)]

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        filters, winners, gradient = inputs
        spread = self.spread(winners, gradient)
        rows, columns = self.shape.image[1:]
        self.unfused(ConvGradInputs).perform(node, [filters, spread, rows, columns], output_storage)
