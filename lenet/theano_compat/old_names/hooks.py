"""Import hook that gives libraries their old names as soon as they are imported."""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from lenet.theano_compat.alias_loader import AliasLoader
from lenet.theano_compat.old_names.changed_programs import change_programs
from lenet.theano_compat.old_names.table import CHANGES, MODULES, NAMES, OF_PYTHON, WITH_ALL_OF

MODULES_WITH_NAMES = {*NAMES, *WITH_ALL_OF, *CHANGES}


def restore() -> None:
    """Give libraries back the names that they have dropped.

    Now, or when they are imported. Names that are there stay as they are. Doing it again changes nothing.
    """
    if any(isinstance(finder, OldNamesFinder) for finder in sys.meta_path):
        return
    change_programs()
    sys.meta_path.insert(0, OldNamesFinder())
    for name in sorted(MODULES_WITH_NAMES & sys.modules.keys()):
        add_names(sys.modules[name])


def add_names(module: ModuleType) -> None:
    """Put the old names of a module into it."""
    name = module.__name__
    added = {
        old: resolved(place) for old, place in NAMES.get(name, {}).items() if not has(module, old)
    }
    if name in WITH_ALL_OF:
        others = vars(import_module(WITH_ALL_OF[name]))
        added |= {
            old: value
            for old, value in others.items()
            if not (old.startswith("_") or old in added or has(module, old))
        }
    vars(module).update(added)
    if isinstance(public := getattr(module, "__all__", None), list):
        # ``from module import *`` gives them, too, but no other meaning to Python's own names.
        public += [
            old
            for old, value in added.items()
            if not (isinstance(value, ModuleType) or old in OF_PYTHON)
        ]
    if name in CHANGES:
        resolved(CHANGES[name])()


def has(module: ModuleType, name: str) -> bool:
    """Return whether a module has a name, or will have.

    Libraries import their parts when they are asked for.
    """
    return name in vars(module) or name in getattr(module, "__all__", ())


def resolved(place: str) -> Any:
    """Return what "module:name" stands for, or a module by its name alone."""
    module, _, name = place.partition(":")
    return getattr(import_module(module), name) if name else import_module(module)


class OldNamesFinder(MetaPathFinder):
    """Finder of modules that are gone, and of those that get old names."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the specification of a module, if it has to do with old names."""
        if (part := part_of_today(name)) is not None:
            return alias_spec(name, part)
        if name not in MODULES and name not in MODULES_WITH_NAMES:
            return None
        spec = self.spec_of_others(name, path, target)
        if spec is None:
            return alias_spec(name, MODULES.get(name))
        if name in MODULES_WITH_NAMES and spec.loader is not None:
            spec.loader = NamesAdder(spec.loader)
        return spec

    def spec_of_others(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None
    ) -> ModuleSpec | None:
        """Return what the finders that come after this one find."""
        for finder in sys.meta_path:
            if finder is not self and (spec := finder.find_spec(name, path, target)) is not None:
                return spec
        return None


def alias_spec(name: str, place: str | None) -> ModuleSpec | None:
    """Return a specification by which a module that is gone is that of today."""
    try:
        original = None if place is None else find_spec(place)
    except ModuleNotFoundError:
        return None
    return None if original is None else ModuleSpec(name, AliasLoader(original))


def part_of_today(name: str) -> str | None:
    """Return the name of today for a part of a package that is gone.

    Found beside the package's other files, it would be loaded a second time, with classes that are not those of the first.
    """
    package, _, part = name.rpartition(".")
    spec = getattr(sys.modules.get(package), "__spec__", None)
    if spec is None or spec.name == package:
        return None
    is_gone = any(f"{name}.".startswith(f"{old}.") for old in MODULES)
    return MODULES.get(name, f"{spec.name}.{part}") if is_gone else None


class NamesAdder(Loader):
    """Loader that lets another load a module, and then adds the old names."""

    def __init__(self, loader: Any) -> None:
        self.loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Return the other loader's module."""
        module: ModuleType | None = self.loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Load the module as if by the other loader alone, and add the names."""
        module.__loader__ = self.loader
        if module.__spec__ is not None:
            module.__spec__.loader = self.loader
        self.loader.exec_module(module)
        add_names(module)
