"""Small and awkward graphs that together run every C kernel; `tests.nnet.sanitize` runs them."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.tensor.elemwise import Elemwise

from lenet.nnet.ops.dot import MatrixProduct, MatrixVectorProduct, SubtractProduct
from lenet.nnet.ops.flat_elemwise import FlatElemwise
from lenet.nnet.ops.fused_conv import FusedConv
from lenet.nnet.ops.reductions import ChannelSums, SumOfSquares
from lenet.nnet.ops.rows import IncrementRows
from lenet.nnet.ops.softmax import LogLikelihood, LogLikelihoodGrad, RowLogSoftmax, RowSoftmax
from tests.nnet import (
    golden_sizes,
    test_conv,
    test_conv_depthwise,
    test_conv_rows,
    test_neighbours,
    test_pool,
)
from tests.nnet.modes import Graph
from tests.nnet.ops import (
    test_fused_conv,
    test_images,
    test_static_conv_grad_inputs,
    test_static_conv_grad_weights,
    test_symbolic_pool,
    test_unshared,
)
from tests.nnet.ops.test_softmax import LABELS, LOGITS

Graphs = Iterator[tuple[str, list[Graph]]]
BATCHES = (1, 5, 9)
GEOMETRIES = (
    "valid",
    "groups",
    "many-maps",
    "3d-everything",
    "thin-strided",
    "thin-3d",
    "thin-3d-many-rows",
    "thin-many-rows",
    "thin-long-rows",
    "wide-strided",
    "wide-groups",
    "wide-aligned-planes",
)
POOLINGS = (
    ("padded", "max"),
    ("pairs", "max"),
    ("pairs-border-ignored", "max"),
    ("pairs-wide", "max"),
    ("3d-padded", "average_inc_pad"),
    ("wide", "sum"),
)
# What others compile too.
LEFT_OUT = ("eight-positions", "bias-alone", "many-channels", "no-pooling")
IMAGE_GRADIENTS = (
    "wide",
    "stride-and-dilation",
    "padding-beyond-filters",
    "groups",
    "thin",
    "one-tap",
    "one-tap-groups",
)
UNSHARED_BATCHES = (1, 17, 40)
WINDOWS_OF_NEIGHBOURS = ("valid-gaps", "ignore_borders-step", "full")
ELEMENTARY = (pt.exp, pt.expm1, pt.log, pt.log1p, pt.sigmoid, pt.softplus, pt.tanh)
# What strides do to rows of whole vectors.
LAYERS = (
    "1 to 1 maps 3x3 of 32x32, stride 2",
    "1 to 1 maps 3x3 of 32x32, stride 4",
    "1 to 6 maps 5x5 of 28x28, stride 2",
    "17 to 2 maps 6x3 of 40x96, stride 4, dilated",
    "3 to 8 maps 3x3 of 96x96, stride 3",
    "3 to 24 maps 3x3 of 20x64, stride (1, 2)",
    "3 to 24 maps 3x3 of 20x64, stride (2, 1)",
    "every fourth column",
    "3 to 5 maps 3x1 of 30x64, stride 2, full",
    "volumes, stride (1, 1, 2)",
    "AlexNet pooling",
)


def convolutions() -> Graphs:
    for geometry in GEOMETRIES:
        yield geometry, [test_conv.graph_of(geometry, "float32")]
    for name, case in test_conv_depthwise.CASES.items():
        yield f"planes {name}", [test_conv_depthwise.graph_of(case, "float32")]


def layers() -> Graphs:
    for name in LAYERS:
        for dtype, known in (("float32", False), ("float64", False), ("float32", True)):
            graph = golden_sizes.graph_of(name, dtype, known)
            yield f"{name}, {dtype}{', known sizes' if known else ''}", [graph]


def poolings() -> Graphs:
    for windows, mode in POOLINGS:
        yield f"{windows} {mode}", [test_pool.graph_of(windows, mode, "float32")]
    graph = test_symbolic_pool.graph_of(True, ["max", "average_inc_pad"])
    values = [
        [*test_symbolic_pool.arrays_of(shape, *windows, True), *windows]
        for shape, *windows in test_symbolic_pool.WINDOWS.values()
    ]
    yield "symbolic", [graph._replace(values=some) for some in values]


def unshared() -> Graphs:
    for case in test_unshared.CASES:
        dtype = "float64" if case == "dilated" else "float32"
        graph = test_unshared.graph_of(case, dtype)
        batches = [test_unshared.values_of(case, dtype, batch) for batch in UNSHARED_BATCHES]
        yield case, [graph._replace(values=values) for values in batches]


def neighbours() -> Graphs:
    for case in WINDOWS_OF_NEIGHBOURS:
        yield case, [test_neighbours.graph_of(case)]


def fused() -> Graphs:
    for name, shape in test_fused_conv.SHAPES.items():
        if name in LEFT_OUT:
            continue
        dtype = "float64" if name in test_fused_conv.SAMPLE else "float32"
        graph = test_fused_conv.graph_of(shape, dtype)
        batches = [test_fused_conv.DATA["ties"](shape, dtype, batch) for batch in BATCHES]
        yield name, [graph._replace(values=values) for values in batches]
    # Without a gradient to come, winners are not kept.
    shape = replace(test_fused_conv.SHAPES["lenet"], keeps_winners=False)
    values = test_fused_conv.arrays_of(shape, "float32")[:3]
    inputs = [pt.tensor(dtype="float32", shape=value.shape) for value in values]
    yield "lenet, forward only", [Graph(inputs, [FusedConv(shape)(*inputs)], values)]


def rows_of_images() -> Graphs:
    for name, shape in test_conv_rows.SHAPES.items():
        yield name, [test_conv_rows.graph_of(shape, "float32")]


def gradients_of_filters() -> Graphs:
    for name, shape in test_static_conv_grad_weights.SHAPES.items():
        graph = test_static_conv_grad_weights.graph_of(shape, "float32")
        batches = [
            test_static_conv_grad_weights.arrays_of(shape, "float32", batch) for batch in BATCHES
        ]
        yield name, [graph._replace(values=values) for values in batches]


def gradients_of_images() -> Graphs:
    for name in IMAGE_GRADIENTS:
        shape = test_static_conv_grad_inputs.SHAPES[name]
        graph = test_static_conv_grad_inputs.graph_of(shape, "float32")
        batches = [
            test_static_conv_grad_inputs.arrays_of(shape, "float32", batch) for batch in BATCHES
        ]
        yield name, [graph._replace(values=values) for values in batches]


def matrices_and_elements() -> Graphs:
    x, y, g = pt.matrix(), pt.lvector(), pt.vector()
    likelihood, p = LogLikelihood()(x, y)
    gradient = LogLikelihoodGrad()(g, p, y)
    outputs = [RowSoftmax()(x), RowLogSoftmax()(x), likelihood, p, gradient]
    yield "softmax", [Graph([x, y, g], outputs, [LOGITS, LABELS, LOGITS[:, 0]])]
    left, right = pt.matrices("left", "right")
    sums = [SumOfSquares()(left), ChannelSums()(left[:, :, None])]
    two = pt.constant(2, dtype=left.type.dtype)
    difference = SubtractProduct()(left @ right, two, left, right)
    right_matrices = (right, right.T.copy().T)
    few_rows = [MatrixProduct()(left[:n], matrix) for n in (1, 4) for matrix in right_matrices]
    outputs = [MatrixProduct()(left, right), difference, *few_rows, *sums]
    for matrix in (left, left.T):
        row, column = matrix[0], matrix[:, 0]
        outputs.append(MatrixVectorProduct()(column, two, matrix, row, two))
    rng = np.random.default_rng(0)
    sizes = ((1, 1, 1), (9, 17, 33), (65, 40, 100))
    values = [[rng.random((m, k)), rng.random((k, n))] for m, k, n in sizes]
    yield "matrices", [Graph([left, right], outputs, pair) for pair in values]
    outputs = [FlatElemwise(op)(left) for op in ELEMENTARY]
    row, column = left[0][None], left[:, 0][:, None]
    for pair in ((left, row), (left[:, ::-1], column), (row, column)):
        outputs.append(FlatElemwise(Elemwise(pytensor.scalar.add))(*pair))
    yield "elements", [Graph([left], outputs, pair[:1]) for pair in values]
    for case in test_images.CASES:
        yield f"altered images {case}", [test_images.graph_of(case)]
    rows, indices = pt.stack([left[0]] * 3), pt.constant([0, -1, 0])
    outputs = [IncrementRows(False, replaces)(left, rows, indices) for replaces in (False, True)]
    yield "rows of a matrix", [Graph([left], outputs, pair[:1]) for pair in values]


# By name, what runs in a process of its own.
GROUPS: dict[str, Callable[[], Graphs]] = {
    "convolutions": convolutions,
    "layers": layers,
    "poolings": poolings,
    "unshared": unshared,
    "neighbours": neighbours,
    "fused": fused,
    "rows of images": rows_of_images,
    "gradients of filters": gradients_of_filters,
    "gradients of images": gradients_of_images,
    "matrices and elements": matrices_and_elements,
}
