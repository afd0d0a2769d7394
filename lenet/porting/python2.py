"""Programs for Python 2: their text for Python 3, with the division of integers."""

import ast
import difflib
import re
from typing import TYPE_CHECKING

from lenet.porting.sorting import edit_sorting
from lenet.porting.source import SourceError
from lenet.text import shown
from lenet.theano_compat.python2.sources import (
    FUTURE,
    MissingConverterError,
    indented,
    refactored,
)

if TYPE_CHECKING:
    from lenet.porting.rewriting import Rewriter

INTEGERS, FLOATS = ("len", "int", "ord"), ("float",)
# Functions of Theano and NumPy whose results are no integers.
REAL = (
    "exp",
    "log",
    "sqrt",
    "tanh",
    "sigmoid",
    "softmax",
    "sin",
    "cos",
    "mean",
    "std",
    "var",
    "softplus",
)
PICKLES = tuple(
    f"{module}.{name}"
    for module in ("pickle", "cPickle", "six.moves.cPickle")
    for name in ("load", "loads")
)
DIVISION = "lenet.python2_division"


def python3_text(text: str, path: str, in_package: bool = True) -> str:
    """Return a program for Python 2 as one for Python 3, but for its divisions.

    Parameters
    ----------
    text, path : str
    in_package : bool
        Whether ``import x`` is ``from . import x`` where there is such a module beside an ``__init__.py``.

    Raises
    ------
    SourceError
        If it is neither, or there is nothing that converts.
    """
    blanks = "".join(f"{indented(line)}\n" for line in text.removesuffix("\n").split("\n"))
    try:
        # lenet.porting.sorting does what is left out.
        return refactored(blanks, path, ["sorted", *([] if in_package else ["import"])])
    except SyntaxError as error:
        raise SourceError(f"{shown(path)}:{error.lineno or 1}: {shown(error.msg)}") from error
    except (ValueError, RecursionError, MissingConverterError) as error:
        raise SourceError(f"{shown(path)}: {shown(error)}") from error


def has_calls(node: ast.expr) -> bool:
    """Return whether to evaluate an expression twice may do something twice."""
    effects = ast.Call | ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr
    return any(isinstance(each, effects) for each in ast.walk(node))


def is_comparison(node: ast.Call) -> bool:
    """Return whether a call is ``cmp`` of names, or of their elements and attributes."""
    plain = ast.Name | ast.Attribute | ast.Constant | ast.Subscript | ast.expr_context
    return (
        isinstance(node.func, ast.Name)
        and node.func.id == "cmp"
        and len(node.args) == 2
        and not node.keywords
        and all(isinstance(part, plain) for each in node.args for part in ast.walk(each))
    )


def changed_lines(old: str, new: str) -> list[tuple[int, str, str]]:
    """Return what a conversion has changed: line, old lines and new ones."""
    before, after = old.split("\n"), new.split("\n")
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    return [
        (j1 + 1, "\n".join(before[i1:i2]), "\n".join(after[j1:j2]))
        for tag, i1, i2, j1, j2 in matcher.get_opcodes()
        if tag != "equal"
    ]


class Python2:
    """Edits of what Python 3 understands otherwise than Python 2.

    Parameters
    ----------
    rewriter : Rewriter
    """

    def __init__(self, rewriter: "Rewriter") -> None:
        self.rewriter, self.source = rewriter, rewriter.source
        self.written: list[ast.expr] = []  # names that are written otherwise already

    def edit(self) -> None:
        """Note the edits of divisions, of pickles and of ``file``."""
        divides = not re.search(rf"{FUTURE}division\b", self.source.text, re.MULTILINE)
        for node in ast.walk(self.source.tree):
            if isinstance(node, ast.expr) and self.source.is_left_out(node):
                continue
            if divides and isinstance(node, ast.BinOp | ast.AugAssign):
                if isinstance(node.op, ast.Div):
                    self.edit_division(node)
            elif isinstance(node, ast.Call):
                self.edit_call(node)
                edit_sorting(self.rewriter, node)
            elif isinstance(node, ast.Name) and node.id in ("file", "cmp"):
                self.edit_name(node)

    def edit_division(self, node: ast.BinOp | ast.AugAssign) -> None:
        """Write a division as it was meant: ``//`` of integers, else by `divide`."""
        source = self.source
        if isinstance(node, ast.AugAssign):
            left: ast.expr = node.target
            right = node.value
        else:
            left, right = node.left, node.right
        kinds = self.kind(left), self.kind(right)
        if "float" in kinds:
            return
        sign = "/=" if isinstance(node, ast.AugAssign) else "/"
        place = source.token_after(source.end(left), sign)
        if kinds == ("int", "int"):
            source.replace(place, place + len(sign), "/" + sign)
            self.rewriter.findings.because(node.lineno, "in Python 2, / of integers was //")
            return
        if isinstance(node, ast.AugAssign) and has_calls(left):
            self.rewriter.findings.by_hand(
                node.lineno, "/= of integers was //=, and what is called must be called once only"
            )
            return
        scope = self.rewriter.scopes.module
        self.rewriter.findings.check(node.lineno, "division")
        if isinstance(node, ast.AugAssign):
            text = source.segment(left)
            name = self.rewriter.names.write(f"{DIVISION}.divide_in_place", scope)
            source.replace(place, place + 2, f"= {name}({text},")
            source.wrap(node, "", ")")
        else:
            name = self.rewriter.names.write(f"{DIVISION}.divide", scope)
            begin = place
            while source.text[begin - 1] in " \t":
                begin -= 1
            source.replace(begin, place + 1, ",")
            source.wrap(node, f"{name}(", ")")
        self.rewriter.findings.because(node.lineno, "in Python 2, / of integers was //")

    def kind(self, node: ast.expr, seen: frozenset[int] = frozenset()) -> str:
        """Return "int" or "float" where an expression is certainly one; else nothing.

        `seen` are the numbers of the values of names that it is part of.
        """
        if isinstance(node, ast.Constant):
            kind = type(node.value)
            return kind.__name__ if kind in (int, float) else ""
        if isinstance(node, ast.UnaryOp):
            return self.kind(node.operand, seen)
        if isinstance(node, ast.BinOp):
            kinds = {self.kind(node.left, seen), self.kind(node.right, seen)}
            if "float" in kinds:
                return "float"
            exact = isinstance(
                node.op, ast.Add | ast.Sub | ast.Mult | ast.FloorDiv | ast.Mod | ast.Div
            )
            return "int" if kinds == {"int"} and exact else ""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            name = node.func.id
            return "int" if name in INTEGERS else "float" if name in FLOATS else ""
        if isinstance(node, ast.Call):
            path = self.rewriter.scopes.resolve(node.func)
            package, _, name = path.rpartition(".")
            known = package.partition(".")[0] in ("theano", "numpy", "math") and name in REAL
            return "float" if known else ""
        if isinstance(node, ast.Name):
            bindings = self.rewriter.scopes.bindings(node)
            value = bindings[0].value if len(bindings) == 1 else None
            if value is None or id(value) in seen:
                return ""
            return self.kind(value, seen | {id(value)})
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute):
            is_length = node.value.attr == "shape" and not isinstance(node.slice, ast.Slice)
            return "int" if is_length else ""
        return ""

    def edit_call(self, node: ast.Call) -> None:
        """Let what Python 2 has pickled be read: its texts were bytes."""
        if is_comparison(node):
            self.edit_comparison(node)
        if self.rewriter.scopes.resolve(node.func) not in PICKLES or not node.args:
            return
        if any(keyword.arg == "encoding" for keyword in node.keywords):
            return
        spans, _ = self.source.arguments(node)
        self.source.replace(spans[-1][1], spans[-1][1], ', encoding="latin1"')
        self.rewriter.findings.because(node.lineno, "Python 2 pickled texts as bytes")

    def edit_comparison(self, node: ast.Call) -> None:
        """Write ``cmp`` of two things that can be evaluated twice as a difference."""
        if self.rewriter.scopes.of[id(node.func)].holder("cmp") is not None:
            return
        one, other = map(self.source.segment, node.args)
        text = f"(({one} > {other}) - ({one} < {other}))"
        self.source.replace_whole(self.source.start(node), self.source.end(node), text)
        self.rewriter.findings.because(node.lineno, "Python 3 has no cmp")
        self.written.append(node.func)

    def edit_name(self, node: ast.Name) -> None:
        """Write ``open`` for ``file``; ``cmp`` is left."""
        if self.rewriter.scopes.of[id(node)].holder(node.id) is not None:
            return
        if node in self.written:
            return
        if node.id == "cmp":
            self.rewriter.findings.by_hand(node.lineno, "cmp(a, b) is (a > b) - (a < b) now")
        elif self.rewriter.imports.call_of(node) is not None:
            self.source.replace(self.source.start(node), self.source.end(node), "open")
            self.rewriter.findings.because(node.lineno, "file is open now")
