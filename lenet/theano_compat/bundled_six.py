"""Bundled package ``six``, for programs that import it where it is not installed.

Theano depended on it.
"""

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

PACKAGES = ("six", "six.moves")


class SixFinder(MetaPathFinder):
    """Finds ``six`` and what is below it in `lenet.theano_compat.six`."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the specification of ``six`` or of one of its modules."""
        if name.split(".")[0] != "six":
            return None
        return ModuleSpec(name, SixLoader(), is_package=name in PACKAGES)


class SixLoader(Loader):
    """Loader that gives a module another name: ``six.moves.cPickle`` is ``pickle``."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the module of the other name.

        Raises
        ------
        ModuleNotFoundError
            If there is no such module.
        """
        from lenet.theano_compat import six

        module: Any = six
        for part in spec.name.split(".")[1:]:
            module = getattr(module, part, None)
        if not isinstance(module, ModuleType):
            raise ModuleNotFoundError(f"No module named {spec.name!r}", name=spec.name)
        self.original = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Restore the module's own specification, which the import system has replaced."""
        module.__spec__ = self.original


def provide_six() -> None:
    """Let a program import ``six``, if it is not installed."""
    if find_spec("six") is None:
        sys.meta_path.insert(0, SixFinder())
