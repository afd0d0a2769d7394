"""Fields ``(name, type, 1)`` of NumPy's types, which held one number.

Today, they hold an array of one. Fuel describes the sources of a data set so.
"""

import ast
import re

from lenet.theano_compat.old_names.list_indices import name_of

__all__ = ["fields_of_one", "may_have_fields_of_one", "with_scalar_fields"]

FIELD = re.compile(rb"""\(\s*["'][^"']*["']\s*,[^()]*(\([^()]*\))?\s*,\s*1\s*,?\s*\)""")
# Functions and methods, and the place of their argument that is a type.
NONE = slice(0)
TYPE = {
    **dict.fromkeys(("astype", "dtype", "view"), slice(1)),
    **dict.fromkeys(("array", "empty", "frombuffer", "fromfile", "ones", "zeros"), slice(1, 2)),
}


def may_have_fields_of_one(source: bytes) -> bool:
    """Return whether a program may describe such fields, as hardly any does."""
    return b"numpy" in source and FIELD.search(source) is not None


def with_scalar_fields(tree: ast.Module) -> ast.Module:
    """Return a program whose types have fields of numbers in place of those of one."""
    for field in fields_of_one(tree):
        del field.elts[2:]
    return tree


def fields_of_one(tree: ast.Module) -> list[ast.Tuple]:
    """Return the fields of one number in lists that are types, by name, too."""
    nodes = list(ast.walk(tree))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    types = [
        *(node.value for node in nodes if isinstance(node, ast.keyword) and node.arg == "dtype"),
        *(given for node in calls for given in node.args[TYPE.get(name_of(node.func), NONE)]),
    ]
    names = {name_of(each) for each in types} - {""}
    types += [
        node.value
        for node in nodes
        if isinstance(node, ast.Assign) and names & {name_of(target) for target in node.targets}
    ]
    return [
        field
        for each in types
        if isinstance(each, ast.List)
        for field in each.elts
        if isinstance(field, ast.Tuple) and len(field.elts) == 3 and is_one(field.elts[2])
    ]


def is_one(node: ast.expr) -> bool:
    """Return whether an expression is the number 1."""
    return isinstance(node, ast.Constant) and type(node.value) is int and node.value == 1
