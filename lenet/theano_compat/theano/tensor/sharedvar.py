"""Theano's ``theano.tensor.sharedvar``: arrays that functions share."""

from pytensor.tensor.sharedvar import TensorSharedVariable, load_shared_variable

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.theano.compile.sharedvalue import shared

__all__ = [
    "ScalarSharedVariable",
    "TensorSharedVariable",
    "load_shared_variable",
    "scalar_constructor",
    "tensor_constructor",
]

__getattr__ = forward(__name__, "pytensor.tensor.sharedvar")

ScalarSharedVariable = TensorSharedVariable
scalar_constructor = shared
tensor_constructor = shared
