"""Command line: the name `lenet`, below which all commands are found.

    lenet COMMAND ...

and ``python -m lenet COMMAND ...`` do what ``lenet-COMMAND ...`` does. A command is imported only when
it is called.
"""

import importlib
import sys
from collections.abc import Sequence
from difflib import get_close_matches

from lenet import __version__
from lenet.command_line import Parser

PROGRAM = "lenet"
COMMANDS = {
    "train": "train a network on a data set",
    "predict": "what a trained network sees in pictures",
    "evaluate": "how often a trained network is wrong, class by class",
    "compare": "runs side by side: flags, errors and learning curves",
    "explore": "look at the images: classes, sizes, duplicates, suspected labels",
    "course": "train several networks on the same images, and compare them",
    "graph": "look into the graph of a network: print, draw, profile, trace, check it",
    "export": "a trained network for other programs: NumPy, safetensors, ONNX",
}
DESCRIPTION = "LeNet on PyTensor.\n\ncommands:\n"
EPILOG = f"""\
{PROGRAM} COMMAND --help explains a command, which also has a program of its own, such as {PROGRAM}-train.

examples:
  {PROGRAM} train --dataset digits --nepochs 20 --out_dir runs/small
  {PROGRAM} predict --model_save_path runs/small --input_image four.png"""


def make_parser() -> Parser:
    """Return the parser of the command's name."""
    names = "\n".join(f"  {name:<10}{summary}" for name, summary in COMMANDS.items())
    parser = Parser(
        prog=PROGRAM, usage="%(prog)s COMMAND ...", description=DESCRIPTION + names, epilog=EPILOG
    )
    parser.add_argument("command", metavar="COMMAND", help="one of the above")
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Returns
    -------
    int
        What the command returns. A wrong name raises SystemExit with status 2.
    """
    argv = sys.argv[1:] if argv is None else list(argv)
    parser = make_parser()
    name: str = parser.parse_args(argv[:1]).command
    if name not in COMMANDS:
        near = get_close_matches(name, COMMANDS, n=1)
        expected = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(COMMANDS)}"
        parser.error(f"no command {name!r}: {expected}")
    return importlib.import_module(f"lenet.{name}").main(argv[1:])
