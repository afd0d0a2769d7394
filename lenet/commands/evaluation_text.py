"""Results of `lenet-evaluate` as text, and as a table for CSV."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lenet.report.class_metrics import ClassScore, interval_text
from lenet.text import counted, percent, table

if TYPE_CHECKING:
    import numpy as np

    from lenet.commands.judged_images import JudgedImages
    from lenet.report.judgement import Accepted
    from lenet.runs.ensemble import TrainedModel

SCORES = ("precision", "recall", "f1")
MAX_HEADING, MAX_COLUMNS = 6, 20  # letters of a class, and classes, in a confusion matrix as text


def wrong_of(counts: "np.ndarray") -> int:
    """Return the number of wrong predictions in a confusion matrix."""
    return int(counts.sum() - counts.trace())


def error_of(counts: "np.ndarray") -> float:
    """Return the share of wrong predictions in a confusion matrix."""
    return wrong_of(counts) / int(counts.sum())


def text_report(
    model: "TrainedModel", images: str, judged: "JudgedImages", accepted: "Accepted | None" = None
) -> str:
    """Return all results as text."""
    counts, scores = judged.counts, judged.scores
    n, wrong = int(counts.sum()), wrong_of(counts)
    known = [f"{split} error {percent(error)} %" for split, error in model.errors.items()]
    if model.epoch is not None:
        known.insert(0, f"epoch {model.epoch}")
    rows = score_rows(model.class_names, scores)
    means = [mean_of([getattr(score, name) for score in scores]) for name in SCORES]
    rows.append(["mean", f"{n:,}", *map(share_text, means)])
    rejected = "" if accepted is None else f"\naccept  {accepted.text}"
    return f"""\
model   {", ".join([judged.model, model.dataset, *known])}
data    {images}: {counted(n, "image")}
error   {percent(error_of(counts))} % ({wrong:,} of {n:,} wrong; 95 % interval {interval_text(wrong / n, n)})
trust   {judged.judgement.calibration_text}{rejected}

{table(rows)}

{confusion_text(model.class_names, counts)}"""


def confusion_text(class_names: Sequence[str], counts: "np.ndarray") -> str:
    """Return the confusion matrix as text; of many classes, its largest wrong cells."""
    if len(class_names) <= MAX_COLUMNS:
        rows = [["", *(name[:MAX_HEADING] for name in class_names)]]
        for name, row in zip(class_names, counts, strict=True):
            rows.append([name, *(str(count) if count else "." for count in row)])
        return f"images of each class (row) that were taken for each class (column)\n{table(rows)}"
    wrong = counts.copy()
    for k in range(len(wrong)):
        wrong[k, k] = 0
    order = (-wrong).argsort(axis=None, kind="stable")[:MAX_COLUMNS]
    cells = [divmod(int(cell), len(wrong)) for cell in order]
    rows = [["class", "taken for", "images"]]
    rows += [[class_names[k], class_names[j], str(wrong[k, j])] for k, j in cells if wrong[k, j]]
    if len(rows) == 1:
        return "no image was taken for another class"
    return (
        f"the {len(rows) - 1} commonest mistakes; --csv and --json have the whole confusion matrix, --out draws "
        f"it\n{table(rows)}"
    )


def score_rows(class_names: Sequence[str], scores: Sequence[ClassScore]) -> list[list[str]]:
    """Return precision, recall and F1 of each class as a table with a header."""
    rows = [["class", "images", "precision %", "recall %", "F1 %"]]
    for name, score in zip(class_names, scores, strict=True):
        shares = (score.precision, score.recall, score.f1)
        rows.append([name, f"{score.images:,}", *map(share_text, shares)])
    return rows


def share_text(share: float) -> str:
    """Return a fraction in percent, and a dash for one of nothing."""
    return "-" if math.isnan(share) else f"{100 * share:.2f}"


def mean_of(shares: Sequence[float]) -> float:
    """Return the mean of the fractions that are defined; there is at least one."""
    defined = [share for share in shares if not math.isnan(share)]
    return sum(defined) / len(defined)


def table_rows(
    class_names: Sequence[str], counts: "np.ndarray", scores: Sequence[ClassScore]
) -> list[list[Any]]:
    """Return a row for each class: its scores and its row of the confusion matrix."""
    rows: list[list[Any]] = [
        ["class", "images", *SCORES, *(f"taken for {name}" for name in class_names)]
    ]
    for name, score, row in zip(class_names, scores, counts.tolist(), strict=True):
        shares = (getattr(score, kind) for kind in SCORES)
        defined = [None if math.isnan(share) else share for share in shares]
        rows.append([name, score.images, *defined, *row])
    return rows
