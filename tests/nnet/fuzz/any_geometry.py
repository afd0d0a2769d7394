"""The convolutions' Ops with their geometry as an input: one compiled module serves for all geometries.

The geometry of the Ops themselves is part of their C code, so that each one is compiled anew, which takes
seconds. Here the very same kernels are told of it when they run.
"""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Apply, Variable
from pytensor.tensor.exceptions import ShapeError

from lenet.nnet.ops.base import CFileOp, c_triple, c_type
from lenet.nnet.ops.conv import ConvOp

BORDERS = ("pads", "half", "full")


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
        super().__init__()

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
        self.kind(**decoded(encoded, self.spatial)).perform(node, inputs, output_storage)

    def c_code(
        self, node: Apply, name: str, inputs: list[str], outputs: list[str], sub: dict[str, Any]
    ) -> str:
        *inputs, encoded = inputs
        at = [
            f"((npy_int64*)PyArray_DATA({encoded}))[{n}]" for n in range(1 + 4 * self.spatial + 2)
        ]
        border, rest = at[0], at[1:]
        s = self.spatial
        low, high, stride, dilation = (rest[i * s : (i + 1) * s] for i in range(4))
        geometry = ", ".join(
            [
                f"lenet::ConvGeometry::Border({border})",
                *(c_triple(widths, 0) for widths in (low, high)),
                *(c_triple(steps, 1) for steps in (stride, dilation)),
                rest[-2],
                f"{rest[-1]} != 0",
                str(s),
            ]
        )
        arguments = self.c_arguments(SimpleNamespace(inputs=node.inputs[:-1]), inputs, outputs)
        call = f"{self.c_function}<{c_type(node)}>(lenet::ConvGeometry{{{geometry}}}, {', '.join(arguments)})"
        return f"if (lenet::{call} < 0) {{ {sub['fail']} }}"


def encoded(
    border: Any, stride: Sequence[int], dilation: Sequence[int], groups: int, flip: bool
) -> np.ndarray:
    """Return a geometry as the vector of integers that `AnyGeometry` takes."""
    pads = [(0, 0)] * len(stride) if isinstance(border, str) else border
    kind = BORDERS.index(border) if isinstance(border, str) else 0
    low, high = zip(*pads, strict=True)
    return np.array([kind, *low, *high, *stride, *dilation, groups, flip], "int64")


def decoded(encoded: np.ndarray, spatial: int) -> dict[str, Any]:
    """Return a geometry as the arguments of the Ops."""
    kind, *rest = (int(n) for n in encoded)
    low, high, stride, dilation = (tuple(rest[i * spatial : (i + 1) * spatial]) for i in range(4))
    return {
        "border_mode": BORDERS[kind] if kind else tuple(zip(low, high, strict=True)),
        "subsample": stride,
        "filter_flip": bool(rest[-1]),
        "filter_dilation": dilation,
        "num_groups": rest[-2],
    }


def any_geometry(kind: type[ConvOp], spatial: int, *inputs: Variable) -> Variable:
    """Apply an Op whose geometry is the last input."""
    return AnyGeometry(kind, spatial)(*inputs)
