"""Questions whether an array equals None, text or a list, or is among such.

``array == None`` was False up to NumPy 1.12, ``array == "text"`` and ``array == []`` of another shape up to 1.24, and an empty array
up to 2.1. Today they are arrays whose truth is ambiguous, or errors. Where a module asks so, an array that is not equal is not.
"""

import ast
import re
from typing import Any

import numpy as np

from lenet.theano_compat.old_names.calls import called

__all__ = ["NAMES", "asking_for_equality", "may_ask_for_equality", "with_equality"]

OPERATORS: dict[type[ast.cmpop], str] = {
    **{ast.Eq: "__equal__", ast.NotEq: "__unequal__"},
    **{ast.In: "__among__", ast.NotIn: "__not_among__"},
}
QUESTION = re.compile(
    rb"""[!=]=\s*(None\b|["'\[(]|[ubr]["'])|<>\s*(None\b|["'\[(])|(\bNone|["'\])])\s*[!=]=|\bin\s*[\[(].*(None\b|["'])"""
)


def equal(a: Any, b: Any) -> Any:
    """Return ``a == b``, or False where the truth of arrays was that once."""
    arrays = [each for each in (a, b) if isinstance(each, np.ndarray)]
    if not arrays:
        return a == b
    other = b if isinstance(a, np.ndarray) else a
    if len(arrays) == 1 and (
        other is None or (isinstance(other, str) and not is_of_text(arrays[0]))
    ):
        return arrays[0].size == 1 and bool(np.all(arrays[0] == other))
    try:
        result = a == b
    except ValueError:  # of shapes that do not fit
        return False
    return result if np.size(result) else False


def unequal(a: Any, b: Any) -> Any:
    """Return ``a != b``, or True where the truth of arrays was that once."""
    if not isinstance(a, np.ndarray) and not isinstance(b, np.ndarray):
        return a != b
    result = equal(a, b)
    if isinstance(result, bool):
        return not result and not are_empty(a, b)
    return a != b


def is_of_text(array: np.ndarray) -> bool:
    """Return whether an array's elements may be text."""
    return array.dtype.kind in "OSUT"


def are_empty(a: Any, b: Any) -> bool:
    """Return whether the comparison of two arrays has no element."""
    try:
        return 0 in np.broadcast_shapes(np.shape(a), np.shape(b))
    except ValueError:
        return False


def among(x: Any, those: Any) -> bool:
    """Return ``x in those``, of which an array equals none that is no array."""
    return any(each is x or bool(equal(x, each)) for each in those)


def not_among(x: Any, those: Any) -> bool:
    """Return ``x not in those``."""
    return not among(x, those)


# What changed programs call.
NAMES = dict(zip(OPERATORS.values(), (equal, unequal, among, not_among), strict=True))


def may_ask_for_equality(source: bytes) -> bool:
    """Return whether a program may compare so, by its text."""
    return QUESTION.search(source) is not None


def with_equality(tree: ast.Module) -> ast.Module:
    """Return a program whose arrays are compared as truth by the old rule."""
    asking = {id(node) for node in asking_for_equality(tree)}
    return Equality(asking).visit(tree) if asking else tree


class Equality(ast.NodeTransformer):
    """Replaces comparisons by calls.

    Parameters
    ----------
    asking : set of int
        The identities of the comparisons.
    """

    def __init__(self, asking: set[int]) -> None:
        self.asking = asking

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """Replace one of them."""
        self.generic_visit(node)
        if id(node) not in self.asking:
            return node
        call = called(OPERATORS[type(node.ops[0])], node.left, node.comparators[0])
        return ast.fix_missing_locations(ast.copy_location(call, node))


def asking_for_equality(tree: ast.Module) -> list[ast.Compare]:
    """Return the comparisons with None, text or a list whose truth is asked for."""
    return [
        test
        for node in ast.walk(tree)
        for test in map(last_term, truths(node))
        if isinstance(test, ast.Compare) and len(test.ops) == 1 and is_of_old_rule(test)
    ]


def truths(node: ast.AST) -> list[ast.expr]:
    """Return the parts of a statement or an expression whose truth is asked for."""
    if isinstance(node, ast.If | ast.IfExp | ast.While | ast.Assert):
        return [node.test]
    if isinstance(node, ast.comprehension):
        return node.ifs
    if isinstance(node, ast.BoolOp):
        return node.values[:-1]  # the last is the value of the whole
    return [node.operand] if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not) else []


def last_term(asked: ast.expr) -> ast.expr:
    """Return an expression, or the last part of ``and`` and ``or``, asked with it."""
    while isinstance(asked, ast.BoolOp):
        asked = asked.values[-1]
    return asked


def is_of_old_rule(test: ast.Compare) -> bool:
    """Return whether what may be an array is compared with what is no number."""
    left, right = test.left, test.comparators[0]
    if isinstance(test.ops[0], ast.In | ast.NotIn):
        sought = right.elts if isinstance(right, ast.List | ast.Tuple) else []
        return may_be_array(left) and any(map(is_of_no_number, sought))
    both = (left, right)
    return (
        type(test.ops[0]) in OPERATORS
        and any(map(is_of_no_number, both))
        and any(map(may_be_array, both))
    )


def is_of_no_number(node: ast.expr) -> bool:
    """Return whether an expression is None, text or a list that is written out."""
    if isinstance(node, ast.Constant):
        return node.value is None or isinstance(node.value, str)
    return isinstance(node, ast.List | ast.Tuple)


def may_be_array(node: ast.expr) -> bool:
    """Return whether an expression may be an array, by what it is."""
    if isinstance(node, ast.Name):
        return node.id != "__name__"  # which every script asks for
    return isinstance(node, ast.Attribute | ast.Subscript | ast.Call)
