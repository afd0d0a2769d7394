"""Single numbers that functions return, computed with as by NumPy 1.

``total += f(x)`` of a float32 loss was float64, as was ``f(x) * 100.0``: NumPy 1 took an array without axes for a number, and
Python's numbers for those of 64 bits. NumPy 2 computes it in float32, where a sum of many losses loses digits.

References
----------
NEP 50, Promotion rules for Python scalars: https://numpy.org/neps/nep-0050-scalar-promotion.html
"""

from typing import Any

import numpy as np
from pytensor.compile.executor import Function

__all__ = ["Number", "add", "plain", "remove"]

PYTHONS = (complex, float, int)  # but not what is derived of them, as numpy.float64 and bool
_call = Function.__call__


class Number(np.ndarray):
    """Array without axes, by NumPy 1's rules of types; results are NumPy's own."""

    __slots__ = ()
    __array_priority__ = -1.0  # what comes of it and another array is of the other's class

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = (), **options: Any
    ) -> Any:
        """Compute of arrays and numbers."""
        values = [plain(each) for each in inputs]
        # ``x ** 2.0`` was a square, of the type of `x`.
        is_square = ufunc is np.power and type(values[1]) is float and values[1] == 2
        if method == "__call__" and not is_square:
            values = promoted(values)
        if out:
            options["out"] = tuple(map(plain, out))
        result = getattr(ufunc, method)(*values, **options)
        return out[0] if len(out) == 1 else result

    def __reduce__(self) -> Any:
        """Return what a pickle has: a plain array."""
        return plain(self).__reduce__()

    def __repr__(self) -> str:
        """Return the text of a plain array."""
        return repr(plain(self))


def plain(value: Any) -> Any:
    """Return a number as an array of NumPy's, anything else as it is."""
    return value.view(np.ndarray) if type(value) is Number else value


def promoted(values: list[Any]) -> list[Any]:
    """Return operands whose types NumPy 2 promotes as NumPy 1 did."""
    arrays = [each for each in values if isinstance(each, np.ndarray) and each.ndim]
    if not arrays:
        return [np.asarray(each) if type(each) in PYTHONS else each for each in values]
    # A number gives way to arrays of floats.
    if all(each.dtype.kind in "fc" for each in arrays):
        return [
            each.item()
            if isinstance(each, np.ndarray) and not each.ndim and each.dtype.kind in "fiu"
            else each
            for each in values
        ]
    return values


def number(value: Any) -> Any:
    """Return an array without axes, of integers or floats, as a `Number`."""
    if type(value) is np.ndarray and not value.ndim and value.dtype.kind in "fiu":
        return value.view(Number)
    return value


def call(function: Function, *arguments: Any, **keywords: Any) -> Any:
    """Call a function; a program's returns `Number`, and forgets its arguments."""
    results = _call(function, *arguments, **keywords)
    if not hasattr(function.maker, "without_updates"):  # PyTensor's own
        return results
    # As in Theano whatever `allow_gc` says: programs count the inputs without a value to learn how many are asked for.
    for storage in function._clear_input_storage_data:
        storage[0] = None
    return [*map(number, results)] if type(results) is list else number(results)


def add() -> None:
    """Let functions return them; doing it again changes nothing."""
    Function.__call__ = call


def remove() -> None:
    """Take back `add`."""
    Function.__call__ = _call
