"""A picture of a network, layer by layer: stacks of maps, bars of units, and what leads from one to the next."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lenet.graph_tools.subject import Subject, layer_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = {"input": "#9aa5b1", "conv": "#4c8bf5", "dense": "#f2994a", "output": "#27ae60"}
MOST_SHEETS = 9
# Sizes in units of the axes, in which the tallest sheet has a height of 1.
GAP, SHEET_STEP, BAR_WIDTH, SMALLEST = 0.85, 0.045, 0.11, 0.14


@dataclass(frozen=True)
class Stage:
    """The input or a layer, as it is drawn.

    Attributes
    ----------
    name : str
    kind : {"input", "conv", "dense", "output"}
    shape : tuple of int
        Of its output for one image.
    steps : list of str
        What leads to it from the stage before.
    parameters : int
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    steps: list[str]
    parameters: int


def stages(subject: Subject) -> list[Stage]:
    """Return what is to be drawn, from input to output."""
    model = subject.network.model
    found = [Stage("images", "input", (subject.channels, subject.size, subject.size), [], 0)]
    for layer in model.layers:
        last = layer is model.layers[-1]
        weights = layer.W.type.shape
        kind = "conv" if len(weights) == 4 else "output" if last else "dense"
        found.append(
            Stage(
                name=layer_name(layer),
                kind=kind,
                shape=tuple(int(size or 0) for size in layer.output_shape[1:]),
                steps=conv_steps(layer) if kind == "conv" else dense_steps(last),
                parameters=sum(param.get_value(borrow=True).size for param in layer.params),
            )
        )
    return found


def conv_steps(layer: Any) -> list[str]:
    """Return what a convolutional layer does, in the order in which it does it."""
    rows, columns = layer.W.type.shape[2:]
    convolved = layer.input.type.shape[2] - rows + 1
    window = convolved // layer.output_shape[2]
    pooling = [f"{window}x{window} max-pool"] if window > 1 else []
    return [f"{rows}x{columns} conv", *pooling, "+ b, ReLU"]


def dense_steps(is_output: bool) -> list[str]:
    """Return what a fully connected layer does."""
    return ["fully connected", "+ b, softmax" if is_output else "+ b, ReLU"]


def layer_figure(subject: Subject) -> "Figure":
    """Draw the layers from left to right."""
    from matplotlib.figure import Figure

    drawn = stages(subject)
    widths = [width_of(stage) for stage in drawn]
    total = sum(widths) + GAP * (len(drawn) - 1)
    figure = Figure(figsize=(2.05 * total + 0.9, 4.0), layout="constrained")
    axes = figure.add_subplot()
    axes.set_xlim(-0.35, total + 0.3)
    axes.set_ylim(-1.06, 0.95)
    axes.set_aspect("equal")
    axes.axis("off")
    left = 0.0
    for stage, width in zip(drawn, widths, strict=True):
        if stage.steps:
            draw_steps(axes, left - GAP, left, stage.steps)
        draw_stage(axes, stage, left, width)
        left += width + GAP
    parameters = sum(stage.parameters for stage in drawn)
    axes.set_title(
        f"LeNet for {subject.dataset}: {parameters:,} parameters",
        loc="left",
        fontsize=13,
        fontweight="bold",
    )
    return figure


def height_of(stage: Stage) -> float:
    """Return the height of a sheet, or of a bar of units."""
    if len(stage.shape) == 1:
        return min(1.0, SMALLEST + stage.shape[0] / 140)
    # Roots, lest the last maps of a few pixels become invisible beside the images.
    return max(SMALLEST, (stage.shape[1] / 32) ** 0.6)


def sheets_of(stage: Stage) -> int:
    """Return how many sheets stand for the maps."""
    return min(stage.shape[0], MOST_SHEETS) if len(stage.shape) == 3 else 1


def width_of(stage: Stage) -> float:
    """Return the width of a stage's drawing."""
    if len(stage.shape) == 1:
        return BAR_WIDTH
    return height_of(stage) + SHEET_STEP * (sheets_of(stage) - 1)


def draw_stage(axes: "Axes", stage: Stage, left: float, width: float) -> None:
    """Draw a stack of sheets or a bar, its name above and its numbers below."""
    from matplotlib.patches import Rectangle

    height, sheets = height_of(stage), sheets_of(stage)
    offset = SHEET_STEP * (sheets - 1)
    sheet_width = width - offset
    for k in range(sheets):
        axes.add_patch(
            Rectangle(
                (left + SHEET_STEP * k, (offset - height) / 2 - SHEET_STEP * k),
                sheet_width,
                height,
                facecolor=COLOURS[stage.kind],
                edgecolor="white",
                linewidth=0.9,
            )
        )
    centre = left + width / 2
    axes.text(centre, 0.72, stage.name, ha="center", fontsize=11.5, fontweight="bold")
    shape = " x ".join(map(str, stage.shape))
    numbers = f"{stage.parameters:,}\nparameters" if stage.parameters else "bytes / 255"
    axes.text(centre, -0.7, shape, ha="center", va="top", fontsize=10.5)
    axes.text(centre, -0.83, numbers, ha="center", va="top", fontsize=9, color="0.35")


def draw_steps(axes: "Axes", start: float, end: float, steps: Sequence[str]) -> None:
    """Draw an arrow with the names of some operations above it."""
    margin = 0.07
    axes.annotate(
        "",
        xy=(end - margin, 0),
        xytext=(start + margin, 0),
        arrowprops={"arrowstyle": "-|>", "color": "0.3", "linewidth": 1.3},
    )
    axes.text(
        (start + end) / 2, 0.05, "\n".join(steps), ha="center", va="bottom", fontsize=8.5,
        color="0.2", linespacing=1.25,
    )  # fmt: skip
