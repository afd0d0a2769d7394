"""Theano's ``theano.tensor.randomstreams``, by which early programs import `RandomStreams`."""

from lenet.theano_compat.theano.tensor.shared_randomstreams import RandomStreams

__all__ = ["RandomStreams"]
