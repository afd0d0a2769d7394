"""Contents of a snapshot: numbers, pictures and words of a run, for JSON."""

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lenet.dashboard.answers import averaged, mistaken_rows, small_images
from lenet.report import console
from lenet.report.run_page import first_weights
from lenet.runs.names import METRICS, REPORT
from lenet.show.packed_numbers import base64_of
from lenet.terminal import INTERRUPTED
from lenet.text import counted, shown
from lenet.training.loop import NUMBERS, EpochResult

if TYPE_CHECKING:
    from lenet.data.dataset import Split
    from lenet.experiments.one_run import Prepared
    from lenet.models.network import Network

MOST_FILTERS, MOST_FILTER_PIXELS = 64, 32
# Columns of metrics.csv that are shown.
SHOWN_NUMBERS = tuple(name for name in NUMBERS if name not in ("momentum", "monitored"))


def description(run: "Prepared") -> dict[str, Any]:
    """Return what stays the same of a run: names, settings, places of files."""
    dataset, options = run.dataset, run.options
    folder = Path(os.path.abspath(options.folder))
    parameters = sum(layer.n_parameters for layer in run.network.model.layers)
    settings = {
        "data": console.images_line(dataset),
        "augmentation": console.augmentation_line(dataset, options),
        "network": f"{console.network_line(options)}; {counted(parameters, 'parameter')}",
        "training": console.rule(options),
        "batches": f"of {options.batch_size:,}",
        "computation": f"{run.backend.description}, {counted(options.threads, 'thread')}, seed {options.seed}",
        "recipe": options.recipe or "",
        "command": " ".join(options.typed),
    }
    return {
        "title": f"{options.model} on {shown(dataset.name)}",
        "fold": "" if options.fold is None else f"fold {options.fold} of {options.folds}",
        "classes": [shown(name) for name in dataset.class_names],
        "nepochs": options.nepochs,
        "settings": [
            [name, shown(" ".join(text.split()))] for name, text in settings.items() if text
        ],
        "files": {"folder": shown(folder), "names": [REPORT, shown(run.model_path.name), METRICS]},
        "images": len(dataset.valid.labels),
    }


def columns_of(results: Sequence[EpochResult]) -> dict[str, list[float | None]]:
    """Return the results of the epochs by name; None where there is no number."""
    return {name: [finite(getattr(each, name)) for each in results] for name in SHOWN_NUMBERS}


def finite(value: float | None) -> float | None:
    """Return a number that JSON can keep, else None."""
    return None if value is None or not math.isfinite(value) else value


def filters_of(network: "Network") -> dict[str, Any] | None:
    """Return the first weights as pictures, at most 64, quantised to signed bytes.

    Filters of a convolution are as it compares them with an image, which is turned by 180 degrees. Units that see the
    whole image are pictures of its size, or of means of blocks of it.

    Returns
    -------
    dict or None
        None if the first weights are neither, or not finite.
    """
    values, shape = first_weights(network), network.images.type.shape[1:]
    if values is None:
        return None
    if values.ndim == 4:
        pictures = values[:MOST_FILTERS, :, ::-1, ::-1]
    elif values.ndim == 2 and len(values) == math.prod(shape):
        pictures = values[:, :MOST_FILTERS].T.reshape(-1, *shape)
    else:
        return None
    pictures = averaged(np.asarray(pictures, float), MOST_FILTER_PIXELS)
    limit = np.abs(pictures).max(initial=0)
    if not math.isfinite(limit):
        return None
    return {
        "shape": list(pictures.shape),
        "count": values.shape[0] if values.ndim == 4 else values.shape[1],
        "values": base64_of((127 * pictures / (limit or 1)).round().astype(np.int8)),
        "limit": float(limit),
    }


def images_of(split: "Split", rows: np.ndarray) -> list[dict[str, Any]]:
    """Return images with their classes."""
    images = small_images(split, rows)
    return [
        {"image": base64_of(image), "shape": list(image.shape), "label": int(split.labels[row])}
        for image, row in zip(images, rows, strict=True)
    ]


def mistakes_of(
    split: "Split", predictions: np.ndarray, confidences: np.ndarray, most: int
) -> dict[str, Any]:
    """Return the most confident mistakes, and the number of all."""
    rows = mistaken_rows(split.labels, predictions, confidences)
    return {
        "count": len(rows),
        "first": [
            {**image, "answer": answer}
            for image, answer in zip(
                images_of(split, rows[:most]),
                answers_of(predictions, confidences, rows[:most]),
                strict=True,
            )
        ],
    }


def answers_of(
    predictions: np.ndarray, confidences: np.ndarray, rows: np.ndarray
) -> list[list[float]]:
    """Return class and probability of some answers."""
    return [[int(predictions[k]), round(float(confidences[k]), 4)] for k in rows]


def ending(status: int, results: Sequence[EpochResult], run: "Prepared") -> dict[str, Any]:
    """Return how a run has ended, in words."""
    folder, epochs = run.options.folder, len(results)
    if status == INTERRUPTED:
        goes_on = f"; lenet train --resume {shown(folder)} goes on" if epochs else ""
        words = f"Interrupted after {counted(epochs, 'epoch')}{goes_on}."
    elif status:
        words = f"Failed after {counted(epochs, 'epoch')}; the terminal says why."
    elif epochs < run.options.nepochs:
        words = f"Stopped early, after {counted(epochs, 'epoch')}: patience is over."
    else:
        words = f"All {epochs} epochs are done." if epochs > 1 else "Its one epoch is done."
    best = console.best_of(results) if epochs else None
    return {
        "is_good": status == 0,
        "words": words,
        "best": "" if best is None else f"{console.summary_line(best, run.options.monitor)}.",
    }
