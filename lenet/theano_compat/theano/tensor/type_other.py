"""Theano's ``theano.tensor.type_other``: None and slices in graphs."""

from pytensor.tensor.type_other import MakeSlice, NoneConst, NoneTypeT, SliceType

from lenet.theano_compat.forwarding import forward

__all__ = ["MakeSlice", "NoneConst", "NoneTypeT", "SliceType"]

__getattr__ = forward(__name__, "pytensor.tensor.type_other")
