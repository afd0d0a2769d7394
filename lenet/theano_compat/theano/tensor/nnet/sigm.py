"""Theano's ``theano.tensor.nnet.sigm``: sigmoids."""

from pytensor.scalar.math import Sigmoid, Softplus

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

__getattr__ = forward(__name__)
