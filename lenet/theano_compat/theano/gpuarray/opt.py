"""Theano's ``theano.gpuarray.opt``: rewrites for a GPU, which are not applied."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(__name__, "lenet.theano_compat.theano.sandbox.cuda.opt")
