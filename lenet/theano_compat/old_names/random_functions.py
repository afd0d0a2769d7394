"""Samples of sets, shuffling by a function, seeds of any type, before Python 3.11."""

import random
from collections.abc import Callable, Set
from functools import wraps
from typing import Any

__all__ = ["behave_as_before"]


def as_list(value: Any) -> Any:
    """Return a set or an array as a list, anything else as it is."""
    is_array = hasattr(value, "tolist") and hasattr(value, "dtype")
    return list(value) if isinstance(value, Set) or is_array else value


def of_lists(sample: Callable[..., Any]) -> Callable[..., Any]:
    """Return `random.sample`, or `random.Random`'s, that takes sets and arrays."""

    @wraps(sample)
    def sample_of_any(*arguments: Any, **options: Any) -> Any:
        return sample(*map(as_list, arguments), **{k: as_list(v) for k, v in options.items()})

    return sample_of_any


def by_function(shuffle: Callable[..., None]) -> Callable[..., None]:
    """Return a function that shuffles, whose numbers another may give."""

    @wraps(shuffle)
    def shuffled(*arguments: Any, **options: Any) -> None:
        *rest, last = [*arguments, options.pop("random", None)]
        if callable(rest[-1]):
            last = rest.pop()
        if last is None:
            return shuffle(*rest, **options)
        x = options.get("x", rest[-1])
        for i in reversed(range(1, len(x))):
            j = int(last() * (i + 1))
            x[i], x[j] = x[j], x[i]
        return None

    return shuffled


def seed_by_any(self: random.Random, a: Any = None, version: int = 2) -> None:
    """Seed a generator by what has a hash, as ``numpy.int64(3)``."""
    try:
        _seed(self, a, version)
    except TypeError:
        _seed(self, hash(a) % 2**64)


_sample, _method = of_lists(random.sample), of_lists(random.Random.sample)
_seed = random.Random.seed
_shuffle, _shuffle_method = by_function(random.shuffle), by_function(random.Random.shuffle)


def behave_as_before() -> None:
    """Let `random` do so; doing it again changes nothing."""
    random.Random.seed = seed_by_any  # type: ignore[method-assign]
    random.seed = seed_by_any.__get__(random.seed.__self__)  # type: ignore[attr-defined]
    random.sample, random.Random.sample = _sample, _method  # type: ignore[method-assign]
    random.shuffle, random.Random.shuffle = _shuffle, _shuffle_method  # type: ignore[method-assign]
