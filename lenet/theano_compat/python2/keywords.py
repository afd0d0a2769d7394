"""A program's names in Python 2 that mean something else in Python 3.

Some are keywords: ``async``, ``await``, ``nonlocal``, ``True`` and ``False``. They are hidden from Python 3's grammar while a program is read, and have their own names again in its tree, by which other modules
and ``getattr`` know them; ``True`` and ``False``, which a tree cannot name, stay hidden in modules that give them values or import them.

Others are functions that 2to3 calls, as in ``iter(d.values())`` for ``d.itervalues()``. Where a program has a variable of such a name, what 2to3
has written gets another one. Where it has a variable `range`, ``xrange(n)``, which 2to3 calls so, keeps its name, which is a function here.

Names that Python 3 has others for, such as ``basestring``, stay where a program gives them, imports them or asks another module for them: what is
``compat.basestring`` there, or ``from .compat import basestring``, is no ``str`` of `compat`.
"""

import ast
import builtins
import re
from collections.abc import Callable, Iterable
from typing import Any

__all__ = ["NAMES", "PREFIX", "hidden", "shown"]

PREFIX = "_name_of_python2_"  # two underscores before it would be a name of a class's own
WORDS = {"async", "await", "nonlocal"}
CONSTANTS = {"True": True, "False": False}
# What 2to3 writes calls of, and the program's words for which it does.
WRITTEN = {
    "chr": r"\bunichr\b",
    "input": r"\braw_input\b",
    "int": r"\blong\b",
    "iter": r"\b(iter|view)(items|keys|values)\b",
    "list": r"\b(items|keys|values|range|execfile)\b",
    "repr": "`",
    "str": r"\b(basestring|unicode)\b",
}
# What Python 3 calls otherwise.
FORMER: dict[str, Any] = {
    "basestring": str,
    "long": int,
    "raw_input": input,
    "unichr": chr,
    "unicode": str,
    "xrange": range,
}
OWN = WORDS | WRITTEN.keys() | FORMER.keys()  # what a tree can name
NOT_CALLED = re.compile(r"\brange\b(?!\s*\()|\b(class|def)\s+range\b")
MENTIONED = re.compile(rf"\b({'|'.join(WORDS)})\b")
BOUND = re.compile(
    r"\bimport\b.*\b(True|False)\b|(^|[;:,(])\s*(True|False)\s*(,\s*\w+\s*)*=(?!=)", re.MULTILINE
)
GIVEN_FORMER = {
    name: re.compile(
        rf"\bimport\s*(\([^)]*|[^\n#]*)\b{name}\b|\.\s*{name}\b|(^|[;:])\s*{name}\s*=(?!=)",
        re.MULTILINE,
    )
    for name in FORMER
}
NAMES = FORMER | {  # what programs read
    f"{PREFIX}{name}": value
    for name, value in (CONSTANTS | {each: getattr(builtins, each) for each in WRITTEN}).items()
}
Tokenize = Callable[[Callable[[], str]], Iterable[tuple[Any, ...]]]


def hidden(text: str, tokenize: Tokenize, name: int) -> str:
    """Return a program's text without such names.

    Parameters
    ----------
    text : str
        A program for Python 2.
    tokenize : callable
        Makes tokens of a function that returns lines.
    name : int
        The type of tokens that are names.
    """
    words = (WORDS if MENTIONED.search(text) else set()) | (
        set(CONSTANTS) if BOUND.search(text) else set()
    )
    words |= {
        name
        for name, old in WRITTEN.items()
        if re.search(rf"\b{name}\b(?!\s*\()|\b(class|def)\s+{name}\b", text)
        and re.search(old, text)
    }
    if NOT_CALLED.search(text) and "xrange" in text:
        words.add("xrange")  # 2to3 would write `range`
    words |= {name for name, given in GIVEN_FORMER.items() if given.search(text)}
    if not words:
        return text
    lines = text.splitlines(keepends=True)
    found = [
        start
        for kind, word, start, *_ in tokenize(iter([*lines, ""]).__next__)
        if kind == name and word in words
    ]
    for row, column in reversed(found):
        line = lines[row - 1]
        lines[row - 1] = line[:column] + PREFIX + line[column:]
    return "".join(lines)


def shown(tree: ast.Module) -> ast.Module:
    """Return a program's tree, in which these names are their own again."""
    fields = [
        (node, field, value)
        for node in ast.walk(tree)
        for field, value in ast.iter_fields(node)
        if isinstance(value, str) and not isinstance(node, ast.Constant)
    ]
    taken = WRITTEN.keys() & {own(value) for *_, value in fields if value.startswith(PREFIX)}
    for node, field, value in fields:
        is_written = isinstance(node, ast.Name) and value in taken
        setattr(node, field, f"{PREFIX}{value}" if is_written else own(value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            node.names = [own(each) for each in node.names]
    return tree


def own(name: str) -> str:
    """Return a name, or parts of one, as the program has written them."""
    return ".".join(
        part.removeprefix(PREFIX) if part.removeprefix(PREFIX) in OWN else part
        for part in name.split(".")
    )
