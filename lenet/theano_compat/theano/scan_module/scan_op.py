"""Theano's ``theano.scan_module.scan_op``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(__name__, "pytensor.scan.op")
