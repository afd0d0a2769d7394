"""Theano's ``theano.compat``: names that Python 2 and 3 have in different places."""

import pickle
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from io import BytesIO, StringIO
from itertools import zip_longest
from operator import truediv as operator_div
from typing import Any

__all__ = [
    "PY3",
    "BytesIO",
    "Callable",
    "Counter",
    "DefaultOrderedDict",
    "Iterable",
    "Mapping",
    "MutableMapping",
    "OrderedDict",
    "StringIO",
    "cmp",
    "decode",
    "defaultdict",
    "exc_message",
    "exc_value",
    "get_unbound_function",
    "imap",
    "iteritems",
    "izip",
    "next",
    "operator_div",
    "pickle",
    "string_types",
    "zip_longest",
]

PY3 = True
cPickle = pickle
string_types = (str,)
integer_types = (int,)
text_type = str
izip = zip
imap = map
xrange = range
next = next  # noqa: A001


class DefaultOrderedDict(OrderedDict):
    """An ordered dictionary that makes values for keys it lacks.

    Parameters
    ----------
    default_factory : callable, optional
        Makes a value.
    """

    def __init__(self, default_factory: Any = None, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.default_factory = default_factory

    def __missing__(self, key: Any) -> Any:
        if self.default_factory is None:
            raise KeyError(key)
        self[key] = self.default_factory()
        return self[key]


def iteritems(mapping: Mapping) -> Any:
    """Return an iterator over a mapping's pairs."""
    return iter(mapping.items())


def itervalues(mapping: Mapping) -> Any:
    """Return an iterator over a mapping's values."""
    return iter(mapping.values())


def cmp(a: Any, b: Any) -> int:
    """Return -1, 0 or 1, as the first is less, equal or greater."""
    return (a > b) - (a < b)


def exc_message(error: BaseException) -> Any:
    """Return an exception's first argument."""
    return error.args[0] if error.args else str(error)


def exc_value(error: BaseException) -> Any:
    """Return an exception's first argument."""
    return exc_message(error)


def decode(text: Any) -> str:
    """Return bytes as text."""
    return text.decode("utf-8") if isinstance(text, bytes) else text


def get_unbound_function(function: Any) -> Any:
    """Return the function of a method."""
    return getattr(function, "__func__", function)


def add_metaclass(metaclass: type) -> Any:
    """Return a decorator that makes a class anew with a metaclass."""

    def remake(cls: type) -> type:
        members = {
            name: value
            for name, value in vars(cls).items()
            if name not in ("__dict__", "__weakref__")
        }
        return metaclass(cls.__name__, cls.__bases__, members)

    return remake
