"""Command line `lenet-port`: a program for Theano rewritten for PyTensor."""

import argparse
import filecmp
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lenet.commands.base import Parser
from lenet.errors import CommandError, LenetError
from lenet.terminal import complain, run_command, say
from lenet.text import shown, shown_lines

if TYPE_CHECKING:
    from lenet.porting.program import Program

PROGRAM = "lenet-port"
LEFT, BAD_INPUT = 1, 2
DESCRIPTION = """\
Rewrite a program for Theano as one for PyTensor and lenet.nnet, which runs without Theano's names.

Imports, names, arguments and options are rewritten where they stand; comments and layout stay. What has changed its
meaning gets a comment that begins with "# PORT:" and says what to check; what has no translation stays as it is, with
"# PORT: by hand:". Modules that lie beside the program and that it imports are rewritten too. The original is not
touched. docs/porting.md has the rules."""
EPILOG = f"""\
The exit status is 0 if all is translated, 1 if something is left to do, and 2 if there is nothing to read or write.

examples:
  {PROGRAM} mlp.py                      writes mlp_pytensor.py, and the report mlp_pytensor.md
  {PROGRAM} code -o code_pytensor       all programs of a folder
  {PROGRAM} network3.py --python2       a program for Python 2
  {PROGRAM} mlp.py --diff               shows what would change, and writes nothing"""


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = Parser(prog=PROGRAM, description=DESCRIPTION, epilog=EPILOG)
    parser.add_argument(
        "scripts", nargs="+", type=Path, metavar="SCRIPT", help="program, or folder of programs"
    )
    parser.add_argument(
        "-o",
        "--out",
        dest="output",
        type=Path,
        metavar="FILE|DIR",
        help="where the result goes: a file that ends with .py, or a folder (default: beside SCRIPT, NAME_pytensor.py; "
        "the folder NAME_pytensor where modules beside it change, too)",
    )
    parser.add_argument(
        "--python2",
        action="store_true",
        help="the program is for Python 2: print statements, xrange, and / that gives an integer of two (needs "
        "pip install 'lenet[python2]' from Python 3.13 on)",
    )
    parser.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help="file of the report, which ends with .md, .html or .txt (default: beside the result)",
    )
    parser.add_argument(
        "--diff", action="store_true", help="print a unified diff, and write nothing"
    )
    parser.add_argument("--force", action="store_true", help="replace files that are there")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Returns
    -------
    int
        0 if all was translated, 1 if something is left to do, 2 if the program cannot be read or the result not be
        written, with the reason on standard error; 130 after Ctrl-C. Wrong arguments raise SystemExit with status 2.
    """
    from lenet.porting.report import FORMATS

    parser = make_parser()
    arguments = parser.parse_args(argv)
    if arguments.report is not None and arguments.report.suffix not in FORMATS:
        parser.error(
            f"argument --report: {arguments.report}: expected {', '.join(FORMATS[:-1])} or {FORMATS[-1]}"
        )
    return run_command(PROGRAM, lambda: port(arguments))


def port(arguments: argparse.Namespace) -> int:
    """Port a program as the arguments say and return the exit status."""
    from lenet.porting.program import port_program
    from lenet.porting.report import summary

    try:
        program = port_program(arguments.scripts, arguments.output, arguments.python2)
        if arguments.diff:
            for module, target in zip(program.modules, program.targets, strict=True):
                if module.is_changed:
                    say(shown_lines(module.diff(target)))
        else:
            report = arguments.report or program.report
            write(program, report, arguments.force)
            say(summary(program, report))
    except LenetError as error:
        complain(PROGRAM, f"error: {error}")
        return BAD_INPUT
    except BrokenPipeError:
        raise  # nobody reads any more, which `run_command` knows
    except OSError as error:
        reason = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        complain(PROGRAM, f"error: {reason}")
        return BAD_INPUT
    return LEFT if any(module.ported.left for module in program.modules) else 0


def write(program: "Program", report: Path, is_forced: bool) -> None:
    """Write a ported program and its report.

    Raises
    ------
    CommandError
        If one of the files is there, or is the program itself, or the report is the result, too; nothing is written
        then.
    OSError
        If one cannot be written.
    """
    from lenet.files import make_folder, write_atomically
    from lenet.porting.report import full_report

    originals = {module.path.resolve() for module in program.modules}
    targets = {target.resolve() for target in program.targets}
    if report.resolve() in targets.union(*(target.parents for target in targets)):
        raise CommandError(
            f"{shown(report)}: both the result and its report; choose another --report"
        )
    # Modules as they are, which another script's port may have brought.
    copied = {
        target
        for module, target in zip(program.modules, program.targets, strict=True)
        if not module.is_changed and target.is_file() and filecmp.cmp(module.path, target, False)
    }
    for path in (*program.targets, report):
        if path.resolve() in originals:
            raise CommandError(f"{shown(path)}: the program itself; choose another -o")
        if path.exists() and path not in copied and not is_forced:
            raise CommandError(
                f"{shown(path)}: is there already; --force replaces it, -o names another"
            )
    for module, target in zip(program.modules, program.targets, strict=True):
        make_folder(target.parent)
        write_atomically(target, module.original.encoded(module.ported.text))
    make_folder(report.parent)
    write_atomically(report, full_report(program, report.suffix).encode())


if __name__ == "__main__":
    sys.exit(main())
