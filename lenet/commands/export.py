"""Command line `lenet-export`: a trained network for other programs."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from lenet.commands.base import Parser
from lenet.commands.trained_network import add_trained_network, choose_run
from lenet.errors import CommandError
from lenet.export.arrays import WRITERS, needed
from lenet.terminal import run_command, say
from lenet.text import shown
from lenet.trained import PLACE

PROGRAM = "lenet-export"
FORMATS = ("npz", "safetensors", "onnx")
DESCRIPTION = """\
Write a network that lenet-train has saved in a form that other programs read:

  npz          parameters and state by name, for NumPy
  safetensors  the same, for PyTorch, JAX and others; needs the package safetensors
  onnx         the whole network, from bytes to logits and probabilities, for onnxruntime and others;
               needs the package onnx

The packages come with pip install 'lenet[export]'. In each is what the network is made of, too, its
classes and its images. docs/checkpoints.md shows how to read them."""
EPILOG = f"""\
examples:
  {PROGRAM} runs/small --format onnx
  {PROGRAM} runs/small/model.h5 --out digits.safetensors"""


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = Parser(prog=PROGRAM, description=DESCRIPTION, epilog=EPILOG)
    add_trained_network(parser)
    parser.add_argument(
        "--format", choices=FORMATS, help="form of the file (default: what --out ends with)"
    )
    parser.add_argument(
        "--out",
        "--output",
        dest="output",
        type=Path,
        metavar="FILE",
        help="file to write; one that is there is replaced (default: beside model.h5, as model.npz, "
        "model.safetensors or model.onnx; of a network that comes with lenet, in the current folder)",
    )
    return parser


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return the checked arguments, among them a format."""
    parser = make_parser()
    arguments = parser.parse_args(argv)
    suffix = "" if arguments.output is None else arguments.output.suffix.lower().removeprefix(".")
    named = suffix if suffix in FORMATS else None
    if arguments.format is None and named is None:
        given = "" if arguments.output is None else f", got {arguments.output}"
        parser.error(
            f"expected a --format, or an --out that ends with .{', .'.join(FORMATS)}{given}"
        )
    if None not in (arguments.format, named) and arguments.format != named:
        parser.error(f"argument --out: --format {arguments.format}, but {arguments.output}")
    arguments.format = arguments.format or named
    choose_run(parser, arguments, newest=True)
    return arguments


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Returns
    -------
    int
        0; 1 if the model cannot be read or the file not be written, with the reason on standard error;
        130 after Ctrl-C. Wrong arguments raise SystemExit with status 2, as argparse does.
    """
    arguments = parse_arguments(argv)
    return run_command(PROGRAM, lambda: export(arguments))


def export(arguments: argparse.Namespace) -> int:
    """Write a network as the arguments say and return the exit status.

    Raises
    ------
    CheckpointError, CommandError, OSError
        For what the user can put right.
    """
    if arguments.format != "npz":
        needed(arguments.format)

    from lenet.compile.backends import silence_missing_blas
    from lenet.files import write_atomically

    silence_missing_blas()

    from lenet.runs.saved_model import SavedModel

    model = SavedModel.load(arguments.model_save_path)
    beside = Path(model.path.name) if model.path.parent == PLACE else model.path
    output: Path = arguments.output or beside.with_suffix(f".{arguments.format}")
    was_there = output.exists()
    if was_there and output.samefile(model.path):
        raise CommandError(f"{output}: the network itself; choose another --out")
    content = WRITERS[arguments.format](model)
    write_atomically(output, content)
    replaced = ", in place of the file that was there" if was_there else ""
    say(f"{shown(output)}: {model.dataset}, {len(content):,} bytes{replaced}")
    return 0
