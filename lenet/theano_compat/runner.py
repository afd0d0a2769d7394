"""Runner of programs: as ``python SCRIPT``, with ``import theano`` available."""

import ast
import gc
import os
import sys
import textwrap
from collections.abc import Callable, Sequence
from functools import partial
from importlib.machinery import SourceFileLoader
from io import TextIOWrapper
from itertools import takewhile
from pathlib import Path
from runpy import run_module
from traceback import print_exception
from types import CodeType, ModuleType, TracebackType
from typing import Any

from lenet.compile.folder import require_compile_folder
from lenet.errors import BackendError
from lenet.text import shown
from lenet.theano_compat.children import serve
from lenet.theano_compat.importing import install
from lenet.theano_compat.keras_backend import choose_theano
from lenet.theano_compat.notebooks import Notebook, cell_of, is_notebook
from lenet.theano_compat.old_names import restore
from lenet.theano_compat.old_names.changed_programs import changed, is_to_change
from lenet.theano_compat.python2.hints import python2_hint, python2_syntax
from lenet.theano_compat.python2.sources import (
    MissingConverterError,
    convert,
    install_python2,
)

DESCRIPTION = "Run a program that was written for Theano, as it stands, on PyTensor."
OPTIONS = {
    "-m MODULE": "run a module, as python -m does; with --python2, all modules below the working folder are for Python 2",
    "--python2": "the program, and the modules beside it, are for Python 2: print statements, xrange, cPickle, tabs, and / of "
    "integers that gives an integer; packages of PYTHONPATH that Python 3 cannot read are, too; nothing is written",
    "--no_old_names": "leave NumPy, SciPy, scikit-learn, Pillow, h5py and Python's own library as they are; else they get the "
    "names back, in this process, that they had when programs were written for Theano",
    "-u": "what is printed is seen at once, line by line, in a file or a pipe, too",
}
FLAGS = tuple(OPTIONS.keys() - {"-m MODULE"})
USAGE = """\
usage: {program} [--python2] [--no_old_names] [-u] SCRIPT [ARGS...]
       {program} [--python2] [--no_old_names] [-u] NOTEBOOK.ipynb
       {program} [--python2] [--no_old_names] [-u] -m MODULE [ARGS...]
"""
# PyTensor's gradients and graphs are walked by calls, four for each layer of a chain, and long expressions, too.
MOST_CALLS = 20_000
INTERRUPTED = 130  # what a shell reports of a program that Ctrl-C has ended


def allow_deep_calls() -> None:
    """Raise Python's limit of calls, for a process that runs one program."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), MOST_CALLS))


def help_of(program: str) -> str:
    """Return the text of ``--help``."""
    width = max(map(len, OPTIONS)) + 2
    lines = [
        textwrap.fill(
            f"{flag:<{width}}{text}", 110, initial_indent="  ", subsequent_indent=" " * (width + 2)
        )
        for flag, text in OPTIONS.items()
    ]
    return "\n".join([USAGE.format(program=program), DESCRIPTION, "", *lines, ""])


def main(argv: list[str] | None = None, program: str = "python -m lenet.theano_compat") -> int:
    """Run the script that the arguments name, and return the exit status."""
    try:
        return run_program(sys.argv[1:] if argv is None else argv, program)
    except (BackendError, MissingConverterError) as error:
        print(shown(f"theano_compat: {error}"), file=sys.stderr)
        return 1


def run_program(arguments: list[str], program: str) -> int:
    """Run the script that arguments name, and return the exit status.

    Raises
    ------
    BackendError, MissingConverterError
        If there is no place for compiled code, or nothing that converts Python 2.
    """
    if not arguments or arguments[0] in ("-h", "--help"):
        print(help_of(program), end="", file=sys.stdout if arguments else sys.stderr)
        return 0 if arguments else 2
    flags = list(takewhile(FLAGS.__contains__, arguments))
    arguments = arguments[len(flags) :]
    is_python2, is_module = "--python2" in flags, arguments[:1] == ["-m"]
    if len(arguments) < 1 + is_module:
        print(help_of(program), end="", file=sys.stderr)
        return 2
    if is_module:
        prepare(flags)
        if is_python2:
            install_python2(Path.cwd())
        sys.argv[:] = arguments[1:]
        return run(partial(run_module, arguments[1], run_name="__main__", alter_sys=True))
    script, notebook = arguments[0], None
    if script.startswith("-") and not os.path.exists(script):
        advice = f"an option of Python itself: python {script} -m lenet.theano_compat ..."
        print(shown(f"theano_compat: {script!r} is no script; is it {advice}?"), file=sys.stderr)
        return 2
    try:
        source = Path(script).read_bytes()
    except OSError as error:
        print(shown(f"theano_compat: cannot open {script!r}: {error.strerror}"), file=sys.stderr)
        return 2
    try:
        if is_notebook(script):
            script = os.path.abspath(script)
            notebook = Notebook.read(source, script)
        code = code_of(notebook or source, script, flags)
    except (SyntaxError, ValueError, RecursionError) as error:
        if is_notebook(script) and type(error) is ValueError:
            print(shown(f"theano_compat: {error}"), file=sys.stderr)
            return 1
        report(error, None)
        if notebook is not None and isinstance(error, SyntaxError) and error.lineno:
            print(shown(notebook.cell_at(error.lineno)), file=sys.stderr)
        return 1
    sys.argv[:] = arguments
    if not sys.flags.safe_path:
        sys.path[0] = os.path.dirname(os.path.realpath(script))
    prepare(flags)
    if notebook is not None:
        os.chdir(os.path.dirname(script))  # where Jupyter runs it
        notebook.prepare(partial(code_at, flags=flags))
        os.environ.setdefault("MPLBACKEND", "Agg")  # it has shown its figures within itself
    if is_python2:
        install_python2(Path(os.path.realpath(script)).parent)
    module = ModuleType("__main__")
    module.__file__ = script
    module.__loader__ = SourceFileLoader("__main__", script)
    sys.modules["__main__"] = module
    return run(partial(exec, code, module.__dict__))


def code_of(source: bytes | Notebook, path: str, flags: Sequence[str]) -> CodeType:
    """Return the code of a program, or of a notebook, for Python 3."""
    data = source.text.encode() if isinstance(source, Notebook) else source
    text = convert(data, path) if "--python2" in flags else parsed(data, path, flags)
    if isinstance(source, Notebook):
        tree = text if isinstance(text, ast.Module) else ast.parse(text, path)
        text = source.with_results(tree)
    return compile(text, path, "exec", dont_inherit=True)


def code_at(path: str, flags: Sequence[str]) -> CodeType:
    """Return the code of a file that a notebook runs, or of another notebook."""
    data = Path(path).read_bytes()
    return code_of(Notebook.read(data, path) if is_notebook(path) else data, path, flags)


def parsed(source: bytes, script: str, flags: Sequence[str]) -> ast.Module | bytes:
    """Return a script as it is, or its syntax tree if it is to be changed.

    A tree may not be as deep as a script that Python reads itself.
    """
    if "--no_old_names" in flags or not is_to_change(source):
        return source
    return changed(ast.parse(source, script))


def prepare(flags: Sequence[str]) -> None:
    """Give the program ``import theano``, and the names that other libraries had.

    Raises
    ------
    BackendError
        If there is no place for compiled code.
    """
    # PyTensor's 80,000 objects live as long as the process, and are walked five times at its end alone.
    install(when_imported=gc.freeze)
    choose_theano()
    serve(flags)
    if "--no_old_names" not in flags:
        restore()
    require_compile_folder()
    if "-u" in flags:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(line_buffering=True)


def run(program: Callable[[], Any]) -> int:
    """Run a program, and return the exit status."""
    try:
        program()
    except KeyboardInterrupt as error:
        report(error, error.__traceback__)
        return INTERRUPTED
    except Exception as error:
        report(error, error.__traceback__)
        return 1
    return 0


def report(error: BaseException, trace: TracebackType | None) -> None:
    """Print an exception as Python would, with advice if the program is for Python 2."""
    if isinstance(error, SyntaxError) and (hint := python2_syntax(error)):
        print(shown(hint), file=sys.stderr)
        return
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    if cell := cell_of(trace):
        print_exception(error.with_traceback(trace))  # which knows the lines of notebooks
        print(shown(cell), file=sys.stderr)
    else:
        sys.excepthook(type(error), error.with_traceback(trace), trace)
    if hint := python2_hint(error, trace):
        print(shown(hint), file=sys.stderr)
