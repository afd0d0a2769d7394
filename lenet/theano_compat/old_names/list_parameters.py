"""Lists of slices as indices that a function is given.

NumPy took them for tuples up to 1.22.
``def part(x, index): return x[index]`` may be called by another module with ``[slice(None), slice(1, None)]``. An index that is
a parameter, or an attribute that is set to one, becomes a tuple if it is such a list.
"""

import ast
import re

from lenet.theano_compat.old_names.calls import called_there
from lenet.theano_compat.old_names.list_indices import AS_INDEX

__all__ = ["indexed_by_parameters", "may_index_by_parameters", "with_tuples_of_parameters"]

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
PARAMETERS = re.compile(rb"\bdef\s+\w+\s*\(([^)]*)|\blambda\b([^:]*)")
INDEX, WORD = re.compile(rb"\[\s*([\w.]+)\s*\]"), re.compile(rb"\w+")


def may_index_by_parameters(source: bytes) -> bool:
    """Return whether a program may do so, by its text."""
    indices = set(INDEX.findall(source))
    found = PARAMETERS.findall(source)
    if any(b"." in each for each in indices):
        return bool(found)
    return not indices.isdisjoint(word for each in found for word in WORD.findall(b" ".join(each)))


def with_tuples_of_parameters(tree: ast.Module) -> ast.Module:
    """Return a program whose parameters may be lists of slices where they are indices."""
    for node in indexed_by_parameters(tree):
        node.slice = called_there(AS_INDEX, node.slice)
    return tree


def indexed_by_parameters(tree: ast.Module) -> list[ast.Subscript]:
    """Return what has a parameter for an index, or an attribute that is set to one."""
    if any(map(imports_numba, ast.walk(tree))):
        return []  # it compiles no calls of ours
    found: dict[ast.Subscript, None] = {}  # in their order, and once if functions are nested
    attributes = set()
    for function in ast.walk(tree):
        if not isinstance(function, Function):
            continue
        given = function.args
        names = {each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)}
        for node in ast.walk(function):
            if isinstance(node, ast.Subscript) and getattr(node.slice, "id", "") in names:
                found[node] = None
            elif isinstance(node, ast.Assign) and getattr(node.value, "id", "") in names:
                attributes |= {
                    each.attr for each in node.targets if isinstance(each, ast.Attribute)
                }
    for node in ast.walk(tree) if attributes else ():
        if isinstance(node, ast.Subscript) and getattr(node.slice, "attr", "") in attributes:
            found[node] = None
    return list(found)


def imports_numba(node: ast.AST) -> bool:
    """Return whether a statement imports Numba."""
    if isinstance(node, ast.Import):
        return any(each.name.startswith("numba") for each in node.names)
    return isinstance(node, ast.ImportFrom) and (node.module or "").startswith("numba")
