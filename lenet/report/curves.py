"""Learning curves as PNG: of one run, or of several overlaid or side by side."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lenet.report.style import new_figure, one_line, png
from lenet.runs.reader import Metrics, best_epoch

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE, ORANGE, RED, GRAY = "#1f77b4", "#ff7f0e", "#d62728", "#9aa5b1"
ACCURACY_COLOURS = {"training": BLUE, "validation": ORANGE, "test": "#2ca02c"}
ERROR_LABEL = "wrong predictions in %"
COST_LABEL = "negative log-likelihood + L2 penalty"
MAX_COLOURED_RUNS = 10


def learning_curves(metrics: Metrics, title: str = "") -> bytes:
    """Draw the cost and error curves of one run.

    Parameters
    ----------
    metrics : mapping of str to ndarray
        Columns of at least one epoch; see `lenet.runs.reader.COLUMNS`.
    title : str
    """
    epochs, best = metrics["epoch"], best_epoch(metrics)
    figure = new_figure(10, 4)
    costs, errors = figure.subplots(1, 2)
    percent = {name: 100 * metrics[name] for name in metrics if name.endswith("_error")}
    panels = (
        (costs, metrics["cost"], metrics["validation_cost"]),
        (errors, percent["training_error"], percent["validation_error"]),
    )
    dots: dict[str, Any] = {"marker": "o" if len(epochs) < 30 else "", "markersize": 3.5}
    for axes, training, validation in panels:
        axes.plot(epochs, training, label="training", color=BLUE, **dots)
        axes.plot(epochs, validation, label="validation", color=ORANGE, **dots)
        if best is not None:
            axes.axvline(epochs[best], color="0.6", linewidth=1, linestyle="--", zorder=0)
            axes.plot(
                epochs[best],
                validation[best],
                "*",
                color=RED,
                markersize=12,
                clip_on=False,
                label=f"best: epoch {epochs[best]:.0f}",
            )
        _tidy(axes)
        axes.legend(frameon=False)
    costs.set_title("Cost", loc="left")
    costs.set_ylabel(COST_LABEL)
    heading = "Error"
    if best is not None:
        validation_error, test_error = (
            percent["validation_error"][best],
            percent["test_error"][best],
        )
        heading = f"Error: {validation_error:.2f} % validation, {test_error:.2f} % test"
    errors.set_title(heading, loc="left")
    errors.set_ylabel(ERROR_LABEL)
    _set_top(errors, percent["training_error"], percent["validation_error"])
    figure.suptitle(one_line(title, 100))
    return png(figure)


def compare_curves(runs: Sequence[tuple[str, Metrics]]) -> bytes:
    """Draw the error and cost curves of several runs in common axes.

    A dot marks a run's best epoch. Of more than ten runs, only the ten best have a colour and a name.

    Parameters
    ----------
    runs : sequence of (name, metrics)
        At least one; see `learning_curves`.
    """
    from matplotlib.lines import Line2D

    def lowest_error(index: int) -> float:
        best = best_epoch(runs[index][1])
        return math.inf if best is None else runs[index][1]["validation_error"][best]

    ranking = sorted(range(len(runs)), key=lowest_error)
    named = sorted(ranking[:MAX_COLOURED_RUNS])
    styles: dict[int, dict[str, Any]] = {
        index: {"color": f"C{colour}", "linewidth": 1.5, "zorder": 2}
        for colour, index in enumerate(named)
    }
    others: dict[str, Any] = {"color": GRAY, "linewidth": 0.8, "zorder": 1}
    names = [one_line(runs[index][0], 44) for index in named]
    handles = [Line2D([], [], **styles[index]) for index in named]
    if len(runs) > len(named):
        names.append(f"{len(runs) - len(named)} others")
        handles.append(Line2D([], [], **others))

    legend_columns = max(1, min(4, 150 // (max(map(len, names)) + 8)))
    figure = new_figure(12, 3.8 + 0.21 * math.ceil(len(names) / legend_columns))
    columns = {
        "validation_error": ("Validation error in %", 100),
        "training_error": ("Training error in %", 100),
        "cost": ("Cost: negative log-likelihood + L2 penalty", 1),
    }
    for axes, (column, (heading, factor)) in zip(
        figure.subplots(1, 3), columns.items(), strict=True
    ):
        for index, (_, metrics) in enumerate(runs):
            style, best = styles.get(index, others), best_epoch(metrics)
            axes.plot(metrics["epoch"], factor * metrics[column], **style)
            if index in styles and best is not None:
                x, y = metrics["epoch"][best], factor * metrics[column][best]
                axes.plot(x, y, "o", markersize=5, color=style["color"])
        _tidy(axes)
        axes.set_title(heading, loc="left", fontsize=10)
        # The first epochs are far above the last ones, where the runs differ.
        reference = "cost" if column == "cost" else "validation_error"
        ends = [factor * np.nanmin(runs[index][1][reference], initial=np.inf) for index in named]
        _set_top(axes, *(factor * metrics[column] for _, metrics in runs), limit=4 * max(ends))
    figure.legend(
        handles, names, loc="outside lower left", ncols=legend_columns, frameon=False, fontsize=9
    )
    return png(figure)


def accuracy_curves(runs: Sequence[tuple[str, Metrics]]) -> bytes:
    """Draw training, validation and test accuracy of several runs side by side.

    All have the same scale. The test images are evaluated only when the validation error has improved.

    Parameters
    ----------
    runs : sequence of (name, metrics)
        At least one; see `learning_curves`.
    """
    columns = min(len(runs), 4)
    rows = math.ceil(len(runs) / columns)
    figure = new_figure(max(3 * columns, 4) + 0.4, 3.1 * rows + 0.4)
    panels = figure.subplots(rows, columns, sharey=True, squeeze=False)
    for axes in panels.flat[len(runs) :]:
        axes.set_visible(False)
    for axes, (name, metrics) in zip(panels.flat, runs, strict=False):
        epochs, best = metrics["epoch"], best_epoch(metrics)
        dots: dict[str, Any] = {"marker": "o" if len(epochs) < 15 else "", "markersize": 3}
        percent = {kind: 100 - 100 * metrics[f"{kind}_error"] for kind in ACCURACY_COLOURS}
        for kind in ("training", "validation"):
            axes.plot(epochs, percent[kind], label=kind, color=ACCURACY_COLOURS[kind], **dots)
        tested = np.isfinite(percent["test"])
        axes.plot(
            *(epochs[tested], percent["test"][tested]),
            color=ACCURACY_COLOURS["test"],
            linewidth=1.2,
            marker=".",
            markersize=4,
            label="test, whenever validation has improved",
        )
        heading = one_line(name, 30)
        if best is not None:
            stars: dict[str, Any] = {"clip_on": False, "linestyle": "", "zorder": 3}
            at_best = {kind: values[best] for kind, values in percent.items()}
            axes.plot(
                *(epochs[best], at_best["validation"], "*"),
                color=RED,
                markersize=11,
                label="best epoch",
                **stars,
            )
            axes.plot(
                *(epochs[best], at_best["test"], "D"),
                color=ACCURACY_COLOURS["test"],
                markersize=6,
                label="test at that epoch",
                **stars,
            )
            heading += f"\n{at_best['validation']:.1f} % validation, {at_best['test']:.1f} % test"
        _tidy(axes)
        axes.set_title(heading, loc="left", fontsize=10)
    for axes in panels[:, 0]:
        axes.set_ylabel("accuracy in %")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    # The legend is as wide as one, two or more panels.
    figure.legend(
        *(handles, labels),
        loc="outside lower left",
        ncols={1: 2, 2: 3}.get(columns, 5),
        frameon=False,
        fontsize=9 if columns > 1 else 7,
    )
    return png(figure)


def _tidy(axes: "Axes") -> None:
    """Style the axes of curves over epochs."""
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.set_xlabel("epoch")
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)


def _set_top(axes: "Axes", *curves: np.ndarray, limit: float = math.inf) -> None:
    """Scale the vertical axis from zero to just above the curves, up to a limit."""
    values = np.concatenate(curves)
    highest = values[np.isfinite(values)].max(initial=0)
    axes.set_ylim(0, min(1.05 * highest, limit) or None)
