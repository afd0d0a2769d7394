"""Sizes that stay concrete while JAX traces.

A gradient Op is told the size of its result, usually as ``image.shape[2]``. PyTensor's rewrites turn
the shape of an intermediate image into arithmetic on the shapes of the graph's inputs. JAX traces that
arithmetic and can then no longer use its result as a size, though the size of every array is known.
So each such size is taken from its array by an Op that no rewrite sees through.
"""

from collections.abc import Sequence
from typing import Any

from pytensor.compile.mode import optdb
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.op import Op
from pytensor.graph.rewriting.basic import GraphRewriter
from pytensor.tensor.shape import Shape, Shape_i
from pytensor.tensor.subtensor import Subtensor
from pytensor.tensor.type import lscalar

from lenet.nnet.conv import ConvGradInputs, ConvGradWeights
from lenet.nnet.pool import PoolGrad


class AxisSize(Op):
    """Size of one axis of an array."""

    __props__ = ("axis",)

    def __init__(self, axis: int) -> None:
        self.axis = axis

    def make_node(self, array: Variable) -> Apply:
        return Apply(self, [array], [lscalar()])

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        output_storage[0][0] = node.outputs[0].type.filter(inputs[0].shape[self.axis])


def opaque_size(size: Variable) -> Variable | None:
    """Return the `AxisSize` that is meant by ``array.shape[axis]``; None for anything else."""
    match size.owner:
        case Apply(op=Shape_i(i=axis), inputs=[array]):
            return AxisSize(axis)(array)
        case Apply(
            op=Subtensor(),
            inputs=[Variable(owner=Apply(op=Shape(), inputs=[array])), Constant(data=axis)],
        ):
            return AxisSize(int(axis))(array)
    return None


class ConcreteSizes(GraphRewriter):
    """Put an `AxisSize` in place of each size that a gradient Op takes from the shape of an array."""

    def apply(self, fgraph: FunctionGraph) -> None:
        for node in fgraph.toposort():
            if isinstance(node.op, ConvGradInputs | ConvGradWeights | PoolGrad):
                for position, size in enumerate(node.inputs):
                    if size.type.ndim == 0 and (opaque := opaque_size(size)) is not None:
                        fgraph.change_node_input(node, position, opaque, reason=self.name)


def register_concrete_sizes() -> None:
    """Tell PyTensor to do so for JAX, before it rewrites any shape."""
    name = "lenet_concrete_sizes"
    if name not in optdb:
        optdb.register(name, ConcreteSizes(), "jax", position=0.05)
