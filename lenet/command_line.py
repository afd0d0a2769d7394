"""What the command lines share: flags, the checks of their values, and errors of one line.

Imports nothing heavy, so that a wrong flag is answered at once.
"""

import argparse
import math
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

DEFAULT_WIDTHS = (16, 31, 64, 128)
DEFAULT_SEED = 23455
FAILED, INTERRUPTED = 1, 130


class CommandError(Exception):
    """What a command cannot do as it was asked; the text is one line for the user."""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, without the usage before it."""

    def __init__(self, **keywords: Any) -> None:
        keywords.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(allow_abbrev=False, **keywords)

    def error(self, message: str) -> NoReturn:
        """Exit with status 2."""
        self.exit(2, f"{self.prog}: error: {message} (see --help)\n")


def number(
    convert: Callable[[str], Any], expected: str, is_valid: Callable[[Any], bool]
) -> Callable[[str], Any]:
    """Return a function that turns an argument into a number, or says what was expected."""

    def parse(text: str) -> Any:
        try:
            value = convert(text)
        except ValueError:
            value = math.nan
        if not is_valid(value):
            raise argparse.ArgumentTypeError(f"expected {expected}, got {text!r}")
        return value

    return parse


positive_int = number(int, "a positive integer", lambda value: value >= 1)
natural = number(int, "an integer of at least 0", lambda value: value >= 0)
positive = number(float, "a positive number", lambda value: 0 < value < math.inf)
non_negative = number(float, "a number of at least 0", lambda value: 0 <= value < math.inf)
fraction = number(float, "a number from 0 to below 1", lambda value: 0 <= value < 1)


def flag_options() -> dict[str, dict[str, Any]]:
    """Return each flag that commands share, with its arguments for `add_argument`."""
    from lenet.backends import BACKENDS, MAX_THREADS
    from lenet.input_pipeline import DATASETS

    return {
        "--data_augm": {
            "action": "store_true",
            "help": "train on random crops and mirror images of the training images too; digits "
            "(mnist, digits) are cropped, but not mirrored (default: off)",
        },
        "--dataset": {
            "choices": DATASETS,
            "default": "cifar10",
            "help": "images to learn (default: %(default)s)",
        },
        "--nepochs": {
            "type": positive_int,
            "default": 100,
            "metavar": "N",
            "help": "passes over the training images, at most (default: %(default)s)",
        },
        "--lr": {
            "type": positive,
            "default": 0.01,
            "metavar": "RATE",
            "help": "learning rate of the first ten epochs (default: %(default)s)",
        },
        "--mom": {
            "type": fraction,
            "default": 0.9,
            "metavar": "MOMENTUM",
            "help": "momentum of the first ten epochs (default: %(default)s)",
        },
        "--l2_pen": {
            "type": non_negative,
            "default": 0.001,
            "metavar": "WEIGHT",
            "help": "weight of the L2 penalty (default: %(default)s)",
        },
        "--lwidth": {
            "type": positive_int,
            "nargs": "+",
            "default": list(DEFAULT_WIDTHS),
            "metavar": "N",
            "help": "Choose layer width for each layer. Use : --lwidth 1 2 3 4 max 4 arguments. "
            "First 3 are conv layer and last is fc",
        },
        "--ncrops": {
            "type": natural,
            "default": 2,
            "metavar": "N",
            "help": "random crops of each training image in an epoch; no effect without "
            "--data_augm (default: %(default)s)",
        },
        "--batch_size": {
            "type": positive_int,
            "default": 500,
            "metavar": "N",
            "help": "images in a batch (default: %(default)s)",
        },
        "--seed": {
            "type": natural,
            "default": DEFAULT_SEED,
            "metavar": "N",
            "help": "decides the first weights, the order of the images and their crops: the same "
            "command gives the same model (default: %(default)s)",
        },
        "--data_dir": {
            "type": Path,
            "metavar": "DIR",
            "help": "folder that has, or gets, the data sets (default: the environment variable "
            "LENET_DATA_DIR, else data/ of the checkout, else the user's cache folder)",
        },
        "--backend": {
            "choices": BACKENDS,
            "default": "c",
            "help": "what PyTensor compiles to: the C++ kernels of this package, JAX or Numba "
            "(default: %(default)s)",
        },
        "--threads": {
            "type": number(
                int,
                f"an integer from 1 to {MAX_THREADS}",
                lambda value: 1 <= value <= MAX_THREADS,
            ),
            "metavar": "N",
            "help": "threads of the C++ kernels; the result does not depend on it (default: "
            "OMP_NUM_THREADS, else all CPUs)",
        },
        "--patience": {
            "type": positive_int,
            "default": 10_000,
            "metavar": "STEPS",
            "help": "stop early after this many steps, or twice the steps to the last improvement "
            "of the validation error by 0.5 %%, whichever is more (default: %(default)s)",
        },
    }


def add_flags(group: Any, *flags: str) -> None:
    """Add some of the shared flags to a parser or to a group of its arguments."""
    options = flag_options()
    for flag in flags:
        group.add_argument(flag, **options[flag])


def parse(parser: argparse.ArgumentParser, argv: Sequence[str] | None) -> argparse.Namespace:
    """Return the checked arguments; where there are widths and threads, four and a number of them."""
    from lenet.backends import BackendError, default_threads

    arguments = parser.parse_args(argv)
    if "lwidth" in arguments:
        widths = tuple(arguments.lwidth)
        if len(widths) > len(DEFAULT_WIDTHS):
            parser.error(
                f"argument --lwidth: expected at most {len(DEFAULT_WIDTHS)} numbers, got "
                f"{len(widths)}"
            )
        arguments.lwidth = widths + DEFAULT_WIDTHS[len(widths) :]
    if "threads" in arguments and arguments.threads is None:
        try:
            arguments.threads = default_threads()
        except BackendError as error:
            parser.error(str(error))
    return arguments


def run_command(program: str, command: Callable[[], int]) -> int:
    """Run a command and return its exit status; what the user can put right becomes one line.

    Returns
    -------
    int
        What the command returns; 1 if it failed, with the reason on standard error; 130 after Ctrl-C.
    """
    from lenet.backends import BackendError
    from lenet.checkpoint import CheckpointError
    from lenet.input_pipeline import DataError

    try:
        return command()
    except (BackendError, CheckpointError, CommandError, DataError) as error:
        complain(program, error)
    except OSError as error:
        complain(program, f"{error.filename}: {error.strerror}" if error.filename else error)
    except MemoryError:
        complain(program, "not enough memory: choose a smaller --lwidth or --batch_size")
    except KeyboardInterrupt:
        complain(program, "interrupted")
        return INTERRUPTED
    return FAILED


def say(text: str) -> None:
    """Print at once, even into a pipe.

    Raises
    ------
    OSError
        Naming standard output, if that is a closed pipe or a full disk.
    """
    try:
        print(text, flush=True)
    except OSError as error:
        # What is still in the buffer goes nowhere, lest the interpreter fails on it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise OSError(error.errno, error.strerror, "standard output") from error


def complain(program: str, reason: object) -> None:
    """Print one line on standard error."""
    print(f"{program}: {reason}", file=sys.stderr, flush=True)
