"""Reading of predictions.csv: what a run's best network says of each test image.

Imports nothing slow, as `lenet.runs.reader`.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lenet import limits
from lenet.files import read_regular_text
from lenet.runs.names import PREDICTIONS
from lenet.runs.reader import Run, UnreadableRunError

PART = "test"
COLUMNS = ("part", "image", "file", "page", "digest", "class", "predicted", "probability")


@dataclass(frozen=True)
class KeptPredictions:
    """Test images of a run, and whether it is right about each.

    Attributes
    ----------
    images : tuple of tuples of str
        What an image is known by: its file and page, or without a file the digest of its pixels; and its class.
    is_right : ndarray of bool, shape (n,)
    """

    images: tuple[tuple[str, ...], ...]
    is_right: np.ndarray

    @property
    def wrong(self) -> int:
        """Number of wrong predictions."""
        return int((~self.is_right).sum())


def kept_predictions(run: Run) -> KeptPredictions | None:
    """Return the test images that a run has kept its predictions of.

    Parameters
    ----------
    run : Run

    Returns
    -------
    KeptPredictions or None
        None without a file, as from earlier versions, or without test images; or if the predictions are not those
        of the run's best epoch, as of one that is still going on.

    Raises
    ------
    UnreadableRunError
        If the file is damaged, or of another kind.
    """
    path = run.folder / PREDICTIONS
    if not path.exists():
        return None
    found = read_predictions(path)
    is_of_best = abs(found.wrong - run.test_error * len(found.is_right)) < 0.5
    return found if is_of_best and len(found.is_right) else None


def read_predictions(path: Path) -> KeptPredictions:
    """Read the test images of a predictions.csv file; see `kept_predictions`."""
    rows = [row for row in prediction_cells(path) if row["part"] == PART]
    images = (
        (*((row["file"], row["page"]) if row["file"] else (row["digest"],)), row["class"])
        for row in rows
    )
    is_right = [row["class"] == row["predicted"] for row in rows]
    return KeptPredictions(tuple(images), np.array(is_right, bool))


def prediction_cells(path: Path) -> list[dict[str, str]]:
    """Return the cells of each image of a predictions.csv file, by `COLUMNS`.

    Raises
    ------
    UnreadableRunError
        If the file is missing, damaged or of another kind.
    """
    try:
        text = read_regular_text(path, limits.TABLE_BYTES)
    except OSError as error:
        raise UnreadableRunError(f"{path}: {error.strerror}; expected the file of a run") from error
    except UnicodeDecodeError as error:
        raise UnreadableRunError(f"{path}: not a text file; expected the file of a run") from error
    found: list[dict[str, str]] = []
    try:
        # Lines end with a line feed and with nothing else that `splitlines` would take for an end.
        rows = csv.reader(text.split("\n"), strict=True)
        header = next(rows)
        places = {name: header.index(name) for name in COLUMNS}
        for row in filter(None, rows):
            if len(row) != len(header):
                raise ValueError(
                    f"{len(row)} cells for {len(header)} columns in line {rows.line_num}"
                )
            found.append({name: row[k] for name, k in places.items()})
    except (ValueError, StopIteration, csv.Error) as error:
        raise UnreadableRunError(
            f"{path}: not the predictions of a run ({error or 'empty'}); remove it, or use another copy"
        ) from error
    return found
