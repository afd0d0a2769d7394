"""A program's own module ``lenet``, which is not this package.

LeNet is what many a program calls its network, and the file that has it. Programs import it by another name, under which they find
this package if they have no such module.
"""

import ast
import re
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import find_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import cast

import lenet
from lenet.theano_compat.alias_loader import AliasLoader

__all__ = ["OwnLenetFinder", "imports_of_lenet", "may_import_lenet", "with_own_lenet"]

LENET, OWN = "lenet", "lenet_of_the_program"
IMPORT = re.compile(rb"^[^#\n]*\b(from|import)\b[^#\n]*\blenet\b", re.MULTILINE)
PACKAGES = Path(__file__).parents[3]  # the folder that has this package


def may_import_lenet(source: bytes) -> bool:
    """Return whether a program may import a module of that name."""
    return IMPORT.search(source) is not None


def imports_of_lenet(tree: ast.Module) -> list[ast.Import | ast.ImportFrom]:
    """Return the imports of a module of that name, or of what is below it."""
    return [
        node
        for node in ast.walk(tree)
        if (isinstance(node, ast.Import) and any(is_lenet(each.name) for each in node.names))
        or (isinstance(node, ast.ImportFrom) and not node.level and is_lenet(node.module or ""))
    ]


def with_own_lenet(tree: ast.Module) -> ast.Module:
    """Return a program that imports the module by its other name."""
    for node in imports_of_lenet(tree):
        if isinstance(node, ast.ImportFrom):
            node.module = renamed(node.module or "")
            continue
        names = []
        for each in node.names:
            if not is_lenet(each.name):
                names.append(each)
            elif each.asname or each.name == LENET:
                names.append(ast.alias(renamed(each.name), each.asname or LENET))
            else:  # ``import lenet.layers`` gives `lenet`
                names += [ast.alias(renamed(each.name)), ast.alias(OWN, LENET)]
        node.names = [ast.copy_location(each, node) for each in names]
    return tree


def is_lenet(name: str) -> bool:
    """Return whether a name is of the module or of what is below it."""
    return f"{name}.".startswith(f"{LENET}.")


def renamed(name: str) -> str:
    """Return the other name of such a module."""
    return OWN + name.removeprefix(LENET)


def own_lenet() -> ModuleSpec | None:
    """Return the specification of the program's own module, where there is one."""
    folders = [each for each in sys.path if Path(each).resolve() != PACKAGES]
    for finder in sys.meta_path:
        spec = finder.find_spec(LENET, folders)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            return spec
    return None


class OwnLenetFinder(MetaPathFinder):
    """Finder of the program's own module by its other name.

    Parameters
    ----------
    loader : type
        Of modules that no other finder converts.
    """

    def __init__(self, loader: type[SourceFileLoader]) -> None:
        self.loader = loader

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the module's specification, or this package's."""
        if name == OWN and (own := own_lenet()):
            return self.loaded(own)
        if name == OWN or (f"{name}.".startswith(f"{OWN}.") and sys.modules[OWN] is lenet):
            original = find_spec(LENET + name.removeprefix(OWN))
            return original and ModuleSpec(name, AliasLoader(original))
        return None

    def loaded(self, spec: ModuleSpec) -> ModuleSpec | None:
        """Return the specification of the program's own module under its other name."""
        kind = cast("type[SourceFileLoader]", type(spec.loader))
        loader = (self.loader if kind is SourceFileLoader else kind)(OWN, spec.origin or "")
        places = spec.submodule_search_locations
        return spec_from_file_location(OWN, loader=loader, submodule_search_locations=places)
