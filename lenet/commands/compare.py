"""Command line `lenet-compare`: compare runs."""

import argparse
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lenet.commands.base import Parser
from lenet.commands.output import add_output_flags, check_output_flags, wants_text, write_results
from lenet.runs.flag_text import differing_flags
from lenet.terminal import run_command, say
from lenet.text import as_typed, percent, shown

if TYPE_CHECKING:
    from lenet.runs.reader import Run

PROGRAM = "lenet-compare"
DESCRIPTION = """\
Compare runs of lenet-train: the flags in which they differ, epochs, the lowest validation error, the
test error of that epoch (both in %) and seconds, the best run first."""
EPILOG = f"""\
examples:
  {PROGRAM} runs/*
  {PROGRAM} runs/small runs/large --figure comparison.png --html comparison.html
  {PROGRAM} runs/* --csv > runs.csv"""
MEASURED = ("epochs", "validation_error", "test_error", "seconds")


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = Parser(prog=PROGRAM, description=DESCRIPTION, epilog=EPILOG)
    parser.add_argument(
        "runs", type=Path, nargs="+", metavar="RUN", help="folder of a run (the --out_dir)"
    )
    parser.add_argument(
        "--figure", type=Path, metavar="FILE.png", help="draw the learning curves into this file"
    )
    parser.add_argument(
        "--html", type=Path, metavar="FILE", help="write table and curves as one HTML file"
    )
    add_output_flags(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Returns
    -------
    int
        0; 1 if a run cannot be read or a file cannot be written; 130 after Ctrl-C. Wrong arguments
        raise SystemExit with status 2.
    """
    parser = make_parser()
    arguments = parser.parse_args(argv)
    check_output_flags(parser, arguments)
    if arguments.figure is not None and arguments.figure.suffix.lower() != ".png":
        parser.error(
            f"argument --figure: expected a name that ends with .png, got {arguments.figure}"
        )
    return run_command(PROGRAM, lambda: compare(arguments))


def compare(arguments: argparse.Namespace) -> int:
    """Compare runs as the arguments say and return the exit status.

    Raises
    ------
    CommandError, OSError
        For what the user can put right.
    """
    from lenet.runs.reader import Run
    from lenet.text import table

    folders = list(dict.fromkeys(Path(os.path.abspath(folder)) for folder in arguments.runs))
    # Sorting by a NaN would leave all runs in disorder.
    runs = sorted(
        map(Run.load, folders),
        key=lambda run: math.inf if math.isnan(run.validation_error) else run.validation_error,
    )
    names = list(map(shown, short_names([run.folder for run in runs])))
    flags = differing_flags(runs)
    rows = text_rows(runs, names, flags)
    if wants_text(arguments):
        say(table(rows))
    content = [content_of(run, name) for run, name in zip(runs, names, strict=True)]
    write_results(arguments, csv_rows(content, flags), content)

    if arguments.figure is not None or arguments.html is not None:
        from lenet.files import write_atomically
        from lenet.report.curves import compare_curves
        from lenet.report.html import write_comparison

        curves = compare_curves(
            [(name, run.metrics) for name, run in zip(names, runs, strict=True)]
        )
        if arguments.figure is not None:
            write_atomically(arguments.figure, curves)
        if arguments.html is not None:
            write_comparison(arguments.html, f"Comparison of {len(runs)} runs", rows, curves)
    return 0


def text_rows(
    runs: Sequence["Run"], names: Sequence[str], flags: Sequence[str]
) -> list[tuple[str, ...]]:
    """Return a table of runs as text, the first row its header."""
    header = ("run", *flags, "epochs", "validation %", "test %", "seconds")
    rows = [
        (
            name,
            *(as_typed(run.flags.get(flag)) for flag in flags),
            str(run.epochs),
            percent(run.validation_error),
            percent(run.test_error),
            f"{run.seconds:.1f}",
        )
        for name, run in zip(names, runs, strict=True)
    ]
    return [header, *rows]


def content_of(run: "Run", name: str) -> dict[str, Any]:
    """Return what JSON has of a run; null is a number that was not measured."""
    measured = {attribute: getattr(run, attribute) for attribute in MEASURED}
    finite = {key: value if math.isfinite(value) else None for key, value in measured.items()}
    return {"run": name, "folder": str(run.folder), "flags": run.flags, **finite}


def csv_rows(content: Sequence[dict[str, Any]], flags: Sequence[str]) -> list[list[Any]]:
    """Return the content as a table, of the flags only those that differ."""
    rows: list[list[Any]] = [["run", *flags, *MEASURED]]
    for run in content:
        values = (as_typed(run["flags"].get(flag)) for flag in flags)
        rows.append([run["run"], *values, *(run[name] for name in MEASURED)])
    return rows


def short_names(folders: Sequence[Path]) -> list[str]:
    """Return the folders' names, with as much of their paths as tells them apart."""
    if len(folders) == 1:
        return [folders[0].name]
    common = os.path.commonpath(folders)
    return [os.path.relpath(folder, common) for folder in folders]
