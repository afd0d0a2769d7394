"""Loops over an `OrderedDict` that change it, which ended well in Python 2.

There, it was a linked list: what was deleted was passed over, what was added came at the end.
"""

import ast
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from lenet.theano_compat.old_names.calls import called

__all__ = ["NAME", "ChangingDictionaries", "while_it_changes"]

NAME = "__python2_while_it_changes__"
VIEWS = {"items", "keys", "values"}
CHANGING = {"clear", "pop", "popitem", "setdefault", "update"}


def while_it_changes(container: Any, view: str = "") -> Any:
    """Return what a loop goes through.

    Parameters
    ----------
    container : object
        An `OrderedDict`, or anything else.
    view : str
        ``"items"``, ``"keys"``, ``"values"`` or nothing, for the container itself.
    """
    if not isinstance(container, OrderedDict):
        return getattr(container, view)() if view else container
    return walk(container, view)


def walk(dictionary: OrderedDict[Any, Any], view: str) -> Iterator[Any]:
    """Go through a dictionary that may lose and get keys meanwhile."""
    seen: set[Any] = set()
    while fresh := [key for key in dictionary if key not in seen]:
        for key in fresh:
            seen.add(key)
            if key in dictionary:
                value = dictionary[key] if view in ("items", "values") else None
                yield {"items": (key, value), "values": value}.get(view, key)


class ChangingDictionaries(ast.NodeTransformer):
    """Replaces what a loop goes through, if the loop may add to it or delete from it."""

    def visit_For(self, node: ast.For) -> ast.AST:
        """Replace ``d``, ``d.items()``, as 2to3 writes ``d.iteritems()``, and their like."""
        self.generic_visit(node)
        container, view = node.iter, ""
        match node.iter:
            case ast.Call(ast.Attribute(owner, name), [], []) if name in VIEWS:
                container, view = owner, name
        if isinstance(container, ast.Name | ast.Attribute) and changes(node.body, container):
            call = called(NAME, container, ast.Constant(view))
            node.iter = ast.copy_location(call, node.iter)
        return node


def changes(body: list[ast.stmt], container: ast.expr) -> bool:
    """Return whether statements may add to a container or delete from it."""
    said = ast.unparse(container)
    for node in (each for statement in body for each in ast.walk(statement)):
        match node:
            case ast.Subscript(owner, _, ast.Del() | ast.Store()) if ast.unparse(owner) == said:
                return True
            case ast.Call(ast.Attribute(owner, name)) if (
                name in CHANGING and ast.unparse(owner) == said
            ):
                return True
    return False
