"""Reading of finished runs: flags from config.json, columns of metrics.csv.

Imports nothing slow, so that inspecting runs takes no longer than reading them.
"""

import csv
import dataclasses
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lenet import limits
from lenet.errors import CommandError
from lenet.files import read_regular_text
from lenet.runs.names import CONFIG, METRICS, fold_folder
from lenet.training.defaults import of_earlier_version

if TYPE_CHECKING:
    from lenet.training.loop import EpochResult

COLUMNS = (
    *("epoch", "cost", "training_error", "validation_cost", "validation_error", "test_error"),
    "seconds",
)

Metrics = Mapping[str, np.ndarray]
"""Columns of metrics.csv by name: a float for each epoch, NaN where nothing was measured."""


class UnreadableRunError(CommandError):
    """Folder that holds no run, or a damaged one."""


@dataclasses.dataclass(frozen=True)
class Run:
    """Flags and metrics of a run.

    Attributes
    ----------
    folder : Path
    flags : dict of str to value
        Of the command line, without dashes.
    versions : dict of str to str
        Of the packages that it ran on.
    metrics : dict of str to ndarray of float, shape (epochs,)
        At least one epoch and at least `COLUMNS`; NaN where nothing was measured.
    """

    folder: Path
    flags: dict[str, Any]
    versions: dict[str, str]
    metrics: dict[str, np.ndarray]

    @classmethod
    def load(cls, folder: str | os.PathLike) -> "Run":
        """Read a run from its folder.

        Raises
        ------
        UnreadableRunError
            If a file is missing, truncated or not part of a run.
        """
        folder = Path(folder)
        if not folder.is_dir():
            raise UnreadableRunError(
                f"{folder}: expected the folder of a run, with {METRICS} and {CONFIG}"
            )
        fold = fold_folder(folder, 1)
        if not (folder / METRICS).exists() and fold.is_dir():
            raise UnreadableRunError(
                f"{folder}: the runs of a cross-validation; expected one of them, such as {fold}"
            )
        metrics = read_metrics(folder / METRICS)
        flags, versions = read_config(folder / CONFIG)
        return cls(folder, flags, versions, metrics)

    @property
    def epochs(self) -> int:
        """Number of completed epochs."""
        return len(self.metrics["epoch"])

    @property
    def seconds(self) -> float:
        """Total time of all epochs, in seconds."""
        return float(self.metrics["seconds"].sum())

    @property
    def best_epoch(self) -> float:
        """Epoch of the best model, counted from 1; NaN if no error was measured."""
        return self._at_best("epoch")

    @property
    def training_error(self) -> float:
        """Training error at the best epoch, a fraction; NaN if not measured."""
        return self._at_best("training_error")

    @property
    def validation_error(self) -> float:
        """Validation error at the best epoch, a fraction; NaN if not measured."""
        return self._at_best("validation_error")

    @property
    def test_error(self) -> float:
        """Test error at the best epoch, a fraction; NaN if not measured."""
        return self._at_best("test_error")

    def _at_best(self, column: str) -> float:
        best = best_epoch(self.metrics)
        return np.nan if best is None else float(self.metrics[column][best])


def best_epoch(metrics: Metrics) -> int | None:
    """Return the first index of the lowest of what is monitored; None if all are NaN."""
    errors = metrics["validation_error"]
    if "monitored" in metrics:
        errors = np.where(np.isnan(metrics["monitored"]), errors, metrics["monitored"])
    return None if np.isnan(errors).all() else int(np.nanargmin(errors))


def metrics_of(results: Sequence["EpochResult"]) -> dict[str, np.ndarray]:
    """Return the results of epochs as arrays, one for each column.

    They equal those that `Run.load` would read.
    """
    rows = [result.numbers for result in results]
    return {name: np.array([row[name] for row in rows], dtype=float) for name in rows[0]}


def read_metrics(path: Path) -> dict[str, np.ndarray]:
    """Read a metrics.csv file.

    Raises
    ------
    UnreadableRunError
        Naming the line, if one is damaged; or if the file is missing, of another kind or without an epoch.
    """
    text = _read(path, limits.METRICS_BYTES)
    rows = _rows(text, path)
    if len(rows) == 1:
        raise UnreadableRunError(f"{path}: has no epoch yet; wait for the first or leave it out")
    if not text.endswith("\n"):
        raise UnreadableRunError(
            f"{path}, line {len(rows)}: the line is cut off; remove it or train again"
        )
    return _columns(rows, path)


def parse_metrics(text: str, path: Path) -> dict[str, np.ndarray]:
    """Return the columns of lines of a metrics.csv file; see `read_metrics`."""
    return _columns(_rows(text, path), path)


def _rows(text: str, path: Path) -> list[list[str]]:
    """Return the cells of each line, after checking the names in the header."""
    try:
        rows = list(csv.reader(text.splitlines(), strict=True))
    except csv.Error as error:
        raise UnreadableRunError(f"{path}: not the metrics of a run ({error})") from error
    header = rows[0] if rows else []
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise UnreadableRunError(f"{path}: not the metrics of a run (no column {missing[0]!r})")
    return rows


def _columns(rows: Sequence[Sequence[str]], path: Path) -> dict[str, np.ndarray]:
    """Return the numbers of each column, by name."""
    header = rows[0]
    values = np.empty((len(rows) - 1, len(header)))
    for line, row in enumerate(rows[1:], start=2):
        try:
            values[line - 2] = [float(cell) if cell else np.nan for cell in row]
        except ValueError as error:
            raise UnreadableRunError(
                f"{path}, line {line}: expected {len(header)} numbers, got {','.join(row)!r}; "
                "remove the line or train again"
            ) from error
    return dict(zip(header, values.T, strict=True))


def read_config(path: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """Read the flags and the versions from a config.json file.

    Raises
    ------
    UnreadableRunError
        If the file is missing, truncated or of another kind.
    """
    try:
        config = json.loads(_read(path, limits.CONFIG_BYTES))
        # Infinity and NaN are Python's extension of JSON; no flag has such a value.
        json.dumps(config, allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise UnreadableRunError(
            f"{path}: truncated, or not JSON ({error}); use another copy or train again"
        ) from error
    match config:
        case {"flags": dict(flags), "versions": dict(versions)}:
            return of_earlier_version(flags), versions
    raise UnreadableRunError(f"{path}: not of a run (expected 'flags' and 'versions')")


def _read(path: Path, most_bytes: int) -> str:
    try:
        return read_regular_text(path, most_bytes)
    except OSError as error:
        raise UnreadableRunError(f"{path}: {error.strerror}; expected the file of a run") from error
    except UnicodeDecodeError as error:
        raise UnreadableRunError(f"{path}: not a text file; expected the file of a run") from error
