"""Floats as sizes, shapes and axes, and None as a shape, in functions of NumPy.

Before version 1.12 it left out the digits after the point, and before 2.4 None was the shape of a number.
Functions and methods look at them only where today's NumPy refuses them, which it does before it does anything.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lenet.theano_compat.old_names.lost_methods import replace
from lenet.theano_compat.old_names.refused import Arguments, called_again

__all__ = ["as_integer", "take_floats"]

numpy: Any = np  # whose functions are replaced
REFUSED = re.compile("integ|by non-int|'float' object is not iterable|only int indices")
# Functions, and the places of arguments that are sizes, numbers of things or indices.
FUNCTIONS = {
    **dict.fromkeys(("empty", "full", "identity", "indices", "ones", "zeros"), slice(1)),
    **dict.fromkeys(("eye", "tri"), slice(3)),
    **dict.fromkeys(("delete", "diag", "fromfunction", "histogram"), slice(1, 2)),
    **dict.fromkeys(("insert", "partition", "repeat", "reshape", "resize"), slice(1, 2)),
    **dict.fromkeys(("tile", "vander"), slice(1, 2)),
    # Axes.
    **dict.fromkeys(("amax", "amin", "argmax", "argmin", "max", "mean", "min"), slice(1, 2)),
    **dict.fromkeys(("prod", "std", "sum", "var"), slice(1, 2)),
    **dict.fromkeys(("bincount", "geomspace", "linspace", "logspace"), slice(2, 3)),
}
NAMES = {
    "M",
    "N",
    "axis",
    "bins",
    "minlength",
    "new_shape",
    "newshape",
    "num",
    "obj",
    "reps",
    "shape",
    "size",
}
METHODS = ("reshape", "resize")
# Functions that took None for the shape of a number.
OF_SHAPES = ("empty", "full", "ones", "zeros")


def with_float_sizes(make: Callable[..., Any], places: slice) -> Callable[..., Any]:
    """Return a function that takes floats for sizes, its arguments at some places."""

    def with_integers(arguments: tuple[Any, ...], options: dict[str, Any]) -> Arguments:
        given = list(arguments)
        given[places] = map(as_integers, arguments[places])
        named = {
            name: as_integers(each) if name in NAMES else each for name, each in options.items()
        }
        return tuple(given), named

    return called_again(make, (TypeError, IndexError), REFUSED, with_integers)


def with_no_shape(make: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that takes None for the shape of a number."""

    def with_shape(arguments: tuple[Any, ...], options: dict[str, Any]) -> Arguments:
        return ((), *arguments[1:]), {k: v for k, v in options.items() if k != "shape"}

    return called_again(make, TypeError, "not None as shape", with_shape)


def as_integers(shape: Any) -> Any:
    """Return floats, also those of a list or an array, as integers, all else as it is."""
    if isinstance(shape, list | tuple):
        return tuple(map(as_integers, shape))
    if isinstance(shape, np.ndarray) and shape.ndim == 1 and shape.dtype.kind == "f":
        return shape.astype(int)
    return as_integer(shape)


def as_integer(value: Any) -> Any:
    """Return a finite float without its digits after the point, all else as it is."""
    if type(value) is int:  # nearly always
        return value
    is_float = isinstance(value, float | np.floating) or (
        isinstance(value, np.ndarray) and value.ndim == 0 and value.dtype.kind == "f"
    )
    return int(value) if is_float and np.isfinite(value) else value


def draws(source: Any) -> Iterator[tuple[str, slice]]:
    """Go through the functions of random numbers, and the places of their sizes."""
    for name in dir(source):
        told = re.match(r"\w+\((.*)\)", (getattr(source, name).__doc__ or "").lstrip())
        names = [each.partition("=")[0].strip() for each in told[1].split(",")] if told else []
        if names[:1] == ["d0"]:
            yield name, slice(None)
        elif "size" in names:
            place = names.index("size")
            yield name, slice(place, place + 1)


def of_method(places: slice) -> slice:
    """Return the places of arguments that come after ``self``."""
    return slice((places.start or 0) + 1, places.stop and places.stop + 1)


def take_floats() -> None:
    """Let functions and methods of NumPy take floats for sizes."""
    for name in OF_SHAPES:
        setattr(numpy, name, with_no_shape(getattr(numpy, name)))
    for name, places in FUNCTIONS.items():
        setattr(numpy, name, with_float_sizes(getattr(numpy, name), places))
    for name, places in draws(np.random):
        setattr(np.random, name, with_float_sizes(getattr(np.random, name), places))
    source = np.random.RandomState
    methods = {
        name: with_float_sizes(getattr(source, name), of_method(places))
        for name, places in draws(source)
    }
    replace(source, methods)
    replace(
        np.ndarray,
        {name: with_float_sizes(getattr(np.ndarray, name), slice(1, None)) for name in METHODS},
    )
