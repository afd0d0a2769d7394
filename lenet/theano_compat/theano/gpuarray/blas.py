"""Theano's ``theano.gpuarray.blas``: correlations, computed on the CPU."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(__name__, "lenet.theano_compat.theano.sandbox.cuda.blas")
