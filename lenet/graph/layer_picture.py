"""Picture of a network's layers: stacks of maps and bars of units, with arrows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lenet.graph.subject import Subject
from lenet.layers import Activation, BatchNorm, FullyConnected, Layer, MaxPool, Subsampling
from lenet.layers.activations import Function, name_of
from lenet.layers.convolution import Convolution
from lenet.report.style import one_line
from lenet.text import shape_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = {"input": "#9aa5b1", "conv": "#4c8bf5", "dense": "#f2994a", "output": "#27ae60"}
MAX_SHEETS = 9
# Sizes in units of the axes, in which the tallest sheet has a height of 1.
GAP, SHEET_STEP, BAR_WIDTH, SMALLEST = 0.85, 0.045, 0.11, 0.14


@dataclass(frozen=True)
class Stage:
    """Input or layer, as it is drawn.

    Attributes
    ----------
    name : str
    kind : {"input", "conv", "dense", "output"}
    shape : tuple of int
        Of its output for one image.
    steps : list of str
        Operations between the previous stage and this one.
    parameters : int
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    steps: list[str]
    parameters: int


def stages(subject: Subject) -> list[Stage]:
    """Return the stages to draw: input, layers that change the shape, last layer.

    The operations and the parameters of the other layers, such as batch normalisation, are those of the
    stage before them; before the first, of that.
    """
    model = subject.network.model
    found = [Stage("images", "input", (subject.channels, subject.size, subject.size), [], 0)]
    steps: list[str] = []
    parameters = 0
    for layer in model.layers:
        last = layer is model.layers[-1]
        steps += layer_steps(layer, last)
        parameters += sum(param.get_value(borrow=True).size for param in layer.params)
        changes_shape = layer.output_shape != layer.input_shape
        if not (changes_shape or last) and len(found) > 1:
            before = found.pop()
            steps, parameters = [*before.steps, *steps], before.parameters + parameters
            found.append(replace(before, steps=steps, parameters=parameters))
            steps, parameters = [], 0
        elif changes_shape or last:
            kind = "output" if last else "conv" if len(layer.output_shape) > 1 else "dense"
            found.append(Stage(layer.name, kind, layer.output_shape, steps, parameters))
            steps, parameters = [], 0
    return found


def layer_steps(layer: Layer, is_output: bool) -> list[str]:
    """Return the operations of a layer, in their order."""
    match layer:
        case Convolution():
            window = getattr(layer, "window", ())
            pooling = [f"{by(window)} {layer.pooling}-pool"] if math.prod(window) > 1 else []  # type: ignore[attr-defined]
            steps = [f"{by(layer.filter_shape[2:])} conv", *pooling]
        case MaxPool():
            return [f"{by(layer.window)} {layer.pooling}-pool"]
        case FullyConnected():
            steps = ["fully connected"]
        case Activation():
            return [in_words(layer.function)]
        case Subsampling():
            return [f"{by(layer.window)} subsampling", in_words(layer.activation)]
        case BatchNorm():
            return ["batch norm"]
        case _:
            return [type(layer).__name__.lower()]
    after = "softmax" if is_output else in_words(layer.activation)
    return [*steps, ", ".join(filter(None, ["+ b" if layer.bias else "", after]))]


def by(sizes: Sequence[int]) -> str:
    """Return sizes as text such as 5x5."""
    return "x".join(map(str, sizes))


def in_words(activation: str | Function) -> str:
    """Return the name of an activation function in a picture."""
    name = name_of(activation)
    return {"relu": "ReLU", "identity": ""}.get(name, name)


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
        f"LeNet for {one_line(subject.dataset)}: {parameters:,} parameters",
        loc="left",
        fontsize=13,
        fontweight="bold",
    )
    return figure


def height_of(stage: Stage) -> float:
    """Return the height of a sheet, or of a bar of units."""
    if len(stage.shape) == 1:
        return min(1.0, SMALLEST + stage.shape[0] / 140)
    # A power below one keeps maps of a few pixels visible beside the images.
    return max(SMALLEST, (stage.shape[1] / 32) ** 0.6)


def sheets_of(stage: Stage) -> int:
    """Return the number of sheets that stand for the maps."""
    return min(stage.shape[0], MAX_SHEETS) if len(stage.shape) == 3 else 1


def width_of(stage: Stage) -> float:
    """Return the drawn width of a stage."""
    if len(stage.shape) == 1:
        return BAR_WIDTH
    return height_of(stage) + SHEET_STEP * (sheets_of(stage) - 1)


def draw_stage(axes: "Axes", stage: Stage, left: float, width: float) -> None:
    """Draw a stack of sheets or a bar, with its name above and its numbers below."""
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
    axes.text(centre, 0.72, one_line(stage.name), ha="center", fontsize=11.5, fontweight="bold")
    shape = shape_text(stage.shape)
    numbers = f"{stage.parameters:,}\nparameters" if stage.parameters else "bytes / 255"
    axes.text(centre, -0.7, shape, ha="center", va="top", fontsize=10.5)
    axes.text(centre, -0.83, numbers, ha="center", va="top", fontsize=9, color="0.35")


def draw_steps(axes: "Axes", start: float, end: float, steps: Sequence[str]) -> None:
    """Draw an arrow with the names of operations above it."""
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
