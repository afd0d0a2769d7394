"""Theano's ``theano.gof.link``."""

from typing import Any

import pytensor.link.basic

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.old_constructor import OldConstructor

__all__ = ["Container"]

__getattr__ = forward(__name__, "pytensor.link.basic", "pytensor.link.utils")


class Container(metaclass=OldConstructor):
    """Container of a shared variable's value."""

    original = pytensor.link.basic.Container
    build = original

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__class__ = self.original
        self.__init__(  # type: ignore[misc]
            state["type"],
            state["storage"],
            readonly=state["readonly"],
            strict=state["strict"],
            allow_downcast=state.get("allow_downcast"),  # it is not in the oldest pickles
            name=state["name"],
        )
