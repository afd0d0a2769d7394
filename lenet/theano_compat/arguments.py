"""Functions whose arguments have other names today, or are gone."""

from collections.abc import Callable
from functools import wraps
from typing import Any

__all__ = ["called_otherwise", "without"]


def called_otherwise(function: Callable[..., Any], **names: str) -> Callable[..., Any]:
    """Return a function some of whose arguments have other names, too.

    It keeps them as `other_names`, for what translates its calls.
    """

    @wraps(function)
    def called(*arguments: Any, **options: Any) -> Any:
        for old in names.keys() & options.keys():
            options[names[old]] = options.pop(old)
        return function(*arguments, **options)

    called.other_names = names  # type: ignore[attr-defined]
    return called


def without(function: Callable[..., Any], *names: str) -> Callable[..., Any]:
    """Return a function that passes over some arguments."""

    @wraps(function)
    def called(*arguments: Any, **options: Any) -> Any:
        return function(*arguments, **{k: v for k, v in options.items() if k not in names})

    return called
