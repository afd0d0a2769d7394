"""Python's module `imp`, which Python 3.12 has dropped: what programs used of it."""

import importlib.util
import sys
from importlib import reload
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ModuleSpec,
    PathFinder,
)
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = [
    "C_EXTENSION",
    "PKG_DIRECTORY",
    "PY_COMPILED",
    "PY_SOURCE",
    "find_module",
    "get_suffixes",
    "load_module",
    "load_source",
    "new_module",
    "reload",
]
PY_SOURCE, PY_COMPILED, C_EXTENSION, PKG_DIRECTORY = 1, 2, 3, 5

Description = tuple[str, str, int]
new_module = ModuleType


def get_suffixes() -> list[Description]:
    """Return the endings of modules' files, each with its mode and kind."""
    kinds = [
        (EXTENSION_SUFFIXES, "rb", C_EXTENSION),
        (SOURCE_SUFFIXES, "r", PY_SOURCE),
        (BYTECODE_SUFFIXES, "rb", PY_COMPILED),
    ]
    return [(suffix, mode, kind) for suffixes, mode, kind in kinds for suffix in suffixes]


def load_source(name: str, pathname: str, file: Any = None) -> ModuleType:
    """Load a file as the module of a name, again if it has been loaded."""
    return loaded(name, importlib.util.spec_from_file_location(name, pathname), pathname)


def find_module(name: str, path: Any = None) -> tuple[Any, str, Description]:
    """Return the open file of a module, its path and its description.

    A package has no file.

    Raises
    ------
    ImportError
        If there is none.
    """
    spec = PathFinder.find_spec(name, path)
    if spec is None or spec.origin is None:
        raise ImportError(f"No module named {name!r}", name=name)
    if spec.submodule_search_locations is not None:
        return None, str(Path(spec.origin).parent), ("", "", PKG_DIRECTORY)
    for description in get_suffixes():
        if spec.origin.endswith(description[0]):
            return open(spec.origin, description[1]), spec.origin, description
    raise ImportError(f"No module named {name!r} that is a file", name=name)


def load_module(name: str, file: Any, pathname: str, description: Description) -> ModuleType:
    """Load what `find_module` has found."""
    path = Path(pathname)
    if description[2] == PKG_DIRECTORY:
        path /= "__init__.py"
    return loaded(name, importlib.util.spec_from_file_location(name, path), pathname)


def loaded(name: str, spec: ModuleSpec | None, pathname: str) -> ModuleType:
    """Return the module of a specification, which counts as imported."""
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot load {pathname!r} as a module", name=name, path=pathname)
    for finder in sys.meta_path:
        if hasattr(finder, "converted"):  # that of programs for Python 2
            finder.converted(spec)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
