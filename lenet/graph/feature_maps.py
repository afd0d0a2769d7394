"""Pictures of a network's feature maps for one image."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lenet.report.composite import composite
from lenet.report.style import one_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BACKGROUND = np.nan
COLUMNS_PER_ROW = 16
MAX_TITLE = 100


def feature_map_figure(
    values: dict[str, np.ndarray], class_names: Sequence[str], title: str
) -> "Figure":
    """Draw an image, the feature maps of all layers and the class probabilities.

    Parameters
    ----------
    values : dict of str to ndarray
        As `lenet.graph.tracing.trace` returns them; only the first image is drawn.
    class_names : sequence of str
    title : str
    """
    from matplotlib.figure import Figure

    layers = {name: value[0] for name, value in values.items()}
    image, probabilities = layers.pop("images"), layers.pop("p_y_given_x")
    del layers["logits"]
    mosaics = {name: mosaic(maps_of(value)) for name, value in layers.items()}
    # Row heights are those of the mosaics scaled to the same width.
    heights = [max(0.3, 8 * m.shape[0] / m.shape[1]) for m in mosaics.values()]
    figure = Figure(
        figsize=(11, max(5.5, sum(heights) + 0.55 * len(heights))), layout="constrained"
    )
    ((left, right),) = figure.subfigures(1, 2, width_ratios=(1, 3), squeeze=False)

    picture, bars = left.subplots(2, 1)
    show_image(picture, image)
    show_probabilities(bars, probabilities, class_names)
    all_axes = right.subplots(len(mosaics), 1, height_ratios=heights, squeeze=False)[:, 0]
    for axes, (name, values_drawn) in zip(all_axes, mosaics.items(), strict=True):
        drawn = show_mosaic(axes, values_drawn)
        axes.set_title(
            f"{one_line(name)}: {' x '.join(map(str, layers[name].shape))}", loc="left", fontsize=10
        )
        right.colorbar(drawn, ax=axes, fraction=0.02, pad=0.01).ax.tick_params(labelsize=7)
    figure.suptitle(one_line(title, MAX_TITLE), fontsize=12, fontweight="bold", x=0.01, ha="left")
    return figure


def maps_of(value: np.ndarray) -> np.ndarray:
    """Return values as (maps, rows, columns); single units become maps of one pixel."""
    return value if value.ndim == 3 else value.reshape(-1, 1, 1)


def mosaic(maps: np.ndarray) -> np.ndarray:
    """Arrange feature maps in a grid, row by row, separated by `BACKGROUND`.

    Maps of a single pixel are not separated.

    Parameters
    ----------
    maps : ndarray, shape (maps, rows, columns)
    """
    n, height, width = maps.shape
    columns = min(n, COLUMNS_PER_ROW if height > 1 else 2 * COLUMNS_PER_ROW)
    rows = math.ceil(n / columns)
    frame = max(1, round(height / 10)) if height > 1 else 0
    padded = np.full((rows * columns, height + frame, width + frame), BACKGROUND)
    padded[:n, :height, :width] = maps
    grid = padded.reshape(rows, columns, *padded.shape[1:]).transpose(0, 2, 1, 3)
    joined = grid.reshape(rows * (height + frame), columns * (width + frame))
    return joined[: joined.shape[0] - frame, : joined.shape[1] - frame]


def show_mosaic(axes: "Axes", values: np.ndarray) -> Any:
    """Draw a mosaic; zero is dark, and so is a layer that responds nowhere."""
    drawn = axes.imshow(values, cmap="viridis", interpolation="nearest")
    axes.axis("off")
    return drawn


def show_image(axes: "Axes", image: np.ndarray) -> None:
    """Draw the network's input of any number of channels, with values between 0 and 1."""
    shown = composite(image).clip(0, 1)  # which rounding may have gone beyond
    pixels = shown[0] if len(shown) == 1 else shown.transpose(1, 2, 0)
    axes.imshow(pixels, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    axes.set_title("image", loc="left", fontsize=10)
    axes.axis("off")


def show_probabilities(axes: "Axes", probabilities: np.ndarray, class_names: Sequence[str]) -> None:
    """Draw the class probabilities as bars."""
    colours = np.where(probabilities == probabilities.max(), "#27ae60", "#9aa5b1")
    axes.barh(range(len(class_names)), 100 * probabilities, color=colours)
    axes.set_yticks(range(len(class_names)), [one_line(name) for name in class_names])
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    axes.set_title("probability in %", loc="left", fontsize=10)
    axes.tick_params(labelsize=9)
    axes.spines[["top", "right"]].set_visible(False)
