"""Names of Python 2 that are Python 3's keywords.

These are ``async``, ``await``, ``nonlocal``, ``True`` and ``False``. They are hidden from Python 3's grammar while a program is read, and have their own names again in its tree, by which other modules
and ``getattr`` know them; ``True`` and ``False``, which a tree cannot name, stay hidden in modules that give them values or import them.
"""

import ast
import re
from collections.abc import Callable, Iterable
from typing import Any

__all__ = ["NAMES", "hidden", "shown"]

PREFIX = "__name_of_python2_"
WORDS = {"async", "await", "nonlocal"}
CONSTANTS = {"True": True, "False": False}
MENTIONED = re.compile(rf"\b({'|'.join(WORDS)})\b")
BOUND = re.compile(
    r"\bimport\b.*\b(True|False)\b|(^|[;:,(])\s*(True|False)\s*(,\s*\w+\s*)*=(?!=)", re.MULTILINE
)
NAMES = {f"{PREFIX}{name}": value for name, value in CONSTANTS.items()}  # what programs read
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
    for node in ast.walk(tree):
        for field, value in ast.iter_fields(node):
            if isinstance(value, str) and not isinstance(node, ast.Constant):
                setattr(node, field, own(value))
            elif isinstance(node, ast.Global):
                node.names = [own(each) for each in node.names]
    return tree


def own(name: str) -> str:
    """Return a name, or parts of one, as the program has written them."""
    return ".".join(
        part.removeprefix(PREFIX) if part.removeprefix(PREFIX) in WORDS else part
        for part in name.split(".")
    )
