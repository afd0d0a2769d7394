"""Public names of a package, imported when they are first asked for (PEP 562)."""

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any


def lazy_names(
    package: str, places: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` of a package.

    Parameters
    ----------
    package : str
    places : dict of str to str
        Modules, and the names that the package takes from each, with spaces between; none for a
        module that is public itself.
    """
    modules = {name: module for module, names in places.items() for name in names.split()}
    submodules = {module.rpartition(".")[2]: module for module in places if not places[module]}

    def __getattr__(name: str) -> Any:  # noqa: N807
        if name in submodules:
            return importlib.import_module(submodules[name])
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(modules[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    def __dir__() -> list[str]:  # noqa: N807
        return sorted({*vars(sys.modules[package]), *modules, *submodules})

    return __getattr__, __dir__
