"""The flags that commands share, made from the fields of `RunOptions`."""

import argparse
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from lenet.commands.base import ELSEWHERE
from lenet.errors import CommandError
from lenet.text import slip
from lenet.training.defaults import MAX_BATCH
from lenet.training.flag_fields import Flag, flags_of
from lenet.training.options import RunOptions


@cache
def run_flags() -> dict[str, Flag]:
    """Return the flags of `lenet-train`, by name."""
    return flags_of(RunOptions)


def add_flags(group: Any, *flags: str, contrary: str = argparse.SUPPRESS) -> None:
    """Add some of the flags of `lenet-train` to a parser or to a group of arguments.

    Where no file can turn a switch on, its contrary is accepted, but not worth a line of the help.
    """
    for name in flags:
        run_flags()[name.removeprefix("--")].add_to(group, contrary=contrary)


def add_batch_size(group: Any) -> None:
    """Add the batch size of commands that train nothing."""
    run_flags()["batch_size"].add_to(
        group, default=MAX_BATCH, help="images in a batch (default: %(default)s)"
    )


def add_tta(group: Any) -> None:
    """Add the switch for test-time augmentation."""
    group.add_argument(
        "--tta",
        action="store_true",
        help="test-time augmentation: average the probabilities over five versions of each image, itself and moved by "
        "a pixel (of 32) up, down, left and right; and over their mirror images, where the network's data set may be "
        "mirrored",
    )


def part(text: str) -> str:
    """Return the name that the program has for a part of a data set."""
    return {"training": "train", "validation": "valid"}.get(text, text)


def add_part(parser: Any, help: str, *others: str, **options: Any) -> None:
    """Add the flag ``--part``, for one of the parts of a data set or one of `others`."""
    parser.add_argument(
        "--part",
        "--split",
        dest="split",
        type=part,
        choices=("train", "valid", "test", *others),
        metavar=f"{{{','.join(('training', 'validation', 'test', *others))}}}",
        help=help,
        **options,
    )


def options_of(arguments: Mapping[str, Any]) -> RunOptions:
    """Return the options of `lenet-train` among the arguments of a command.

    The others have their defaults.

    Raises
    ------
    CommandError
        If two of them do not go together.
    """
    given = {name: value for name, value in arguments.items() if name in run_flags()}
    try:
        return RunOptions(**given)
    except ValueError as error:
        raise CommandError(str(error)) from error


def values_of_file(
    parser: argparse.ArgumentParser,
    given: Mapping[str, Any],
    origin: str,
    place: Callable[[str], str] = lambda name: "",
) -> dict[str, Any]:
    """Return what a file of flags gives them, checked as on the command line.

    Parameters
    ----------
    parser : argparse.ArgumentParser
        Ends the program, with status 2, if a flag is unknown or has a wrong value.
    given : mapping
        What the file says; None and what is empty leave the default.
    origin : str
        Of the values, for errors.
    place : callable
        Returns where in `origin` a flag stands, such as ", line 3".

    Raises
    ------
    CommandError
        If a value is nothing that a flag could have.
    """
    values: dict[str, Any] = {}
    for name, value in given.items():
        where = f"{origin}{place(name)}: " if origin else ""
        contrary = name.removeprefix("no_")
        if contrary != name and contrary in run_flags() and value is True:
            name, value = contrary, False
        if name not in run_flags():
            question = slip(ELSEWHERE.get(name, name), run_flags())
            parser.error(f"{where}no flag {name!r}{question}")
        if value is None or (isinstance(value, str | list | Mapping) and not value):
            continue
        try:
            values[name] = run_flags()[name].of_file(value)
        except TypeError as error:
            raise CommandError(f"{where}{name} = {value!r}, {error}") from error
        except ValueError as error:
            parser.error(f"{where}argument --{name}: {error}")
    return values
