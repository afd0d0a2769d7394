"""Lists of different lengths, which NumPy before 1.24 took for arrays of lists.

Functions look at them only where today's NumPy refuses them, which it does before it does anything. Functions that compute with each number,
as `numpy.add`, are left as they are: they are no functions of Python's that could be replaced.
"""

from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np

from lenet.theano_compat.old_names.lost_methods import replace
from lenet.theano_compat.old_names.refused import Arguments, called_again

__all__ = ["take_uneven_lists"]

numpy: Any = np  # whose functions are replaced
make_array, equal = np.array, np.array_equal
REFUSED = "inhomogeneous"  # a word that NumPy says of such lists alone
MAKING = ("array", "asanyarray", "asarray", "ascontiguousarray", "asfortranarray", "copy")
# Functions that take apart, turn round, count or sum up what an array is made of.
FUNCTIONS = (
    *("append", "argsort", "array_split", "atleast_1d", "atleast_2d", "compress", "delete"),
    *("expand_dims", "flip", "full", "insert", "max", "min", "ndim", "nonzero", "ravel"),
    *("repeat", "require", "reshape", "resize", "roll", "save", "shape", "size", "sort", "split"),
    *("squeeze", "sum", "take", "tile", "transpose", "unique", "where"),
)
# Functions whose first argument is a list of arrays.
JOINING = ("column_stack", "concatenate", "dstack", "hstack", "stack", "vstack")


def as_objects(value: Any) -> Any:
    """Return lists of different lengths as an array of lists, all else as it is."""
    if not isinstance(value, list | tuple | deque):
        return value
    try:
        make_array(value)
    except ValueError as error:
        if REFUSED in str(error):
            return make_array(value, dtype=object)
    return value


def of_uneven_lists(function: Callable[..., Any], *, joins: bool = False) -> Callable[..., Any]:
    """Return a function of NumPy's that takes lists of different lengths, too.

    Parameters
    ----------
    function
        What NumPy has.
    joins
        Whether its first argument is a list of arrays.
    """

    def with_objects(arguments: tuple[Any, ...], options: dict[str, Any]) -> Arguments:
        first = [[as_objects(each) for each in arguments[0]]] if joins and arguments else []
        given = (*first, *map(as_objects, arguments[len(first) :]))
        return given, {name: as_objects(each) for name, each in options.items()}

    return called_again(function, ValueError, REFUSED, with_objects)


def array_equal(a1: Any, a2: Any, *arguments: Any, **options: Any) -> bool:
    """Return whether two arrays, or lists of lists, have the same shape and elements."""
    try:
        return equal(as_objects(a1), as_objects(a2), *arguments, **options)
    except ValueError:  # a list of arrays, which are not compared
        return False


def take_uneven_lists() -> None:
    """Let functions of NumPy, and permutations, take lists of different lengths."""
    for name in (*MAKING, *FUNCTIONS):
        setattr(numpy, name, of_uneven_lists(getattr(numpy, name)))
    for name in JOINING:
        setattr(numpy, name, of_uneven_lists(getattr(numpy, name), joins=True))
    numpy.array_equal = array_equal
    np.random.permutation = of_uneven_lists(np.random.permutation)
    source: Any = np.random.RandomState
    replace(source, {"permutation": of_uneven_lists(source.permutation)})
    replace(np.vectorize, {"__call__": of_uneven_lists(np.vectorize.__call__)})
