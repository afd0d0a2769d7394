"""Figures of probabilities: reliability diagram, and risk over coverage."""

from typing import TYPE_CHECKING

import numpy as np

from lenet.evaluation.calibration import Reliability
from lenet.report.class_metrics import error_interval
from lenet.report.curves import BLUE, GRAY, ORANGE, RED
from lenet.report.judgement import Accepted, Judgement
from lenet.report.style import new_figure, png
from lenet.text import counted, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def reliability_diagram(judgement: Judgement) -> bytes:
    """Draw the share of right predictions by probability, and how many there are.

    With a temperature, that of the probabilities at it is beside it. Bars are where the probabilities are,
    between the bounds of their bin; where they end below the line, the network is too sure.

    Parameters
    ----------
    judgement : Judgement
    """
    panels = {"as the network says them": judgement.reliability}
    if judgement.calibrated is not None:
        panels[f"at temperature {judgement.temperature:.3g}"] = judgement.calibrated
    figure = new_figure(0.6 + 3.7 * len(panels), 4.6)
    axes = figure.subplots(
        2, len(panels), squeeze=False, sharex=True, sharey="row", height_ratios=(3, 1)
    )
    for column, (title, found) in enumerate(panels.items()):
        _bars(axes[0, column], found)
        axes[0, column].set_title(
            f"{title}\noff by {percent(found.error)} % on average", fontsize=10
        )
        _counts(axes[1, column], found)
    axes[0, 0].set_ylabel("share that is right, in %")
    axes[1, 0].set_ylabel("images, in %")
    axes[0, 0].legend(frameon=False, loc="upper left", fontsize=8)
    figure.supxlabel("probability of the predicted class, in %", fontsize=10)
    return png(figure)


def _bars(axes: "Axes", found: Reliability) -> None:
    """Draw accuracy by confidence, with Wilson's intervals."""
    bins = len(found.images)
    edges = np.linspace(0, 100, bins + 1)
    filled = np.flatnonzero(found.images)
    right = 100 * found.accuracy[filled]
    axes.plot([0, 100], [0, 100], color="0.5", linestyle="--", linewidth=1, label="as it should be")
    axes.bar(edges[filled], right, 100 / bins, align="edge", color=BLUE, alpha=0.35)
    hits = np.rint(found.accuracy[filled] * found.images[filled]).astype(int)
    ends = [error_interval(int(k), int(n)) for k, n in zip(hits, found.images[filled], strict=True)]
    x = 100 * found.confidence[filled]
    low, high = 100 * np.array(ends).T
    lengths = np.maximum([right - low, high - right], 0)
    axes.errorbar(
        x,
        right,
        lengths,
        fmt="o",
        color=BLUE,
        markersize=4,
        linewidth=1,
        label="measured, 95 % interval",
    )
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 100)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)


def _counts(axes: "Axes", found: Reliability) -> None:
    """Draw how many images have each confidence."""
    bins = len(found.images)
    shares = 100 * found.images / found.images.sum()
    axes.bar(np.linspace(0, 100, bins + 1)[:-1], shares, 100 / bins, align="edge", color=GRAY)
    axes.set_ylim(0, 100)
    axes.spines[["top", "right"]].set_visible(False)


def risk_coverage_figure(judgement: Judgement, accepted: Accepted | None) -> bytes:
    """Draw the error of the images that are accepted over their share.

    Parameters
    ----------
    judgement : Judgement
    accepted : Accepted or None
        A point to mark.
    """
    curve = judgement.curve
    figure = new_figure(6.4, 3.9)
    axes = figure.subplots()
    coverage, risk = 100 * curve.coverage, 100 * curve.risk
    axes.plot(coverage, risk, color=BLUE, linewidth=1.5, drawstyle="steps-pre")
    axes.plot(coverage[-1:], risk[-1:], "o", color=ORANGE, markersize=6, clip_on=False)
    top = max(1.15 * risk[-1], 0.5)
    everything = f"nothing rejected: {percent(risk[-1] / 100)} %"
    axes.annotate(
        everything,
        (coverage[-1], risk[-1]),
        xytext=(-8, 4),
        textcoords="offset points",
        ha="right",
        va="bottom",
        color=ORANGE,
    )
    if accepted is not None and accepted.accepted:
        x, y = 100 * accepted.accepted / accepted.images, 100 * accepted.wrong / accepted.accepted
        said = f"--reject {accepted.share:g}: {percent(y / 100)} % of {percent(x / 100)} % that are accepted"
        axes.plot([x], [y], "o", color=RED, markersize=6, label=said)
        axes.axhline(
            100 * accepted.share,
            color=RED,
            linestyle="--",
            linewidth=0.8,
            label="what the validation images allow",
        )
        axes.legend(frameon=False, loc="upper left", fontsize=9)
        top = max(top, 1.5 * y, 150 * accepted.share)
    axes.set_ylim(0, top)
    axes.set_xlim(0, 100)
    axes.set_xlabel("accepted images, the surest first, in %")
    axes.set_ylabel("wrong among them, in %")
    axes.set_title(f"{counted(curve.images, 'image')}", loc="left", fontsize=10)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    return png(figure)
