"""Theano's ``theano.tensor.nnet.sigm``: sigmoids."""

from lenet.nnet import hard_sigmoid, sigmoid, softplus, ultra_fast_sigmoid
from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.pickled_graphs import lost_op

__all__ = [
    "ScalarSigmoid",
    "ScalarSoftplus",
    "hard_sigmoid",
    "scalar_sigmoid",
    "sigmoid",
    "sigmoid_inplace",
    "softplus",
    "ultra_fast_sigmoid",
]

# Only the rewriting of a graph may decide to overwrite.
scalar_sigmoid = sigmoid_inplace = sigmoid

ScalarSigmoid = lost_op("ScalarSigmoid", "use sigmoid, a function")
ScalarSoftplus = lost_op("ScalarSoftplus", "use softplus, a function")

__getattr__ = forward(__name__)
