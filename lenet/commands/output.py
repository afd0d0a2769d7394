"""Results as CSV and JSON: the flags ``--csv`` and ``--json``.

They are written to standard output or to files.
"""

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from lenet.files import write_atomically
from lenet.terminal import say
from lenet.text import csv_lines, json_text

STANDARD_OUTPUT = "-"


def add_output_flags(group: Any) -> None:
    """Add ``--csv`` and ``--json`` to a parser or to a group of its arguments."""
    for kind in ("csv", "json"):
        group.add_argument(
            f"--{kind}",
            nargs="?",
            const=STANDARD_OUTPUT,
            metavar="FILE",
            help=f"write the results as {kind.upper()} into FILE too, or without FILE to standard "
            "output, in place of the text",
        )


def check_output_flags(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    """End the program if two kinds of results would go to standard output."""
    if arguments.csv == arguments.json == STANDARD_OUTPUT:
        parser.error("argument --json: standard output has --csv already; name a FILE for one")


def write_results(
    arguments: argparse.Namespace, rows: Iterable[Sequence[object]], content: object
) -> None:
    """Write what the flags ask for.

    Parameters
    ----------
    arguments : argparse.Namespace
    rows : iterable of sequences
        For CSV: first the names of the columns. None is an empty cell.
    content : object
        For JSON.

    Raises
    ------
    OSError
        Naming the file that cannot be written.
    """
    if arguments.csv is not None:
        _write(arguments.csv, csv_lines(rows))
    if arguments.json is not None:
        text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
        _write(arguments.json, json_text(text) + "\n")


def wants_text(arguments: argparse.Namespace) -> bool:
    """Return whether standard output is for the text."""
    return STANDARD_OUTPUT not in (arguments.csv, arguments.json)


def _write(destination: str, text: str) -> None:
    if destination == STANDARD_OUTPUT:
        say(text.removesuffix("\n"))
    else:
        write_atomically(Path(destination), text.encode())
