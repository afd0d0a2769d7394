"""Random samples of sets and of arrays, which Python 3 refuses."""

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


_function, _method = of_lists(random.sample), of_lists(random.Random.sample)


def sample_arrays() -> None:
    """Let `random` sample sets and arrays; doing it again changes nothing."""
    random.sample, random.Random.sample = _function, _method  # type: ignore[method-assign]
