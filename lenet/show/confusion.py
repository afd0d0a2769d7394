"""Confusion matrix of a run for its page, with pictures of its wrong cells.

The numbers are those of the run's predictions.csv; the pictures, which are in the data set, are looked at anew.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lenet.data.duplicates import digests_of
from lenet.report.class_metrics import confusion_counts
from lenet.report.predictions import digest_text
from lenet.runs.kept_predictions import prediction_cells
from lenet.runs.names import MODEL, PREDICTIONS
from lenet.runs.reader import UnreadableRunError
from lenet.show.pictures import sheet_of
from lenet.text import csv_cell

if TYPE_CHECKING:
    from lenet.data.dataset import Dataset
    from lenet.runs.saved_model import SavedModel

MOST_PICTURES = 120
SHEET_BYTES = 160_000
PARTS = {"test": "test", "validation": "valid"}  # of predictions.csv, and of a data set

HALF = 0.5  # of an image

Cell = tuple[int, int]
"""Class of some images, and what they are taken for."""


class Answer(NamedTuple):
    """Answer of the network to an image: a line of predictions.csv."""

    part: str
    image: int
    digest: str
    truth: int
    taken: int
    probability: float


@dataclass(frozen=True)
class ShownConfusion:
    """Confusion matrix of the test images of a run, and some of them.

    Attributes
    ----------
    part : str
        "test", or without test images "validation".
    counts : ndarray of int, shape (classes, classes)
        See `lenet.report.class_metrics.confusion_counts`.
    cells : sequence of (int, int)
        Class and prediction of each picture, those first that are to be there if there is room for some only.
    pictures : ndarray of uint8, shape (n, channels, size, size)
    """

    part: str
    counts: np.ndarray
    cells: Sequence[Cell] = ()
    pictures: np.ndarray = field(default_factory=lambda: np.empty((0, 1, 1, 1), np.uint8))

    def payload(self) -> dict[str, Any]:
        """Return it as JSON can keep it."""
        sheet = sheet_of(self.pictures, SHEET_BYTES)
        count = 0 if sheet is None else sheet["count"]
        pictures = defaultdict(list)
        for k, cell in enumerate(self.cells[:count]):
            pictures[cell].append(k)
        cells = [
            [int(truth), int(taken), int(self.counts[truth, taken]), pictures[(truth, taken)]]
            for truth, taken in zip(*np.nonzero(self.counts), strict=True)
        ]
        return {"part": self.part, "cells": cells, "sheet": sheet}


def confusion_of(
    model: "SavedModel", dataset: "Dataset | None", folder: Path | None = None
) -> ShownConfusion | None:
    """Return the confusion matrix of the run that a network is of.

    Parameters
    ----------
    model : SavedModel
    dataset : Dataset or None
        Its pictures, if they are wanted and at hand.
    folder : Path, optional
        Of the run, if the network's file is not in it.

    Returns
    -------
    ShownConfusion or None
        None if the network is not of a run, or that has no predictions of it.

    Raises
    ------
    UnreadableRunError
        If the predictions are damaged.
    """
    folder = folder or (model.path.parent if model.path.name == MODEL else None)
    if folder is None or not (folder / PREDICTIONS).exists():
        return None
    answers = answers_in(folder / PREDICTIONS, model.class_names)
    part = next((name for name in PARTS if any(each.part == name for each in answers)), None)
    judged = [each for each in answers if each.part == part]
    wrong = [each for each in judged if each.truth != each.taken]
    if part is None or abs(len(wrong) - model.errors.get(part, np.inf) * len(judged)) > HALF:
        return None
    counts = confusion_counts(
        np.array([each.truth for each in judged]),
        np.array([each.taken for each in judged]),
        len(model.class_names),
    )
    if dataset is None:
        return ShownConfusion(part, counts)
    images = getattr(dataset, PARTS[part]).images
    chosen = [each for each in by_turns(wrong, counts) if 0 <= each.image < len(images)]
    pictures = np.asarray(images[np.array([each.image for each in chosen], int)])
    digests = list(map(digest_text, digests_of(pictures)))
    same = [k for k, each in enumerate(chosen) if each.digest == digests[k]]
    cells = [(chosen[k].truth, chosen[k].taken) for k in same]
    return ShownConfusion(part, counts, cells, pictures[same])


def answers_in(path: Path, class_names: Sequence[str]) -> list[Answer]:
    """Return the answers of a predictions.csv file; none if its classes are others.

    Raises
    ------
    UnreadableRunError
        If the file is damaged.
    """
    number = {str(csv_cell(name)): k for k, name in enumerate(class_names)}
    try:
        return [
            Answer(
                row["part"],
                int(row["image"]),
                row["digest"],
                number[row["class"]],
                number[row["predicted"]],
                float(row["probability"]),
            )
            for row in prediction_cells(path)
        ]
    except KeyError:
        return []
    except ValueError as error:
        raise UnreadableRunError(
            f"{path}: not the predictions of a run ({error}); remove it, or use another copy"
        ) from error


def by_turns(wrong: Sequence[Answer], counts: np.ndarray) -> list[Answer]:
    """Return the wrong answers to show, at most `MOST_PICTURES`.

    They are the most confident of each cell, then the next of each, and so on. Cells of most images come first.
    """
    of_cell: dict[Cell, list[Answer]] = defaultdict(list)
    for each in sorted(wrong, key=lambda each: -each.probability):
        of_cell[(each.truth, each.taken)].append(each)
    ordered = sorted(of_cell, key=lambda cell: (-counts[cell], cell))
    turns = zip_longest(*(of_cell[cell] for cell in ordered))
    return [each for turn in turns for each in turn if each is not None][:MOST_PICTURES]
