"""Theano's ``theano.compile.profiling``."""

from pytensor.scan.utils import ScanProfileStats

from lenet.theano_compat.forwarding import forward

__all__ = ["ScanProfileStats"]

__getattr__ = forward(__name__, "pytensor.compile.debug.profiling")
