"""Forwarding of a Theano module's names to PyTensor, or a message on missing ones."""

import dis
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from types import FrameType
from typing import Any

from lenet.theano_compat.imported_names import imported_name
from lenet.theano_compat.star_names import NAMES, star_names

PACKAGE = "lenet.theano_compat"
# What each module has been forwarded to.
SOURCES: dict[str, tuple[str, ...]] = {}


def forward(
    module: str, *sources: str, missing: Mapping[str, str] | None = None
) -> Callable[[str], Any]:
    """Return a ``__getattr__`` for a module that forwards the names that it lacks.

    Parameters
    ----------
    module : str
        Name of the module, below `lenet.theano_compat.theano`.
    sources : str
        Modules of PyTensor, imported when they are first needed, that have what Theano had there.
    missing : mapping, optional
        What to use in place of a name that is known to be missing.
    """
    theano_name = module.removeprefix(f"{PACKAGE}.")
    SOURCES[module] = sources
    if theano_name in NAMES:  # the file has a part of them, and Python is to ask `find` for all
        vars(sys.modules[module]).pop("__all__", None)

    def find(name: str) -> Any:
        if name == "__all__":
            return star_names(sys.modules[module], sources)
        if not (name.startswith("__") and name.endswith("__")):
            submodule = f"{module}.{name}"
            if hasattr(sys.modules[module], "__path__") and find_spec(submodule) is not None:
                return import_module(submodule)
            for source in sources:
                try:
                    return getattr(import_module(source), name)
                except AttributeError:
                    continue
            with suppress(AttributeError):
                return imported_name(module, name)
        advice = (missing or {}).get(name, "")
        raise missing_name(f"{theano_name} has no {name!r} here", advice, sys._getframe(1))

    return find


def missing_name(message: str, advice: str, asking: FrameType) -> Exception:
    """Return the exception for a missing name, of a type whose text reaches the user.

    An AttributeError within ``from module import name`` is replaced by Python, message and all.
    """
    text = f"{message}: {advice}" if advice else message
    opcode = asking.f_code.co_code[asking.f_lasti]
    return (ImportError if dis.opname[opcode] == "IMPORT_FROM" else AttributeError)(text)
