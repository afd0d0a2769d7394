"""Pictures of results, as PNG bytes: mistakes, filters and learning curves.

Names of classes and of runs are drawn as they are: never as mathematics, shortened where they are long.
"""

import io
import math
import textwrap
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lenet.class_scores import confident_mistakes, confusion_counts
from lenet.image_rows import Images
from lenet.runs import Metrics, best_epoch

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DOTS_PER_INCH = 120
BLUE, ORANGE, RED, GRAY = "#1f77b4", "#ff7f0e", "#d62728", "#9aa5b1"
ACCURACY_COLOURS = {"training": BLUE, "validation": ORANGE, "test": "#2ca02c"}
HITS, MISTAKES = np.array([0.13, 0.40, 0.68]), np.array([0.80, 0.24, 0.10])
ERROR_LABEL = "wrong predictions in %"
COST_LABEL = "negative log-likelihood + L2 penalty"
MOST_CLASSES_WITH_NUMBERS = 20
MOST_TILES_PER_SIDE = 64
MOST_COLOURED_RUNS = 10


def confusion_matrix(
    labels: np.ndarray, predictions: np.ndarray, class_names: Sequence[str]
) -> bytes:
    """Draw how many images of each class (row) were taken for each class (column).

    Each cell has the number of images and their share of the row; hits are blue, mistakes red, these
    the darker the larger their share, compared with the largest. Beyond 20 classes colours must do.

    Parameters
    ----------
    labels, predictions : ndarray of int, shape (n,)
    class_names : sequence of str

    Raises
    ------
    ValueError
        If a label or a prediction is none of the classes.
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
    figure = _figure(side + 1.9, side + 1.6)
    axes = figure.subplots()
    axes.imshow(colours, interpolation="nearest")
    if n <= MOST_CLASSES_WITH_NUMBERS:
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
    names = [_label(name) for name in class_names]
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
    return _png(figure)


def first_layer_filters(W: np.ndarray) -> bytes:
    """Draw the filters of a convolution, all on one scale: middle gray is zero.

    Filters of one channel are gray and of three in colour; of others, each row has the channels of one
    filter. At most 64 filters and channels are drawn; values that are not finite are red.

    Parameters
    ----------
    W : ndarray, shape (maps, channels, rows, columns)
        As the layer has it: a convolution flips it before it compares it with the image.

    Raises
    ------
    ValueError
        If `W` has another number of dimensions.
    """
    W = np.asarray(W, dtype=float)
    if W.ndim != 4:
        raise ValueError(f"expected filters (maps, channels, rows, columns), got shape {W.shape}")
    maps, channels = W.shape[:2]
    scale = np.abs(W[np.isfinite(W)]).max(initial=0)
    values = 0.5 + W[:MOST_TILES_PER_SIDE, :MOST_TILES_PER_SIDE] / (2 * scale or 1)
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
    figure = _figure(max(width, 3.6) + 0.3, height + 0.6)
    axes = figure.subplots()
    axes.imshow(sheet, interpolation="nearest")
    axes.axis("off")
    drawn = "" if max(maps, channels) <= MOST_TILES_PER_SIDE else "the first "
    layout = "" if channels in (1, 3) else ", a row each"
    figure.suptitle(
        f"{drawn}{len(values)} filters of {channels} x {W.shape[2]} x {W.shape[3]}{layout}\n"
        f"black {-scale:.3g}, gray 0, white {scale:.3g}",
        fontsize=9,
    )
    return _png(figure)


def worst_mistakes(
    images: Images,
    labels: np.ndarray,
    probabilities: np.ndarray,
    class_names: Sequence[str],
    count: int = 36,
) -> bytes:
    """Draw the images that were taken for a wrong class with the highest probability.

    Parameters
    ----------
    images : ndarray or ImageRows, shape (n, channels, height, width)
        uint8, or floats between 0 and 1; three channels are a colour, of others the first is drawn.
    labels : ndarray of int, shape (n,)
    probabilities : ndarray of float, shape (n, classes)
    class_names : sequence of str
    count : int
        Images to draw, at most.
    """
    predictions = probabilities.argmax(axis=1)
    mistakes = confident_mistakes(labels, probabilities)
    worst = mistakes[:count]
    columns = 6
    rows = max(1, math.ceil(len(worst) / columns))
    figure = _figure(1.55 * columns, 1.75 * rows + 0.4 if len(worst) else 1)
    if not len(worst):
        text = f"no mistake among {len(labels):,} images"
        figure.text(0.5, 0.5, text, ha="center", va="center", fontsize=12)
        return _png(figure)
    for place, index in enumerate(worst, start=1):
        axes = figure.add_subplot(rows, columns, place)
        picture = images[index]
        pixels = picture.transpose(1, 2, 0) if len(picture) == 3 else picture[0]
        highest = 255 if images.dtype == np.uint8 else 1
        axes.imshow(pixels, cmap="gray", vmin=0, vmax=highest, interpolation="nearest")
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_color("0.8")
        truth, taken_for = (
            _label(class_names[one], 10) for one in (labels[index], predictions[index])
        )
        share = 100 * probabilities[index, predictions[index]]
        axes.set_title(f"{truth} \N{RIGHTWARDS ARROW} {taken_for}\n{share:.1f} %", fontsize=8)
    shown = "all" if len(worst) == len(mistakes) else f"the {len(worst)} most confident of"
    figure.suptitle(
        f"{shown} {len(mistakes):,} mistakes: true \N{RIGHTWARDS ARROW} predicted", fontsize=10
    )
    return _png(figure)


def versions_of_images(
    images: np.ndarray, class_names: Sequence[str], version_names: Sequence[str], title: str
) -> bytes:
    """Draw a row for each image: itself and, a little apart, its versions.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, versions, channels, height, width)
        Three channels are a colour, of others the first is drawn.
    class_names : sequence of n str
    version_names : sequence of str
        The first is that of the images themselves.
    title : str
    """
    n, versions, channels, height, width = images.shape
    pixels = images[:, :, : 3 if channels == 3 else 1].transpose(0, 1, 3, 4, 2) / 255
    gap = max(1, round(width / 16))
    tiles = np.ones((n, versions, height + gap, width + gap, pixels.shape[-1]))
    tiles[:, :, :height, :width] = pixels
    rows = tiles.swapaxes(1, 2).reshape(n * (height + gap), versions * (width + gap), -1)
    # The images themselves stand a little apart.
    apart = np.insert(rows, [width] * 2 * gap, 1, axis=1)[:-gap, :-gap]
    sheet = np.broadcast_to(apart, (*apart.shape[:2], 3))

    side = 0.72
    figure = _figure(side * versions + 1.7, side * n * height / width + 1)
    axes = figure.subplots()
    axes.imshow(sheet, interpolation="nearest")
    columns = np.arange(versions) * (width + gap) + (width - 1) / 2
    columns[1:] += 2 * gap
    # A name stands above its column in two lines: what is done, and how much of it.
    names = ["\n".join(_label(name, 28).split(" ", 1)) for name in version_names]
    axes.set_xticks(columns, names, fontsize=7)
    middles = np.arange(n) * (height + gap) + (height - 1) / 2
    axes.set_yticks(middles, [_label(name) for name in class_names], fontsize=9)
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    axes.spines[:].set_visible(False)
    figure.suptitle(textwrap.fill(_label(title, 300), 15 * (versions + 2)), fontsize=10)
    return _png(figure)


def learning_curves(metrics: Metrics, title: str = "") -> bytes:
    """Draw the costs and errors of one run over its epochs.

    Parameters
    ----------
    metrics : mapping of str to ndarray
        Columns of at least one epoch; see `lenet.runs.COLUMNS`.
    title : str
    """
    epochs, best = metrics["epoch"], best_epoch(metrics)
    figure = _figure(10, 4)
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
    figure.suptitle(_label(title, 100))
    return _png(figure)


def compare_curves(runs: Sequence[tuple[str, Metrics]]) -> bytes:
    """Draw the errors and the cost of several runs over each other.

    A dot is a run's best epoch. Of more than ten runs, only the ten best have a colour and a name.

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
    named = sorted(ranking[:MOST_COLOURED_RUNS])
    styles: dict[int, dict[str, Any]] = {
        index: {"color": f"C{colour}", "linewidth": 1.5, "zorder": 2}
        for colour, index in enumerate(named)
    }
    others: dict[str, Any] = {"color": GRAY, "linewidth": 0.8, "zorder": 1}
    names = [_label(runs[index][0], 44) for index in named]
    handles = [Line2D([], [], **styles[index]) for index in named]
    if len(runs) > len(named):
        names.append(f"{len(runs) - len(named)} others")
        handles.append(Line2D([], [], **others))

    legend_columns = max(1, min(4, 150 // (max(map(len, names)) + 8)))
    figure = _figure(12, 3.8 + 0.21 * math.ceil(len(names) / legend_columns))
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
        # The first epochs are far above the last, in which the runs differ.
        reference = "cost" if column == "cost" else "validation_error"
        ends = [factor * np.nanmin(runs[index][1][reference], initial=np.inf) for index in named]
        _set_top(axes, *(factor * metrics[column] for _, metrics in runs), limit=4 * max(ends))
    figure.legend(
        handles, names, loc="outside lower left", ncols=legend_columns, frameon=False, fontsize=9
    )
    return _png(figure)


def accuracy_curves(runs: Sequence[tuple[str, Metrics]]) -> bytes:
    """Draw the accuracy of several runs beside each other, on one scale: training, validation, test.

    Parameters
    ----------
    runs : sequence of (name, metrics)
        At least one; see `learning_curves`.
    """
    columns = min(len(runs), 4)
    rows = math.ceil(len(runs) / columns)
    figure = _figure(max(3 * columns, 4) + 0.4, 3.1 * rows + 0.4)
    panels = figure.subplots(rows, columns, sharey=True, squeeze=False)
    for axes in panels.flat[len(runs) :]:
        axes.set_visible(False)
    for axes, (name, metrics) in zip(panels.flat, runs, strict=False):
        epochs, best = metrics["epoch"], best_epoch(metrics)
        dots: dict[str, Any] = {"marker": "o" if len(epochs) < 15 else "", "markersize": 3}
        percent = {kind: 100 - 100 * metrics[f"{kind}_error"] for kind in ACCURACY_COLOURS}
        for kind in ("training", "validation"):
            axes.plot(epochs, percent[kind], label=kind, color=ACCURACY_COLOURS[kind], **dots)
        heading = _label(name, 30)
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
    figure.legend(handles, labels, loc="outside lower left", ncols=4, frameon=False, fontsize=9)
    return _png(figure)


def _figure(width: float, height: float) -> "Figure":
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), dpi=DOTS_PER_INCH, layout="constrained")


def _png(figure: "Figure") -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        text.set_parse_math(False)
    FigureCanvasAgg(figure)
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # A name in a script that matplotlib's fonts lack is drawn as boxes, which says enough.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(buffer, format="png")
    return buffer.getvalue()


def _label(text: str, limit: int = 16) -> str:
    """Return text as one line of at most `limit` characters that can be drawn."""
    line = " ".join(text.split())
    line = "".join(character if character.isprintable() else "?" for character in line)
    return line if len(line) <= limit else f"{line[: limit - 1]}\N{HORIZONTAL ELLIPSIS}"


def _sheet(pictures: np.ndarray, columns: int) -> np.ndarray:
    """Lay out pictures (n, rows, columns, colours) side by side, on white."""
    n, height, width, colours = pictures.shape
    frame = max(1, round(height / 6))
    rows = math.ceil(n / columns)
    tiles = np.ones((rows * columns, height + frame, width + frame, colours))
    tiles[:n, :height, :width] = pictures
    grid = tiles.reshape(rows, columns, height + frame, width + frame, colours)
    sheet = grid.swapaxes(1, 2).reshape(rows * (height + frame), -1, colours)
    return sheet[:-frame, :-frame]


def _tidy(axes: "Axes") -> None:
    """Prepare axes for curves over epochs."""
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.set_xlabel("epoch")
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)


def _set_top(axes: "Axes", *curves: np.ndarray, limit: float = math.inf) -> None:
    """Let the vertical axis go from zero to above the highest finite value, or to a limit below it."""
    values = np.concatenate(curves)
    highest = values[np.isfinite(values)].max(initial=0)
    axes.set_ylim(0, min(1.05 * highest, limit) or None)
