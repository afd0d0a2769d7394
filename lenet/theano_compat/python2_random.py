"""Numbers of chance as Python 2's `random` gave them, and samples of sets and of arrays, which Python 3 refuses."""

import random
from collections.abc import Callable, Set
from functools import wraps
from typing import Any

import numpy as np


def as_list(value: Any) -> Any:
    """Return a set or an array as a list, anything else as it is."""
    return list(value) if isinstance(value, Set | np.ndarray) else value


def of_lists(sample: Callable[..., Any]) -> Callable[..., Any]:
    """Return `random.sample`, or `random.Random`'s, that takes sets and arrays."""

    @wraps(sample)
    def sample_of_any(*arguments: Any, **options: Any) -> Any:
        return sample(*map(as_list, arguments), **{k: as_list(v) for k, v in options.items()})

    return sample_of_any


def below(self: random.Random, n: int) -> int:
    """Return an integer below another: with a seed, that of Python 2.

    `choice`, `randint`, `sample`, `shuffle` and their like draw by it; Python 3 draws it by bits.
    """
    return int(self.random() * n) if n < EXACT else self.getrandbits(n.bit_length()) % n


EXACT = 1 << 53  # a float has no more whole numbers
_function, _method = of_lists(random.sample), of_lists(random.Random.sample)


def draw_as_before() -> None:
    """Let `random` draw as in Python 2; doing it again changes nothing."""
    random.sample, random.Random.sample = _function, _method  # type: ignore[method-assign]
    random.Random._randbelow = below  # type: ignore[attr-defined]
