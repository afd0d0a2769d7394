"""Theano's ``theano.tensor.randomstreams``: an older place of `RandomStreams`."""

from lenet.theano_compat.theano.tensor.shared_randomstreams import RandomStreams

__all__ = ["RandomStreams"]
