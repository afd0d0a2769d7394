"""Notebooks of Jupyter and IPython as programs: their cells, one after the other.

What a cell's last line comes to is printed, as a notebook shows it, and paths begin at the notebook's folder. The magics ``%run``, ``%cd`` and ``%env`` do
what they did. Those that only a notebook has a use for are left out, and so are commands of a shell, which is said.
"""

import ast
import builtins
import json
import linecache
import os
import re
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from traceback import print_exc, walk_tb
from types import CodeType, TracebackType
from typing import Any

from lenet.text import shown

__all__ = ["Notebook", "cell_of", "is_notebook"]

MAGIC = re.compile(
    r"(?P<indent>[ \t]*)(?P<name_before>[\w., ]+=[ \t]*)?(?P<mark>%%?|!)(?P<name>[A-Za-z_]\w*)?[ \t]*(?P<rest>.*)"
)
HELP = re.compile(r"[ \t]*(\?{1,2}[\w.%*]+|[\w.%*]+\?{1,2})[ \t;]*")
# Magics of a line or cell whose Python is to be run all the same.
OF_PYTHON = {"capture", "prun", "px", "time", "timeit"}
# Of what is seen in a notebook only.
OF_NOTEBOOKS = {"autoreload", "config", "load_ext", "matplotlib", "precision", "reload_ext"}
PERFORMED = {"cd", "env", "run", "set_env"}
PYLAB = (
    "from pylab import *; import numpy, matplotlib; from matplotlib import pyplot; "
    "np = numpy; plt = pyplot"
)
SHOW, PERFORM, TELL = "__show_result__", "__perform_magic__", "__tell_error__"
TITLE = "# cell "
# Languages by the names of their kernels, where nothing else tells them.
KERNELS = {"ir": "R", "julia": "Julia", "ijulia": "Julia", "octave": "Octave", "scala": "Scala"}
# A text's quotes, a comment, a bracket, or a line that goes on.
MARKS = re.compile(r"\'\'\'|\"\"\"|['\"#]|[([{]|[)\]}]|\\\Z")


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
    failed : set of int
        The ends of cells that ended in an error when the notebook was saved, as an example of one.
    """

    path: str
    text: str
    ends: dict[int, bool]
    failed: frozenset[int] = frozenset()

    @classmethod
    def read(cls, data: bytes, path: str) -> "Notebook":
        """Return a notebook of formats 2 to 4.

        Raises
        ------
        ValueError
            If the data are no notebook, or one of another language.
        """
        lines: list[str] = []
        ends: dict[int, bool] = {}
        failed = set()
        for number, (source, has_failed) in enumerate(cells_of(data, path), 1):
            lines.append(f"{TITLE}{number}")
            lines += python_of(source, f"{path}, cell {number}")
            ends[len(lines)] = not source.rstrip().endswith(";")
            if has_failed:
                failed.add(len(lines))
        return cls(path, "".join(f"{line}\n" for line in lines), ends, frozenset(failed))

    def with_results(self, tree: ast.Module) -> ast.Module:
        """Return its syntax tree, in which the results of cells are shown.

        What a cell takes of Python's future comes first, as it must in a program.
        """
        body = [each for each in tree.body if is_of_future(each)]
        rest = [each for each in tree.body if not is_of_future(each)]
        begin = 0
        for end, is_shown in self.ends.items():
            cell = [each for each in rest if begin < each.lineno <= end]
            if cell and isinstance(cell[-1], ast.Expr) and is_shown:
                last = cell[-1]
                name = ast.copy_location(ast.Name(SHOW, ast.Load()), last)
                last.value = ast.copy_location(ast.Call(name, [last.value], []), last.value)
            body += [going_on(cell)] if cell and end in self.failed else cell
            begin = end
        tree.body = body
        return tree

    def cell_at(self, line: int) -> str:
        """Return which cell has a line of its text."""
        number = 1 + sum(end < line for end in self.ends)
        return f"{self.path}: cell {number}"

    def prepare(self, compiled: Callable[[str], CodeType]) -> None:
        """Let its lines be quoted, and its functions of notebooks be called.

        Parameters
        ----------
        compiled : function
            Returns the code of another file, for ``%run``.
        """
        lines = [f"{line}\n" for line in self.text.split("\n")]
        linecache.cache[self.path] = (len(self.text), None, lines, self.path)
        shell = Shell(compiled)
        setattr(builtins, SHOW, show_result)
        setattr(builtins, PERFORM, shell.perform)
        setattr(builtins, TELL, print_exc)
        builtins.display = print  # type: ignore[attr-defined]
        builtins.get_ipython = lambda: shell  # type: ignore[attr-defined]


class Shell:
    """IPython, as far as notebooks ask for it while they run."""

    def __init__(self, compiled: Callable[[str], CodeType]) -> None:
        self.compiled = compiled

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *arguments, **options: None

    def magic(self, line: str) -> None:
        """Do what a line of magic asks for, or nothing."""
        self.run_line_magic(*line.lstrip("% ").partition(" ")[::2])

    def run_line_magic(self, name: str, line: str = "", _stack_depth: int = 1) -> None:
        """Do what a magic asks for, or nothing."""
        if name in PERFORMED:
            self.perform(name, line, vars(sys.modules["__main__"]))

    def perform(self, name: str, line: str, names: dict[str, Any]) -> None:
        """Do what a magic of `PERFORMED` asks for."""
        if name == "run":
            self.run(shlex.split(line), names)
        elif name == "cd":
            os.chdir(os.path.expanduser(line.strip().strip("'\"")) or os.path.expanduser("~"))
        elif line:
            variable, value = re.split(r"\s*=\s*|\s+", line.strip(), maxsplit=1)
            os.environ[variable] = value.strip("'\"")

    def run(self, arguments: list[str], names: dict[str, Any]) -> None:
        """Run a file, and take over its names."""
        options = [each for each in arguments if each.startswith("-")]
        begin = next((at for at, each in enumerate(arguments) if not each.startswith("-")), 0)
        path, *rest = arguments[begin:]
        if not os.path.exists(path):
            path += ".py"
        own = {
            **(names if "-i" in options[:begin] else {}),
            "__name__": "__main__",
            "__file__": path,
        }
        before, sys.argv = sys.argv, [path, *rest]
        try:
            exec(self.compiled(path), own)
        finally:
            sys.argv = before
            names.update({key: own[key] for key in own if not key.startswith("__")})


def going_on(cell: list[ast.stmt]) -> ast.stmt:
    """Return the statement that runs a cell, and tells an error without ending."""
    (caught,) = ast.parse(f"try:\n  pass\nexcept Exception:\n  {TELL}()").body
    for node in ast.walk(caught):
        ast.copy_location(node, cell[0])
    vars(caught)["body"] = cell
    return caught


def is_of_future(statement: ast.stmt) -> bool:
    """Return whether a statement is an import from ``__future__``."""
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


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
        builtins._ = value  # type: ignore[attr-defined]
        print(repr(value))


def cells_of(data: bytes, path: str) -> list[tuple[str, bool]]:
    """Return the texts of a notebook's cells of code, and whether errors ended them.

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
            ("".join(cell.get("source", cell.get("input", ""))), has_error(cell))
            for cell in cells
            if cell["cell_type"] == "code"
        ]
        language = language_of(content.get("metadata") or {})
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise ValueError(
            f"{path} is no notebook ({type(error).__name__}: {error}); expected what Jupyter has saved"
        ) from error
    if language.lower() != "python":
        raise ValueError(f"{path} is a notebook of {language}, expected one of Python")
    return found


def has_error(cell: dict[str, Any]) -> bool:
    """Return whether an error is among the saved results of a cell."""
    kinds = [each.get("output_type") for each in cell.get("outputs") or []]
    return "error" in kinds or "pyerr" in kinds  # which it was before 2015


def language_of(metadata: dict[str, Any]) -> str:
    """Return the language of a notebook's cells."""
    kernel = metadata.get("kernelspec") or {}
    told = [
        kernel.get("language"),
        (metadata.get("language_info") or {}).get("name"),
        metadata.get("language"),
        KERNELS.get(re.split(r"\W", kernel.get("name") or "")[0]),
    ]
    return next((str(each) for each in told if each), "python")


def python_of(source: str, place: str) -> list[str]:
    """Return the lines of a cell, as many, without what is not Python."""
    lines = re.split(r"\r\n|[\r\n]", source)
    first = next((at for at, line in enumerate(lines) if line.strip()), 0)
    indent = re.match(r"[ \t]*", lines[first])
    lines = [line.removeprefix(indent[0] if indent else "") for line in lines]
    whole = MAGIC.fullmatch(lines[first])
    if whole and whole["mark"] == "%%" and whole["name"]:
        if whole["name"] not in OF_PYTHON:
            left_out(place, lines[first])
            return [f"# {line}" for line in lines]
        lines[first] = f"# {lines[first]}"
    found, opened = [], ""
    for line in lines:
        new = line if opened else python_line(line, place)
        opened = open_after(new, opened)
        found.append(new)
    return found


def open_after(line: str, opened: str) -> str:
    """Return the brackets, and at last quotes, that are open after a line.

    Parameters
    ----------
    line : str
        A line of Python.
    opened : str
        What is open before it.
    """
    opened = opened.removesuffix("\\")
    at = 0
    while True:
        quotes = re.search(r"['\"]+\Z", opened)
        if quotes:
            # Its end, past what a backslash hides.
            end = re.compile(rf"(?:[^\\]|\\.)*?{quotes[0]}").match(line, at)
            if end is None:
                goes_on = len(quotes[0]) == 3 or line.endswith("\\")
                return opened if goes_on else opened.removesuffix(quotes[0])
            opened, at = opened.removesuffix(quotes[0]), end.end()
            continue
        mark = MARKS.search(line, at)
        if mark is None or mark[0] == "#":
            return opened
        at = mark.end()
        opened = opened[:-1] if mark[0] in ")]}" else opened + mark[0]


def python_line(line: str, place: str) -> str:
    """Return a line without its magic; ``%time f(x)`` is ``f(x)``."""
    if HELP.fullmatch(line):
        return without(line)
    magic = MAGIC.fullmatch(line)
    if magic is None or (magic["mark"] != "!" and not magic["name"]):
        return line  # ``% (a, b)``, say, which goes on with text before it
    name, rest = magic["name"], magic["rest"]
    begin = f"{magic['indent']}{magic['name_before'] or ''}"
    if magic["mark"] == "%" and name == "time":
        return begin + rest if rest else without(line)
    if magic["mark"] == "%" and name == "pylab":
        return magic["indent"] + PYLAB
    if magic["mark"] == "%" and name in PERFORMED and rest:
        return f"{begin}{PERFORM}({name!r}, {rest!r}, globals())"
    if magic["mark"] == "!" or name not in OF_NOTEBOOKS:
        left_out(place, line)
    if magic["name_before"]:
        return f"{begin}[]  # {line.strip()}"
    return without(line)


def without(line: str) -> str:
    """Return a comment for a line, in a block an empty statement."""
    text = line.lstrip()
    indent = line[: len(line) - len(text)]
    return f"{indent}pass  # {text}" if indent else f"# {text}"


def left_out(place: str, line: str) -> None:
    """Say what is not run."""
    print(shown(f"theano_compat: {place}: {line.strip()} is left out"), file=sys.stderr)
