"""Concrete array sizes under JAX's tracing.

PyTensor's rewrites turn the shape of a convolution's output into arithmetic on the shapes of the graph's
inputs. JAX traces that arithmetic, and its result can then no longer be used as a size (that of a gradient,
or of an array of ones), though the sizes of all arrays are known during tracing. The arrays of `lenet.nnet`
therefore get shapes that rewrites cannot infer.
"""

from collections.abc import Sequence
from typing import Any

from pytensor.compile.mode import optdb
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.op import Op
from pytensor.graph.rewriting.basic import GraphRewriter

from lenet.nnet.ops.conv import ConvOp
from lenet.nnet.ops.neighbours import NeighboursOp
from lenet.nnet.ops.pool import PoolOp


class ConcreteShape(Op):
    """Identity that hides the shape of an array from rewrites.

    It has no ``infer_shape``, so that the shape is taken from the array itself.
    """

    __props__ = ()
    view_map = {0: [0]}  # noqa: RUF012, an Op's attribute in PyTensor

    def make_node(self, array: Variable) -> Apply:
        return Apply(self, [array], [array.type()])

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        output_storage[0][0] = inputs[0]


def needs_concrete_shape(array: Variable) -> bool:
    """Return whether rewrites could replace an array's shape by arithmetic.

    They do not if the shape is known, or if the array is an input.
    """
    return array.owner is not None and array.type.ndim > 0 and None in array.type.shape


class KeepSizesConcrete(GraphRewriter):
    """Rewriter that puts `ConcreteShape` around convolutions, poolings and the like."""

    def apply(self, fgraph: FunctionGraph) -> None:
        arrays = (
            array
            for node in fgraph.toposort()
            if isinstance(node.op, ConvOp | PoolOp | NeighboursOp)
            for array in (*node.inputs, *node.outputs)
            if needs_concrete_shape(array)
        )
        for array in dict.fromkeys(arrays):
            fgraph.replace(array, ConcreteShape()(array), reason=self.name)


def register_concrete_sizes() -> None:
    """Register the rewriter for JAX, before any rewrite of shapes."""
    name = "lenet_concrete_sizes"
    if name not in optdb:
        optdb.register(name, KeepSizesConcrete(), "jax", position=0.05)
