"""Python's module `imp`, which Python 3.12 has dropped: what programs used of it."""

import importlib.util
import sys
from _imp import (
    acquire_lock,
    init_frozen,
    is_builtin,
    is_frozen,
    is_frozen_package,
    lock_held,
    release_lock,
)
from importlib import import_module, reload
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ModuleSpec,
    PathFinder,
)
from importlib.util import cache_from_source, source_from_cache
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = [
    "C_BUILTIN",
    "C_EXTENSION",
    "IMP_HOOK",
    "PKG_DIRECTORY",
    "PY_CODERESOURCE",
    "PY_COMPILED",
    "PY_FROZEN",
    "PY_RESOURCE",
    "PY_SOURCE",
    "SEARCH_ERROR",
    "acquire_lock",
    "cache_from_source",
    "find_module",
    "get_magic",
    "get_suffixes",
    "get_tag",
    "init_builtin",
    "init_frozen",
    "is_builtin",
    "is_frozen",
    "is_frozen_package",
    "load_compiled",
    "load_dynamic",
    "load_module",
    "load_package",
    "load_source",
    "lock_held",
    "new_module",
    "release_lock",
    "reload",
    "source_from_cache",
]
SEARCH_ERROR, PY_SOURCE, PY_COMPILED, C_EXTENSION, PY_RESOURCE, PKG_DIRECTORY, C_BUILTIN = range(7)
PY_FROZEN, PY_CODERESOURCE, IMP_HOOK = range(7, 10)

Description = tuple[str, str, int]
new_module = ModuleType
init_builtin = import_module


def get_suffixes() -> list[Description]:
    """Return the endings of modules' files, each with its mode and kind."""
    kinds = [
        (EXTENSION_SUFFIXES, "rb", C_EXTENSION),
        (SOURCE_SUFFIXES, "r", PY_SOURCE),
        (BYTECODE_SUFFIXES, "rb", PY_COMPILED),
    ]
    return [(suffix, mode, kind) for suffixes, mode, kind in kinds for suffix in suffixes]


def get_magic() -> bytes:
    """Return how files of compiled Python begin."""
    return importlib.util.MAGIC_NUMBER


def get_tag() -> str | None:
    """Return what files of compiled Python have in their names."""
    return sys.implementation.cache_tag


def load_source(name: str, pathname: str, file: Any = None) -> ModuleType:
    """Load a file as the module of a name, again if it has been loaded."""
    return loaded(name, importlib.util.spec_from_file_location(name, pathname), pathname)


load_dynamic = load_compiled = load_source  # by the file's ending


def load_package(name: str, path: str) -> ModuleType:
    """Load the folder of a package as the module of a name."""
    return load_source(name, str(Path(path, "__init__.py")))


def find_module(name: str, path: Any = None) -> tuple[Any, Any, Description]:
    """Return the open file of a module, its path and its description.

    A package has no file, and what is built into Python no path either.

    Raises
    ------
    ImportError
        If there is none.
    """
    if path is None and is_builtin(name):
        return None, None, ("", "", C_BUILTIN)
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
    if description[2] == C_BUILTIN:
        return init_builtin(name)
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
