"""Functions and methods of NumPy's that take single numbers as NumPy 1 did.

`numpy.where` and `numpy.clip` gave numbers the types that operators gave them, and those that put an integer into an array took the remainder
of one that its type does not hold, 255 of -1 in bytes, which is an error since 2.0.
"""

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from lenet.theano_compat.old_names.lost_methods import replace
from lenet.theano_compat.old_names.number_types import (
    PYTHONS,
    is_of_today,
    with_array,
    wrapped,
)
from lenet.theano_compat.old_names.refused import Arguments, called_again

__all__ = ["take_numbers_as_before"]

numpy: Any = np  # whose functions are replaced
BEYOND = "out of bounds"


def beside(array: Any, number: Any) -> Any:
    """Return a number in the type that it had beside an array, anything else as it is."""
    if not isinstance(array, np.ndarray | np.generic):
        return number
    try:
        number = PYTHONS.get(type(number), lambda other: other)(number)
    except OverflowError:
        return number
    if not isinstance(number, np.ndarray | np.generic) or number.ndim or not array.ndim:
        return number
    pair = with_array(array, number)
    return number if pair is None else pair[1]


def of_choices(where: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``numpy.where`` of arrays and numbers, which take the arrays' types."""

    @wraps(where)
    def chosen(condition: Any, *choices: Any) -> Any:
        if len(choices) == 2 and not is_of_today(sys._getframe(1)):
            one, other = choices
            choices = (beside(other, one), beside(one, other))
        return where(condition, *choices)

    return chosen


def of_bounds(clip: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``numpy.clip``, or the method, that keeps the array's type."""

    @wraps(clip)
    def clipped(a: Any, *arguments: Any, **options: Any) -> Any:
        if not is_of_today(sys._getframe(1)):
            arguments = (*(beside(a, bound) for bound in arguments[:2]), *arguments[2:])
            bounds = {"a_max", "a_min", "max", "min"} & set(options)
            options |= {name: beside(a, options[name]) for name in bounds}
        return clip(a, *arguments, **options)

    return clipped


def within(place: int, name: str, type_of: Callable[..., Any]) -> Callable[..., Arguments]:
    """Return what changes the arguments of what puts integers into an array.

    Parameters
    ----------
    place : int
        Of the integers among the arguments.
    name : str
        Of that argument.
    type_of : function
        Returns the array's type, by the function's arguments.
    """

    def changed(arguments: tuple[Any, ...], options: dict[str, Any]) -> Arguments:
        dtype = type_of(*arguments, **options)
        if name in options:
            return arguments, {**options, name: wrapped(options[name], dtype)}
        value = wrapped(arguments[place], dtype)
        return (*arguments[:place], value, *arguments[place + 1 :]), options

    return changed


def of_first(array: Any, *arguments: Any, **options: Any) -> Any:
    """Return the type of the first argument."""
    return np.asarray(array).dtype


def of_full(shape: Any, fill_value: Any = None, dtype: Any = None, **options: Any) -> Any:
    """Return the type that ``numpy.full`` is asked for."""
    return dtype


def of_full_like(a: Any, fill_value: Any = None, dtype: Any = None, **options: Any) -> Any:
    """Return the type that ``numpy.full_like`` is asked for."""
    return np.asarray(a).dtype if dtype is None else dtype


# Where functions have the integers, what these are called there, and the type that is to hold them.
PUTTING: dict[str, tuple[int, str, Callable[..., Any]]] = {
    "full": (1, "fill_value", of_full),
    "full_like": (1, "fill_value", of_full_like),
    "insert": (2, "values", of_first),
    "place": (2, "vals", of_first),
    "put": (2, "v", of_first),
    "putmask": (2, "values", of_first),
}


def taking_remainders(put: Callable[..., Any], *where: Any) -> Callable[..., Any]:
    """Return a function that puts integers into an array, whatever their size."""
    return called_again(put, OverflowError, BEYOND, within(*where))


def take_numbers_as_before() -> None:
    """Let functions and methods of NumPy's take numbers as NumPy 1 did."""
    numpy.where = of_choices(numpy.where)
    numpy.clip = of_bounds(numpy.clip)
    for name, where in PUTTING.items():
        setattr(numpy, name, taking_remainders(getattr(numpy, name), *where))
    replace(
        np.ndarray,
        {
            "clip": of_bounds(np.ndarray.clip),
            "fill": taking_remainders(np.ndarray.fill, 1, "value", of_first),
            "put": taking_remainders(np.ndarray.put, *PUTTING["put"]),
        },
    )
