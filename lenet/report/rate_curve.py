"""Picture of a learning-rate range test: the cost over the learning rate."""

import numpy as np

from lenet.report.curves import BLUE, GRAY, RED
from lenet.report.style import new_figure, one_line, png


def rate_curve(
    rates: np.ndarray, costs: np.ndarray, smoothed: np.ndarray, proposed: float | None, title: str
) -> bytes:
    """Draw the cost of each step over its learning rate.

    Parameters
    ----------
    rates, costs, smoothed : ndarray of float, shape (steps,)
        At least one step.
    proposed : float or None
        The rate that is proposed, if any.
    title : str
    """
    figure = new_figure(7, 4)
    axes = figure.subplots()
    axes.plot(rates, costs, color=GRAY, linewidth=0.8, label="of each batch")
    axes.plot(rates, smoothed, color=BLUE, linewidth=2, label="smoothed")
    if proposed is not None:
        axes.axvline(proposed, color=RED, linestyle="--", label=f"proposed: {proposed:g}")
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda rate, _: f"{rate:g}")  # powers of ten need mathematics
    axes.xaxis.set_minor_formatter(lambda rate, _: "")
    # Above the first cost there is nothing to choose.
    top, bottom = 1.3 * smoothed[0] or 1.0, min(smoothed.min(), costs.min())
    axes.set_ylim(bottom - 0.05 * (top - bottom), top)
    axes.set_xlabel("learning rate")
    axes.set_ylabel("cost before the step")
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(one_line(title, 80), loc="left")
    axes.legend(frameon=False, loc="lower left")
    return png(figure)
