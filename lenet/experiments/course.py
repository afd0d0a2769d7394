"""Results of the runs of a course, as a table, curves, and a page of both."""

from collections.abc import Mapping
from pathlib import Path

from lenet.data.dataset import Dataset
from lenet.files import write_atomically
from lenet.report.console import images_line
from lenet.report.curves import accuracy_curves
from lenet.report.html import paragraph, picture, section, table_html, write_page
from lenet.runs.flag_text import differing_flags
from lenet.runs.names import COURSE, COURSE_CURVES, COURSE_PAGE
from lenet.runs.reader import Run
from lenet.runs.saved_model import SavedModel
from lenet.terminal import say
from lenet.text import as_typed, csv_lines, shown, table

COLUMNS = (
    *("run", "training_accuracy", "validation_accuracy", "test_accuracy", "parameters"),
    *("best_epoch", "epochs", "seconds"),
)
NOTE = """\
accuracy in %, of the epoch with the best validation: training while it learns, from images as augmented;
gain is what validation has gained over the run before"""


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
    curves = accuracy_curves([(name, run.metrics) for name, run in runs.items()])
    rows = text_rows(runs)
    write_atomically(folder / COURSE, csv_lines([COLUMNS, *measured(runs)]).encode())
    write_atomically(folder / COURSE_CURVES, curves)
    body = [
        paragraph(images_line(dataset)),
        table_html(rows),
        paragraph(NOTE),
        section("Learning curves", picture(curves, "accuracy of each run, epoch by epoch")),
        section("Flags", table_html(flag_rows(runs))),
    ]
    write_page(folder / COURSE_PAGE, f"{len(runs)} networks on {dataset.name}", body)
    say(f"{table(rows)}\n\n{NOTE}")
    say(f"all of it as a page: {shown(folder / COURSE_PAGE)}")


def measured(
    runs: Mapping[str, Run],
) -> list[tuple[str, float, float, float, int, int, int, float]]:
    """Return a row of `COLUMNS` for each run."""
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
        )
        for name, run in runs.items()
    ]


def text_rows(runs: Mapping[str, Run]) -> list[tuple[str, ...]]:
    """Return the runs as a table of text, the first row its header."""
    rows: list[tuple[str, ...]] = [
        ("run", "training", "validation", "gain", "test", "parameters", "best epoch", "seconds")
    ]
    before = None
    for name, training, validation, test, parameters, best, epochs, seconds in measured(runs):
        gain = "" if before is None else f"{100 * (validation - before):+.2f}"
        accuracies = (f"{100 * training:.2f}", f"{100 * validation:.2f}", gain, f"{100 * test:.2f}")
        effort = (f"{parameters:,}", f"{best} of {epochs}", f"{seconds:.1f}")
        rows.append((name, *accuracies, *effort))
        before = validation
    return rows


def flag_rows(runs: Mapping[str, Run]) -> list[tuple[str, ...]]:
    """Return the flags in which the runs differ as a table, a column for each run."""
    flags = differing_flags(list(runs.values()))
    cells = [(flag, *(as_typed(run.flags.get(flag)) for run in runs.values())) for flag in flags]
    return [("flag", *runs), *cells]


def n_parameters(folder: Path) -> int:
    """Return how many numbers the network of a run has learnt."""
    return sum(layer.n_parameters for layer in SavedModel.load(folder).network.model.layers)
