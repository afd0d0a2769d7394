"""Metrics of a run, metrics.csv: one row for each epoch."""

import dataclasses
import math
import os
from collections.abc import Sequence
from pathlib import Path

from lenet.files import append, write_atomically
from lenet.text import csv_lines
from lenet.training.loop import EpochResult


class MetricsFile:
    """CSV file with a row for each epoch, flushed to disk at once.

    The columns are the attributes of `EpochResult`; `test_error` is empty where it was not measured, and
    everywhere without test images.

    Parameters
    ----------
    path : path-like
        Created, or replaced.
    results : sequence of EpochResult
        The first rows.

    Raises
    ------
    OSError
        Naming the file, from the constructor or `write`.
    """

    def __init__(self, path: str | os.PathLike, results: Sequence[EpochResult] = ()) -> None:
        self.path = Path(path)
        header = [field.name for field in dataclasses.fields(EpochResult)]
        write_atomically(path, csv_lines([header, *map(row_of, results)]).encode())

    def write(self, result: EpochResult) -> None:
        """Append the row of an epoch."""
        append(self.path, csv_lines([row_of(result)]).encode())


def row_of(result: EpochResult) -> tuple[float | None, ...]:
    """Return the row of an epoch; None becomes an empty cell."""
    if result.test_error is not None and math.isnan(result.test_error):
        result = dataclasses.replace(result, test_error=None)
    return dataclasses.astuple(result)
