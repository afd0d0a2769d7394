"""Names that Python's module `inspect` has dropped."""

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple


class ArgSpec(NamedTuple):
    """Result of ``inspect.getargspec``."""

    args: list[str]
    varargs: str | None
    keywords: str | None
    defaults: tuple[Any, ...] | None


def getargspec(function: Callable[..., Any]) -> ArgSpec:
    """Return the arguments of a function."""
    return ArgSpec(*inspect.getfullargspec(function)[:4])
