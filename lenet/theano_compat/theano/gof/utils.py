"""Theano's ``theano.gof.utils``."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import cache as memoize
from functools import wraps
from graphlib import TopologicalSorter
from typing import Any

from pytensor.graph.basic import Variable
from pytensor.graph.utils import MetaObject, MethodNotDefined, Scratchpad
from pytensor.utils import hash_from_code

from lenet.files import read_regular
from lenet.theano_compat.forwarding import forward

__all__ = [
    "MethodNotDefined",
    "TestValueError",
    "deprecated",
    "give_variables_names",
    "hash_from_file",
    "hashtype",
    "hist",
    "memoize",
    "object2",
    "remove",
    "scratchpad",
    "toposort",
    "unique",
]

__getattr__ = forward(__name__, "pytensor.graph.utils", "pytensor.utils")

MOST_BYTES = 2**31  # of a file that is hashed

object2 = MetaObject
scratchpad = Scratchpad


class TestValueError(Exception):
    """A test value is missing or unsuitable."""

    __test__ = False  # not a test, whatever pytest makes of its name


def hashtype(self: Any) -> int:
    """Return a hash of an object's class."""
    kind = type(self)
    return hash(kind.__name__) ^ hash(kind.__module__)


def deprecated(filename: str, msg: str = "") -> Callable[[Callable], Callable]:
    """Return a decorator by which a function's first call prints a warning."""

    def decorate(function: Callable) -> Callable:
        told: list[bool] = []

        @wraps(function)
        def warning(*arguments: Any, **keywords: Any) -> Any:
            if not told:
                told.append(True)
                print(f"WARNING: {filename}.{function.__name__} deprecated. {msg}")
            return function(*arguments, **keywords)

        return warning

    return decorate


def toposort(prereqs_d: Mapping[Hashable, Iterable[Hashable]]) -> list[Any]:
    """Return keys in an order in which each comes after those that its value names.

    Raises
    ------
    ValueError
        If there is none.
    """
    return list(TopologicalSorter(prereqs_d).static_order())


def hist(coll: Iterable[Hashable]) -> dict[Any, int]:
    """Return how often each element comes."""
    return dict(Counter(coll))


def unique(x: Iterable[Hashable]) -> bool:
    """Return whether no element comes twice."""
    return all(count == 1 for count in Counter(x).values())


def remove(predicate: Callable[[Any], bool], coll: Iterable[Any]) -> list[Any]:
    """Return the elements of which something is not true."""
    return [each for each in coll if not predicate(each)]


def give_variables_names(variables: list[Variable]) -> list[Variable]:
    """Give variables names of their own, where they have none or share one."""
    counts = Counter(variable.name for variable in variables)
    unnamed = [each for each in variables if not each.name or counts[each.name] > 1]
    for number, variable in enumerate(unnamed):
        variable.name = f"{variable.name or ''}_{number}"
    return variables


def hash_from_file(file_path: str) -> str:
    """Return a hash of a file's bytes."""
    return str(hash_from_code(read_regular(file_path, MOST_BYTES)))
