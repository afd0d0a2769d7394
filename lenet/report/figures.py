"""Figures as PNG: confusion matrix, mistakes, filters, augmented images."""

import math
import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np

from lenet.data.indexed_images import Images
from lenet.report.class_metrics import confident_mistakes, confusion_counts
from lenet.report.composite import composite
from lenet.report.style import new_figure, one_line, png

HITS, MISTAKES = np.array([0.13, 0.40, 0.68]), np.array([0.80, 0.24, 0.10])
MAX_CLASSES_WITH_NUMBERS = 20
MAX_TILES_PER_SIDE = 64
MISTAKES_IN_A_ROW = 6


def confusion_matrix(
    labels: np.ndarray, predictions: np.ndarray, class_names: Sequence[str]
) -> bytes:
    """Draw the confusion matrix: images by true class (row) and prediction (column).

    Each cell has the number of images and its share of the row. Correct predictions are blue; wrong ones are
    red, the darker the larger their share, relative to the largest. Beyond 20 classes there are only colours.

    Parameters
    ----------
    labels, predictions : ndarray of int, shape (n,)
    class_names : sequence of str

    Raises
    ------
    ValueError
        If a label or a prediction is not a class.
    """
    n = len(class_names)
    counts = confusion_counts(labels, predictions, n)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    on_diagonal = np.eye(n, dtype=bool)
    largest_mistake = max(shares[~on_diagonal].max(initial=0), 1e-9)
    strengths = np.where(on_diagonal, shares, 0.6 * shares / largest_mistake)[..., None]
    colours = 1 - strengths * (1 - np.where(on_diagonal[..., None], HITS, MISTAKES))

    side = min(max(2.4, 0.62 * n), 12)
    cell = side / n
    figure = new_figure(side + 1.9, side + 1.6)
    axes = figure.subplots()
    axes.imshow(colours, interpolation="nearest")
    if n <= MAX_CLASSES_WITH_NUMBERS:
        for row, column in np.argwhere(counts):
            count, share = f"{counts[row, column]}", f"{100 * shares[row, column]:.1f} %"
            style: dict[str, Any] = {
                "xy": (column, row),
                "textcoords": "offset points",
                "ha": "center",
                "color": "white" if colours[row, column].mean() < 0.6 else "black",
            }
            axes.annotate(count, xytext=(0, 0), va="bottom", fontsize=9, **style)
            axes.annotate(share, xytext=(0, -2), va="top", fontsize=6.5, **style)
    names = [one_line(name) for name in class_names]
    ticks, fontsize = np.arange(n), min(9, 60 * cell)
    upright = max(map(len, names)) * 0.09 < cell
    axes.set_xticks(ticks, names, fontsize=fontsize, rotation=0 if upright else 90)
    axes.set_yticks(ticks, names, fontsize=fontsize)
    axes.set_xticks(ticks[1:] - 0.5, minor=True)
    axes.set_yticks(ticks[1:] - 0.5, minor=True)
    axes.grid(which="minor", color="0.9", linewidth=0.6)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_color("0.8")
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class")
    hits, total = counts.trace(), counts.sum()
    figure.suptitle(f"{hits:,} of {total:,} images right", fontsize=11)
    return png(figure)


def first_layer_filters(W: np.ndarray) -> bytes:
    """Draw the filters of a convolution on a common scale; middle gray is zero.

    Filters of one channel are gray, of three channels in colour; otherwise, each row has the channels of one
    filter. At most 64 filters and channels are drawn; values that are not finite are red.

    Parameters
    ----------
    W : ndarray, shape (maps, channels, rows, columns)
        As the layer has it: a convolution flips it before comparing it with the image.

    Raises
    ------
    ValueError
        If `W` does not have four dimensions.
    """
    W = np.asarray(W, dtype=float)
    if W.ndim != 4:
        raise ValueError(f"expected filters (maps, channels, rows, columns), got shape {W.shape}")
    maps, channels = W.shape[:2]
    scale = np.abs(W[np.isfinite(W)]).max(initial=0)
    values = 0.5 + W[:MAX_TILES_PER_SIDE, :MAX_TILES_PER_SIDE] / (2 * scale or 1)
    if channels in (1, 3):
        pictures = values.transpose(0, 2, 3, 1)
        columns = min(len(pictures), 8 if len(pictures) <= 32 else 16)
    else:
        columns = values.shape[1]
        pictures = values.reshape(-1, *values.shape[2:], 1)
    pictures = np.where(np.isfinite(pictures), pictures, [0.84, 0.15, 0.16])
    sheet = _sheet(pictures, columns)

    width = min(9.0, 0.7 * columns)
    height = width * sheet.shape[0] / sheet.shape[1]
    figure = new_figure(max(width, 3.6) + 0.3, height + 0.6)
    axes = figure.subplots()
    axes.imshow(sheet, interpolation="nearest")
    axes.axis("off")
    drawn = "" if max(maps, channels) <= MAX_TILES_PER_SIDE else "the first "
    layout = "" if channels in (1, 3) else ", a row each"
    figure.suptitle(
        f"{drawn}{len(values)} filters of {channels} x {W.shape[2]} x {W.shape[3]}{layout}\n"
        f"black {-scale:.3g}, gray 0, white {scale:.3g}",
        fontsize=9,
    )
    return png(figure)


def worst_mistakes(
    images: Images,
    labels: np.ndarray,
    probabilities: np.ndarray,
    class_names: Sequence[str],
    count: int = 36,
) -> bytes:
    """Draw the misclassified images with the highest probabilities.

    Parameters
    ----------
    images : ndarray or IndexedImages, shape (n, channels, height, width)
        uint8, or floats between 0 and 1. See `composite` for channels other than 1 or 3.
    labels : ndarray of int, shape (n,)
    probabilities : ndarray of float, shape (n, classes)
    class_names : sequence of str
    count : int
        Maximum number of images.
    """
    predictions = probabilities.argmax(axis=1)
    mistakes = confident_mistakes(labels, probabilities)
    worst = mistakes[:count]
    columns = min(max(2, len(worst)), MISTAKES_IN_A_ROW)  # the heading takes two
    rows = max(1, math.ceil(len(worst) / columns))
    figure = new_figure(1.55 * columns, 1.75 * rows + 0.4 if len(worst) else 0.5)
    if not len(worst):
        text = f"no mistake among {len(labels):,} images"
        figure.text(0.02, 0.5, text, va="center", fontsize=10)
        return png(figure)
    for place, index in enumerate(worst, start=1):
        axes = figure.add_subplot(rows, columns, place)
        picture = composite(images[index])
        pixels = picture.transpose(1, 2, 0) if len(picture) == 3 else picture[0]
        highest = 255 if images.dtype == np.uint8 else 1
        axes.imshow(pixels, cmap="gray", vmin=0, vmax=highest, interpolation="nearest")
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_color("0.8")
        truth, taken_for = (
            one_line(class_names[one], 10) for one in (labels[index], predictions[index])
        )
        share = 100 * probabilities[index, predictions[index]]
        heading = f"{truth} \N{RIGHTWARDS ARROW} {taken_for}\n{share:.1f} %"
        axes.set_title(heading, loc="left", fontsize=8)
    shown = "all" if len(worst) == len(mistakes) else f"the {len(worst)} most confident of"
    said = "the one mistake" if len(mistakes) == 1 else f"{shown} {len(mistakes):,} mistakes"
    heading = f"{said}: true \N{RIGHTWARDS ARROW} predicted"
    figure.suptitle(heading, fontsize=10, x=0.01, ha="left")
    return png(figure)


def versions_of_images(
    images: np.ndarray, class_names: Sequence[str], version_names: Sequence[str], title: str
) -> bytes:
    """Draw a row for each image: the image and, set apart, its augmented versions.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, versions, channels, height, width)
        See `composite` for channels other than 1 or 3.
    class_names : sequence of n str
    version_names : sequence of str
        The first names the original images.
    title : str
    """
    n, versions, _, height, width = images.shape
    pixels = composite(images).transpose(0, 1, 3, 4, 2) / 255
    gap = max(1, round(width / 16))
    tiles = np.ones((n, versions, height + gap, width + gap, pixels.shape[-1]))
    tiles[:, :, :height, :width] = pixels
    rows = tiles.swapaxes(1, 2).reshape(n * (height + gap), versions * (width + gap), -1)
    # The original images are set apart from their versions.
    apart = np.insert(rows, [width] * 2 * gap, 1, axis=1)[:-gap, :-gap]
    sheet = np.broadcast_to(apart, (*apart.shape[:2], 3))

    side = 0.72
    figure = new_figure(side * versions + 1.7, side * n * height / width + 1)
    axes = figure.subplots()
    axes.imshow(sheet, interpolation="nearest")
    columns = np.arange(versions) * (width + gap) + (width - 1) / 2
    columns[1:] += 2 * gap
    # Column titles have two lines: the name of the transform, and its amount.
    names = ["\n".join(one_line(name, 28).split(" ", 1)) for name in version_names]
    axes.set_xticks(columns, names, fontsize=7)
    middles = np.arange(n) * (height + gap) + (height - 1) / 2
    axes.set_yticks(middles, [one_line(name) for name in class_names], fontsize=9)
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    axes.spines[:].set_visible(False)
    figure.suptitle(textwrap.fill(one_line(title, 300), 15 * (versions + 2)), fontsize=10)
    return png(figure)


def _sheet(pictures: np.ndarray, columns: int) -> np.ndarray:
    """Arrange pictures (n, rows, columns, colours) in a grid on white."""
    n, height, width, colours = pictures.shape
    frame = max(1, round(height / 6))
    rows = math.ceil(n / columns)
    tiles = np.ones((rows * columns, height + frame, width + frame, colours))
    tiles[:n, :height, :width] = pictures
    grid = tiles.reshape(rows, columns, height + frame, width + frame, colours)
    sheet = grid.swapaxes(1, 2).reshape(rows * (height + frame), -1, colours)
    return sheet[:-frame, :-frame]
