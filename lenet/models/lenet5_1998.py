"""LeNet-5 of 1998, with its table of connections and its codes of the digits.

References
----------
LeCun, Y., Bottou, L., Bengio, Y. and Haffner, P. (1998). Gradient-based learning applied to document
recognition. Proceedings of the IEEE 86(11), sections II and III.
"""

from typing import Any

import numpy as np

from lenet.layers import (
    RBF,
    AvgPool,
    Conv2d,
    FullyConnected,
    Layer,
    MaxPool,
    Pad,
    Rescale,
    Subsampling,
    normalised,
)

SIZE = 32
BACKGROUND, INK = -0.1, 1.175
CONNECTIONS = ("partial", "full")
OUTPUTS = ("rbf", "softmax")
# 7 x 12, as the paper's, which are of printable characters; drawn anew.
BITMAP_ROWS, BITMAP_COLUMNS = 12, 7

# Which maps of S2 (columns) a map of C3 (row) sees.
TABLE = (
    "XXX...",
    ".XXX..",
    "..XXX.",
    "...XXX",
    "X...XX",
    "XX...X",
    "XXXX..",
    ".XXXX.",
    "..XXXX",
    "X..XXX",
    "XX..XX",
    "XXX..X",
    "XX.XX.",
    ".XX.XX",
    "X.XX.X",
    "XXXXXX",
)

# The digits 0 to 4, then 5 to 9, side by side.
BITMAPS = (
    """
    ....... ....... ....... ....... .......
    ..###.. ...#... ..###.. ..###.. ....##.
    .##.##. ..##... .##.##. .#..##. ...###.
    ##...## .###... ##...## .....## ...#.#.
    ##...## ...#... .....## .....## ..##.#.
    ##...## ...#... ....##. ..###.. ..#..#.
    ##...## ...#... ...##.. ....##. .##..#.
    ##...## ...#... ..##... .....## #######
    ##...## ...#... .##.... ##...## .....#.
    .##.##. ...#... ##..... .##.##. .....#.
    ..###.. .#####. ####### ..###.. .....#.
    ....... ....... ....... ....... .......
    """,
    """
    ....... ....... ....... ....... .......
    .###### ...###. ####### ..###.. ..###..
    .#..... ..##... #....## .##.##. .##.##.
    .#..... .##.... ....##. ##...## ##...##
    ######. ##..... ....#.. .##.##. ##...##
    #....## ##.##.. ...##.. ..###.. .##..##
    .....## ###.##. ...#... .##.##. ..##.##
    .....## ##...## ..##... ##...## .....##
    .....## ##...## ..#.... ##...## ....##.
    #....## .##.##. .##.... .##.##. ...##..
    .#####. ..###.. .##.... ..###.. .###...
    ....... ....... ....... ....... .......
    """,
)


def lenet5_1998(
    n_classes: int,
    pooling: str = "",
    connections: str = "partial",
    output: str = "rbf",
    activation: str = "squash",
    batch_norm: bool = False,
    initialiser: str = "lecun_uniform",
) -> list[Layer]:
    """Return LeNet-5 of 1998, for images of up to 32 x 32 pixels.

    Parameters
    ----------
    n_classes : int
    pooling : {"", "max", "avg"}
        In place of trainable subsampling.
    connections : {"partial", "full"}
        Of C3: those of the paper's table, or all.
    output : {"rbf", "softmax"}
        Distances to pictures of the digits, or a linear layer.
    activation, initialiser : str
        See `lenet.layers.activations` and `lenet.layers.initialisers`.
    batch_norm : bool
        Normalise each convolution and F6 before its activation.

    Raises
    ------
    ValueError
        If there is no such option, or not a picture for each class.

    Notes
    -----
    The input comes scaled to 0 (background) to 1, and becomes -0.1 to 1.175, which makes the mean
    roughly 0 and the variance roughly 1.
    """
    if connections not in CONNECTIONS:
        raise ValueError(f"connections {connections!r}, expected one of {', '.join(CONNECTIONS)}")
    table = connection_table() if connections == "partial" else None
    options: dict[str, Any] = {"activation": activation, "initialiser": initialiser}

    def block(layer: Conv2d | FullyConnected) -> list[Layer]:
        return normalised(layer) if batch_norm else [layer]

    return [
        Pad(SIZE, name="pad"),
        Rescale(BACKGROUND, INK, name="rescale"),
        *block(Conv2d(6, 5, **options, name="C1")),
        subsampling("S2", pooling, activation),
        *block(Conv2d(16, 5, **options, connections=table, name="C3")),
        subsampling("S4", pooling, activation),
        *block(Conv2d(120, 5, **options, name="C5")),
        *block(FullyConnected(BITMAP_ROWS * BITMAP_COLUMNS, **options, name="F6")),
        output_layer(n_classes, output),
    ]


def subsampling(name: str, pooling: str, activation: str) -> Layer:
    """Return the layer that halves rows and columns."""
    match pooling:
        case "":
            return Subsampling(2, activation=activation, name=name)
        case "max":
            return MaxPool(2, name=name)
        case "avg":
            return AvgPool(2, name=name)
    raise ValueError(f"pooling {pooling!r}, expected max or avg")


def output_layer(n_classes: int, output: str) -> Layer:
    """Return the last layer."""
    match output:
        case "softmax":
            return FullyConnected(n_classes, initialiser="zeros", name="output")
        case "rbf":
            codes = digit_codes()
            if n_classes > len(codes):
                raise ValueError(
                    f"{n_classes} classes, expected at most {len(codes)}: the codes of --output rbf are "
                    "pictures of the ten digits; choose --output softmax"
                )
            return RBF(codes[:n_classes].tolist(), name="output")
    raise ValueError(f"output {output!r}, expected one of {', '.join(OUTPUTS)}")


def connection_table() -> list[list[int]]:
    """Return the table of connections: maps of S2 that each map of C3 sees.

    0 and 1, shape (16, 6).
    """
    return [[int(mark == "X") for mark in row] for row in TABLE]


def digit_codes() -> np.ndarray:
    """Return the codes of the digits, which are pictures of them, shape (10, 84).

    Row after row: 1 for ink, -1 elsewhere.
    """
    halves = [
        [
            [[1.0 if c == "#" else -1.0 for c in word] for word in row.split()]
            for row in half.split("\n")
            if row.strip()
        ]
        for half in BITMAPS
    ]
    # (half, row, digit, column) -> (half, digit, row, column)
    pictures = np.array(halves).transpose(0, 2, 1, 3)
    return pictures.reshape(-1, BITMAP_ROWS * BITMAP_COLUMNS)
