"""Command line `lenet-compare`: compare runs."""

import argparse
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lenet.commands.base import Parser
from lenet.commands.output import add_output_flags, check_output_flags, wants_text, write_results
from lenet.errors import CommandError
from lenet.terminal import run_command, say
from lenet.text import as_typed, counted, percent, shown

if TYPE_CHECKING:
    from lenet.experiments.paired_runs import PairedRuns
    from lenet.runs.reader import Run

PROGRAM = "lenet-compare"
DESCRIPTION = """\
Compare runs of lenet-train: the lowest validation error, the test error of that epoch (both in %),
seconds, and the flags in which they differ, the best run first. Runs on different images, or with
different splits of them, are in groups, as the errors of one say nothing about those of another. Test errors have their 95 %
intervals, and runs that were tested on the very same images are compared image by image, by McNemar's test."""
EPILOG = f"""\
examples:
  {PROGRAM} runs/*
  {PROGRAM} runs/small runs/large --figure comparison.png --html comparison.html
  {PROGRAM} runs/* --csv > runs.csv"""
MAX_GROUPS = 50  # in one picture
TESTED = ("test_images", "test_low", "test_high", "p_against_best")
MEASURED = ("validation_error", "test_error", "best_epoch", "epochs", "seconds")


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
    from lenet.experiments.comparison import groups_of
    from lenet.experiments.paired_runs import paired_runs
    from lenet.runs.reader import Run
    from lenet.text import table

    folders = list(dict.fromkeys(Path(os.path.abspath(folder)) for folder in arguments.runs))
    names = dict(zip(folders, map(shown, short_names(folders)), strict=True))
    groups = groups_of([Run.load(folder) for folder in folders])
    runs = [run for group in groups.values() for run in group]
    paired = {images: paired_runs(group) for images, group in groups.items()}
    if wants_text(arguments):
        tables = [
            "\n".join(
                [
                    table(text_rows(group, names, paired[images])),
                    *said(paired[images], group, names),
                ]
            )
            for images, group in groups.items()
        ]
        if len(groups) > 1:
            tables = [f"{shown(name)}\n{rows}" for name, rows in zip(groups, tables, strict=True)]
        say("\n\n".join(tables))
    content = [
        content_of(run, names[run.folder], images, paired[images])
        for images, group in groups.items()
        for run in group
    ]
    write_results(arguments, csv_rows(content, runs), content)

    if arguments.figure is not None:
        if len(groups) > MAX_GROUPS:
            raise CommandError(
                f"--figure: the runs are on {len(groups)} different sets of images, of which a picture "
                f"shows {MAX_GROUPS} at most: name fewer runs, or use --html"
            )
        from lenet.files import write_atomically

        write_atomically(arguments.figure, curves_of(groups, names))
    if arguments.html is not None:
        write_html(arguments.html, groups, names, paired)
    return 0


def said(paired: "PairedRuns", runs: Sequence["Run"], names: Mapping[Path, str]) -> list[str]:
    """Return lines about the tests of a group of runs, the first one empty."""
    from lenet.experiments.paired_runs import missing_line

    lines = [*paired.lines(names), *filter(None, [missing_line(paired, runs, names)])]
    return ["", *lines] if lines else []


def curves_of(groups: Mapping[str, Sequence["Run"]], names: Mapping[Path, str]) -> bytes:
    """Return the learning curves of groups of runs, by name, as PNG."""
    from lenet.report.curves import compare_curves

    return compare_curves(
        {
            images: [(names[run.folder], run.metrics) for run in group]
            for images, group in groups.items()
        }
    )


def write_html(
    path: Path,
    groups: Mapping[str, Sequence["Run"]],
    names: Mapping[Path, str],
    paired: Mapping[str, "PairedRuns"],
) -> None:
    """Write the page of a comparison: a table and learning curves of each group.

    The names of runs lead to their own pages.

    Raises
    ------
    OSError
        Naming the file, if it cannot be written.
    """
    from lenet.experiments.comparison import linked
    from lenet.report.html import paragraph, picture, section, table_html, write_page

    place = os.path.dirname(os.path.abspath(path))
    body = []
    for images, group in groups.items():
        rows = linked(text_rows(group, names, paired[images]), group, place)
        lines = "".join(map(paragraph, said(paired[images], group, names)[1:]))
        curves = picture(curves_of({images: group}, names), f"curves of the runs on {images}")
        body.append(section(images, f"{table_html(rows)}\n{lines or '<p></p>'}\n{curves}"))
    n = sum(map(len, groups.values()))
    write_page(path, f"Comparison of {counted(n, 'run')}", body)


def text_rows(
    runs: Sequence["Run"], names: Mapping[Path, str], paired: "PairedRuns"
) -> list[tuple[str, ...]]:
    """Return a table of runs as text, the first row its header."""
    from lenet.runs.flag_text import differing_flags, flags_with_meaning

    flags = differing_flags(runs)
    interval = ("95 % interval",) if paired.kept else ()
    rows: list[tuple[str, ...]] = [
        ("run", "validation %", "test %", *interval, "best epoch", "seconds", *flags)
    ]
    for run in runs:
        ends = paired.interval(run)
        text = "" if ends is None else " to ".join(map(percent, ends))
        meant = flags_with_meaning(run.flags)
        is_measured = math.isfinite(run.best_epoch)
        best = f"{run.best_epoch:.0f} of " if is_measured else ""
        rows.append(
            (
                names[run.folder],
                percent(run.validation_error),
                percent(run.test_error) or ("-" if is_measured else ""),
                *((text,) if interval else ()),
                f"{best}{run.epochs}",
                f"{run.seconds:.1f}",
                *(as_typed(meant.get(flag)) for flag in flags),
            )
        )
    return rows


def content_of(run: "Run", name: str, images: str, paired: "PairedRuns") -> dict[str, Any]:
    """Return what JSON has of a run; null is a number that was not measured."""
    measured = {attribute: getattr(run, attribute) for attribute in MEASURED}
    finite = {key: value if math.isfinite(value) else None for key, value in measured.items()}
    if finite["best_epoch"] is not None:
        finite["best_epoch"] = round(finite["best_epoch"])
    place = {"folder": str(run.folder), "images": images}
    kept = paired.kept.get(run.folder)
    tested = {
        "test_images": None if kept is None else len(kept.is_right),
        "test_interval": paired.interval(run),
        "mcnemar": next((test.content for test in paired.tests if test.run is run), None),
    }
    return {"run": name, **place, **finite, **tested, "flags": run.flags}


def csv_rows(content: Sequence[dict[str, Any]], runs: Sequence["Run"]) -> list[list[Any]]:
    """Return the content as a table, of the flags only those that differ."""
    from lenet.runs.flag_text import differing_flags, flags_with_meaning

    flags = differing_flags(runs)
    rows: list[list[Any]] = [["run", "images", *MEASURED, *TESTED, *flags]]
    for run in content:
        meant = flags_with_meaning(run["flags"])
        values = (as_typed(meant.get(flag)) for flag in flags)
        low, high = run["test_interval"] or (None, None)
        p = run["mcnemar"] and run["mcnemar"]["p_holm"]
        tested = (run["test_images"], low, high, p)
        measured = (run[name] for name in MEASURED)
        rows.append([run["run"], run["images"], *measured, *tested, *values])
    return rows


def short_names(folders: Sequence[Path]) -> list[str]:
    """Return the folders' names, with as much of their paths as tells them apart."""
    if len(folders) == 1:
        return [folders[0].name]
    common = os.path.commonpath(folders)
    return [os.path.relpath(folder, common) for folder in folders]
