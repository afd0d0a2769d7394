"""Theano's ``theano.tensor.raw_random``: draws from `numpy.random.RandomState`."""

from lenet.random_streams.raw_random import (
    RandomFunction,
    RandomStateType,
    RandomStreamsBase,
    binomial,
    choice,
    multinomial,
    normal,
    permutation,
    poisson,
    random_integers,
    random_state_type,
    uniform,
)

__all__ = [
    "RandomFunction",
    "RandomStateType",
    "RandomStreamsBase",
    "binomial",
    "choice",
    "multinomial",
    "normal",
    "permutation",
    "poisson",
    "random_integers",
    "random_state_type",
    "uniform",
]
