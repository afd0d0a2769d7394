"""Theano's ``theano.sparse.type``."""

from pytensor.sparse.type import SparseTensorType

from lenet.theano_compat.forwarding import forward

__all__ = ["SparseType"]

__getattr__ = forward(__name__, "pytensor.sparse.type")

SparseType = SparseTensorType
