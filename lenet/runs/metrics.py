"""Metrics of a run, metrics.csv: one row for each epoch."""

import math
import os
from collections.abc import Sequence
from pathlib import Path

from lenet.files import append, write_atomically
from lenet.text import csv_lines
from lenet.training.loop import NUMBERS, RECALL, EpochResult

# Of more classes there are none: long rows would soon be more than a reader takes, `limits.METRICS_BYTES`.
MAX_RECALLS = 100


class MetricsFile:
    """CSV file with a row for each epoch, flushed to disk at once.

    The columns are those of `EpochResult.numbers`; `test_error` is empty where it was not measured, and
    everywhere without test images.

    Parameters
    ----------
    path : path-like
        Created, or replaced.
    results : sequence of EpochResult
        The first rows.
    n_classes : int
        Of which there are recalls, unless they are more than `MAX_RECALLS`.

    Raises
    ------
    OSError
        Naming the file, from the constructor or `write`.
    """

    def __init__(
        self, path: str | os.PathLike, results: Sequence[EpochResult] = (), n_classes: int = 0
    ) -> None:
        self.path = Path(path)
        n_recalls = n_classes if n_classes <= MAX_RECALLS else 0
        self.header = [*NUMBERS, *(f"{RECALL}{k}" for k in range(n_recalls))]
        write_atomically(path, csv_lines([self.header, *map(self.row, results)]).encode())

    def row(self, result: EpochResult) -> list[float | None]:
        """Return the cells of an epoch; None is empty."""
        numbers = result.numbers
        if result.test_error is not None and math.isnan(result.test_error):
            numbers["test_error"] = None
        return list(map(numbers.get, self.header))

    def write(self, result: EpochResult) -> None:
        """Append the row of an epoch."""
        append(self.path, csv_lines([self.row(result)]).encode())
