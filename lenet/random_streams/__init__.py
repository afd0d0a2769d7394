"""Theano's random streams, for PyTensor: new numbers at each call of a function.

Both give the numbers of Theano's of the same seed.
"""

from lenet.random_streams.rng_mrg import MRG_RandomStreams
from lenet.random_streams.shared_randomstreams import RandomStreams

__all__ = ["MRG_RandomStreams", "RandomStreams"]
