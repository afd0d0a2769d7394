"""Notebooks of Jupyter and IPython as programs: their cells, one after the other.

What a cell's last line comes to is printed, as a notebook shows it. Magics that only a notebook has a use for are left out, and so are
commands of a shell, which is said.
"""

import ast
import builtins
import json
import linecache
import re
import sys
from dataclasses import dataclass
from traceback import walk_tb
from types import TracebackType
from typing import Any

from lenet.text import shown

__all__ = ["Notebook", "cell_of", "is_notebook"]

MAGIC = re.compile(r"(?P<indent>[ \t]*)(?P<mark>%%?|!)(?P<name>[A-Za-z_]\w*)?[ \t]*(?P<rest>.*)")
# Magics of a line or cell whose Python is to be run all the same.
OF_PYTHON = {"capture", "prun", "px", "time", "timeit"}
# Of what is seen in a notebook only.
OF_NOTEBOOKS = {"autoreload", "config", "load_ext", "matplotlib", "precision", "reload_ext"}
PYLAB = (
    "from pylab import *; import numpy, matplotlib; from matplotlib import pyplot; "
    "np = numpy; plt = pyplot"
)
SHOW = "__show_result__"
TITLE = "# cell "


def is_notebook(path: str) -> bool:
    """Return whether a file is a notebook, by its name."""
    return path.endswith(".ipynb")


@dataclass(frozen=True)
class Notebook:
    """Text of a notebook's cells.

    Attributes
    ----------
    path : str
        Its file, for messages.
    text : str
        Python, of all cells.
    ends : dict of int to bool
        Numbers of the lines with which cells end, in order, and whether their results are shown.
    """

    path: str
    text: str
    ends: dict[int, bool]

    @classmethod
    def read(cls, data: bytes, path: str) -> "Notebook":
        """Return a notebook of formats 2 to 4.

        Raises
        ------
        ValueError
            If the data are no notebook, or one of another language.
        """
        lines: list[str] = []
        ends = {}
        for number, source in enumerate(cells_of(data, path), 1):
            lines.append(f"{TITLE}{number}")
            lines += python_of(source, f"{path}, cell {number}")
            ends[len(lines)] = not source.rstrip().endswith(";")
        return cls(path, "".join(f"{line}\n" for line in lines), ends)

    def with_results(self, tree: ast.Module) -> ast.Module:
        """Return its syntax tree, in which the results of cells are shown."""
        following = [statement.lineno for statement in tree.body[1:]]
        for statement, begins in zip(tree.body, [*following, sys.maxsize], strict=True):
            end = next(end for end in self.ends if end >= statement.lineno)
            if isinstance(statement, ast.Expr) and begins > end and self.ends[end]:
                name = ast.copy_location(ast.Name(SHOW, ast.Load()), statement)
                call = ast.Call(name, [statement.value], [])
                statement.value = ast.copy_location(call, statement.value)
        return tree

    def prepare(self) -> None:
        """Let its lines be quoted, and its functions of notebooks be called."""
        lines = self.text.splitlines(keepends=True)
        linecache.cache[self.path] = (len(self.text), None, lines, self.path)
        setattr(builtins, SHOW, show_result)
        builtins.display = print  # type: ignore[attr-defined]


def cell_of(trace: TracebackType | None) -> str | None:
    """Return in which cell of a notebook an exception came up, or None if in none."""
    found = None
    for frame, line in walk_tb(trace):
        path = frame.f_code.co_filename
        if is_notebook(path):
            before = linecache.getlines(path)[line - 1 :: -1]
            title = next((each for each in before if each.startswith(TITLE)), None)
            found = f"{path}: cell {title.removeprefix(TITLE).strip()}" if title else None
    return found


def show_result(value: Any) -> None:
    """Print what a cell comes to, unless it is None."""
    if value is not None:
        print(repr(value))


def cells_of(data: bytes, path: str) -> list[str]:
    """Return the texts of a notebook's cells of code.

    Raises
    ------
    ValueError
        If the data are no notebook, or one of another language.
    """
    try:
        content = json.loads(data)
        sheets = content.get("worksheets", [content])  # which they had before 2015
        cells = [cell for sheet in sheets for cell in sheet["cells"]]
        found = [
            "".join(cell.get("source", cell.get("input", "")))
            for cell in cells
            if cell["cell_type"] == "code"
        ]
        language = content.get("metadata", {}).get("kernelspec", {}).get("language", "python")
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise ValueError(
            f"{path} is no notebook ({type(error).__name__}: {error}); expected what Jupyter has saved"
        ) from error
    if language != "python":
        raise ValueError(f"{path} is a notebook of {language}, expected one of Python")
    return found


def python_of(source: str, place: str) -> list[str]:
    """Return the lines of a cell, as many, without what is not Python."""
    lines = source.split("\n")
    first = next((at for at, line in enumerate(lines) if line.strip()), 0)
    whole = MAGIC.fullmatch(lines[first])
    if whole and whole["mark"] == "%%" and whole["name"]:
        if whole["name"] not in OF_PYTHON:
            left_out(place, lines[first])
            return [f"# {line}" for line in lines]
        lines[first] = f"# {lines[first]}"
    return [python_line(line, place) for line in lines]


def python_line(line: str, place: str) -> str:
    """Return a line without its magic; ``%time f(x)`` is ``f(x)``."""
    magic = MAGIC.fullmatch(line)
    if magic is None or (magic["mark"] != "!" and not magic["name"]):
        return line  # ``% (a, b)``, say, which goes on with text before it
    name, rest = magic["name"], magic["rest"]
    if magic["mark"] == "%" and name == "time":
        return magic["indent"] + rest
    if magic["mark"] == "%" and name == "pylab":
        return magic["indent"] + PYLAB
    if magic["mark"] == "!" or name not in OF_NOTEBOOKS:
        left_out(place, line)
    return f"{magic['indent']}pass  # {line.strip()}"


def left_out(place: str, line: str) -> None:
    """Say what is not run."""
    print(shown(f"theano_compat: {place}: {line.strip()} is left out"), file=sys.stderr)
