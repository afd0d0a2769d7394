"""Theano's ``theano.tensor.nnet.sigm``: sigmoids."""

from collections.abc import Callable

from pytensor.compile.mode import optdb
from pytensor.graph.basic import Apply
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import in2out, node_rewriter
from pytensor.scalar.math import Sigmoid, Softplus
from pytensor.tensor.math import sigmoid as elementwise_sigmoid
from pytensor.tensor.variable import TensorVariable

from lenet.nnet import hard_sigmoid, sigmoid, softplus, ultra_fast_sigmoid
from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.old_constructor import stand_in

__all__ = [
    "ScalarSigmoid",
    "ScalarSoftplus",
    "UltraFastScalarSigmoid",
    "hard_sigmoid",
    "scalar_sigmoid",
    "sigmoid",
    "sigmoid_inplace",
    "softplus",
    "ultra_fast_sigmoid",
]

# Only the rewriting of a graph may decide to overwrite.
scalar_sigmoid = sigmoid_inplace = sigmoid

ScalarSigmoid = stand_in("ScalarSigmoid", Sigmoid)
ScalarSoftplus = stand_in("ScalarSoftplus", Softplus)
UltraFastScalarSigmoid = stand_in("UltraFastScalarSigmoid")


def offer(name: str, approximation: Callable[[TensorVariable], TensorVariable]) -> None:
    """Let a mode, or ``optimizer_including``, name an approximate sigmoid.

    It takes the place of sigmoids once their gradients have been taken, as Theano's did.
    """

    @node_rewriter([elementwise_sigmoid])
    def replaced(graph: FunctionGraph, node: Apply) -> list[TensorVariable] | None:
        (x,) = node.inputs
        found = approximation(x)
        return [found] if found.type == node.outputs[0].type else None

    replaced.__name__ = name
    optdb["uncanonicalize"].register(name, in2out(replaced))


offer("local_ultra_fast_sigmoid", ultra_fast_sigmoid)
offer("local_hard_sigmoid", hard_sigmoid)

__getattr__ = forward(__name__)
