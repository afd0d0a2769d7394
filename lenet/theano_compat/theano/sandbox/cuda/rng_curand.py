"""Theano's ``theano.sandbox.cuda.rng_curand``: random numbers, which no GPU draws."""

from lenet.random_streams.rng_mrg import MRG_RandomStreams

__all__ = ["CURAND_RandomStreams"]


class CURAND_RandomStreams(MRG_RandomStreams):  # noqa: N801
    """Random streams of Theano's GPUs, with other numbers."""
