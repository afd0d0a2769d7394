"""Results of the runs of a course, as a table, curves, and a page of both."""

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from lenet.data.dataset import Dataset
from lenet.experiments.comparison import linked
from lenet.files import write_atomically
from lenet.report.class_metrics import error_interval
from lenet.report.console import images_line
from lenet.report.curves import error_curves
from lenet.report.dataset import heading_name
from lenet.report.html import paragraph, picture, section, table_html, write_page
from lenet.runs.flag_text import differing_flags, flags_with_meaning
from lenet.runs.names import COURSE, COURSE_CURVES, COURSE_PAGE
from lenet.runs.reader import Run
from lenet.runs.saved_model import SavedModel
from lenet.terminal import say
from lenet.text import as_typed, csv_lines, percent, shown, table

COLUMNS = (
    *("run", "training_accuracy", "validation_accuracy", "test_accuracy", "parameters"),
    *("best_epoch", "epochs", "seconds", "training_error", "validation_error", "test_error"),
    *("test_low", "test_high"),
)
NOTE = """\
error in %, of the epoch with the lowest validation error: training while it learns, from images as augmented;
change is that of the validation error from the run before"""


def summarise(folder: Path, runs: Mapping[str, Run], dataset: Dataset) -> None:
    """Print what runs have reached, and write it into files.

    Parameters
    ----------
    folder : Path
        Of the course.
    runs : mapping of str to Run
        At least one, by its name.
    dataset : Dataset
        What they have learnt.
    """
    curves = error_curves([(name, run.metrics) for name, run in runs.items()])
    n = len(dataset.test.labels)
    rows = text_rows(runs, n)
    write_atomically(folder / COURSE, csv_lines([COLUMNS, *measured(runs, n)]).encode())
    write_atomically(folder / COURSE_CURVES, curves)
    name = heading_name(dataset.name, dataset.origin.get("image_dir", ()))
    body = [
        paragraph(images_line(replace(dataset, name=name))),
        table_html(linked(rows, runs.values(), folder)),
        paragraph(NOTE),
        section("Learning curves", picture(curves, "errors of each run, epoch by epoch")),
        section("Flags", table_html(flag_rows(runs))),
    ]
    write_page(folder / COURSE_PAGE, f"{len(runs)} networks on {name}", body)
    say(f"{table(rows)}\n\n{NOTE}")
    say(f"all of it as a page: {shown(folder / COURSE_PAGE)}")


def measured(runs: Mapping[str, Run], n_test: int) -> list[tuple[str | float | None, ...]]:
    """Return a row of `COLUMNS` for each run, given the number of test images.

    Readers of earlier versions know the accuracies.
    """
    return [
        (
            name,
            1 - run.training_error,
            1 - run.validation_error,
            1 - run.test_error,
            n_parameters(run.folder),
            round(run.best_epoch),
            run.epochs,
            run.seconds,
            run.training_error,
            run.validation_error,
            run.test_error,
            *(test_interval(run, n_test) or (None, None)),
        )
        for name, run in runs.items()
    ]


def test_interval(run: Run, n_test: int) -> tuple[float, float] | None:
    """Return the 95 % interval of a run's test error; None without test images."""
    if not n_test or math.isnan(run.test_error):
        return None
    return error_interval(round(run.test_error * n_test), n_test)


def text_rows(runs: Mapping[str, Run], n_test: int) -> list[tuple[str, ...]]:
    """Return the runs as a table of text, the first row its header."""
    interval = ("95 % interval",) if n_test else ()
    heading = ("run", "training", "validation", "change", "test", *interval)
    rows: list[tuple[str, ...]] = [(*heading, "parameters", "best epoch", "seconds")]
    before = None
    for name, run in runs.items():
        error = run.validation_error
        change = "" if before is None else f"{100 * (error - before):+.2f}"
        test = percent(run.test_error) or "-"
        errors: tuple[str, ...] = (percent(run.training_error), percent(error), change, test)
        best = f"{run.best_epoch:.0f} of {run.epochs}"
        ends = test_interval(run, n_test)
        if interval:
            errors += ("" if ends is None else " to ".join(map(percent, ends)),)
        rows.append((name, *errors, f"{n_parameters(run.folder):,}", best, f"{run.seconds:.1f}"))
        before = error
    return rows


def flag_rows(runs: Mapping[str, Run]) -> list[tuple[str, ...]]:
    """Return the flags in which the runs differ as a table, a column for each run."""
    flags = differing_flags(list(runs.values()))
    meant = [flags_with_meaning(run.flags) for run in runs.values()]
    cells = [(flag, *(as_typed(of_run.get(flag)) for of_run in meant)) for flag in flags]
    return [("flag", *runs), *cells]


def n_parameters(folder: Path) -> int:
    """Return how many numbers the network of a run has learnt."""
    return sum(layer.n_parameters for layer in SavedModel.load(folder).network.model.layers)
