"""Theano's ``theano.compat``: names that Python 2 and 3 have in different places."""

import pickle
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from io import BytesIO, StringIO
from itertools import zip_longest
from operator import truediv as operator_div
from typing import Any

from six import (
    add_metaclass,
    integer_types,
    iteritems,
    itervalues,
    string_types,
    text_type,
)

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
    "add_metaclass",
    "cmp",
    "decode",
    "defaultdict",
    "exc_message",
    "exc_value",
    "get_unbound_function",
    "ifilter",
    "imap",
    "integer_types",
    "iteritems",
    "itervalues",
    "izip",
    "next",
    "operator_div",
    "pickle",
    "string_types",
    "text_type",
    "zip_longest",
]

PY3 = True
cPickle = pickle
izip = zip
imap = map
ifilter = filter
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
