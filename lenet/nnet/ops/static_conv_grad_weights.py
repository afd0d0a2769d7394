"""Gradient of a convolution's filters by a kernel that is compiled for its sizes."""

from collections.abc import Sequence
from typing import Any

import pytensor.tensor as pt
from pytensor.graph.basic import Apply

from lenet.nnet.ops.conv import ConvGradWeights
from lenet.nnet.ops.fused_conv import FusedConvOp, FusedShape


class StaticConvGradWeights(FusedConvOp):
    """Gradient of a convolution's filters, and of a bias if there is one.

    Nothing else is fused with the convolution. Its inputs are the images and the gradient with respect
    to the convolution's output.

    Parameters
    ----------
    shape : FusedShape
        Without a window, a rectifier or winners.
    has_bias : bool
        Whether there is a second output, the gradient's sums over all but the maps.
    """

    __props__ = ("shape", "has_bias")
    c_files = ("static_conv_grad_weights.h",)
    c_function = "static_conv_grad_weights"

    def __init__(self, shape: FusedShape, has_bias: bool = False) -> None:
        self.has_bias = has_bias
        super().__init__(shape)

    def output_shapes(self) -> list[tuple]:
        """Return the shapes of all outputs."""
        return [self.shape.filters, self.shape.filters[:1]][: 1 + self.has_bias]

    def make_node(self, image: Any, gradient: Any) -> Apply:
        inputs = [pt.as_tensor_variable(value) for value in (image, gradient)]
        dtype = inputs[0].type.dtype
        return Apply(self, inputs, [pt.tensor(dtype=dtype, shape=n) for n in self.output_shapes()])

    def infer_shape(self, *arguments: Any) -> list[tuple]:
        return self.output_shapes()

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        image, gradient = inputs
        kernel = self.shape.filters[2:]
        self.unfused(ConvGradWeights).perform(node, [image, gradient, *kernel], [output_storage[0]])
        if self.has_bias:
            sums = gradient.sum(axis=(0, 2, 3), dtype="float64")
            output_storage[1][0] = sums.astype(gradient.dtype)

    def c_arguments(self, node: Apply, inputs: list[str], outputs: list[str]) -> list[str]:
        return [*(f"&{c}" for c in inputs), *(f"&{c}" for c in outputs), "nullptr"][:4]

    def __str__(self) -> str:
        plain = super().__str__()
        return f"{plain[:-1]}, bias}}" if self.has_bias else plain
