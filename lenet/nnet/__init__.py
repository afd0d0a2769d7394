"""Theano's ``tensor.nnet`` and ``tensor.signal.pool``, for PyTensor."""

from lenet.nnet.activations import relu, softmax
from lenet.nnet.conv import conv2d, conv3d
from lenet.nnet.dispatch import register_backends
from lenet.nnet.pool import pool_2d, pool_3d
from lenet.nnet.rewrites import register_rewrites

__all__ = ["conv2d", "conv3d", "pool_2d", "pool_3d", "relu", "softmax"]

register_backends()
register_rewrites()
