"""Files of a training run: written after each epoch, and read on resuming."""

import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from pytensor.compile.sharedvalue import SharedVariable

from lenet import limits
from lenet.data.dataset import Dataset
from lenet.data.value_ranges import RANGES
from lenet.errors import CheckpointError, CommandError
from lenet.files import read_regular, write_atomically
from lenet.models.network import Network
from lenet.runs import checkpoint
from lenet.runs.checkpoint import Checkpoint
from lenet.runs.kept_epochs import KeptEpochs
from lenet.runs.metrics import MetricsFile
from lenet.runs.names import CONFIG, FILES, LAST, METRICS
from lenet.runs.reader import parse_metrics
from lenet.runs.sessions import KEY, kept, new_session, read_sessions
from lenet.runs.tensorboard import EventFile
from lenet.training.functions import Functions
from lenet.training.loop import NUMBERS, RECALL, EpochResult, Progress
from lenet.training.settings import Settings
from lenet.versions import versions

# Attributes that determine the splits, each with its flag.
SPLIT_BY = {
    "split": "split",
    "split_seed": "seed",
    "group": "group",
    "groups_digest": "group",
    "folds": "folds",
    "fold": "fold",
    "fold_seed": "seed",
}


@dataclass
class RunWriter:
    """Writer of a run's files.

    Attributes
    ----------
    folder : Path
    model_path : Path
        File of the best model.
    dataset, settings, network, functions
        What is trained.
    metrics : MetricsFile
    events : EventFile or None
        For TensorBoard, if wanted.
    epochs : KeptEpochs or None
        Weights of some epochs, if wanted.
    best_epoch : int
        Of those so far; 0 before the first.
    """

    folder: Path
    model_path: Path
    dataset: Dataset
    settings: Settings
    network: Network
    functions: Functions
    metrics: MetricsFile
    events: EventFile | None = None
    epochs: KeptEpochs | None = None
    best_epoch: int = 0

    def write_epoch(self, result: EpochResult, progress: Progress) -> None:
        """Write the results of an epoch; the checkpoint for resuming comes last.

        Raises
        ------
        OSError
            Naming the file that could not be written.
        """
        if result.test_error is not None:
            has_tested = not math.isnan(result.test_error)
            self.write_model(
                epoch=result.epoch,
                validation_error=result.validation_error,
                **({"test_error": result.test_error} if has_tested else {}),
            )
        self.metrics.write(result)
        if self.events is not None:
            self.events.write(result)
        if result.is_best:
            self.best_epoch = result.epoch
        if self.epochs is not None:
            self.epochs.keep(result.epoch, self.network.model, self.best_epoch)
        checkpoint.save(
            self.folder / LAST,
            self.network.model,
            self.functions.optimizer_state,
            **self.description,
            epoch=progress.epoch,
            patience=progress.patience,
            best_error=progress.best_error,
            batches_rng=checkpoint.generator_state(progress.batches_rng),
        )

    def write_model(self, **more: Any) -> None:
        """Write the file of the best model, which the network is, with more attributes."""
        checkpoint.save(self.model_path, self.network.model, **self.description, **more)

    @cached_property
    def description(self) -> dict[str, Any]:
        """Attributes that describe the model in its file."""
        return described_model(self.dataset, self.settings, self.network)


def described_model(dataset: Dataset, settings: Settings, network: Network) -> dict[str, Any]:
    """Return the attributes that describe a model in its file."""
    installed = versions()
    return {
        "dataset": dataset.name,
        "model": settings.model,
        "architecture": json.dumps(network.model.network.describe()),
        "lwidth": settings.lwidth,
        "size": dataset.size,
        "channels": dataset.channels,
        "class_names": dataset.class_names,
        "mirror": dataset.mirror or settings.augmentation.mirrors,
        **dataset.origin,
        "lenet_version": installed["lenet"],
        "pytensor_version": installed["pytensor"],
    }


def refuse_other_run(folder: Path, can_resume: bool = True) -> None:
    """Raise `CommandError` if a folder already holds a run, or is not a folder.

    Not every command that writes one can go on with it.
    """
    if folder.exists() and not folder.is_dir():
        raise CommandError(f"--out_dir {folder}: a file; expected a folder, or a name for one")
    for name in FILES:
        if (folder / name).exists():
            going_on = f", go on with --resume {folder}," if can_resume else ""
            raise CommandError(
                f"{folder} already holds a run ({name}): choose another --out_dir{going_on} or remove it"
            )


def refuse_model_path(path: Path | None) -> None:
    """Raise `CommandError` if the best model's path is a folder or a device."""
    if path is not None and path.exists() and not path.is_file():
        what = "a folder" if path.is_dir() else "a device or a pipe"
        raise CommandError(f"--model_save_path {path}: {what}; expected the name of a file")


def write_config(folder: Path, flags: dict[str, Any], typed: Sequence[str] = ()) -> None:
    """Write config.json: the flags of a run, for ``--config`` and ``--resume``.

    Parameters
    ----------
    folder : Path
        Of the run. The sessions in a config.json that is there are kept.
    flags : dict of str to value
    typed : sequence of str
        The command that begins the run or goes on with it, if one was typed; see `lenet.runs.sessions`.

    Raises
    ------
    OSError
        Naming the file.
    """
    sessions = read_sessions(folder / CONFIG)
    if typed:
        sessions.append(new_session(typed, flags.get("recipe")))
    config = {"flags": flags, "versions": versions(), KEY: kept(sessions)}
    # Absolute paths: the file may be read from another folder.
    text = json.dumps(config, indent=2, default=os.path.abspath)
    write_atomically(folder / CONFIG, f"{text}\n".encode())


def resumed(
    folder: Path,
    network: Network,
    optimizer_state: Sequence[SharedVariable],
    progress: Progress,
    origin: Mapping[str, Any],
) -> list[EpochResult]:
    """Restore network, optimizer state and progress from `last.h5`.

    Parameters
    ----------
    folder : Path
        Of the run.
    network : Network
    optimizer_state : sequence of SharedVariable
        State of the update rule.
    progress : Progress
        Restored, too.
    origin : mapping of str to value
        That of the data set.

    Returns
    -------
    list of EpochResult
        The results so far.

    Raises
    ------
    CheckpointError
        If the folder holds no run, or one of another network, of other images or of other splits.
    """
    if not (folder / LAST).exists():
        # If it was interrupted in its first epoch, there is nothing to resume from, and nothing is lost.
        if has_several_epochs(folder / METRICS):
            raise CheckpointError(f"{folder / LAST}: missing, and so what the run goes on from")
        return []
    saved = checkpoint.load(folder / LAST)
    refuse_other_data(saved, origin)
    try:
        epoch, patience = int(saved.attributes["epoch"]), int(saved.attributes["patience"])
        best_error = float(saved.attributes["best_error"])
        rng = checkpoint.generator(saved.attributes["batches_rng"], f"{saved.path}: batches_rng")
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"{saved.path}: lacks or damages what a run goes on from ({error}); start anew"
        ) from error
    results = read_results(folder / METRICS, epoch)
    if len(results) != epoch or math.isnan(best_error):
        raise CheckpointError(
            f"{folder / METRICS}: lacks some of the {epoch} epochs of {LAST}; start anew"
        )
    saved.restore(network.model, optimizer_state)
    progress.epoch, progress.patience, progress.best_error = epoch, patience, best_error
    progress.batches_rng = rng
    return results


def refuse_other_data(saved: Checkpoint, origin: Mapping[str, Any]) -> None:
    """Raise `CheckpointError` if a run was trained on other images or other splits.

    With other splits, some of the images that it was trained on would be test images.

    Parameters
    ----------
    saved : Checkpoint
        Of the run.
    origin : mapping of str to value
        That of the data set.
    """
    if (RANGES in saved.attributes) != (RANGES in origin):
        refuse_other_ranges(saved, origin)  # which the digests of the images differ with
    if saved.attributes.get("images_digest") != origin.get("images_digest"):
        raise CheckpointError(
            f"{saved.path}: the images of --image_dir have changed since; bring them back or start anew"
        )
    if list(saved.attributes.get("corrections", ())) != list(origin.get("corrections", ())):
        raise CheckpointError(
            f"{saved.path}: --corrections has changed since; bring the file back as it was, or start anew"
        )
    for name, flag in SPLIT_BY.items():
        before, now = saved.attributes.get(name), origin.get(name)
        if before != now:
            raise CheckpointError(
                f"{saved.path}: its images were split by --{flag} {numbers(before)}, not "
                f"{numbers(now)}, which would test on some that it was trained on; leave --{flag} out, or "
                "start anew"
            )
    refuse_other_ranges(saved, origin)


def refuse_other_ranges(saved: Checkpoint, origin: Mapping[str, Any]) -> None:
    """Raise `CheckpointError` if a run has seen deep values by other ranges."""
    before, now = (found.get(RANGES) for found in (saved.attributes, origin))
    if before != now:
        texts = ["those of each type" if text is None else text for text in (before, now)]
        raise CheckpointError(
            f"{saved.path}: its values had other ranges, {texts[0]}, not {texts[1]}; leave --range and --bits "
            "out, or start anew"
        )


def numbers(value: str | float | Sequence[float] | None) -> str:
    """Return the value of a flag as text."""
    if isinstance(value, str):
        return value
    return "none" if value is None else " ".join(f"{number:.10g}" for number in np.ravel(value))


def has_several_epochs(path: Path) -> bool:
    """Return whether a metrics.csv file has more than one epoch."""
    return path.exists() and read_regular(path, limits.METRICS_BYTES).count(b"\n") > 2


def read_results(path: Path, epochs: int) -> list[EpochResult]:
    """Read the results of the first epochs from a metrics.csv file.

    Anything that a crash left behind them, such as half a line, is ignored. If the file has the columns of
    another version, unknown columns are ignored, and missing ones are NaN unless they are in
    `lenet.runs.reader.COLUMNS`.

    Raises
    ------
    CommandError
        If the file is missing or damaged.
    """
    try:
        lines = read_regular(path, limits.METRICS_BYTES).split(b"\n")[: epochs + 1]
        columns = parse_metrics(b"\n".join(lines).decode(), path)
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path}: cannot be read ({error}); start anew") from error
    found = columns["epoch"]
    if not np.array_equal(found, np.arange(1, len(found) + 1)):
        raise CommandError(f"{path}: its epochs are not numbered from 1; start anew")
    recalls = [name for name in columns if name.startswith(RECALL)]
    unknown = np.full(len(found), np.nan)

    def result(k: int) -> EpochResult:
        numbers: dict[str, Any] = {name: float(columns.get(name, unknown)[k]) for name in NUMBERS}
        absent = {name: None for name in ("test_error", "monitored") if math.isnan(numbers[name])}
        of_classes = tuple(float(columns[name][k]) for name in recalls)
        return EpochResult(**{**numbers, "epoch": int(found[k]), **absent}, recalls=of_classes)

    return [result(k) for k in range(len(found))]
