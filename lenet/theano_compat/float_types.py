"""``dtype="floatX"`` of sums and unit matrices: the type of that option.

PyTensor takes it in `cast` and in types, not in the constructors of these Ops.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from pytensor import config
from pytensor.tensor.basic import Eye
from pytensor.tensor.elemwise import CAReduce

_own = {each: each.__init__ for each in (CAReduce, Eye)}


def add() -> None:
    """Let the Ops take it; once more changes nothing."""
    for each, construct in _own.items():
        each.__init__ = taking_float_x(construct)


def remove() -> None:
    """Take back `add`."""
    for each, construct in _own.items():
        each.__init__ = construct


def taking_float_x(construct: Callable[..., None]) -> Callable[..., None]:
    """Return a constructor whose arguments may be "floatX"."""

    @wraps(construct)
    def taking(self: Any, *arguments: Any, **keywords: Any) -> None:
        construct(self, *map(named, arguments), **{k: named(v) for k, v in keywords.items()})

    return taking


def named(argument: Any) -> Any:
    """Return an argument, or the name of the type that "floatX" stands for."""
    return config.floatX if isinstance(argument, str) and argument == "floatX" else argument
