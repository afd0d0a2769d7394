"""Theano's ``theano.tensor.var``: the classes of variables.

What their methods took or did otherwise is in `lenet.theano_compat.variable_methods`.
"""

from pytensor.tensor.variable import (
    TensorConstant,
    TensorConstantSignature,
    TensorVariable,
    _tensor_py_operators,
)

from lenet.theano_compat.forwarding import forward

__all__ = [
    "AsTensorError",
    "TensorConstant",
    "TensorConstantSignature",
    "TensorVariable",
    "_tensor_py_operators",
]

# PyTensor raises the class that Theano derived its own from.
AsTensorError = TypeError

__getattr__ = forward(__name__, "pytensor.tensor.variable")
