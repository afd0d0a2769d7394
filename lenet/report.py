"""What a training run leaves behind and shows: tables, a CSV file and the learning curve."""

import csv
import dataclasses
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lenet.checkpoint import write_atomically
from lenet.input_pipeline import Dataset
from lenet.Lenet5 import Lenet5
from lenet.training import EpochResult, Settings, images_per_epoch, steps_per_epoch

if TYPE_CHECKING:
    from matplotlib.axes import Axes

EPOCH_HEADER = """\
                 error in %
epoch    cost  train  valid   test   seconds  images/s"""


class MetricsFile:
    """A CSV file with a row for each epoch, each on disk at once.

    The columns are the attributes of `EpochResult`; `test_error` is empty where it was not measured.

    Parameters
    ----------
    path : path-like
        Created, or emptied.

    Raises
    ------
    OSError
        Naming the file, from the constructor or `write`.
    """

    def __init__(self, path: str | os.PathLike) -> None:
        self.path = Path(path)
        self.path.write_text("")
        self._append([field.name for field in dataclasses.fields(EpochResult)])

    def write(self, result: EpochResult) -> None:
        """Append the row of an epoch."""
        self._append(dataclasses.astuple(result))

    def _append(self, row: Sequence[object]) -> None:
        # One write for a whole line, so that a full disk does not leave half of one in a buffer.
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(row)
        try:
            with open(self.path, "a", encoding="utf-8", newline="") as file:
                file.write(line.getvalue())
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self.path)) from error


def plan(dataset: Dataset, settings: Settings) -> str:
    """Return what a run is about to do, in a few aligned lines."""
    train, valid, test = (
        f"{len(split.labels):,}" for split in (dataset.train, dataset.valid, dataset.test)
    )
    colour = "gray" if dataset.channels == 1 else "in colour"
    augmentation = "none"
    if settings.data_augm:
        mirrors = "mirrored or not" if dataset.mirror else "not mirrored"
        augmentation = f"{settings.ncrops} random crops of each image, {mirrors}"
    return f"""\
data      {dataset.name}: {train} training, {valid} validation and {test} test images
          of {dataset.size} x {dataset.size} pixels, {colour}
augment   {augmentation}: {images_per_epoch(dataset, settings):,} training images an epoch
training  {settings.nepochs} epochs at most, {steps_per_epoch(dataset, settings):,} steps each, \
batches of {settings.batch_size}
          learning rate {settings.lr:g}, momentum {settings.mom:g}, L2 penalty {settings.l2_pen:g}"""


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as aligned text: the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def network_table(model: Lenet5) -> str:
    """Return a network as a table: each layer's output shape and number of parameters."""
    rows = [("layer", "output", "parameters")]
    counts = []
    for layer in model.layers:
        name = layer.W.name.removesuffix("_W")
        counts.append(sum(param.get_value(borrow=True).size for param in layer.params))
        rows.append((name, " x ".join(map(str, layer.output_shape[1:])), f"{counts[-1]:,}"))
    return table([*rows, ("total", "", f"{sum(counts):,}")])


def epoch_line(result: EpochResult) -> str:
    """Return one line about an epoch, which fits below `EPOCH_HEADER`."""
    line = (
        f"{result.epoch:5d}  {result.cost:6.4f}  {percent(result.training_error):>5}  "
        f"{percent(result.validation_error):>5}  {percent(result.test_error):>5}  "
        f"{result.seconds:8.2f}  {result.images_per_second:8.0f}"
    )
    return f"{line}  best" if result.is_best else line


def summary_line(best: EpochResult) -> str:
    """Return the last line of a run, about the epoch with the lowest validation error."""
    return (
        f"Best model: validation error {percent(best.validation_error)} %, "
        f"test error {percent(best.test_error)} % (epoch {best.epoch})"
    )


def percent(error: float | None) -> str:
    """Return a fraction in percent, without the sign; nothing for one that was not measured."""
    return "" if error is None else f"{100 * error:.2f}"


def best_of(results: Sequence[EpochResult]) -> EpochResult:
    """Return the result with the lowest validation error, the first of equals."""
    return min(results, key=lambda result: result.validation_error)


def save_learning_curve(
    path: str | os.PathLike, results: Sequence[EpochResult], title: str = ""
) -> None:
    """Draw costs and errors over the epochs into a PNG file.

    Parameters
    ----------
    path : path-like
        Replaced only when the picture is complete.
    results : sequence of EpochResult
        At least one.
    title : str

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    epochs = [result.epoch for result in results]
    best = best_of(results)
    marker = "o" if len(results) < 30 else ""
    figure = Figure(figsize=(10, 4), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    costs, errors = figure.subplots(1, 2)

    def curve(axes: "Axes", values: list[float], label: str, color: str) -> None:
        axes.plot(epochs, values, label=label, color=color, marker=marker, markersize=3.5)

    curve(costs, [result.cost for result in results], "training", "tab:blue")
    curve(costs, [result.validation_cost for result in results], "validation", "tab:orange")
    curve(errors, [100 * result.training_error for result in results], "training", "tab:blue")
    curve(errors, [100 * result.validation_error for result in results], "validation", "tab:orange")
    for axes, value in ((costs, best.validation_cost), (errors, 100 * best.validation_error)):
        axes.axvline(best.epoch, color="0.6", linewidth=1, linestyle="--", zorder=0)
        axes.plot(
            best.epoch,
            value,
            "*",
            color="tab:red",
            markersize=12,
            clip_on=False,
            label=f"best: epoch {best.epoch}",
        )
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.set_xlabel("epoch")
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False)
    costs.set_title("Cost", loc="left")
    costs.set_ylabel("negative log-likelihood + L2 penalty")
    errors.set_title(
        f"Error: {percent(best.validation_error)} % validation, {percent(best.test_error)} % test",
        loc="left",
    )
    errors.set_ylabel("wrong predictions in %")
    highest = max(max(result.training_error, result.validation_error) for result in results)
    errors.set_ylim(0, 105 * highest or None)
    figure.suptitle(title)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    write_atomically(path, buffer.getvalue())
