"""Kernels for known sizes are for shapes that a compiler can cope with; the worst of a grid are looked for."""

import itertools
import platform
from dataclasses import replace
from math import prod

import pytensor
import pytensor.tensor as pt
import pytest

from benchmarks.compile_times import WORST, Case, compile_node
from lenet.nnet import conv2d
from lenet.nnet.ops.conv import ConvGradInputs, ConvGradWeights
from lenet.nnet.ops.fused_conv import (
    FusedConv,
    FusedConvGradInputs,
    FusedConvGradWeights,
    FusedShape,
)
from lenet.nnet.rewrites.fused_conv import fused_shape, static_shape
from lenet.nnet.rewrites.static_conv_grad_inputs import static_shape as shape_for_inputs
from lenet.nnet.rewrites.static_conv_grad_weights import static_shape as shape_for_weights

# Bytes of a vector and number of registers, as in ``common.h``.
MACHINES = {"AVX-512": (64, 32), "AVX2": (32, 16), "SSE": (16, 16), "NEON": (16, 32)}
# GCC and Clang allow 900 and 1024 templates within one another. Each group of vectors is one, and each eighth one more.
MAX_GROUPS = 900 * 8 // 9 - 10
# Kernels count in 32 bits, up to four samples and with channels, or maps, filled up to 32.
MAX_COUNT = 2**31 - 1

WIDTHS = (1, 2, 3, 16, 31, 64, 256, 512, 1024, 4096, 100_000)
KERNELS = ((1, 1), (3, 3), (5, 5), (7, 7), (1, 16), (16, 16), (28, 9), (28, 28), (200, 1), (1, 256))
IMAGES = ((8, 8), (28, 28), (224, 224), (512, 512), (4, 3000))
# Padding, stride, dilation and groups.
GEOMETRIES = ((0, 1, 1, 1), (2, 3, 2, 1), (300, 1, 1, 1), (0, 8, 1, 1), (5, 1, 8, 1), (0, 1, 1, 16))
DTYPES = ("float32", "float64")
# Seconds of the processor for one module, a few times what the worst takes; the kernel ends a compiler beyond it.
LIMIT = 60


def convolution(channels, maps, kernel, image, geometry=GEOMETRIES[0], dtype="float32"):
    """Return the node of a convolution; None if there is no such convolution."""
    pad, stride, dilation, groups = geometry
    reach = [(k - 1) * dilation + 1 for k in kernel]
    if any(n + 2 * pad < r for n, r in zip(image, reach, strict=True)):
        return None
    if channels % groups or maps % groups:
        return None
    return conv2d(
        pt.tensor4(dtype=dtype, shape=(None, channels, *image)),
        pt.tensor4(dtype=dtype, shape=(maps, channels // groups, *kernel)),
        border_mode=pad,
        subsample=(stride, stride),
        filter_dilation=(dilation, dilation),
        num_groups=groups,
    ).owner


def accepted(node):
    """Return the shapes for which the rewrites would use kernels for known sizes, by kernel."""
    (image, filters), op = node.inputs, node.op
    options = (op.border_mode, op.subsample, op.filter_flip, op.filter_dilation, op.num_groups)
    gradient = node.outputs[0]
    sizes = [[pt.constant(n) for n in v.type.shape[2:]] for v in (filters, image)]
    weights = ConvGradWeights(*options)(image, gradient, *sizes[0])
    images = ConvGradInputs(*options)(filters, gradient, *sizes[1])
    shapes = {
        "FusedConv": static_shape(node),
        "FusedConvGrad": fused_shape(node),
        "StaticConvGradWeights": shape_for_weights(weights.owner),
        "StaticConvGradInputs": shape_for_inputs(images.owner),
    }
    return {name: shape for name, shape in shapes.items() if shape is not None}


@pytest.fixture(scope="module")
def accepted_of_grid():
    """Provide (kernel, shape, type) of all that is accepted of a grid of shapes."""
    grid = itertools.product(WIDTHS, WIDTHS, KERNELS, IMAGES, GEOMETRIES, DTYPES)
    # Some of them: the numbers of values on the axes have no factor in common with the step.
    nodes = [(convolution(*values), values[-1]) for values in itertools.islice(grid, 0, None, 17)]
    return [
        (kernel, shape, dtype)
        for node, dtype in nodes
        if node is not None
        for kernel, shape in accepted(node).items()
    ]


def groups_of(shape: FusedShape, dtype: str, machine: str) -> int:
    """Return for how many groups of vectors `add_fields` or `add_filters` has instructions."""
    vector, registers = MACHINES[machine]
    lanes = vector // {"float32": 4, "float64": 8}[dtype]
    maps, channels, rows, columns = shape.filters
    padded = -(-channels // lanes) * lanes
    row, short_row = columns * padded, -(-columns * channels // lanes) * lanes
    if shape.dilation[1] == 1 and 2 * short_row <= row:
        row = short_row
    room = min(registers - 5, max(1, 40 * 1024 // (maps * vector)))
    return -(-rows * row // lanes // room)


@pytest.mark.parametrize("machine", MACHINES)
def test_the_instructions_of_fused_gradients_are_bounded(accepted_of_grid, machine):
    groups = {
        (shape.filters, dtype): groups_of(shape, dtype, machine)
        for kernel, shape, dtype in accepted_of_grid
        if kernel == "FusedConvGrad"
    }
    worst = max(groups, key=groups.__getitem__)
    assert groups[worst] <= MAX_GROUPS, worst
    # Not far below: what is refused could not be compiled on some machine, or in minutes only.
    assert max(groups.values()) > {"AVX-512": 60, "NEON": 250}.get(machine, 300)


def test_what_kernels_count_in_32_bits_fits(accepted_of_grid):
    for kernel, shape, _ in accepted_of_grid:
        maps, channels, *taps = shape.filters
        rows, columns = (n + sum(p) for n, p in zip(shape.image[1:], shape.pads, strict=True))
        counts = [
            4 * shape.image[0] * rows * columns,
            4 * shape.filters[0] * prod(shape.convolved),
            -(-maps // 32) * 32 * channels * prod(taps),
            maps * -(-channels // 32) * 32 * prod(taps),
        ]
        assert max(counts) <= MAX_COUNT, (kernel, shape)


def test_the_instructions_of_a_row_of_a_filter_are_bounded(accepted_of_grid):
    """Those that have all taps of a row, or all columns that a row reaches, written out."""
    for kernel, shape, _ in accepted_of_grid:
        rows, columns = shape.filters[2:]
        if kernel == "StaticConvGradWeights":
            assert rows * columns <= 256, shape
        else:
            assert columns <= 16, shape
        if kernel == "StaticConvGradInputs":
            assert (columns - 1) * shape.dilation[1] <= 32, shape


def test_the_grid_has_what_is_accepted_and_what_is_not(accepted_of_grid):
    kernels = [kernel for kernel, *_ in accepted_of_grid]
    assert {kernel: kernels.count(kernel) > 100 for kernel in kernels} == dict.fromkeys(
        ("FusedConv", "FusedConvGrad", "StaticConvGradWeights", "StaticConvGradInputs"), True
    )
    assert accepted(convolution(100_000, 2, (5, 5), (14, 14))) == {}
    usual = accepted(convolution(512, 512, (3, 3), (14, 14)))
    assert set(usual) == {"FusedConv", "StaticConvGradWeights", "StaticConvGradInputs"}


needs_compiler = pytest.mark.skipif(not pytensor.config.cxx, reason="needs a C++ compiler")


@needs_compiler
@pytest.mark.skipif(platform.machine() != "x86_64", reason="the flag is one of x86")
@pytest.mark.parametrize("dtype", DTYPES)
def test_long_rows_of_filters_compile_where_no_tile_fits_the_registers(dtype):
    nodes = {type(node.op): node for node in Case(1, 16, (16, 16), 64, dtype=dtype).nodes()}
    compiled = compile_node(nodes[FusedConv], LIMIT, ["-mno-avx512f"])
    assert compiled.seconds <= LIMIT, compiled


@needs_compiler
@pytest.mark.slow
@pytest.mark.parametrize("case", WORST)
def test_the_worst_modules_compile_within_a_limit_of_the_processors_time(case):
    for node in case.nodes():
        compiled = compile_node(node, LIMIT)
        assert compiled.seconds <= LIMIT, compiled


@needs_compiler
@pytest.mark.slow
@pytest.mark.parametrize("op", [FusedConvGradWeights, FusedConvGradInputs])
def test_the_worst_of_the_grid_compile_within_a_limit_of_the_processors_time(accepted_of_grid, op):
    cases = [
        (shape, dtype) for kernel, shape, dtype in accepted_of_grid if kernel == "FusedConvGrad"
    ]
    shape, dtype = max(cases, key=lambda case: groups_of(*case, "AVX-512"))
    shape = replace(shape, slope_at_zero=0.5)
    winners = pt.tensor4(dtype=shape.winner_dtype, shape=(None, *shape.output))
    first = shape.image if op is FusedConvGradWeights else None
    known = pt.tensor4(dtype=dtype, shape=(None, *first) if first else shape.filters)
    gradient = pt.tensor4(dtype=dtype, shape=(None, *shape.output))
    compiled = compile_node(op(shape)(known, winners, gradient, return_list=True)[0].owner, LIMIT)
    assert compiled.seconds <= LIMIT, compiled
