"""The convolutions' Ops with their geometry as an input: one compiled function serves for all geometries.

The geometry of the Ops themselves is part of a graph, of which each one takes its time to compile.
Here the very same kernels are told of it when the function runs.
"""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Apply, Variable
from pytensor.tensor.exceptions import ShapeError

from lenet.nnet.ops.base import CFileOp
from lenet.nnet.ops.conv import BORDERS, ConvOp


class AnyGeometry(CFileOp):
    """An Op of `lenet.nnet.ops.conv` or `unshared_ops`, called with its geometry as the last input.

    Parameters
    ----------
    kind : class of ConvOp
    spatial : int
        Number of spatial axes.
    """

    __props__ = ("kind", "spatial")

    def __init__(self, kind: type[ConvOp], spatial: int) -> None:
        self.kind, self.spatial = kind, spatial
        self.c_files, self.c_function = kind.c_files, kind.c_function

    def make_node(self, *inputs: Any) -> Apply:
        variables = [pt.as_tensor_variable(value) for value in inputs]
        whole = (
            2 + 2 * self.spatial
            if self.kind.__name__ == "UnsharedGradWeights"
            else 2 + self.spatial
        )
        output = pt.tensor(dtype=variables[0].type.dtype, shape=(None,) * whole)
        return Apply(self, variables, [output])

    def infer_shape(self, *arguments: Any) -> list[tuple]:
        raise ShapeError

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        *inputs, encoded = inputs
        self.kind(**decoded(encoded)).perform(node, inputs, output_storage)

    def c_arguments(self, node: Apply, inputs: list[str], outputs: list[str]) -> list[str]:
        *inputs, encoded = inputs
        geometry = f"lenet::ConvGeometry::of({{&{encoded}.at<lenet::Index>()}})"
        nodes_own = SimpleNamespace(inputs=node.inputs[:-1])
        return [geometry, *super().c_arguments(nodes_own, inputs, outputs)]


def encoded(
    kind: type[ConvOp],
    border: Any,
    stride: Sequence[int],
    dilation: Sequence[int],
    groups: int,
    flip: bool,
) -> np.ndarray:
    """Return a geometry as the vector of integers that `AnyGeometry` takes."""
    border = border if isinstance(border, str) else tuple(map(tuple, border))
    return np.array(kind(border, stride, flip, dilation, groups).c_numbers(), "int64")


def decoded(encoded: np.ndarray) -> dict[str, Any]:
    """Return a geometry as the arguments of the Ops."""
    border, *numbers, groups, flip, spatial = (int(n) for n in encoded)
    low, high, stride, dilation = (tuple(numbers[i + 3 - spatial : i + 3]) for i in range(0, 12, 3))
    return {
        "border_mode": BORDERS[border] or tuple(zip(low, high, strict=True)),
        "subsample": stride,
        "filter_flip": bool(flip),
        "filter_dilation": dilation,
        "num_groups": groups,
    }


def any_geometry(kind: type[ConvOp], spatial: int, *inputs: Variable) -> Variable:
    """Apply an Op whose geometry is the last input."""
    return AnyGeometry(kind, spatial)(*inputs)
