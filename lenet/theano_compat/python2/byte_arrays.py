"""Arrays of bytes (``dtype="S10"``), whose elements were text in Python 2.

In a program that names such a type, ``a[0] == "text"``, ``a[0].split()``, ``"%s" % a[0]``, ``a == "text"``, ``for each in a`` and
``",".join(a)`` find the text of bytes; the array stays what it is, for files and for what it is given to.
"""

import ast
import re
from types import GeneratorType
from typing import Any

import numpy as np

from lenet.theano_compat.old_names.calls import called, called_there
from lenet.theano_compat.python2.data import Data

__all__ = ["NAMES", "ByteArrays", "names_bytes"]

ELEMENT, ELEMENTS, JOINED, EQUAL = (
    "__python2_text_element__",
    "__python2_text_elements__",
    "__python2_joined_text__",
    "__python2_equal_text__",
)
TYPE = re.compile(
    rb"""["'](\|[Sa]\d*|[<>=]?[Sa]\d+)["']|(\bdtype\s*=|\bastype\()\s*["'][Sa]["']|\bstring_\b"""
)
# What goes through the elements of an argument.
THROUGH = {"dict", "enumerate", "list", "map", "max", "min", "set", "sorted", "tuple", "zip"}


def names_bytes(source: bytes) -> bool:
    """Return whether a program names a type of arrays of bytes."""
    return TYPE.search(source) is not None


class ByteArrays(ast.NodeTransformer):
    """Gives a program the text of what it takes out of arrays of bytes."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """Let ``a[i]`` be text."""
        self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load):
            return node
        return ast.copy_location(called(ELEMENT, node), node)

    def visit_For(self, node: ast.For) -> ast.AST:
        """Let a loop go through texts."""
        self.generic_visit(node)
        node.iter = called_there(ELEMENTS, node.iter)
        return node

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        """Let a comprehension go through texts."""
        self.generic_visit(node)
        node.iter = called_there(ELEMENTS, node.iter)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Let functions and ``join`` go through texts, and ``tolist`` give them."""
        self.generic_visit(node)
        function = node.func
        if isinstance(function, ast.Attribute) and function.attr in ("item", "tolist"):
            return ast.copy_location(called(ELEMENT, node), node)
        through = ""
        if isinstance(function, ast.Name) and function.id in THROUGH:
            through = ELEMENTS
        elif isinstance(function, ast.Attribute) and function.attr == "join":
            through = JOINED
        if through:
            node.args = [
                each if isinstance(each, ast.Starred) else called_there(through, each)
                for each in node.args
            ]
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """Let ``a == "text"`` compare texts."""
        self.generic_visit(node)
        match node.ops:
            case [ast.Eq() | ast.NotEq() as sign]:
                is_equal = ast.Constant(isinstance(sign, ast.Eq))
                call = called(EQUAL, node.left, node.comparators[0], is_equal)
                return ast.copy_location(call, node)
        return node


def element(value: Any) -> Any:
    """Return an element that is bytes as text, too; so are those of a list."""
    if type(value) in (bytes, np.bytes_):
        return Data(value)
    return [element(each) for each in value] if type(value) is list and value else value


def elements(values: Any) -> Any:
    """Return the elements of an array of bytes as texts, anything else as it is."""
    if isinstance(values, np.ndarray) and values.dtype.kind == "S" and values.ndim == 1:
        return map(Data, values)
    return values


def joined(values: Any) -> Any:
    """Return what a text joins, in which bytes are text."""
    if isinstance(values, bytes):  # an argument of `os.path.join`
        return str(Data(values))
    if isinstance(values, list | tuple | map | GeneratorType) or elements(values) is not values:
        return [str(Data(each)) if isinstance(each, bytes) else each for each in values]
    return values


def equal(left: Any, right: Any, is_equal: bool) -> Any:
    """Return whether values are equal, or are not, where bytes may be text."""
    left, right = as_bytes_beside(left, right), as_bytes_beside(right, left)
    return left == right if is_equal else left != right


def as_bytes_beside(value: Any, other: Any) -> Any:
    """Return text as bytes, if it is compared with an array of them."""
    if not (isinstance(other, np.ndarray) and other.dtype.kind == "S"):
        return value
    if isinstance(value, str):
        return np.bytes_(value.encode(errors="surrogateescape"))
    is_text = isinstance(value, np.ndarray | list | tuple) and np.asarray(value).dtype.kind == "U"
    return np.char.encode(value, "utf-8") if is_text else value


NAMES = {
    ELEMENT: element,
    ELEMENTS: elements,
    JOINED: joined,
    EQUAL: equal,
}  # what changed programs call
