"""Command line `lenet-import`: saved models of Theano's libraries and of Keras."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lenet.commands.base import Parser
from lenet.data.dataset import DIGIT_NAMES
from lenet.errors import CommandError, DataError
from lenet.terminal import run_command, say
from lenet.text import listed, shape_text, shown

if TYPE_CHECKING:
    from lenet.importing.conversion import Converted, Wishes

PROGRAM = "lenet-import"
DESCRIPTION = """\
Read a saved model of another library, and make it a network of lenet if it is a sequence of layers:

  Keras      1 and 2, on Theano or TensorFlow: a .h5 file of model.save, or of save_weights
  Lasagne    get_all_param_values by numpy.savez, or pickled
  Theano     pickled shared variables, lists of them, objects that hold them, compiled functions
  Blocks     the .tar file of a main loop
  pylearn2   a pickled model

What the file holds is printed in any case. Nothing of it is run: of a pickle, arrays are read, and all other objects
become records that can do nothing. docs/import.md has examples."""
EPILOG = f"""\
examples:
  {PROGRAM} mnist_cnn.h5
  {PROGRAM} model.npz --layers conv relu pool:2 conv relu pool:2 dense relu dense
  {PROGRAM} cifar.h5 --dataset cifar10 --out_dir runs/from-keras

words of --layers, in the order of the layers; shapes are those of the arrays:
  conv:PADDING/STRIDE  PADDING valid, same, full or a number of pixels (conv: valid, 1)
  pool:WINDOW/STRIDE   of maxima, and avgpool of means (pool: 2, STRIDE as WINDOW)
  dropout:SHARE        (dropout: 0.5), and leaky_relu:SLOPE (0.01)
  dense bn flatten relu elu sigmoid tanh squash softmax"""
MODEL = "model.h5"


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = Parser(prog=PROGRAM, description=DESCRIPTION, epilog=EPILOG)
    parser.add_argument("file", type=Path, metavar="FILE", help="the saved model")
    parser.add_argument(
        "--out_dir",
        type=Path,
        metavar="DIR",
        help="folder for the network, model.h5 (default: runs/ and the name of FILE)",
    )
    about = parser.add_argument_group("what the file does not say")
    about.add_argument(
        "--layers",
        nargs="+",
        default=(),
        metavar="WORD",
        help="the network, for a file of weights alone: words in the order of the layers, see below",
    )
    about.add_argument(
        "--dataset",
        metavar="NAME",
        help="what it has learnt, such as mnist or cifar10: names its classes, and lenet evaluate takes it",
    )
    about.add_argument(
        "--class_names",
        nargs="+",
        metavar="NAME",
        help="its classes, in the order of its outputs (default: those of --dataset, else 0 1 2 ...)",
    )
    about.add_argument(
        "--input_range",
        nargs=2,
        type=float,
        default=(0.0, 1.0),
        metavar=("BLACK", "WHITE"),
        help="what black and white were for it, such as 0 255 (default: 0 1)",
    )
    for name, what, usual in (
        ("mean", "was subtracted from", "0"),
        ("std", "the rest was divided by, in", "1"),
    ):
        about.add_argument(
            f"--{name}",
            nargs="+",
            type=float,
            default=(float(usual),),
            metavar="NUMBER",
            help=f"what {what} images of --input_range, one number or one for each channel (default: {usual})",
        )
    about.add_argument(
        "--image_size",
        type=int,
        metavar="PIXELS",
        help="side of its images, with --layers (default: what fits the first dense layer)",
    )
    about.add_argument(
        "--filters",
        choices=("convolution", "correlation"),
        default="",
        help="whether it flips filters, as Theano and Lasagne do, or not, as TensorFlow (default: what the file says, "
        "else convolution; correlation for Keras with channels last)",
    )
    about.add_argument(
        "--data_format",
        choices=("channels_first", "channels_last"),
        default="",
        help="where channels are in an image that it flattens, with --layers (default: first; last for Keras 2)",
    )
    return parser


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return the checked arguments."""
    from math import isfinite

    from lenet import limits
    from lenet.importing.words import parse

    parser = make_parser()
    arguments = parser.parse_args(argv)
    try:
        parse(arguments.layers)
    except ValueError as error:
        parser.error(f"argument --layers: {error}")
    numbers = {name: getattr(arguments, name) for name in ("input_range", "mean", "std")}
    for name, values in numbers.items():
        if not all(map(isfinite, values)) or (name == "std" and 0 in values):
            parser.error(
                f"argument --{name}: {' '.join(map(str, values))}, expected finite numbers"
            )
    if numbers["input_range"][0] == numbers["input_range"][1]:
        parser.error("argument --input_range: black and white are the same")
    size = arguments.image_size
    if size is not None and not 1 <= size <= limits.MODEL_IMAGE_SIDE:
        parser.error(f"argument --image_size: {size}, expected 1 to {limits.MODEL_IMAGE_SIDE}")
    return arguments


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Returns
    -------
    int
        0; 1 if the file cannot be read or is no network that lenet has, with the reason on standard error;
        130 after Ctrl-C. Wrong arguments raise SystemExit with status 2, as argparse does.
    """
    arguments = parse_arguments(argv)
    return run_command(PROGRAM, lambda: import_or_say(arguments))


def import_or_say(arguments: argparse.Namespace) -> int:
    """Import a model; say if memory does not suffice, which no flag here can change.

    Raises
    ------
    DataError
        Then, too; see `import_model`.
    """
    try:
        return import_model(arguments)
    except MemoryError as error:
        raise DataError(
            f"{arguments.file}: not enough memory for what it holds; expected a smaller model, or more memory"
        ) from error


def import_model(arguments: argparse.Namespace) -> int:
    """Print what a file holds, write its network, and return the exit status.

    Raises
    ------
    DataError, CommandError, OSError
        For what the user can put right.
    """
    from lenet.importing.reader import read_model
    from lenet.importing.table import contents_table, summary

    name, class_names = classes_of(arguments)
    contents = read_model(arguments.file)
    say(summary(contents))
    say(contents_table(contents))

    from lenet.compile.backends import silence_missing_blas

    silence_missing_blas()

    import pytensor

    from lenet.importing.conversion import convert

    folder = arguments.out_dir or Path("runs", arguments.file.name.partition(".")[0] or "imported")
    with pytensor.config.change_flags(floatX="float32"):  # as in networks that lenet trains
        converted = convert(contents, wishes_of(arguments))
        named = save(converted, folder, name, class_names, arguments.file)
    for line in [*converted.notes, *named, *input_lines(arguments, converted)]:
        say(f"- {line}")
    say(
        f"{shown(folder / MODEL)}: lenet predict {shown(folder)} PICTURE, lenet show {shown(folder)}"
    )
    return 0


def wishes_of(arguments: argparse.Namespace) -> "Wishes":
    """Return what the arguments say of the model."""
    from lenet.importing.conversion import Wishes

    return Wishes(
        layers=arguments.layers,
        filters=arguments.filters,
        data_format=arguments.data_format,
        image_size=arguments.image_size,
        input_range=tuple(arguments.input_range),
        mean=arguments.mean,
        std=arguments.std,
    )


def classes_of(arguments: argparse.Namespace) -> tuple[str, tuple[str, ...]]:
    """Return the name of the data set and the classes, as far as flags say them.

    Raises
    ------
    CommandError
        If there is no such data set.
    """
    if arguments.dataset is None:
        return "imported", tuple(arguments.class_names or ())
    from lenet.data.registry import BUILT_IN, ENTRIES, dataset_name, question

    name = dataset_name(arguments.dataset)
    if name is None or (name != BUILT_IN and name not in ENTRIES):
        raise CommandError(f"--dataset {shown(arguments.dataset)}: {question(arguments.dataset)}")
    known = DIGIT_NAMES if name == BUILT_IN else ENTRIES[name].class_names
    return name, tuple(arguments.class_names or known)


def save(
    converted: "Converted", folder: Path, name: str, class_names: Sequence[str], origin: Path
) -> list[str]:
    """Write the network into a folder, and return a line about its classes.

    Raises
    ------
    CommandError
        If the folder holds a run already.
    DataError
        If there are not as many names as outputs.
    OSError
        If it cannot be written; nothing is left behind then.
    """
    import json

    from lenet.files import make_folder
    from lenet.runs import checkpoint
    from lenet.runs.writer import refuse_other_run
    from lenet.versions import versions

    model = converted.network.model
    (n_outputs,) = model.network.output_shape
    names = tuple(class_names) or tuple(map(str, range(n_outputs)))
    if len(names) != n_outputs:
        raise DataError(
            f"{origin}: {n_outputs} outputs for {len(names)} classes; give others, by --class_names"
        )
    refuse_other_run(folder, can_resume=False)
    channels, size = converted.image_shape[:2]
    installed = versions()
    about: dict[str, Any] = {
        "dataset": name,
        "model": "pretrained",
        "architecture": json.dumps(model.network.describe()),
        "size": size,
        "channels": channels,
        "class_names": names,
        "imported_from": shown(origin.name),
        "lenet_version": installed["lenet"],
        "pytensor_version": installed["pytensor"],
    }
    made = make_folder(folder)
    try:
        checkpoint.save(folder / MODEL, model, **about)
    except BaseException:
        for each in made:
            each.rmdir()
        raise
    return [
        f"classes: {listed(names, 10)}" + ("" if class_names else " (--class_names, --dataset)")
    ]


def input_lines(arguments: argparse.Namespace, converted: "Converted") -> list[str]:
    """Return a line about the images that the network takes."""
    black, white = arguments.input_range
    shape = shape_text(converted.image_shape)
    usual = "" if (black, white) != (0, 1) else " (--input_range, --mean, --std)"
    return [f"images: {shape}, black {black:g}, white {white:g}{usual}"]
