"""Lists of arrays as indices of arrays, which NumPy took for tuples up to 1.22.

``x[[rows, columns]]`` chose an element for each pair, as ``x[rows, columns]`` does. Today it gives another shape, or other
numbers, and no error. Where a module writes such a list as an index, or fills one and takes it as an index, the array goes
by the old rule.
"""

import ast
import re
from typing import Any

import numpy as np

from lenet.theano_compat.old_names.calls import called_there
from lenet.theano_compat.old_names.list_indices import as_index

__all__ = [
    "NAMES",
    "indexed_by_lists_of_indices",
    "is_literal",
    "may_index_by_lists_of_indices",
    "with_pairs",
]

BY_LIST = "__by_list_of_indices__"
PARTS = (list, np.ndarray, slice, tuple)
MOST = 32  # axes of an array; a longer list was an array of indices
# As text: a list that is written as an index, lists that are filled, and indices that are names.
LITERAL, FILLED = re.compile(rb"[\w)\]]\[\["), re.compile(rb"\.append\(")
LAST_WORD, LONGEST = re.compile(rb"\w+$"), 80


class ByList:
    """Array that takes a list as an index as before NumPy 1.23.

    Parameters
    ----------
    array : numpy.ndarray
    """

    __slots__ = ("array",)

    def __init__(self, array: np.ndarray) -> None:
        self.array = array

    def __getitem__(self, index: Any) -> Any:
        return self.array[as_tuple(index)]

    def __setitem__(self, index: Any, value: Any) -> None:
        self.array[as_tuple(index)] = value


def as_tuple(index: Any) -> Any:
    """Return a list that has lists, arrays or slices in it as a tuple."""
    return as_index(index, PARTS) if isinstance(index, list) and len(index) < MOST else index


def by_list(thing: Any) -> Any:
    """Return an array that goes by the old rule, or anything else as it is."""
    return ByList(thing) if type(thing) is np.ndarray else thing


NAMES = {BY_LIST: by_list}


def may_index_by_lists_of_indices(source: bytes) -> bool:
    """Return whether a program may do so, by its text: to parse all takes long."""
    if LITERAL.search(source):
        return True
    before = (
        source[max(each.start() - LONGEST, 0) : each.start()] for each in FILLED.finditer(source)
    )
    words = {word[0] for each in before if (word := LAST_WORD.search(each))}
    return any(b"[" + word + b"]" in source for word in words)


def with_pairs(tree: ast.Module) -> ast.Module:
    """Return a program whose arrays take lists of indices for tuples."""
    for node in indexed_by_lists_of_indices(tree):
        node.value = called_there(BY_LIST, node.value)
    return tree


def indexed_by_lists_of_indices(tree: ast.Module) -> list[ast.Subscript]:
    """Return what has a list for an index that may hold more than numbers."""
    nodes = list(ast.walk(tree))
    filled = {
        node.func.value.id
        for node in nodes
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "append"
        and isinstance(node.func.value, ast.Name)
        and not any(map(is_literal, node.args))
    }
    return [
        node
        for node in nodes
        if isinstance(node, ast.Subscript)
        and not isinstance(node.ctx, ast.Del)
        and (
            (isinstance(node.slice, ast.Name) and node.slice.id in filled)
            or (isinstance(node.slice, ast.List) and not all(map(is_literal, node.slice.elts)))
        )
    ]


def is_literal(node: ast.expr) -> bool:
    """Return whether an expression is a number or a text that is written out."""
    if isinstance(node, ast.UnaryOp):
        return is_literal(node.operand)
    return isinstance(node, ast.Constant) and node.value not in (None, Ellipsis)
