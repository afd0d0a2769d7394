"""Theano's ``theano.compat.six.moves``."""

from typing import Any

from six import moves


def __getattr__(name: str) -> Any:
    # six imports what has moved when it is first asked for.
    return getattr(moves, name)
