"""Gradient of a convolution's images by a kernel that is compiled for its sizes.

Nobody writes this Op into a graph; `lenet.nnet.rewrites` puts it there when a graph is compiled to C.
"""

from collections.abc import Sequence
from typing import Any

import pytensor.tensor as pt
from pytensor.graph.basic import Apply

from lenet.nnet.ops.conv import ConvGradInputs
from lenet.nnet.ops.fused_conv import FusedConvOp


class StaticConvGradInputs(FusedConvOp):
    """`ConvGradInputs` for static sizes.

    Its inputs are the filters and the gradient of the output. The shape is that of a convolution
    that neither pools nor rectifies.
    """

    c_files = ("static_conv_grad_inputs.h",)
    c_function = "static_conv_grad_inputs"

    def make_node(self, filters: Any, gradient: Any) -> Apply:
        inputs = [pt.as_tensor_variable(value) for value in (filters, gradient)]
        shape = (inputs[1].type.shape[0], *self.shape.image)
        return Apply(self, inputs, [pt.tensor(dtype=inputs[0].type.dtype, shape=shape)])

    def infer_shape(self, *arguments: Any) -> list[tuple]:
        return [(arguments[-1][1][0], *self.shape.image)]

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        rows, columns = self.shape.image[1:]
        self.unfused(ConvGradInputs).perform(node, [*inputs, rows, columns], output_storage)
