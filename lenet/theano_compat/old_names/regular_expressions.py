"""Regular expressions with a backslash before any letter, as before Python 3.6.

One that means nothing, such as one before a "p", was the letter in a pattern, and stayed as it was in what is put in its place.
"""

import re
from collections.abc import Callable
from typing import Any

from lenet.theano_compat.old_names.refused import Arguments, called_again

__all__ = ["FUNCTIONS", "behave_as_before"]

PATTERN_LETTERS, REPLACEMENT_LETTERS = set("AbBdDsSwWZafnrtvxuUN"), set("gabfnrtv")
ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def means_nothing(letter: str, letters: set[str]) -> bool:
    """Return whether a letter after a backslash is none of those that mean something."""
    return letter.isascii() and letter.isalpha() and letter not in letters


def as_before(arguments: tuple[Any, ...], options: dict[str, Any]) -> Arguments:
    """Return arguments whose pattern, and replacement, are those of today."""
    pattern, *others = arguments
    if isinstance(pattern, str):
        pattern = ESCAPE.sub(
            lambda found: found[1] if means_nothing(found[1], PATTERN_LETTERS) else found[0],
            pattern,
        )
    return (pattern, *others), options


def as_before_with_replacement(arguments: tuple[Any, ...], options: dict[str, Any]) -> Arguments:
    """Return the arguments of `re.sub` as those of today."""
    (pattern, *others), options = as_before(arguments, options)
    if others and isinstance(others[0], str):
        others[0] = ESCAPE.sub(
            lambda found: ("\\" if means_nothing(found[1], REPLACEMENT_LETTERS) else "") + found[0],
            others[0],
        )
    return (pattern, *others), options


CHANGED: dict[Callable[..., Any], Callable[..., Arguments]] = {
    **dict.fromkeys(
        (re.compile, re.findall, re.finditer, re.fullmatch, re.match, re.search, re.split),
        as_before,
    ),
    **dict.fromkeys((re.sub, re.subn), as_before_with_replacement),
}
FUNCTIONS = {
    function.__name__: called_again(function, re.error, "bad escape", changed)
    for function, changed in CHANGED.items()
}


def behave_as_before() -> None:
    """Let the functions of `re` take any letter after a backslash."""
    vars(re).update(FUNCTIONS)
