"""Runner of programs: as ``python SCRIPT``, with ``import theano`` available."""

import os
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType, TracebackType

from lenet.text import shown
from lenet.theano_compat.importing import install
from lenet.theano_compat.numpy_names import restore_numpy_names
from lenet.theano_compat.python2 import python2_hint, python2_syntax
from lenet.theano_compat.python2_sources import (
    MissingConverterError,
    convert,
    install_python2,
)
from lenet.theano_compat.python_names import restore_python_names

USAGE = """\
usage: python -m lenet.theano_compat [--python2] SCRIPT [ARGS...]

Run a program that was written for Theano, as it stands, on PyTensor.

  --python2  the program, and the modules beside it, are for Python 2: print statements, xrange, cPickle, tabs,
             and / of integers that gives an integer; nothing is written
"""
INTERRUPTED = 130  # what a shell reports of a program that Ctrl-C has ended


def main(argv: list[str] | None = None) -> int:
    """Run the script that the arguments name, and return the exit status."""
    arguments = sys.argv[1:] if argv is None else argv
    if not arguments or arguments[0] in ("-h", "--help"):
        print(USAGE, end="", file=sys.stdout if arguments else sys.stderr)
        return 0 if arguments else 2
    is_python2 = arguments[0] == "--python2"
    arguments = arguments[is_python2:]
    if not arguments:
        print(USAGE, end="", file=sys.stderr)
        return 2
    script = arguments[0]
    try:
        source = Path(script).read_bytes()
    except OSError as error:
        print(shown(f"theano_compat: cannot open {script!r}: {error.strerror}"), file=sys.stderr)
        return 2
    try:
        program = convert(source, script) if is_python2 else source
        code = compile(program, script, "exec", dont_inherit=True)
    except MissingConverterError as error:
        print(shown(f"theano_compat: {error}"), file=sys.stderr)
        return 1
    except (SyntaxError, ValueError) as error:
        report(error, None)
        return 1
    sys.argv[:] = arguments
    if not sys.flags.safe_path:
        sys.path[0] = os.path.dirname(os.path.realpath(script))
    install()
    restore_numpy_names()
    restore_python_names()
    if is_python2:
        install_python2(Path(os.path.realpath(script)).parent)
    return run(code, script)


def run(code: CodeType, script: str) -> int:
    """Run a program as the module ``__main__``, and return the exit status."""
    module = ModuleType("__main__")
    module.__file__ = script
    module.__loader__ = SourceFileLoader("__main__", script)
    sys.modules["__main__"] = module
    try:
        exec(code, module.__dict__)
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
    sys.excepthook(type(error), error.with_traceback(trace), trace)
    if hint := python2_hint(error, trace):
        print(shown(hint), file=sys.stderr)
