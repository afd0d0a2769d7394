"""Subset of ``six``, which Theano depended on and had a copy of.

It imports nothing of PyTensor, whose settings a program may still want to choose.
"""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, NoReturn

from lenet.theano_compat.six import moves

__all__ = [
    "PY2",
    "PY3",
    "Iterator",
    "add_metaclass",
    "advance_iterator",
    "b",
    "binary_type",
    "class_types",
    "get_function_code",
    "integer_types",
    "iteritems",
    "iterkeys",
    "itervalues",
    "moves",
    "next",
    "reraise",
    "string_types",
    "text_type",
    "u",
    "with_metaclass",
]

PY2, PY3 = False, True
string_types = (str,)
integer_types = (int,)
text_type = str
class_types = (type,)
binary_type = bytes
Iterator = object
advance_iterator = next
next = next  # noqa: A001


def iterkeys(mapping: Mapping) -> Any:
    """Return an iterator over a mapping's keys."""
    return iter(mapping.keys())


def b(text: str) -> bytes:
    """Return a literal of Python 2 as bytes."""
    return text.encode("latin-1")


def u(text: str) -> str:
    """Return a text, which is Unicode."""
    return text


def get_function_code(function: Any) -> Any:
    """Return the compiled code of a function."""
    return function.__code__


def reraise(
    kind: type, value: BaseException | None, trace: TracebackType | None = None
) -> NoReturn:
    """Raise an exception again, with its traceback."""
    raise (value if value is not None else kind()).with_traceback(trace)


def with_metaclass(metaclass: type, *bases: type) -> type:
    """Return a base class whose subclasses are made by `metaclass`."""
    return metaclass("NewBase", bases, {})


def iteritems(mapping: Mapping) -> Any:
    """Return an iterator over a mapping's pairs."""
    return iter(mapping.items())


def itervalues(mapping: Mapping) -> Any:
    """Return an iterator over a mapping's values."""
    return iter(mapping.values())


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
