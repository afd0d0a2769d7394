"""Theano's ``theano.compile.pfunc``."""

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.theano.compile.function import function as pfunc
from lenet.theano_compat.theano.compile.io import In, Param

__all__ = ["In", "Param", "pfunc"]

__getattr__ = forward(__name__, "pytensor.compile.rebuild")
