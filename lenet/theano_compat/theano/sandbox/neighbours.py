"""Theano's ``theano.sandbox.neighbours``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(__name__, "lenet.theano_compat.theano.tensor.nnet.neighbours")
