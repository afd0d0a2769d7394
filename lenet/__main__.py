"""The command `lenet`: `lenet COMMAND` runs the same program as `lenet-COMMAND`.

A command's module is imported only when the command is called.
"""

import importlib
import sys
from collections.abc import Sequence
from typing import NamedTuple

from lenet.commands.base import Parser
from lenet.commands.completion import SHELLS, completion_script
from lenet.terminal import run_command, say
from lenet.text import did_you_mean

PROGRAM = "lenet"


class Command(NamedTuple):
    """A command: its module, which has a function `main`, and a short summary."""

    module: str
    summary: str


COMMANDS = {
    "train": Command("lenet.train", "train a network on a data set"),
    "predict": Command("lenet.commands.predict", "what a trained network sees in pictures"),
    "evaluate": Command(
        "lenet.commands.evaluate", "how often a trained network is wrong, class by class"
    ),
    "compare": Command(
        "lenet.commands.compare", "runs side by side: flags, errors and learning curves"
    ),
    "explore": Command(
        "lenet.commands.explore", "look at the images: classes, sizes, duplicates, suspected labels"
    ),
    "course": Command(
        "lenet.commands.course", "train several networks on the same images, and compare them"
    ),
    "show": Command(
        "lenet.commands.show", "a trained network as a page that draws, watches and explains"
    ),
    "graph": Command(
        "lenet.graph.command",
        "look into the graph of a network: print, draw, profile, trace, check it",
    ),
    "export": Command(
        "lenet.commands.export", "a trained network for other programs: NumPy, safetensors, ONNX"
    ),
    "import": Command(
        "lenet.commands.import_model", "a saved model of Keras, Lasagne, Theano, Blocks or pylearn2"
    ),
    "theano": Command("lenet.commands.theano", "a program for Theano, run as it stands"),
    "port": Command("lenet.commands.port", "a program for Theano rewritten for PyTensor"),
}
DESCRIPTION = "LeNet on PyTensor.\n\ncommands:\n"
EPILOG = f"""\
{PROGRAM} COMMAND --help explains a command, which also has a program of its own, such as {PROGRAM}-train.

examples:
  {PROGRAM} train --dataset digits --out_dir runs/small
  {PROGRAM} predict runs/small four.png"""


def make_parser() -> Parser:
    """Return the parser of the command name."""
    names = "\n".join(f"  {name:<10}{command.summary}" for name, command in COMMANDS.items())
    parser = Parser(
        prog=PROGRAM, usage="%(prog)s COMMAND ...", description=DESCRIPTION + names, epilog=EPILOG
    )
    parser.add_argument("command", nargs="?", metavar="COMMAND", help="one of the above")
    parser.add_argument(
        "--print-completion",
        choices=SHELLS,
        help="print a script with which a shell completes commands and flags: in ~/.bashrc, "
        'eval "$(lenet --print-completion bash)"',
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Returns
    -------
    int
        What the command returns; 0 after the help, if there is no command. A wrong name raises
        SystemExit with status 2.
    """
    argv = sys.argv[1:] if argv is None else list(argv)
    parser = make_parser()
    if not argv:
        parser.print_help()
        parser.exit()
    arguments = parser.parse_args(argv[: 2 if argv[0] == "--print-completion" else 1])
    if arguments.print_completion is not None:
        return run_command(PROGRAM, lambda: print_completion(arguments.print_completion))
    name: str = arguments.command
    if name not in COMMANDS:
        parser.error(f"no command {name!r}: {did_you_mean(name, list(COMMANDS))}")
    return importlib.import_module(COMMANDS[name].module).main(argv[1:])


def print_completion(shell: str) -> int:
    """Print the completion script of a shell and return the exit status."""
    modules = {name: command.module for name, command in COMMANDS.items()}
    say(completion_script(shell, modules))
    return 0


if __name__ == "__main__":
    sys.exit(main())
