"""Lists of slices as indices of arrays, which NumPy took for tuples up to 1.22.

``index = [slice(None)] * x.ndim; x[index]`` is an IndexError today. Where a module makes a list of slices and takes it as an index, the index becomes
a tuple. Keras before 2.3 turns its kernels around so,
and PyMC3 takes its minibatches.
"""

import ast
import re
from collections.abc import Collection
from typing import Any

from lenet.theano_compat.old_names.calls import called_there

AS_INDEX = "__list_as_index__"
LIST_OF_NEW_AXES = re.compile(rb"[\[=(+*]\s*\[[^\[\]]*\bnewaxis\b")


def as_index(index: Any, parts: tuple[type, ...] = (slice,)) -> Any:
    """Return a list with slices, or other parts, as a tuple, anything else as it is."""
    if isinstance(index, list) and any(
        isinstance(each, parts) or each is Ellipsis or each is None for each in index
    ):
        return tuple(index)
    return index


def may_index_by_lists(source: bytes) -> bool:
    """Return whether a program names slices, or has a list of new axes; most do not."""
    return (
        b"slice(" in source or b"Ellipsis" in source or LIST_OF_NEW_AXES.search(source) is not None
    )


def with_tuples(tree: ast.Module) -> ast.Module:
    """Return a program whose lists of slices are tuples where they are indices.

    Without recursion: a sum of hundreds of terms is a tree as deep.
    """
    for node in indexed_by_lists(tree):
        node.slice = called_there(AS_INDEX, node.slice)
    return tree


def indexed_by_lists(tree: ast.Module) -> list[ast.Subscript]:
    """Return what has a list of slices for an index, by name or call, too."""
    nodes = list(ast.walk(tree))
    assigned = [node for node in nodes if isinstance(node, ast.Assign)]
    lists = {name_of(target) for node in assigned if is_list(node.value) for target in node.targets}
    lists |= {filled_list(node) for node in nodes}
    lists.discard("")
    # Few programs return such a list: only there does each function have to be gone through.
    returned = {
        node
        for node in nodes
        if isinstance(node, ast.Return) and node.value is not None and is_list(node.value, lists)
    }
    functions = {
        node.name
        for node in (nodes if returned else ())
        if isinstance(node, ast.FunctionDef) and not returned.isdisjoint(ast.walk(node))
    }
    lists |= {
        name_of(target)
        for node in assigned
        if isinstance(node.value, ast.Call) and name_of(node.value.func) in functions
        for target in node.targets
    } - {""}
    return [
        node
        for node in nodes
        if isinstance(node, ast.Subscript)
        and (
            is_list(node.slice, lists)
            or (isinstance(node.slice, ast.Call) and name_of(node.slice.func) in functions)
        )
    ]


def name_of(node: ast.expr) -> str:
    """Return the name of a variable or an attribute, else an empty text."""
    return getattr(node, "id", "") or getattr(node, "attr", "")


def is_list(node: ast.expr, names: Collection[str] = ()) -> bool:
    """Return whether an expression has a list with a slice, or is one of some names."""
    if name_of(node) in names:
        return True
    terms = [node]
    while terms:
        term = terms.pop()
        if isinstance(term, ast.BinOp):
            terms += [term.left, term.right]
        elif isinstance(term, ast.List | ast.ListComp) and any(map(is_slice, ast.walk(term))):
            return True
    return False


def filled_list(node: ast.AST) -> str:
    """Return the name of the list to which a call adds a slice, else an empty text."""
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("append", "insert")
        and node.args
        and is_slice(node.args[-1])
    ):
        return name_of(node.func.value)
    return ""


def is_slice(node: ast.AST) -> bool:
    """Return whether a part of a program makes a slice, an Ellipsis or a new axis."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "slice"
    return (isinstance(node, ast.Name) and node.id == "Ellipsis") or (
        isinstance(node, ast.Name | ast.Attribute) and name_of(node) == "newaxis"
    )
