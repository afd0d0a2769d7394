"""Every C kernel under AddressSanitizer and UndefinedBehaviorSanitizer.

    python -m tests.nnet.sanitize

compiles the package's Ops for small and awkward sizes with the sanitizers of GCC, runs them, and compares
them with what they are in Python. It prints a line for each, then "clean"; or the first report, which
names the line of the C++ code, and its exit status is 1. The modules are compiled in a temporary folder,
which takes minutes. It is no part of the test suite: run it when a kernel has been changed.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.tensor.elemwise import Elemwise

from lenet.nnet.conv_pool import ConvPool
from lenet.nnet.dot_ops import MatrixProduct, MatrixVectorProduct
from lenet.nnet.flat_elemwise import FlatElemwise
from lenet.nnet.reduce_ops import ChannelSums, SumOfSquares
from lenet.nnet.row_ops import IncrementRows
from lenet.nnet.softmax_ops import LogLikelihood, LogLikelihoodGrad, RowLogSoftmax, RowSoftmax
from tests.nnet import (
    test_conv,
    test_conv_depthwise,
    test_conv_pool,
    test_conv_rows,
    test_image_ops,
    test_neighbours,
    test_pool,
    test_static_conv_grad_inputs,
    test_static_conv_grad_weights,
    test_symbolic_pool_ops,
    test_unshared_ops,
)
from tests.nnet.modes import MODES, Graph
from tests.nnet.rewrites.graphs import assert_agree
from tests.nnet.test_softmax_ops import LABELS, LOGITS

SANITIZERS = "-fsanitize=address -fsanitize=undefined -fno-sanitize-recover=undefined"
LIBRARIES = ("libasan.so", "libubsan.so")
TOLERANCES = {"float32": 1e-4, "float64": 1e-9, "uint8": 0, "uint16": 0}
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
LINES_OF_REPORT = 40
INSIDE = "LENET_INSIDE_SANITIZERS"


def graphs() -> Iterator[tuple[str, list[Graph]]]:
    """Yield names and graphs; those of one name differ in their values only."""
    for geometry in GEOMETRIES:
        yield f"convolution {geometry}", [test_conv.graph_of(geometry, "float32")]
    for name, case in test_conv_depthwise.CASES.items():
        yield f"planes {name}", [test_conv_depthwise.graph_of(case, "float32")]
    for windows, mode in POOLINGS:
        yield f"pooling {windows} {mode}", [test_pool.graph_of(windows, mode, "float32")]
    graph = test_symbolic_pool_ops.graph_of(True, ["max", "average_inc_pad"])
    values = [
        [*test_symbolic_pool_ops.arrays_of(shape, *windows, True), *windows]
        for shape, *windows in test_symbolic_pool_ops.WINDOWS.values()
    ]
    yield "symbolic pooling", [graph._replace(values=some) for some in values]
    for case in test_unshared_ops.CASES:
        dtype = "float64" if case == "dilated" else "float32"
        graph = test_unshared_ops.graph_of(case, dtype)
        batches = [test_unshared_ops.values_of(case, dtype, batch) for batch in UNSHARED_BATCHES]
        yield f"unshared {case}", [graph._replace(values=values) for values in batches]
    for case in WINDOWS_OF_NEIGHBOURS:
        yield f"neighbours {case}", [test_neighbours.graph_of(case)]
    for name, shape in test_conv_pool.SHAPES.items():
        if name in LEFT_OUT:
            continue
        dtype = "float64" if name in test_conv_pool.SAMPLE else "float32"
        graph = test_conv_pool.graph_of(shape, dtype)
        batches = [test_conv_pool.DATA["ties"](shape, dtype, batch) for batch in BATCHES]
        yield f"fused {name}", [graph._replace(values=values) for values in batches]
    # Without a gradient to come, winners are not kept.
    shape = replace(test_conv_pool.SHAPES["lenet"], keeps_winners=False)
    values = test_conv_pool.arrays_of(shape, "float32")[:3]
    inputs = [pt.tensor(dtype="float32", shape=value.shape) for value in values]
    yield "fused lenet, forward only", [Graph(inputs, [ConvPool(shape)(*inputs)], values)]
    for name, shape in test_conv_rows.SHAPES.items():
        yield f"rows {name}", [test_conv_rows.graph_of(shape, "float32")]
    for name, shape in test_static_conv_grad_weights.SHAPES.items():
        graph = test_static_conv_grad_weights.graph_of(shape, "float32")
        batches = [
            test_static_conv_grad_weights.arrays_of(shape, "float32", batch) for batch in BATCHES
        ]
        yield f"filters' gradient {name}", [graph._replace(values=values) for values in batches]
    for name in IMAGE_GRADIENTS:
        shape = test_static_conv_grad_inputs.SHAPES[name]
        graph = test_static_conv_grad_inputs.graph_of(shape, "float32")
        batches = [
            test_static_conv_grad_inputs.arrays_of(shape, "float32", batch) for batch in BATCHES
        ]
        yield f"images' gradient {name}", [graph._replace(values=values) for values in batches]
    x, y, g = pt.matrix(), pt.lvector(), pt.vector()
    likelihood, p = LogLikelihood()(x, y)
    gradient = LogLikelihoodGrad()(g, p, y)
    outputs = [RowSoftmax()(x), RowLogSoftmax()(x), likelihood, p, gradient]
    yield "softmax", [Graph([x, y, g], outputs, [LOGITS, LABELS, LOGITS[:, 0]])]
    left, right = pt.matrices("left", "right")
    sums = [SumOfSquares()(left), ChannelSums()(left[:, :, None])]
    outputs = [MatrixProduct()(left, right), *sums]
    two = pt.constant(2, dtype=left.type.dtype)
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
    for case in test_image_ops.CASES:
        yield f"altered images {case}", [test_image_ops.graph_of(case)]
    rows, indices = pt.stack([left[0]] * 3), pt.constant([0, -1, 0])
    outputs = [IncrementRows(False, replaces)(left, rows, indices) for replaces in (False, True)]
    yield "rows of a matrix", [Graph([left], outputs, pair[:1]) for pair in values]


def run(wanted: list[str]) -> None:
    """Compile and run the wanted graphs, without names all, in this process."""
    for name, variants in graphs():
        if wanted and not any(part in name for part in wanted):
            continue
        functions = [
            pytensor.function(variants[0].inputs, variants[0].outputs, mode=MODES[mode])
            for mode in ("c", "python")
        ]
        for graph in variants:
            found, expected = (function(*graph.values) for function in functions)
            assert_agree(found, expected, TOLERANCES)
        print(f"ok {name}", flush=True)


def path_of(library: str) -> str:
    """Return where the compiler has a library."""
    command = [pytensor.config.cxx, f"-print-file-name={library}"]
    path = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    if not Path(path).is_absolute():
        raise SystemExit(f"{command[0]} has no {library}: install GCC with its sanitizers")
    return path


def environment(folder: str) -> dict[str, str]:
    """Return that of a process whose modules are sanitized and compiled in a folder of their own."""
    libraries = [path_of(library) for library in LIBRARIES]
    flags = f"base_compiledir={folder},floatX=float64,gcc__cxxflags={SANITIZERS}"
    return os.environ | {
        INSIDE: "yes",
        "LD_PRELOAD": " ".join(libraries),
        "ASAN_OPTIONS": "detect_leaks=0",  # Python itself leaks
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "PYTENSOR_FLAGS": flags,
    }


def first_report(lines: list[str]) -> list[str]:
    """Return the lines from the first report on, or the last lines where there is none."""
    for number, line in enumerate(lines):
        if "runtime error:" in line or "ERROR: AddressSanitizer" in line:
            return lines[number : number + LINES_OF_REPORT]
    return lines[-LINES_OF_REPORT:]


def main() -> int:
    """Run graphs, all or those with one of the arguments in their names; return the exit status.

    They run in a process that begins with the sanitizers.
    """
    if INSIDE in os.environ:
        del os.environ["LD_PRELOAD"]  # the compiler needs none
        run(sys.argv[1:])
        return 0
    with (
        TemporaryDirectory(prefix="sanitize-") as folder,
        Path(folder, "report").open("w+") as report,
    ):
        command = [sys.executable, "-m", "tests.nnet.sanitize", *sys.argv[1:]]
        child = subprocess.run(command, env=environment(folder), stderr=report, check=False)
        report.seek(0)
        lines = report.read().splitlines()
    print("clean" if child.returncode == 0 else "\n".join(first_report(lines)))
    return min(abs(child.returncode), 1)


if __name__ == "__main__":
    raise SystemExit(main())
