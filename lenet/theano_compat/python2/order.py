"""Order of things of different types, which Python 2 compared.

None came before numbers, numbers before all else, and the rest by the names of their types: ``None < 3 < [] < "a" < ()``. Only what
Python 3 refuses to compare is compared so.
"""

import builtins
from collections.abc import Callable, Iterator
from functools import cmp_to_key
from numbers import Number
from typing import Any

import numpy as np

__all__ = ["COMPARISONS", "by_comparison", "compare", "in_order", "sort_list"]

# As Python says it, and NumPy of its numbers.
REFUSED = ("not supported between instances of", "did not contain a loop")


def rank(value: Any) -> tuple[int, str]:
    """Return the place of a value's type among all types."""
    if value is None:
        return 0, ""
    return (1, "") if isinstance(value, Number) else (2, type(value).__name__)


def compare(a: Any, b: Any) -> int:
    """Return ``cmp(a, b)``.

    Raises
    ------
    TypeError
        If one is complex, or an array of several numbers is compared with something that is no number.
    """
    if any(isinstance(each, complex) or np.ndim(each) for each in (a, b) if is_number(each)):
        return (a > b) - (a < b)
    if a is b or a == b:
        return 0
    for kind in (list, tuple):
        if isinstance(a, kind) and isinstance(b, kind):
            return compare_sequences(a, b)
    if isinstance(a, dict) and isinstance(b, dict):
        return compare_dictionaries(a, b)
    try:
        return -1 if a < b else 1
    except TypeError as error:
        if not is_refused(error):
            raise
    ranks = (rank(a), id(a)), (rank(b), id(b))
    return (ranks[0] > ranks[1]) - (ranks[0] < ranks[1])


def is_refused(error: TypeError) -> bool:
    """Return whether an error says that two types are not compared."""
    return any(each in str(error) for each in REFUSED)


def is_number(value: Any) -> bool:
    """Return whether a value is a number or an array."""
    return isinstance(value, Number | np.ndarray)


def compare_sequences(a: Any, b: Any) -> int:
    """Return the order of two lists: that of their first elements that differ."""
    for each, other in zip(a, b, strict=False):
        if order := compare(each, other):
            return order
    return (len(a) > len(b)) - (len(a) < len(b))


def compare_dictionaries(a: dict[Any, Any], b: dict[Any, Any]) -> int:
    """Return the order of two dictionaries.

    The shorter one is first; else the one with the smaller key, or value of a key, where they differ.
    """
    if len(a) != len(b):
        return (len(a) > len(b)) - (len(a) < len(b))
    smallest = [
        min((k for k in one if k not in other or one[k] != other[k]), key=cmp_to_key(compare))
        for one, other in ((a, b), (b, a))
    ]
    return compare(*smallest) or compare(a[smallest[0]], b[smallest[1]])


def compared(a: Any, b: Any, error: TypeError) -> int:
    """Return ``cmp(a, b)`` where Python 3 refuses to compare, or raise its error."""
    if not is_refused(error):
        raise error
    return compare(a, b)


# Written out, as loops compare millions of numbers.
def lt(a: Any, b: Any) -> Any:
    """Return ``a < b``."""
    try:
        return a < b
    except TypeError as error:
        return compared(a, b, error) < 0


def le(a: Any, b: Any) -> Any:
    """Return ``a <= b``."""
    try:
        return a <= b
    except TypeError as error:
        return compared(a, b, error) <= 0


def gt(a: Any, b: Any) -> Any:
    """Return ``a > b``."""
    try:
        return a > b
    except TypeError as error:
        return compared(a, b, error) > 0


def ge(a: Any, b: Any) -> Any:
    """Return ``a >= b``."""
    try:
        return a >= b
    except TypeError as error:
        return compared(a, b, error) >= 0


COMPARISONS = {function.__name__: function for function in (lt, le, gt, ge)}


def in_order(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return `sorted`, `max` or `min` of things of any types."""

    def ordered(*values: Any, **options: Any) -> Any:
        if len(values) == 1 and isinstance(values[0], Iterator):
            values = (list(values[0]),)
        try:
            return function(*values, **options)
        except TypeError as error:
            if not is_refused(error):
                raise
            return function(*values, **{**options, "key": by_order(options.get("key"))})

    return ordered


def by_order(key: Callable[[Any], Any] | None) -> Callable[[Any], Any]:
    """Return the key that sorts as `compare` does."""
    compared = cmp_to_key(compare)
    return compared if key is None else lambda value: compared(key(value))


sort = in_order(builtins.sorted)


def by_comparison(
    compare: Callable[[Any, Any], int] | None, key: Callable[[Any], Any] | None
) -> Any:
    """Return the key of a comparison of keys, or None for the things' own order."""
    if compare is None:
        return key
    compared = cmp_to_key(compare)
    return compared if key is None else lambda value: compared(key(value))


def sort_list(
    values: list[Any],
    cmp: Callable[[Any, Any], int] | None = None,
    key: Callable[[Any], Any] | None = None,
    reverse: bool = False,
) -> None:
    """Sort a list of things of any types."""
    values[:] = sort(values, key=by_comparison(cmp, key), reverse=reverse)
