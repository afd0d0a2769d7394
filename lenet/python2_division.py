"""Division as Python 2 did it, for programs that were written for it."""

import operator
from typing import Any

__all__ = ["divide", "divide_in_place"]


def divide(a: Any, b: Any) -> Any:
    """Return ``a / b`` as Python 2 divided: rounded down if both are integers."""
    # Most numbers are Python's own, and loops divide millions of them.
    if type(a) is int and type(b) is int:
        return a // b
    if type(a) is float or type(b) is float:
        return a / b
    return a // b if are_integers(a, b) else a / b


def divide_in_place(a: Any, b: Any) -> Any:
    """Return what ``a /= b`` leaves in `a`; see `divide`."""
    return operator.ifloordiv(a, b) if are_integers(a, b) else operator.itruediv(a, b)


def are_integers(*values: Any) -> bool:
    """Return whether all are integers, or arrays or symbols of integers."""
    import numpy as np

    def is_integer(value: Any) -> bool:
        kind = getattr(value, "dtype", None)
        if kind is None:
            return isinstance(value, int)
        try:
            return np.dtype(kind).kind in "iub"
        except TypeError:
            return False

    return all(map(is_integer, values))
