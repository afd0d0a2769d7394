"""Texts that a program for Python 2 runs, converted as the program itself.

It runs them by ``execfile``, ``exec`` and ``eval``.
"""

import ast
import builtins
from collections.abc import Callable
from functools import lru_cache
from types import CodeType
from typing import Any

__all__ = ["as_code", "as_tree"]

PLACE = "<string>"  # as Python names it


def as_code(function: Callable[..., Any], text: Any) -> Any:
    """Return the code of a text that ``exec`` or ``eval`` runs.

    Anything else is returned as it is.

    Parameters
    ----------
    function : callable
        What the program names ``exec`` or ``eval``.
    text : object
        Its first argument.
    """
    if function not in (builtins.exec, builtins.eval) or not isinstance(text, str):
        return text
    return compiled(text, "exec" if function is builtins.exec else "eval")


@lru_cache(maxsize=256)
def compiled(text: str, mode: str) -> CodeType | str:
    """Return a text's code, or the text for Python to complain of."""
    tree = as_tree(builtins.compile, text.strip(" \t\n") if mode == "eval" else text)
    if mode == "exec" and isinstance(tree, ast.Module):
        return compile(tree, PLACE, "exec", dont_inherit=True)
    match tree:
        case ast.Module(body=[ast.Expr(value)]) if mode == "eval":
            return compile(ast.Expression(value), PLACE, "eval", dont_inherit=True)
    return text


def as_tree(function: Callable[..., Any], text: Any, path: Any = PLACE) -> Any:
    """Return the tree, for Python 3, of a text that ``compile`` is given.

    Anything else is returned as it is.

    Parameters
    ----------
    function : callable
        What the program names ``compile``.
    text : object
        Its first argument.
    path : str
        Of the file that it is from.
    """
    from lenet.theano_compat.python2.sources import convert

    if function is not builtins.compile or not isinstance(text, str | bytes):
        return text
    try:
        return convert(text.encode() if isinstance(text, str) else bytes(text), str(path))
    except (SyntaxError, ValueError):
        return text
