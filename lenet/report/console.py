"""Console output of a training run: plan, network table, epochs, summary."""

from collections.abc import Sequence

import numpy as np

from lenet.data.dataset import Dataset
from lenet.data.value_ranges import ranges_text
from lenet.report.class_metrics import interval_text
from lenet.text import counted, listed, percent, shown
from lenet.training.build import augmentation_of
from lenet.training.loop import EpochResult, images_per_epoch, steps_per_epoch
from lenet.training.settings import Settings

MAX_NAMES = 5
# What --pages takes of a file.
PAGES = {
    "all": "each is an image, those of a file in one part",
    "first": "the first",
    "project": "the lightest value of all, pixel by pixel",
}
MIN_IMAGES = 3  # of a class: fewer may be missed by chance
EPOCH_HEADER = """\
                 error in %
epoch    cost  train  valid   test   seconds  images/s"""


def plan(dataset: Dataset, settings: Settings) -> str:
    """Return the plan of a run: data, augmentation, epochs, update rule."""
    steps = steps_per_epoch(dataset, settings)
    return f"""\
data      {images_line(dataset)}
augment   {augmentation_line(dataset, settings)}
network   {network_line(settings)}
training  {counted(settings.nepochs, "epoch")} at most, {counted(steps, "step")} each, \
batches of {settings.batch_size}
          {rule(settings)}"""


def augmentation_line(dataset: Dataset, settings: Settings) -> str:
    """Return the augmentation and the images of an epoch, in one line."""
    augmentation = augmentation_of(settings, dataset).description
    return (
        f"{augmentation}: {counted(images_per_epoch(dataset, settings), 'training image')} an epoch"
    )


def images_line(dataset: Dataset) -> str:
    """Return a data set's name, numbers of images, image size and colours."""
    train, valid = (f"{len(split.labels):,}" for split in (dataset.train, dataset.valid))
    test = counted(len(dataset.test.labels), "test image")
    ranges, pages = ranges_text(dataset), dataset.origin.get("pages")
    said = f"\n          of several pages: {PAGES[pages]}" if pages else ""
    said += f"\n          black to white: {ranges}" if ranges else ""
    return (
        f"{dataset.name}: {train} training, {valid} validation and {test}\n"
        f"          of {dataset.size} x {dataset.size} pixels, {dataset.colours}{said}"
    )


def network_line(settings: Settings) -> str:
    """Return the network of a run and what decides its layers, in one line."""
    widths = {"lenet": settings.lwidth, "mlp": settings.hidden}.get(settings.model, ())
    said = {
        " ".join(map(str, widths)): widths,
        settings.activation: settings.activation,
        f"{settings.pooling} pooling": settings.pooling in ("max", "avg"),
        settings.pooling: settings.pooling == "subsampling",
        f"{settings.connections} connections": settings.connections,
        f"{settings.output} output": settings.output,
        f"first weights {settings.initialiser}": settings.initialiser,
        "batch normalisation": settings.batch_norm,
        f"dropout {settings.dropout:g}": settings.dropout,
    }
    parts = ", ".join(text for text, is_true in said.items() if is_true)
    return f"{settings.model}: {parts}" if parts else settings.model


def rule(settings: Settings) -> str:
    """Return the update rule of a run with its hyperparameters, in one line."""
    parts = [f"{settings.update}, learning rate {settings.lr:g}"]
    if settings.update in ("momentum", "nesterov"):
        parts.append(f"momentum {settings.mom:g}")
    parts += [f"{name} {value:g}" for name, value in settings.update_options.items()]
    parts.append(f"L2 penalty {settings.l2_pen:g}")
    if settings.loss != "cross_entropy":
        parts.append(f"loss {settings.loss}")
    if settings.l1_pen:
        parts.append(f"L1 penalty {settings.l1_pen:g}")
    if settings.schedule != "decay":
        parts.append(f"schedule {settings.schedule}")
    if settings.warmup:
        parts.append(f"{counted(settings.warmup, 'epoch')} of warm-up")
    if settings.clip_norm is not None:
        parts.append(f"gradients of norm {settings.clip_norm:g} at most")
    if settings.average:
        numbers = (f" {name} {value:g}" for name, value in settings.average_options.items())
        parts.append(f"average {settings.average}{''.join(numbers)}")
    if settings.mixup is not None:
        parts.append(f"mixup {settings.mixup:g}")
    return ", ".join(parts)


def epoch_line(result: EpochResult) -> str:
    """Return the line of an epoch, aligned with `EPOCH_HEADER`."""
    test = (percent(result.test_error) or "-") if result.is_best else ""
    line = (
        f"{result.epoch:5d}  {result.cost:6.4f}  {percent(result.training_error):>5}  "
        f"{percent(result.validation_error):>5}  {test:>5}  "
        f"{result.seconds:8.2f}  {result.images_per_second:8.0f}"
    )
    return f"{line}  best" if result.is_best else line


def summary_line(best: EpochResult, monitor: str = "error") -> str:
    """Return the last line of a run: validation and test error of the best epoch."""
    chosen = {
        "error": "",
        "balanced_error": f", balanced error {percent(best.lowest)} %",
        "cost": f", validation cost {best.lowest:.4g}",
    }[monitor]
    test = percent(best.test_error)
    return (
        f"Best model: validation error {percent(best.validation_error)} %{chosen}, "
        f"{f'test error {test} %' if test else 'no test images'} (epoch {best.epoch})"
    )


def intervals_line(best: EpochResult, dataset: Dataset) -> str:
    """Return the confidence intervals of the best epoch's errors, in a line."""
    errors = {
        "validation": (best.validation_error, len(dataset.valid.labels)),
        "test": (best.test_error, len(dataset.test.labels)),
    }
    intervals = {name: interval_text(error, n) for name, (error, n) in errors.items()}
    said = (f"{name} error {interval}" for name, interval in intervals.items() if interval)
    return f"95 % intervals: {', '.join(said)}"


def unrecognised_line(best: EpochResult, dataset: Dataset, settings: Settings) -> str | None:
    """Return a line about classes of which no validation image is recognised, or None."""
    counts = np.bincount(dataset.valid.labels, minlength=dataset.n_classes)
    names = [
        f"{shown(dataset.class_names[k])} ({counts[k]:,})"
        for k, recall in enumerate(best.recalls)
        if recall == 0 and counts[k] >= MIN_IMAGES
    ]
    if not names:
        return None
    remedy = "" if settings.class_weights else "; see --class_weights balanced"
    return f"no validation image is recognised of {listed(names, MAX_NAMES)}{remedy}"


def best_of(results: Sequence[EpochResult]) -> EpochResult:
    """Return the first of the results with the lowest of what is monitored."""
    return min(results, key=lambda result: result.lowest)
