"""Imports: how names of the ported program are written, and what that takes."""

import ast
import builtins
from dataclasses import dataclass

from lenet.porting.names import shim_module
from lenet.porting.scopes import Scope, Scopes
from lenet.porting.source import Source

LINE_LENGTH = 100
# Submodules that `import pytensor` brings, under their own names.
AT_HAND = {
    "pytensor": ("compile", "gradient", "graph", "printing", "tensor", "config"),
    "pytensor.tensor": ("linalg", "random", "special", "elemwise", "sharedvar", "variable", "type"),
}
# How a module is imported that the program has no name for: the statement, and its name.
STATEMENTS = {
    "lenet.nnet": ("from lenet import {}", "nnet", "lenet_nnet"),
    "lenet.random_streams": ("from lenet import {}", "random_streams", "lenet_random_streams"),
    "pytensor.tensor": ("import pytensor.tensor as {}", "pt", "pytensor_tensor"),
    "pytensor": ("import {}", "pytensor", "pytensor_package"),
    "numpy": ("import {}", "numpy", "numpy_package"),
    "collections": ("import {}", "collections", "collections_module"),
    "collections.abc": ("import {}", "collections.abc", "collections_abc"),
    "math": ("import {}", "math", "math_module"),
    "time": ("import {}", "time", "time_module"),
}  # fmt: skip


@dataclass(frozen=True)
class Alias:
    """A name of a module.

    Parameters
    ----------
    old, new : str
        The name in the old program and in the new one.
    module : str
        What it stands for in the new one.
    scope : Scope
        Where it is bound.
    """

    old: str
    new: str
    module: str
    scope: Scope


class Names:
    """Writes dotted names by a program's names of modules, and gathers imports.

    Parameters
    ----------
    scopes : Scopes
    """

    def __init__(self, scopes: Scopes) -> None:
        self.scopes = scopes
        self.aliases: list[Alias] = []
        self.added: dict[str, str] = {}
        self.statements: list[str] = []

    def write(self, target: str, scope: Scope, root: str = "") -> str:
        """Return the text for a dotted name at a place.

        Parameters
        ----------
        target : str
            A module's, or that of what is in one; Python's own text if it has no dot.
        scope : Scope
            Of the place.
        root : str
            The name of the old program that the old text begins with.
        """
        if target.startswith("-"):
            return f"(-{self.write(target[1:], scope, root)})"
        if "." not in target and target not in STATEMENTS:
            return target
        fitting = [
            alias
            for alias in self.aliases
            if scope.holder(alias.old) is alias.scope and reached(alias.module, target)
        ]
        if fitting:
            best = max(fitting, key=lambda alias: (alias.old == root, len(alias.module)))
            return best.new + target.removeprefix(best.module)
        module, _, name = target.rpartition(".")
        if target in STATEMENTS:
            return self.module_name(target)
        for place in ("pytensor.tensor", "pytensor", module):
            if place in STATEMENTS and reached(place, target):
                return self.module_name(place) + target.removeprefix(place)
        return self.imported(module, name)

    def module_name(self, module: str) -> str:
        """Return the name of a module that is imported in addition."""
        if module not in self.added:
            statement, name, other = STATEMENTS[module]
            if name.split(".")[0] in self.scopes.names:
                statement = (
                    f"import {module} as {{}}"
                    if "from" not in statement
                    else f"{statement[:-2]}{name} as {{}}"
                )
                name = other
            self.added[module] = name
            self.statements.append(statement.format(name))
        return self.added[module]

    def imported(self, module: str, name: str) -> str:
        """Return the name of what is imported from a module in addition."""
        target = f"{module}.{name}"
        if target not in self.added:
            own = (
                name
                if name not in self.scopes.names and not hasattr(builtins, name)
                else f"{module.partition('.')[0]}_{name}"
            )
            self.added[target] = own
            self.statements.append(from_import(module, [(name, own)]))
        return self.added[target]


def reached(module: str, target: str) -> bool:
    """Return whether a name is found from a module on, by attributes alone."""
    if target == module:
        return True
    if not target.startswith(f"{module}."):
        return False
    first, *rest = target.removeprefix(f"{module}.").split(".")
    if not rest:
        return True
    if first not in AT_HAND.get(module, ()):
        return False
    below = f"{module}.{first}"
    if len(rest) == 1 or first == "config":
        return True
    return hasattr(shim_module(below), rest[0])


def from_import(module: str, names: list[tuple[str, str]], indent: str = "") -> str:
    """Return the text of ``from module import name as other, ...``."""
    parts = [name if name == own else f"{name} as {own}" for name, own in names]
    line = f"from {module} import {', '.join(parts)}"
    if len(indent) + len(line) <= LINE_LENGTH or len(parts) == 1:
        return line
    inner = "".join(f"{indent}    {part},\n" for part in parts)
    return f"from {module} import (\n{inner}{indent})"


def replace_statement(
    source: Source, node: ast.stmt, parent: ast.AST | None, parts: list[str]
) -> None:
    """Note that a statement is to be replaced by others, or by nothing."""
    start, end = source.start(node), source.end(node)
    first, last = source.logical_line(node.lineno)
    line = source.lines[first - 1]
    alone = source.text[source.starts[first - 1] : start].strip() == "" and ";" not in line
    if parts:
        separator = "\n" + source.indent(node.lineno) if alone else "; "
        source.replace(start, end, separator.join(parts))
    elif not alone or not isinstance(parent, ast.Module):
        source.replace(start, end, "pass")
    else:
        # A comment behind it stays.
        rest = source.text[end : source.starts[last] - 1 if last < len(source.starts) else None]
        whole = min(source.starts[last], len(source.text)) if last < len(source.starts) else end
        source.replace(start, end if rest.strip() else whole, "")


def place_of_imports(tree: ast.Module, is_old: dict[int, bool]) -> tuple[ast.stmt | None, bool]:
    """Return the statement at which imports are added, and whether behind it.

    It is the first that imports from Theano; else the first after the docstring and what is from the future.
    """
    for statement in tree.body:
        if any(id(node) in is_old for node in ast.walk(statement)):
            return statement, isinstance(statement, ast.Import | ast.ImportFrom)
    for number, statement in enumerate(tree.body):
        docstring = (
            number == 0
            and isinstance(statement, ast.Expr)
            and isinstance(statement.value, ast.Constant)
        )
        future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
        if not docstring and not future:
            return statement, False
    return None, False
