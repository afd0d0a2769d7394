"""Pictures and HTML report at the end of a run."""

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lenet.data.dataset import Dataset, Split
from lenet.evaluation.rejection import confidences_of
from lenet.files import write_atomically
from lenet.models.network import Network
from lenet.report import console, figures
from lenet.report.class_metrics import confusion_counts, interval_text
from lenet.report.confused import confused_pairs
from lenet.report.curves import learning_curves
from lenet.report.dataset import heading_name
from lenet.report.judgement import Judgement
from lenet.report.predictions import MAX_CLASSES, prediction_rows
from lenet.report.run_report import ReportData, write_report
from lenet.runs import checkpoint
from lenet.runs.flag_text import LEFT_OUT, arguments_of, flags_with_meaning
from lenet.runs.names import (
    CONFIG,
    CONFUSION,
    CURVE,
    FILTERS,
    MISTAKES,
    PREDICTIONS,
    REPORT,
    RESULTS,
)
from lenet.runs.reader import Metrics, metrics_of
from lenet.runs.sessions import Session, read_sessions
from lenet.runs.validation_fit import ValidationFit
from lenet.text import counted, csv_lines, percent
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
    fit: ValidationFit | None = None,
    problem: str | None = None,
) -> None:
    """Write the figures, predictions, results and the HTML report of a finished run.

    The network then has the parameters of the best model.

    Parameters
    ----------
    folder : Path
        Of the run; its config.json says what was typed.
    model_path : Path
        The file of the best model.
    dataset : Dataset
        Its test images, or without any its validation images, give the confusion matrix and the
        misclassified images.
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
    fit : ValidationFit or None
        What the validation images tell of the probabilities.
    problem : str or None
        What is wrong with the run and what may help, for the page.

    Raises
    ------
    CheckpointError, OSError
        If the model cannot be read or a file cannot be written.
    """
    checkpoint.load(model_path).restore(network.model)
    judged = dataset.test if len(dataset.test.labels) else dataset.valid
    labels = judged.labels
    probabilities, outputs = functions.evaluated(judged, batch_size)
    confidences = confidences_of(probabilities, outputs, fit.rubbish_distance if fit else None)
    judgement = Judgement(labels, probabilities, confidences, fit)
    predictions = probabilities.argmax(axis=1)
    shown_name = heading_name(dataset.name, dataset.origin.get("image_dir", ()))
    title = f"{flags.get('model', 'lenet')} on {shown_name}"
    names, metrics = dataset.class_names, metrics_of(results)
    pictures = {
        CURVE: learning_curves(metrics, title),
        CONFUSION: figures.confusion_matrix(labels, predictions, names),
        MISTAKES: figures.worst_mistakes(judged.images, labels, probabilities, names),
        FILTERS: first_filters(network),
    }
    for name, picture in pictures.items():
        if picture is not None:
            write_atomically(folder / name, picture)
    best = console.best_of(results)
    part = "test" if judged is dataset.test else "validation"
    write_results(folder, part, judged, names, judgement, best)
    sessions = read_sessions(folder / CONFIG)
    write_report(
        folder / REPORT,
        ReportData(
            title=title,
            dataset=console.images_line(replace(dataset, name=shown_name)),
            typed=[session.typed for session in sessions],
            facts=facts_of(sessions, flags, metrics),
            command=command_line(flags),
            flags={k: v for k, v in flags_with_meaning(flags).items() if v not in (None, "")},
            epochs=epoch_rows(metrics),
            best_epoch=best.epoch,
            validation_error=best.validation_error,
            test_error=best.test_error,
            validation_interval=interval_text(best.validation_error, len(dataset.valid.labels)),
            test_interval=interval_text(best.test_error, len(dataset.test.labels)),
            layers=network.model.layer_rows,
            class_names=names,
            confusion=confusion_counts(labels, predictions, len(names)),
            confused=confused_pairs(judged.images, labels, probabilities, names, part),
            problem=problem,
            learning_curves=pictures[CURVE],
            augmentation=augmentation,
            confusion_matrix=pictures[CONFUSION],
            filters=pictures[FILTERS],
            worst_mistakes=pictures[MISTAKES],
            tested=judged is dataset.test,
            judgement=judgement if np.isfinite(probabilities).all() else None,
        ),
    )


def write_results(
    folder: Path,
    part: str,
    judged: Split,
    class_names: Sequence[str],
    judgement: Judgement,
    best: EpochResult,
) -> None:
    """Write predictions.csv and results.json."""
    rows = prediction_rows({part: judged}, judgement.probabilities, class_names, MAX_CLASSES)
    write_atomically(folder / PREDICTIONS, csv_lines(rows).encode())
    if np.isfinite(judgement.probabilities).all():
        content = {"epoch": best.epoch, "part": part, **judgement.content}
        write_atomically(folder / RESULTS, f"{json.dumps(content, indent=2)}\n".encode())


def facts_of(
    sessions: Sequence[Session], flags: Mapping[str, Any], metrics: Metrics
) -> dict[str, str]:
    """Return what is known of a run: when it began, how long it took, where it ran.

    Parameters
    ----------
    sessions : sequence of Session
        None for a run of an earlier version.
    flags : mapping of str to value
    metrics : Metrics
    """
    epochs, seconds = len(metrics["epoch"]), float(metrics["seconds"].sum())
    recipes = [session.recipe for session in sessions if session.recipe]
    facts = {
        "began": sessions[0].time if sessions else "",
        "gone on": ", ".join(session.time for session in sessions[1:]),
        "training": f"{duration(seconds)} for {counted(epochs, 'epoch')}, {seconds / epochs:.3g} seconds each",
        "recipe": recipes[-1] if recipes else str(flags.get("recipe") or ""),
        "machine": ", ".join(dict.fromkeys(s.system for s in sessions if s.system)),
        "versions": ", ".join(f"{name} {version}" for name, version in versions().items()),
    }
    return {name: fact for name, fact in facts.items() if fact}


def duration(seconds: float) -> str:
    """Return a time in the units that people use for one of its length."""
    if seconds < 60:
        return f"{seconds:.1f} seconds"
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {seconds:02} s"


def epoch_rows(metrics: Metrics) -> list[tuple[str, ...]]:
    """Return the epochs as a table, errors in percent.

    A column without a number is left out.
    """
    columns: tuple[tuple[str, str, Callable[[float], str]], ...] = (
        ("epoch", "epoch", "{:.0f}".format),
        ("cost", "cost", "{:.4f}".format),
        ("train %", "training_error", percent),
        ("valid %", "validation_error", percent),
        ("test %", "test_error", percent),
        ("learning rate", "learning_rate", "{:.3g}".format),
        ("seconds", "seconds", "{:.2f}".format),
    )
    known = [each for each in columns if np.isfinite(metrics.get(each[1], np.nan)).any()]
    cells = [
        ["" if np.isnan(value) else text(value) for value in metrics[name].tolist()]
        for _, name, text in known
    ]
    return [tuple(heading for heading, _, _ in known), *zip(*cells, strict=True)]


def first_weights(network: Network) -> np.ndarray | None:
    """Return the first weights of a network, which are not copied; None without any."""
    weights = (each for layer in network.model.layers for each in layer.weights)
    first = next(weights, None)
    return None if first is None else np.asarray(first.get_value(borrow=True))


def first_filters(network: Network) -> bytes | None:
    """Return a picture of the first layer's filters; None if it is no convolution."""
    values = first_weights(network)
    if values is None or values.ndim != 4 or values.shape[1] > MAX_CHANNELS:
        return None
    return figures.first_layer_filters(values)


def command_line(flags: Mapping[str, Any]) -> str:
    """Return the command that repeats a run."""
    meant = flags_with_meaning(flags).items()
    plain = {k: written(v) for k, v in meant if v is not False and k not in LEFT_OUT}
    return shlex.join(["lenet-train", *arguments_of(plain, "flags")])


def written(value: Any) -> Any:
    """Return the value of a flag as JSON has it: without paths and tuples."""
    if isinstance(value, list | tuple):
        return [written(item) for item in value]
    return str(value) if isinstance(value, Path) else value
