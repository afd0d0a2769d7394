"""Learning curves as PNG: of one run, or of several overlaid or side by side.

Errors have a logarithmic scale, on which 1 % and 2 % are as far apart as 10 % and 20 %.
"""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lenet.report.style import new_figure, one_line, png
from lenet.runs.reader import Metrics, best_epoch

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

Runs = Sequence[tuple[str, Metrics]]
BLUE, ORANGE, RED, GRAY = "#1f77b4", "#ff7f0e", "#d62728", "#9aa5b1"
ERROR_COLOURS = {"training": BLUE, "validation": ORANGE, "test": "#2ca02c"}
ERROR_LABEL = "wrong predictions in %, logarithmic"
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
        heading = f"Error: {validation_error:.2f} % validation"
        if not math.isnan(test_error):
            heading += f", {test_error:.2f} % test"
    errors.set_title(heading, loc="left")
    errors.set_ylabel(ERROR_LABEL)
    _scale_errors(errors, percent["training_error"], percent["validation_error"])
    figure.suptitle(one_line(title, 100))
    return png(figure)


def compare_curves(groups: Mapping[str, Runs]) -> bytes:
    """Draw the error and cost curves of runs, those of a group in common axes.

    A dot marks a run's best epoch. Of more than ten runs, only the ten best have a colour and a name.

    Parameters
    ----------
    groups : mapping of str to sequence of (name, metrics)
        At least one, of at least one run; see `learning_curves`. The names of several are their titles.
    """
    several = len(groups) > 1
    legends = [_legend_of(runs) for runs in groups.values()]
    heights = [3.8 + 0.21 * math.ceil(len(names) / n) + 0.4 * several for names, n in legends]
    figure = new_figure(12, sum(heights))
    parts: list[FigureBase] = [figure]
    if several:
        parts = list(figure.subfigures(len(groups), squeeze=False, height_ratios=heights).flat)
    for part, (name, runs), legend in zip(parts, groups.items(), legends, strict=True):
        if several:
            part.suptitle(one_line(name, 100), x=0.01, ha="left", weight="bold")
        _draw_together(part, runs, *legend)
    return png(figure)


def _coloured(runs: Runs) -> list[int]:
    """Return which runs have a colour and a name."""

    def lowest_error(index: int) -> float:
        best = best_epoch(runs[index][1])
        return math.inf if best is None else runs[index][1]["validation_error"][best]

    ranking = sorted(range(len(runs)), key=lowest_error)
    return sorted(ranking[:MAX_COLOURED_RUNS])


def _legend_of(runs: Runs) -> tuple[list[str], int]:
    """Return the names in the legend of some runs, and the number of its columns."""
    names = [one_line(runs[index][0], 44) for index in _coloured(runs)]
    if len(runs) > len(names):
        names.append(f"{len(runs) - len(names)} others")
    return names, max(1, min(4, 150 // (max(map(len, names)) + 8)))


def _draw_together(
    figure: "FigureBase", runs: Runs, names: Sequence[str], legend_columns: int
) -> None:
    """Draw the curves of some runs and their legend in a figure, or in a part of one."""
    from matplotlib.lines import Line2D

    named = _coloured(runs)
    styles: dict[int, dict[str, Any]] = {
        index: {"color": f"C{colour}", "linewidth": 1.5, "zorder": 2}
        for colour, index in enumerate(named)
    }
    others: dict[str, Any] = {"color": GRAY, "linewidth": 0.8, "zorder": 1}
    handles = [Line2D([], [], **styles[index]) for index in named]
    if len(runs) > len(named):
        handles.append(Line2D([], [], **others))

    columns = {
        "validation_error": ("Validation error in %, logarithmic", 100),
        "training_error": ("Training error in %, logarithmic", 100),
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
        curves = [factor * metrics[column] for _, metrics in runs]
        if column == "cost":
            # The first epochs are far above the last ones, where the runs differ.
            ends = [np.nanmin(runs[index][1]["cost"], initial=np.inf) for index in named]
            _set_top(axes, *curves, limit=4 * max(ends))
        else:
            _scale_errors(axes, *curves)
    figure.legend(
        handles, names, loc="outside lower left", ncols=legend_columns, frameon=False, fontsize=9
    )


def error_curves(runs: Runs) -> bytes:
    """Draw training, validation and test error of several runs side by side.

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
        percent = {kind: 100 * metrics[f"{kind}_error"] for kind in ERROR_COLOURS}
        for kind in ("training", "validation"):
            axes.plot(epochs, percent[kind], label=kind, color=ERROR_COLOURS[kind], **dots)
        tested = np.isfinite(percent["test"])
        axes.plot(
            *(epochs[tested], percent["test"][tested]),
            color=ERROR_COLOURS["test"],
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
                color=ERROR_COLOURS["test"],
                markersize=6,
                label="test at that epoch",
                **stars,
            )
            heading += f"\n{at_best['validation']:.1f} % validation, {at_best['test']:.1f} % test"
        _tidy(axes)
        axes.set_title(heading, loc="left", fontsize=10)
    errors = (100 * metrics[f"{kind}_error"] for _, metrics in runs for kind in ERROR_COLOURS)
    _scale_errors(panels[0, 0], *errors)
    for axes in panels[:, 0]:
        axes.set_ylabel(ERROR_LABEL, fontsize=9)
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


def _scale_errors(axes: "Axes", *curves: np.ndarray) -> None:
    """Scale the vertical axis logarithmically, from the lowest to the highest error.

    Zero, if an error is, has a place below the lowest of the others.
    """
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    values = np.concatenate(curves)
    values = values[np.isfinite(values)]
    positive = values[values > 0]
    if not positive.size:
        axes.set_ylim(0, 1)
        return
    low, high = positive.min(), positive.max()
    ticks = error_ticks(low, high)
    if positive.size < values.size:
        axes.set_yscale("symlog", linthresh=low, linscale=0.3)
        axes.set_ylim(-0.1 * low, 1.15 * high)
        ticks = [0.0, *ticks]
    else:
        axes.set_yscale("log")
        axes.set_ylim(low / 1.15, 1.15 * high)
    axes.yaxis.set_major_locator(FixedLocator(ticks))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def error_ticks(low: float, high: float) -> list[float]:
    """Return round numbers for an axis from a positive number to a larger one.

    They are 1, 2, 5, 10 and so on or, where these are few, closer ones.
    """
    from matplotlib.ticker import MaxNLocator

    low, high = low / 1.15, 1.15 * high
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for digits in ((1, 2, 5), range(1, 10)):
        ticks = [float(f"{digit}e{power}") for power in decades for digit in digits]
        inside = [tick for tick in ticks if low <= tick <= high]
        if len(inside) >= 3:
            return inside
    return [float(tick) for tick in MaxNLocator(5).tick_values(low, high) if low <= tick <= high]
