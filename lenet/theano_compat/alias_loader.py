"""Loader of a module under another name, for `import theano` and for old names."""

from importlib import import_module
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType


class AliasLoader(Loader):
    """Loader of a module that is there under another name, and stays what it is."""

    def __init__(self, original: ModuleSpec) -> None:
        self.original = original

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the module of the other name."""
        return import_module(self.original.name)

    def exec_module(self, module: ModuleType) -> None:
        """Restore the module's own specification, which the import system has replaced."""
        module.__spec__ = self.original
