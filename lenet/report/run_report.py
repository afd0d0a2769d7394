"""Self-contained HTML report of a run."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path

import numpy as np

from lenet.report.class_metrics import class_scores
from lenet.report.confused import ConfusedPair
from lenet.report.evaluation_page import confused_html, trust_html
from lenet.report.html import (
    Rows,
    facts_html,
    folded,
    numbers_html,
    paragraph,
    picture,
    section,
    table_html,
    text,
    warning,
    write_page,
)
from lenet.report.judgement import Judgement
from lenet.report.show_link import link_html

MANY_CLASSES, FEW_CLASSES = 20, 10  # in the table of a report: more are folded, but for a few
UNKNOWN = "\N{EN DASH}"
FEW_EPOCHS, MOST_EPOCHS = 12, 1000  # in the table of a report, and in the one that is folded


@dataclass(frozen=True)
class ReportData:
    """Contents of the report of a run.

    Errors are fractions between 0 and 1; pictures are PNG files.

    Attributes
    ----------
    title, dataset : str
        Headline, and a line about the images.
    typed : sequence of str
        The commands that began the run and went on with it; empty if they are not known.
    facts : mapping of str to str
        About the run: when it began, how long it took.
    command : str
        With all flags.
    flags : mapping of str to value
        Of config.json.
    epochs : sequence of sequences of str
        A table, the first row its header.
    best_epoch : int
    validation_error : float
    test_error : float or None
    validation_interval, test_interval : str
        Confidence intervals of the errors; see `lenet.report.class_metrics.interval_text`.
    layers : sequence of sequences of str
        A table, the first row its header.
    class_names : sequence of str
    confusion : ndarray of int, shape (classes, classes)
        See `lenet.report.class_metrics.confusion_counts`.
    confused : sequence of ConfusedPair
        The images of the wrong cells of the confusion matrix.
    problem : str or None
        What is wrong with the run and what may help; None if it has learnt.
    learning_curves, augmentation, confusion_matrix, filters, worst_mistakes : bytes or None
        A section without a picture is left out; see `lenet.report.curves` and `lenet.report.figures`.
    tested : bool
        Whether there are test images, whose confusions and mistakes they are; else those of validation.
    judgement : Judgement or None
        Of the same images: how far their probabilities can be trusted.
    """

    title: str
    dataset: str
    typed: Sequence[str]
    facts: Mapping[str, str]
    command: str
    flags: Mapping[str, object]
    epochs: Rows
    best_epoch: int
    validation_error: float
    test_error: float | None
    layers: Rows
    class_names: Sequence[str]
    confusion: np.ndarray
    validation_interval: str = ""
    test_interval: str = ""
    confused: Sequence[ConfusedPair] = ()
    problem: str | None = None
    learning_curves: bytes | None = None
    augmentation: bytes | None = None
    confusion_matrix: bytes | None = None
    filters: bytes | None = None
    worst_mistakes: bytes | None = None
    tested: bool = True
    judgement: Judgement | None = None


def write_report(path: str | os.PathLike, data: ReportData) -> None:
    """Write the report of one run atomically.

    Raises
    ------
    OSError
        Naming the file, if it cannot be written.
    """
    numbers = (
        ("validation error", percent(data.validation_error), data.validation_interval),
        ("test error", percent(data.test_error), data.test_interval),
        ("best epoch", str(data.best_epoch), ""),
    )
    untested = paragraph(
        "There are no test images: confusion matrix, classes and mistakes are of the validation images, by "
        "which the best epoch was chosen, and so look better than they are."
    )
    body = [
        link_html(Path(path).parent),
        typed_html(data.typed),
        numbers_html(numbers),
        warning(data.problem),
        paragraph(data.dataset),
        "" if data.tested else untested,
        facts_html(data.facts),
        section("Learning curves", picture(data.learning_curves, "cost and error of each epoch")),
        section("Epochs", epochs_html(data.epochs, data.best_epoch)),
        section(
            "Augmentation", picture(data.augmentation, "training images beside their versions")
        ),
        section("Layers", table_html(data.layers)),
        section(
            "Confusion matrix", picture(data.confusion_matrix, "images of each class by prediction")
        ),
        confused_html(data.confused),
        trust_html(data.judgement),
        section("Classes", classes_html(score_rows(data))),
        section("Filters of the first layer", picture(data.filters, "a tile for each filter")),
        section("Most confident mistakes", picture(data.worst_mistakes, "images taken for others")),
        section(
            "All flags",
            folded(
                "the same command with each flag, also those that were not typed",
                f"<pre>{text(data.command)}</pre>{facts_html(data.flags)}",
            ),
        ),
    ]
    write_page(path, data.title, body)


def typed_html(commands: Sequence[str]) -> str:
    """Return the commands of a run as HTML, a line each."""
    if not commands:
        return "<p>What was typed is not stored with this run; all of its flags are at the end.</p>"
    # A line breaks between words only, not after the hyphens of a flag.
    lines = (
        " ".join(f"<span>{word}</span>" for word in text(command).split(" "))
        for command in commands
    )
    return "<pre>{}</pre>".format("\n".join(lines))


def epochs_html(rows: Rows, best: int) -> str:
    """Return the table of epochs as HTML: some of them, and below, folded, more.

    Parameters
    ----------
    rows : sequence of sequences of str
        The first is the header; the cells of the others begin with the number of the epoch, from 1.
    best : int
        The epoch to mark.
    """
    header, *epochs = rows
    n = len(epochs)
    note = "<p>Errors are of training, validation and test images; the marked epoch is that of the best model.</p>"

    def table_of(most: int) -> str:
        chosen = thinned(n, most, best - 1)
        return table_html([header, *(epochs[k] for k in chosen)], marked=chosen.index(best - 1))

    if n <= FEW_EPOCHS:
        return note + table_of(n)
    said = f"all {n:,} epochs" if n <= MOST_EPOCHS else f"{MOST_EPOCHS:,} of {n:,} epochs"
    return note + table_of(FEW_EPOCHS) + folded(said, table_of(MOST_EPOCHS))


def thinned(n: int, most: int, kept: int) -> list[int]:
    """Return evenly spaced numbers below `n`, with the first, the last and `kept`.

    Parameters
    ----------
    n : int
    most : int
        At least three; how many there may be.
    kept : int
    """
    if n <= most:
        return list(range(n))
    return sorted({round(k * (n - 1) / (most - 2)) for k in range(most - 1)} | {kept})


def classes_html(rows: Sequence[tuple[str, ...]]) -> str:
    """Return the table of classes as HTML; of many, the lowest recalls first."""
    header, *classes = rows
    if len(classes) <= MANY_CLASSES:
        return table_html(rows)
    at = header.index("recall")
    known = [row for row in classes if row[at] != UNKNOWN]
    lowest = sorted(known, key=lambda row: float(row[at].removesuffix(" %")))[:FEW_CLASSES]
    said = paragraph(f"The {len(lowest)} of {len(classes)} classes with the lowest recall.")
    return said + table_html([header, *lowest]) + folded("all classes", table_html(rows))


def score_rows(data: ReportData) -> list[tuple[str, ...]]:
    """Return the table of precision and recall by class."""
    rows: list[tuple[str, ...]] = [("class", "images", "precision", "recall", "F1")]
    for name, score in zip(data.class_names, class_scores(data.confusion), strict=True):
        fractions = (percent(value) for value in (score.precision, score.recall, score.f1))
        rows.append((name, f"{score.images:,}", *fractions))
    return rows


def percent(fraction: float | None) -> str:
    """Return a fraction in percent; a dash if it is not known."""
    if fraction is None or isnan(fraction):
        return UNKNOWN
    return f"{100 * fraction:.2f} %"
