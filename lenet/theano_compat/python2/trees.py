"""Changes to the syntax tree of a program for Python 2 that 2to3 does not make.

Division of integers, comparisons of any types, classes with ``__div__``, ``__getslice__`` and their like, sorting by ``cmp``, built-in
functions that mean something else now, bounds of slices, pipes of other programs, which take and give text, and texts that are run.
"""

import ast
import re
from itertools import starmap
from typing import Any

from lenet.python2_division import divide, divide_in_place
from lenet.theano_compat.old_names.calls import called, called_there
from lenet.theano_compat.old_names.float_sizes import as_integer
from lenet.theano_compat.old_names.list_of_indices import is_literal
from lenet.theano_compat.python2 import builtins as python2_builtins
from lenet.theano_compat.python2.builtins import call_function, put_in
from lenet.theano_compat.python2.changing_dictionaries import (
    NAME as WHILE_IT_CHANGES,
)
from lenet.theano_compat.python2.changing_dictionaries import (
    ChangingDictionaries,
    while_it_changes,
)
from lenet.theano_compat.python2.keywords import PREFIX
from lenet.theano_compat.python2.methods import (
    METHODS,
    call_method,
    decoded,
    element,
    message,
    next_of,
    unbound,
)
from lenet.theano_compat.python2.order import COMPARISONS, by_comparison
from lenet.theano_compat.python2.outer_names import OuterNames
from lenet.theano_compat.python2.scopes import NEXT, Leaks
from lenet.theano_compat.python2.slices import with_slices
from lenet.theano_compat.python2.text_arguments import WITH_TEXT, contained, not_contained
from lenet.theano_compat.python2.texts import as_code, as_tree

__all__ = ["NAMES", "changed"]

DIVIDE, DIVIDE_IN_PLACE = "__python2_divide__", "__python2_divide_in_place__"
BY_COMPARISON, FUNCTION = "__python2_by_comparison__", "__python2_function__"
COMPARE, SLICES, BOUND = "__python2_{}__", "__python2_slices__", "__python2_bound__"
AS_CODE, AS_TREE = "__python2_as_code__", "__python2_as_tree__"
SORTING = ("cmp", "key", "reverse")
PIPED = {"Popen", "check_output"}
DECODED = {"encoding", "errors", "text", "universal_newlines"}
# What a class with ``__cmp__`` is compared by, and told apart by in a dictionary.
BY_CMP = {
    f"__{name}__": f"def __{name}__(self, other): return self.__cmp__(other) {sign} 0"
    for name, sign in {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}.items()
} | {"__hash__": "__hash__ = object.__hash__"}
PUT_IN, AS_TEXT = "__python2_put_in__", re.compile(r"%(\(\w+\))?[-+ #0]*[0-9*]*(\.[0-9*]+)?[cs]")
UNBOUND = "__python2_unbound__"
METHOD, DECODED_TEXT = "__python2_method__", "__python2_unicode__"
MESSAGE, ELEMENT = "__python2_message__", "__python2_element__"
OPERATORS = {
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
    ast.In: "in",
    ast.NotIn: "not_in",
}
DISPLAYS = (ast.List, ast.Tuple, ast.Set, ast.Dict)
NUMBERS = {"abs", "float", "int", "len", "ord"}  # functions that return numbers
METHODS_OF_SLICES = {"__delslice__", "__getslice__", "__setslice__"}
NEW_NAMES = {
    "__div__": "__truediv__",
    "__rdiv__": "__rtruediv__",
    "__idiv__": "__itruediv__",
    "next": "__next__",
    **{f"iter{name}": name for name in ("items", "keys", "values")},  # as 2to3 names their calls
}


def changed(tree: ast.Module, true_division: bool) -> ast.Module:
    """Return a program's tree with Python 2's division, comparisons and functions.

    Parameters
    ----------
    tree : ast.Module
        Of a program that has Python 3's syntax.
    true_division : bool
        Whether it has asked for Python 3's division.
    """
    if not true_division:
        tree = Division().visit(tree)
    tree = OldCalls().visit(Order().visit(tree))
    tree = OuterNames().visit(Leaks(tree).visit(ChangingDictionaries().visit(tree)))
    return ast.fix_missing_locations(tree)


class Division(ast.NodeTransformer):
    """Replaces ``a / b`` and ``a /= b`` by calls of `divide` and `divide_in_place`."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """Let ``C.f.im_func`` be ``C.f``: a class has functions, and no unbound methods."""
        self.generic_visit(node)
        if node.attr == "__func__":  # as 2to3 has named it
            return ast.copy_location(called(UNBOUND, node.value), node)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """Replace ``a / b``."""
        self.generic_visit(node)
        if not isinstance(node.op, ast.Div):
            return node
        return ast.copy_location(called(DIVIDE, node.left, node.right), node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        """Replace ``a /= b``; an index is looked up twice."""
        self.generic_visit(node)
        if not isinstance(node.op, ast.Div):
            return node
        before = ast.parse(ast.unparse(node.target), mode="eval").body
        value = called(DIVIDE_IN_PLACE, before, node.value)
        return ast.copy_location(ast.Assign([node.target], value), node)


class Order(ast.NodeTransformer):
    """Replaces ``a < b`` and ``a in b`` by calls that compare any types."""

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """Replace one comparison, or several whose terms may be evaluated twice."""
        self.generic_visit(node)
        terms = [node.left, *node.comparators]
        triples = [*zip(terms, node.ops, terms[1:], strict=False)]
        if all(map(is_number, terms)) or not any(starmap(is_replaced, triples)):
            return node
        if any(
            isinstance(each, ast.Call | ast.Yield)
            for term in terms[1:-1]
            for each in ast.walk(term)
        ):
            return node
        pairs = [
            called(COMPARE.format(OPERATORS[type(op)]), left, right)
            if is_replaced(left, op, right)
            else ast.Compare(left, [op], [right])
            for left, op, right in triples
        ]
        return ast.copy_location(
            pairs[0] if len(pairs) == 1 else ast.BoolOp(ast.And(), [*pairs]), node
        )


class OldCalls(ast.NodeTransformer):
    """Gives classes and calls Python 2's meaning.

    Classes have Python 3's names of division, slices and `next`, too; calls are those of built-in functions, of `sort`, and of `subprocess`.
    """

    def __init__(self) -> None:
        self.piped: set[str] = set()  # as the program has imported them

    def visit_Import(self, node: ast.Import) -> ast.AST:
        """Note how `subprocess` is called."""
        for each in node.names:
            if each.name == "subprocess":
                self.piped |= {f"{each.asname or each.name}.{name}" for name in PIPED}
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        """Note how what runs other programs is called."""
        if node.module == "subprocess":
            self.piped |= {each.asname or each.name for each in node.names if each.name in PIPED}
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST | list[ast.stmt]:
        """Add ``__truediv__ = __div__``, if a class has but the latter, and the like."""
        self.generic_visit(node)
        defined = {each.name for each in node.body if isinstance(each, ast.FunctionDef)} | {
            target.id
            for each in node.body
            if isinstance(each, ast.Assign)
            for target in each.targets
            if isinstance(target, ast.Name)
        }
        node.body += [
            ast.Assign([ast.Name(new, ast.Store())], ast.Name(old, ast.Load()))
            for old, new in NEW_NAMES.items()
            if old in defined and new not in defined
        ]
        if METHODS_OF_SLICES & defined:
            node.decorator_list.append(ast.Name(SLICES, ast.Load()))
        for each in node.body:
            if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "__slots__":
                without_slots(each.value, defined)
        if "__cmp__" in defined:
            node.body += [
                each
                for name, lines in BY_CMP.items()
                if name not in defined
                for each in ast.parse(lines).body
            ]
        return with_metaclass(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """Let ``x.next`` be what ``next(x)`` calls."""
        self.generic_visit(node)
        if node.attr == "next" and isinstance(node.ctx, ast.Load):
            return ast.copy_location(called(NEXT, node.value), node)
        return node

    def visit_Slice(self, node: ast.Slice) -> ast.AST:
        """Let bounds be floats, whose digits after the point NumPy left out."""
        self.generic_visit(node)
        for name in ("lower", "upper", "step"):
            bound = getattr(node, name)
            if bound is not None and not is_literal(bound):
                setattr(node, name, called_there(BOUND, bound))
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        """Replace ``e.message`` and ``e[0]`` of the exception."""
        self.generic_visit(node)
        if node.name:
            node.body = [OldErrors(node.name).visit(each) for each in node.body]
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """Give floats twelve digits in ``"%s" % x``."""
        self.generic_visit(node)
        text = node.left.value if isinstance(node.left, ast.Constant) else None
        if isinstance(node.op, ast.Mod) and isinstance(text, str) and AS_TEXT.search(text):
            node.right = called_there(PUT_IN, node.right)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Replace ``cmp`` by ``key``, and calls of what means something else now."""
        self.generic_visit(node)
        function, given = node.func, node.args
        if (
            self.piped
            and ast.unparse(function) in self.piped
            and not DECODED & {keyword.arg for keyword in node.keywords}
        ):
            node.keywords.append(ast.keyword("encoding", ast.Constant("latin1")))
            return node
        name = function.id if isinstance(function, ast.Name) else ""
        if given and name in ("exec", "eval"):
            given[0] = called(AS_CODE, ast.Name(name, ast.Load()), given[0])
        if len(given) > 2 and name == "compile" and is_exec(given[2]):
            path = [given[1]] if isinstance(given[1], ast.Constant | ast.Name) else []
            given[0] = called(AS_TREE, ast.Name(name, ast.Load()), given[0], *path)
        if name in ("str", "unicode") and len(given) + len(node.keywords) > 1:
            node.func = ast.copy_location(ast.Name(DECODED_TEXT, ast.Load()), function)
            return node
        if isinstance(function, ast.Attribute) and (
            function.attr in METHODS
            or (
                function.attr in WITH_TEXT
                and not all(isinstance(each, ast.Constant) for each in given)
            )
            or (function.attr == "sum" and given and isinstance(given[0], ast.GeneratorExp))
        ):
            return give_function(node, METHOD, function.value, ast.Constant(function.attr))
        if name == "sorted":
            sort_by_key(node)
        if name == "MethodType" or ast.unparse(function) == "types.MethodType":
            if len(given) > 1 and isinstance(given[1], ast.Constant) and given[1].value is None:
                return given[0]  # a method of no object is the function today
            del given[2:]  # the class
        if name.removeprefix(PREFIX) in python2_builtins.NAMES:
            return give_function(node, FUNCTION, function)
        return node


def with_metaclass(node: ast.ClassDef) -> ast.AST | list[ast.stmt]:
    """Return a class made by the metaclass that its body names, if it does."""
    for each in node.body:
        if isinstance(each, ast.ClassDef | ast.FunctionDef) and each.name == "__metaclass__":
            node.body = [rest for rest in node.body if rest is not each] or [ast.Pass()]
            each.name = f"__metaclass_of_{node.name}__"
            node.keywords.append(ast.keyword("metaclass", ast.Name(each.name, ast.Load())))
            return [each, node]
    return node


def without_slots(slots: ast.expr, defined: set[str]) -> None:
    """Leave out of ``__slots__`` what the class defines, an error since Python 3."""
    if isinstance(slots, ast.List | ast.Tuple):
        slots.elts = [
            each
            for each in slots.elts
            if not (isinstance(each, ast.Constant) and each.value in defined)
        ]


class OldErrors(ast.NodeTransformer):
    """Gives an exception its message and its arguments by their index.

    Parameters
    ----------
    name : str
        What the exception is called.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """Replace ``e.message``."""
        self.generic_visit(node)
        if node.attr == "message" and self.is_it(node.value) and isinstance(node.ctx, ast.Load):
            return ast.copy_location(called(MESSAGE, node.value), node)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """Replace ``e[0]``."""
        self.generic_visit(node)
        if self.is_it(node.value) and isinstance(node.ctx, ast.Load):
            return ast.copy_location(called(ELEMENT, node.value, node.slice), node)
        return node

    def is_it(self, node: ast.expr) -> bool:
        """Return whether an expression is the exception."""
        return isinstance(node, ast.Name) and node.id == self.name


def sort_by_key(node: ast.Call) -> None:
    """Replace ``cmp, key, reverse`` of `sorted` by what Python 3 sorts by."""
    given = node.args[1:]
    by_name = any(keyword.arg == "cmp" for keyword in node.keywords)
    if not (given or by_name) or any(isinstance(each, ast.Starred) for each in node.args):
        return
    order = dict(zip(SORTING, given, strict=False))
    order |= {each.arg: each.value for each in node.keywords if each.arg in SORTING}
    functions = [order.get(name, ast.Constant(None)) for name in ("cmp", "key")]
    node.args = node.args[:1]
    node.keywords = [each for each in node.keywords if each.arg not in SORTING]
    node.keywords.append(ast.keyword("key", called(BY_COMPARISON, *functions)))
    if "reverse" in order:
        node.keywords.append(ast.keyword("reverse", order["reverse"]))


def is_exec(node: ast.expr) -> bool:
    """Return whether an expression is the mode of `compile` for statements."""
    return isinstance(node, ast.Constant) and node.value == "exec"


def is_replaced(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> bool:
    """Return whether a comparison may be of any types, or seek bytes in text."""
    if isinstance(operator, ast.In | ast.NotIn):
        return not isinstance(left, ast.Constant) and not isinstance(right, DISPLAYS)
    return type(operator) in OPERATORS


def is_number(node: ast.expr) -> bool:
    """Return whether an expression is certainly a number."""
    value = node.operand if isinstance(node, ast.UnaryOp) else node
    if isinstance(value, ast.Call):
        return isinstance(value.func, ast.Name) and value.func.id in NUMBERS
    return isinstance(value, ast.Constant) and isinstance(value.value, int | float)


def give_function(node: ast.Call, name: str, *arguments: ast.expr) -> ast.Call:
    """Let a call call a function instead, with some arguments first."""
    node.args = [*arguments, *node.args]
    node.func = ast.copy_location(ast.Name(name, ast.Load()), node.func)
    return node


NAMES: dict[str, Any] = {
    DIVIDE: divide,
    DIVIDE_IN_PLACE: divide_in_place,
    BY_COMPARISON: by_comparison,
    FUNCTION: call_function,
    SLICES: with_slices,
    BOUND: as_integer,
    **{COMPARE.format(name): function for name, function in COMPARISONS.items()},
    COMPARE.format("in"): contained,
    COMPARE.format("not_in"): not_contained,
    PUT_IN: put_in,
    UNBOUND: unbound,
    AS_CODE: as_code,
    AS_TREE: as_tree,
    METHOD: call_method,
    NEXT: next_of,
    DECODED_TEXT: decoded,
    MESSAGE: message,
    ELEMENT: element,
    WHILE_IT_CHANGES: while_it_changes,
}
