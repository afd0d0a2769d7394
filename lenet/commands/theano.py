"""Command line `lenet-theano`: a program for Theano, run as it stands."""

import argparse
import os
import sys
from collections.abc import Sequence

from lenet.commands.base import Parser
from lenet.theano_compat import runner

PROGRAM = "lenet-theano"
EPILOG = f"""\
python -m lenet.theano_compat is the same program, but in a folder that has a lenet.py of its own, which Python
takes for it.

examples:
  {PROGRAM} mlp.py --epochs 3
  {PROGRAM} --python2 -m code.train"""


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line, for its help: scripts have flags."""
    usage = runner.USAGE.format(program="%(prog)s").removeprefix("usage: ").rstrip()
    parser = Parser(prog=PROGRAM, usage=usage, description=runner.DESCRIPTION, epilog=EPILOG)
    for flag, text in runner.OPTIONS.items():
        name, _, value = flag.partition(" ")
        if value:
            parser.add_argument(name, metavar=value, help=text)
        else:
            parser.add_argument(name, action="store_true", help=text)
    parser.add_argument(
        "script", nargs="*", metavar="SCRIPT", help="what to run, and its arguments"
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program that the arguments name, and return its exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] in (["-h"], ["--help"], ["--version"]):
        make_parser().parse_args(arguments[:1])
    if not sys.flags.safe_path:
        sys.path[0] = os.getcwd()  # rather than the folder of this command
    runner.allow_deep_calls()
    return runner.main(arguments, PROGRAM)


if __name__ == "__main__":
    sys.exit(main())
