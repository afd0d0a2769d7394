"""Imports of what lies beside a package's module, by its bare name."""

import ast
from pathlib import Path

__all__ = ["ENDINGS", "BareImports"]

ENDINGS = (".py", ".so", "/__init__.py")


class BareImports(ast.NodeTransformer):
    """Makes imports relative that found first what lies beside a module.

    ``import a`` becomes ``from . import a``, and ``import a.b as c`` becomes ``from .a import b as c``, if there is an `a`
    beside the module. 2to3 does so with the first of them, and writes the second wrong.

    Parameters
    ----------
    folder : Path
        The package's.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def is_beside(self, name: str) -> bool:
        """Return whether a module's first part lies in the package."""
        first = name.partition(".")[0]
        return any((self.folder / f"{first}{ending}").exists() for ending in ENDINGS)

    def visit_Import(self, node: ast.Import) -> list[ast.stmt]:
        """Replace the names that lie beside the module."""
        changed: list[ast.stmt] = []
        for each in node.names:
            package, _, name = each.name.rpartition(".")
            if not self.is_beside(each.name):
                changed.append(ast.Import([each]))
            elif each.asname or not package:
                changed.append(ast.ImportFrom(package or None, [ast.alias(name, each.asname)], 1))
            else:
                # The first part has the name; the whole is imported as well.
                first = package.partition(".")[0]
                changed += [
                    ast.ImportFrom(package, [ast.alias(name, "_imported")], 1),
                    ast.ImportFrom(None, [ast.alias(first)], 1),
                ]
        return [ast.copy_location(each, node) for each in changed]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.ImportFrom:
        """Import from a module that lies beside this one."""
        if not node.level and node.module and self.is_beside(node.module):
            node.level = 1
        return node
