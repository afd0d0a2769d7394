"""Names that Python's library had when Theano's programs were written."""

import collections
import collections.abc
import fractions
import inspect
import math
import time
from types import ModuleType
from typing import Any, NamedTuple


class ArgSpec(NamedTuple):
    """Result of ``inspect.getargspec``."""

    args: list[str]
    varargs: str | None
    keywords: str | None
    defaults: tuple[Any, ...] | None


def restore_python_names() -> None:
    """Restore the names that Python's library has dropped since Python 3.5.

    For a process that runs one old program, and no other.
    """
    for module, names in dropped_names().items():
        for name, value in names.items():
            if name not in vars(module):
                setattr(module, name, value)


def dropped_names() -> dict[ModuleType, dict[str, Any]]:
    """Return, by module, what the names stood for."""
    return {
        collections: {name: getattr(collections.abc, name) for name in collections.abc.__all__},
        fractions: {"gcd": math.gcd},
        inspect: {"getargspec": lambda function: ArgSpec(*inspect.getfullargspec(function)[:4])},
        time: {"clock": time.process_time},
    }
