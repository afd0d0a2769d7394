"""Theano's ``theano.sparse.type``."""

from typing import Any

from pytensor.sparse.type import SparseTensorType

from lenet.theano_compat.forwarding import forward

__all__ = ["SparseType"]

__getattr__ = forward(__name__, "pytensor.sparse.type")

SparseType: Any = SparseTensorType
SparseType.dtype_set = set(SparseType.dtype_specs_map)
