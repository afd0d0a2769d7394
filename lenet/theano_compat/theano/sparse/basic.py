"""Theano's ``theano.sparse.basic``."""

from pytensor.sparse import math

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.old_constructor import stand_in

sgn = math.sign
MulSD = stand_in("MulSD", math.SparseDenseMultiply)
MulSS = stand_in("MulSS", math.SparseSparseMultiply)
MulSV = stand_in("MulSV", math.SparseDenseVectorMultiply)

__getattr__ = forward(
    __name__,
    "pytensor.sparse.basic",
    "pytensor.sparse.math",
    "pytensor.sparse",
    "pytensor.sparse.variable",
    "lenet.theano_compat.theano.sparse.type",
)
