"""Theano's ``theano.gof.utils``."""

from typing import Any

from pytensor.graph.utils import MetaObject, MethodNotDefined, Scratchpad

from lenet.theano_compat.forwarding import forward

__all__ = ["MethodNotDefined", "TestValueError", "hashtype", "object2", "scratchpad"]

__getattr__ = forward(__name__, "pytensor.graph.utils", "pytensor.utils")

object2 = MetaObject
scratchpad = Scratchpad


class TestValueError(Exception):
    """A test value is missing or unsuitable."""

    __test__ = False  # not a test, whatever pytest makes of its name


def hashtype(self: Any) -> int:
    """Return a hash of an object's class."""
    kind = type(self)
    return hash(kind.__name__) ^ hash(kind.__module__)
