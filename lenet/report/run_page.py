"""Pictures and HTML report at the end of a run."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lenet.data.dataset import Dataset, batches
from lenet.files import write_atomically
from lenet.models.network import Network
from lenet.report import console, figures
from lenet.report.class_metrics import confusion_counts
from lenet.report.curves import learning_curves
from lenet.report.html import ReportData, write_report
from lenet.runs import checkpoint
from lenet.runs.flag_text import LEFT_OUT, arguments_of
from lenet.runs.names import CONFUSION, CURVE, FILTERS, MISTAKES, REPORT
from lenet.runs.reader import metrics_of
from lenet.training.functions import Functions
from lenet.training.loop import EpochResult
from lenet.versions import versions

MAX_CHANNELS = 64


def write_pictures(
    folder: Path,
    model_path: Path,
    dataset: Dataset,
    network: Network,
    functions: Functions,
    results: Sequence[EpochResult],
    flags: Mapping[str, Any],
    batch_size: int,
    augmentation: bytes | None = None,
) -> None:
    """Write the figures and the HTML report of a finished run.

    The network then has the parameters of the best model.

    Parameters
    ----------
    folder : Path
        Of the run.
    model_path : Path
        The file of the best model.
    dataset : Dataset
        Its test images give the confusion matrix and the misclassified images.
    network, functions
        As trained.
    results : sequence of EpochResult
        At least one.
    flags : mapping of str to value
        Of the command line.
    batch_size : int
        Images to classify at a time.
    augmentation : bytes or None
        The picture of augmented images, for the page.

    Raises
    ------
    CheckpointError, OSError
        If the model cannot be read or a file cannot be written.
    """
    checkpoint.load(model_path).restore(network.model)
    labels = dataset.test.labels
    probabilities = np.concatenate(
        [functions.test_model(*batch)[2] for batch in batches(dataset.test, batch_size)]
    )
    predictions = probabilities.argmax(axis=1)
    title = f"{flags.get('model', 'lenet')} on {dataset.name}"
    names = dataset.class_names
    pictures = {
        CURVE: learning_curves(metrics_of(results), title),
        CONFUSION: figures.confusion_matrix(labels, predictions, names),
        MISTAKES: figures.worst_mistakes(dataset.test.images, labels, probabilities, names),
        FILTERS: first_filters(network),
    }
    for name, picture in pictures.items():
        if picture is not None:
            write_atomically(folder / name, picture)
    best = console.best_of(results)
    write_report(
        folder / REPORT,
        ReportData(
            title=title,
            dataset=console.images_line(dataset),
            command=command_line(flags),
            flags={name: value for name, value in flags.items() if value not in (None, "")},
            versions=versions(),
            best_epoch=best.epoch,
            validation_error=best.validation_error,
            test_error=best.test_error,
            layers=console.network_rows(network.model),
            class_names=names,
            confusion=confusion_counts(labels, predictions, len(names)),
            learning_curves=pictures[CURVE],
            augmentation=augmentation,
            confusion_matrix=pictures[CONFUSION],
            filters=pictures[FILTERS],
            worst_mistakes=pictures[MISTAKES],
        ),
    )


def first_filters(network: Network) -> bytes | None:
    """Return a picture of the first layer's filters; None if it is no convolution."""
    for layer in network.model.layers:
        for weights in layer.weights:
            values = weights.get_value(borrow=True)
            is_picture = values.ndim == 4 and values.shape[1] <= MAX_CHANNELS
            return figures.first_layer_filters(values) if is_picture else None
    return None


def command_line(flags: Mapping[str, Any]) -> str:
    """Return the command that repeats a run."""
    kept = {k: v for k, v in flags.items() if v is not False and k not in LEFT_OUT}
    plain = {name: written(value) for name, value in kept.items()}
    return shlex.join(["lenet-train", *arguments_of(plain, "flags")])


def written(value: Any) -> Any:
    """Return the value of a flag as JSON has it: without paths and tuples."""
    if isinstance(value, list | tuple):
        return [written(item) for item in value]
    return str(value) if isinstance(value, Path) else value
