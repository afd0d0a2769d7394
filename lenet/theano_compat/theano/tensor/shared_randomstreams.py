"""Theano's ``theano.tensor.shared_randomstreams``: new numbers at each call."""

from lenet.random_streams.shared_randomstreams import (
    RandomStateSharedVariable,
    RandomStreams,
    set_default_update,
)
from lenet.theano_compat.forwarding import forward

__all__ = ["RandomStateSharedVariable", "RandomStreams", "set_default_update"]

__getattr__ = forward(__name__)
