"""NumPy's `int64` as a kind of Python 2's `int`, and bytes as one of `str`."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from lenet.theano_compat.old_names.standard_library import without_encoding
from lenet.theano_compat.python2.data import Data

__all__ = ["dump", "dumps", "instance", "subclass"]

OLD_KINDS: dict[type, type] = {np.int64: int, Data: str}


def instance(value: Any, kinds: Any) -> bool:
    """Return ``isinstance(value, kinds)``."""
    return isinstance(value, kinds) or any(
        isinstance(value, kind) and issubclass(old, kinds) for kind, old in OLD_KINDS.items()
    )


def subclass(kind: Any, kinds: Any) -> bool:
    """Return ``issubclass(kind, kinds)``."""
    return issubclass(kind, kinds) or (issubclass(kind, np.int64) and issubclass(int, kinds))


def plain(value: Any) -> Any:
    """Return dictionaries and lists with Python's own integers and text."""
    for kind, old in OLD_KINDS.items():
        if isinstance(value, kind):
            return old(value)
    if isinstance(value, dict):
        return {plain(key): plain(each) for key, each in value.items()}
    return [*map(plain, value)] if isinstance(value, list | tuple) else value


def of_integers(dumps: Callable[..., str]) -> Callable[..., str]:
    """Return `json.dumps` that takes NumPy's integers, too."""

    @wraps(dumps)
    def of_any(value: Any, *arguments: Any, **options: Any) -> str:
        try:
            return dumps(value, *arguments, **options)
        except TypeError:
            return dumps(plain(value), *arguments, **options)

    return of_any


dumps = without_encoding(of_integers(json.dumps))


def dump(value: Any, file: Any, *arguments: Any, **options: Any) -> None:
    """Write a value into a file as JSON."""
    file.write(dumps(value, *arguments, **options))
