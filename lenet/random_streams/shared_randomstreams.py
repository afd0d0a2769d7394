"""Random streams with Theano's numbers: its ``shared_randomstreams``."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Variable

from lenet.random_streams.raw_random import RandomStreamsBase, random_state_type

__all__ = ["RandomStateSharedVariable", "RandomStreams", "set_default_update"]

MAX_SEED = 2**30


class RandomStateSharedVariable(SharedVariable):
    """Shared generator of random numbers: no parameter, as programs ask."""


class RandomStreams(RandomStreamsBase):
    """Random streams that give the same numbers as Theano's of the same seed.

    Parameters
    ----------
    seed : int, optional
        Seed of the generator that seeds the streams.
    """

    def __init__(self, seed: int | None = None) -> None:
        self.state_updates: list[tuple[SharedVariable, Variable]] = []
        self.default_instance_seed = seed
        self.gen_seedgen = np.random.RandomState(seed)

    def updates(self) -> list[tuple[SharedVariable, Variable]]:
        """Return the streams' generators and their next states."""
        return list(self.state_updates)

    def seed(self, seed: int | None = None) -> None:
        """Seed all streams anew, by default as at the start."""
        seeds = np.random.RandomState(self.default_instance_seed if seed is None else seed)
        for state, _ in self.state_updates:
            state.set_value(np.random.RandomState(seeds.randint(MAX_SEED)), borrow=True)

    def __getitem__(self, item: SharedVariable) -> Any:
        return item.get_value(borrow=True)

    def __setitem__(self, item: SharedVariable, value: Any) -> None:
        item.set_value(value, borrow=True)

    def gen(self, op: Callable, *arguments: Any, **keywords: Any) -> Variable:
        """Return numbers that `op` draws from a generator of their own.

        They have the attributes ``rng``, the generator, and ``update``, it and its next state.
        """
        generator = np.random.RandomState(int(self.gen_seedgen.randint(MAX_SEED)))
        state = RandomStateSharedVariable(random_state_type, generator, strict=False)
        state.tag.is_rng = True
        next_state, sample = op(state, *arguments, **keywords)
        sample.rng = state
        sample.update = (state, next_state)
        self.state_updates.append(sample.update)
        set_default_update(state, next_state)
        return sample


def set_default_update(state: SharedVariable, next_state: Variable) -> None:
    """Let each call of a function advance the generator that it draws from."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        state.default_update = next_state
