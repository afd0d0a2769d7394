"""Orders of arrays that are true or false, as before NumPy 1.19.

What is true was Fortran's order: ``x.flatten(1)`` went through columns first. Arguments are looked at only where today's NumPy refuses them.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from lenet.theano_compat.old_names.lost_methods import replace
from lenet.theano_compat.old_names.refused import Arguments, called_again

__all__ = ["take_any_order"]

numpy: Any = np  # whose functions are replaced
# Functions and methods, and the place of the argument.
FUNCTIONS = {
    **dict.fromkeys(("copy", "ravel"), 1),
    **dict.fromkeys(("asanyarray", "asarray", "empty", "ones", "reshape", "zeros"), 2),
    **dict.fromkeys(("array", "full"), 3),
}
METHODS = {"flatten": 1, "ravel": 1, "reshape": None}


def with_any_order(function: Callable[..., Any], place: int | None) -> Callable[..., Any]:
    """Return a function that takes truth for an order, its argument at a place."""

    def with_letter(arguments: tuple[Any, ...], options: dict[str, Any]) -> Arguments:
        given = list(arguments)
        if "order" in options:
            options["order"] = as_letter(options["order"])
        elif place is not None and len(given) > place:
            given[place] = as_letter(given[place])
        return tuple(given), options

    return called_again(function, TypeError, "order must be str", with_letter)


def as_letter(order: Any) -> Any:
    """Return Fortran's letter for what is true, and C's for what is not."""
    return order if isinstance(order, str | bytes) else "F" if order else "C"


def take_any_order() -> None:
    """Let functions and methods of NumPy take truth for orders."""
    for name, place in FUNCTIONS.items():
        setattr(numpy, name, with_any_order(getattr(numpy, name), place))
    methods = {name: with_any_order(getattr(np.ndarray, name), at) for name, at in METHODS.items()}
    replace(np.ndarray, methods)
