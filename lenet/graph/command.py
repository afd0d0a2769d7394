"""Command line of `lenet-graph`: look into the graph of a network, new or trained.

    python -m lenet.graph COMMAND

and the installed ``lenet-graph COMMAND``. Each command is a module of `lenet.graph`, imported only when
the command is called.
"""

import importlib
import sys
from collections.abc import Sequence
from typing import NamedTuple

from lenet.commands.base import Parser, parse
from lenet.commands.trained_network import choose_run
from lenet.terminal import FAILED, complain, run_command

PROGRAM = "lenet-graph"


class Command(NamedTuple):
    """A command: its module in `lenet.graph`, and a short summary."""

    module: str
    summary: str


COMMANDS = {
    "print": Command("printing", "the layers as a table, and the graph as text"),
    "draw": Command("drawing", "the layers, or the graph, as a picture"),
    "profile": Command("profiling", "the time of each layer and Op of a training step"),
    "trace": Command("tracing", "what every layer makes of one image"),
    "check": Command("checking", "do C, Python, JAX and the gradients agree?"),
    "nan": Command("nan_search", "where the first NaN or infinity of a training comes from"),
    "doctor": Command("doctor", "what is wrong with this machine, and how to mend it"),
}
DESCRIPTION = "Look into the graph of LeNet, as it is written and as it is compiled.\n\ncommands:\n"
EPILOG = f"""\
{PROGRAM} COMMAND --help explains a command.

examples:
  {PROGRAM} print --lwidth 8 16
  {PROGRAM} draw runs/small --out network.svg
  {PROGRAM} nan --dataset digits --batch_size 20 --lr 100"""


def make_parser() -> Parser:
    """Return the parser of the command name."""
    names = "\n".join(f"  {name:<9}{command.summary}" for name, command in COMMANDS.items())
    parser = Parser(
        prog=PROGRAM, usage="%(prog)s COMMAND ...", description=DESCRIPTION + names, epilog=EPILOG
    )
    parser.add_argument("command", metavar="COMMAND", choices=COMMANDS, help="one of the above")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Returns
    -------
    int
        0; 1 if a command failed or what it looked for was found (see its ``--help``); 130 after
        Ctrl-C. Wrong arguments raise SystemExit with status 2.
    """
    argv = sys.argv[1:] if argv is None else list(argv)
    name = make_parser().parse_args(argv[:1]).command
    try:
        return run(name, argv[1:])
    except ImportError as error:
        reason = " ".join(str(error).split())
        complain(PROGRAM, f"{reason}: a package is missing or broken; see {PROGRAM} doctor")
        return FAILED


def run(name: str, argv: Sequence[str]) -> int:
    """Run one command and return its exit status."""
    tool = importlib.import_module(f"lenet.graph.{COMMANDS[name].module}")
    parser = Parser(prog=f"{PROGRAM} {name}", description=tool.DESCRIPTION, epilog=tool.EPILOG)
    tool.add_arguments(parser)
    arguments = parse(parser, argv)
    if "run" in arguments:
        choose_run(parser, arguments, "picture" if "picture" in arguments else None)
    return run_command(parser.prog, lambda: tool.run(arguments))
