"""Bytes as arguments of text's methods and of regular expressions.

``"".join(letters)``, ``re.findall("[a-z]+", data)`` and ``letter in "aeiou"`` take `Data` for text, as all bytes were in Python 2.
"""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from lenet.theano_compat.old_names.regular_expressions import FUNCTIONS
from lenet.theano_compat.python2.data import Data

__all__ = ["OF_PATTERNS", "WITH_TEXT", "call_with_text", "contained", "not_contained"]

# Functions of `re` and methods of its patterns, and methods of text, that text is given to.
SEARCHES: tuple[Callable[..., Any], ...] = (
    *(re.findall, re.finditer, re.match, re.search, re.split, re.sub, re.subn),
)
WITH_TEXT = {
    *("count", "endswith", "find", "index", "join", "lstrip", "partition", "replace", "rfind"),
    *("rindex", "rpartition", "rsplit", "rstrip", "split", "startswith", "strip"),
    *(function.__name__ for function in SEARCHES),
}


def as_text(value: Any) -> Any:
    """Return the text of bytes that are text, too, or else a value."""
    if isinstance(value, tuple):  # of beginnings, for `startswith`
        return tuple(map(as_text, value))
    return str(value) if isinstance(value, Data) else value


def call_with_text(thing: Any, name: str, /, *arguments: Any, **options: Any) -> Any:
    """Call a method; one of text or of patterns takes bytes for text."""
    method = getattr(thing, name)
    if not isinstance(thing, str) and not isinstance(getattr(thing, "pattern", None), str):
        return method(*arguments, **options)
    if name == "join" and len(arguments) == 1 and not isinstance(arguments[0], list):
        arguments = (list(arguments[0]),)  # it may be gone once it has been refused
    try:
        return method(*arguments, **options)
    except TypeError:
        if name == "join" and len(arguments) == 1:
            return method([as_text(part) for part in arguments[0]])
        return method(*map(as_text, arguments), **options)


def of_text(search: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of `re` that searches bytes as text, if its pattern is text."""

    @wraps(search)
    def searching(pattern: Any, *arguments: Any, **options: Any) -> Any:
        pattern = as_text(pattern)
        if isinstance(pattern, str) or isinstance(getattr(pattern, "pattern", None), str):
            arguments = tuple(map(as_text, arguments))
        return search(pattern, *arguments, **options)

    return searching


# Of the functions as they are, and as `old_names` makes them.
OF_PATTERNS: dict[Callable[..., Any], Callable[..., Any]] = {
    each: of_text(FUNCTIONS[function.__name__])
    for function in SEARCHES
    for each in (function, FUNCTIONS[function.__name__])
}


def contained(part: Any, whole: Any) -> bool:
    """Return ``part in whole``."""
    if type(part) is Data and isinstance(whole, str):
        part = str(part)
    return part in whole


def not_contained(part: Any, whole: Any) -> bool:
    """Return ``part not in whole``."""
    return not contained(part, whole)
