"""Theano's ``theano.sandbox.rng_mrg``: random numbers, new ones at each call."""

from lenet.random_streams.rng_mrg import MRG_RandomStreams
from lenet.theano_compat.pickled_graphs import lost_op

__all__ = ["MRG_RandomStreams", "mrg_uniform"]

mrg_uniform = lost_op("mrg_uniform", "use MRG_RandomStreams")
