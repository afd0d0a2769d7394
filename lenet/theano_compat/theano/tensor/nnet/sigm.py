"""Theano's ``theano.tensor.nnet.sigm``: sigmoids."""

from lenet.nnet import hard_sigmoid, sigmoid, softplus, ultra_fast_sigmoid
from lenet.theano_compat.forwarding import forward

__all__ = [
    "hard_sigmoid",
    "scalar_sigmoid",
    "sigmoid",
    "sigmoid_inplace",
    "softplus",
    "ultra_fast_sigmoid",
]

# Only the rewriting of a graph may decide to overwrite.
scalar_sigmoid = sigmoid_inplace = sigmoid

__getattr__ = forward(__name__)
