"""Arrays that programs compare with None, text or lists, as truth.

``array == None`` was False up to NumPy 1.12, ``array == "text"`` and ``array == []`` of another shape up to 1.24, and an empty array
up to 2.1. Today they are arrays whose truth is ambiguous, or errors. Where a module asks so, an array that is not equal is not.
"""

import ast
import re
from typing import Any

import numpy as np

from lenet.theano_compat.old_names.calls import called

__all__ = ["NAMES", "asking_for_equality", "may_ask_for_equality", "with_equality"]

EQUAL, UNEQUAL = "__equal__", "__unequal__"
OPERATORS: dict[type[ast.cmpop], str] = {ast.Eq: EQUAL, ast.NotEq: UNEQUAL}
QUESTION = re.compile(
    rb"""[!=]=\s*(None\b|["'\[(]|[ubr]["'])|<>\s*(None\b|["'\[(])|(\bNone|["'\])])\s*[!=]="""
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


NAMES = {EQUAL: equal, UNEQUAL: unequal}  # what changed programs call


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
    tests: list[ast.expr] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.If | ast.While | ast.IfExp | ast.Assert):
            tests.append(node.test)
        elif isinstance(node, ast.comprehension):
            tests += node.ifs
        elif isinstance(node, ast.BoolOp):
            tests += node.values
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            tests.append(node.operand)
    return [
        test
        for test in tests
        if isinstance(test, ast.Compare)
        and len(test.ops) == 1
        and type(test.ops[0]) in OPERATORS
        and any(map(is_of_no_number, (test.left, *test.comparators)))
        and any(map(may_be_array, (test.left, *test.comparators)))
    ]


def is_of_no_number(node: ast.expr) -> bool:
    """Return whether an expression is None, text or a list that is written out."""
    if isinstance(node, ast.Constant):
        return node.value is None or isinstance(node.value, str)
    return isinstance(node, ast.List | ast.Tuple)


def may_be_array(node: ast.expr) -> bool:
    """Return whether an expression may be an array, by what it is."""
    return isinstance(node, ast.Name | ast.Attribute | ast.Subscript | ast.Call)
