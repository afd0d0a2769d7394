"""Kernels with vectors of other lengths than those of the machine that the tests run on.

A kernel that was right with the widest vectors was once wrong with shorter ones: zero.
"""

from pathlib import Path

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.link.c.cmodule import GCC_compiler

from lenet.nnet.kernels.library import start_compiling
from lenet.nnet.ops.conv import Conv, ConvGradInputs, ConvGradWeights
from lenet.nnet.ops.fused_conv import (
    FusedConv,
    FusedConvGradInputs,
    FusedConvGradWeights,
    FusedShape,
)
from lenet.nnet.ops.pool import MaxPoolGrad, Pool
from lenet.nnet.ops.static_conv_grad_inputs import StaticConvGradInputs
from lenet.nnet.ops.static_conv_grad_weights import StaticConvGradWeights
from tests.nnet.kernels.calling import called

# GCC's names of machines, with what Linux calls an instruction that each of them adds.
MACHINES = {"x86-64": "sse2", "x86-64-v3": "avx2", "x86-64-v4": "avx512vl"}
TOLERANCES = {"float32": 2e-4, "float64": 1e-10}
IMAGE, FILTERS = (3, 23, 21), (18, 3, 3, 4)
POOLED = FusedShape(IMAGE, FILTERS, window=(2, 2), slope_at_zero=0.5)
WIDE = FusedShape(
    (17, 13, 12), (5, 17, 2, 2), window=(3, 3), slope_at_zero=0.0
)  # winners of 16 bits
PLAIN = FusedShape(IMAGE, FILTERS, ((1, 1), (2, 1)), (2, 1), keeps_winners=False)


def instructions():
    """Return what the first processor knows, in the words of Linux."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    return next((line.split() for line in lines if line.startswith("flags")), [])


def cases(dtype):
    """Return Ops with the arrays that they are called with."""
    rng = np.random.default_rng(0)

    def normal(*shape):
        return rng.standard_normal(shape).astype(dtype)

    def winners(shape):
        positions = int(np.prod(shape.window))
        bits = 1 << rng.integers(0, positions, (7, *shape.output))
        bits |= np.where(rng.random(bits.shape) < 0.1, 1, 0)  # some are equal
        bits[rng.random(bits.shape) < 0.2] = 0
        return bits.astype(shape.winner_dtype)

    for shape in (POOLED, WIDE):
        yield (
            FusedConv(shape),
            normal(7, *shape.image),
            normal(*shape.filters),
            normal(shape.filters[0]),
        )
        won, gradient = winners(shape), normal(7, *shape.output)
        yield FusedConvGradWeights(shape), normal(7, *shape.image), won, gradient
        yield FusedConvGradInputs(shape), normal(*shape.filters), won, gradient
    gradient = normal(7, *PLAIN.output)
    yield StaticConvGradWeights(PLAIN, True), normal(7, *IMAGE), gradient
    yield StaticConvGradInputs(PLAIN), normal(*FILTERS), gradient
    images, filters = normal(7, *IMAGE), normal(*FILTERS)
    options = (PLAIN.pads, PLAIN.stride)
    yield Conv(*options), images, filters
    yield ConvGradInputs(*options), filters, gradient, *map(np.int64, IMAGE[1:])
    yield ConvGradWeights(*options), images, gradient, *map(np.int64, FILTERS[2:])
    yield Pool((3, 2), True, (2, 1), (1, 0), "average_inc_pad"), images
    pooled = Pool((2, 2), True)
    yield pooled, images
    whole = images[:, :, :22, :20]
    largest = whole.reshape(7, 3, 11, 2, 10, 2).max(axis=(3, 5))
    yield MaxPoolGrad((2, 2), True), np.ascontiguousarray(whole), largest, normal(*largest.shape)


@pytest.mark.skipif(not pytensor.config.cxx, reason="needs a C++ compiler")
@pytest.mark.parametrize(
    ("machine", "dtype"),
    [
        # Two, four and more of a vector; those between have the same branches.
        ("x86-64", "float64"),
        ("x86-64-v3", "float64"),
        *(pytest.param(m, "float32", marks=pytest.mark.slow) for m in MACHINES),
        pytest.param("x86-64-v4", "float64", marks=pytest.mark.slow),
    ],
)
def test_kernels_with_vectors_of_each_length(machine, dtype, monkeypatch):
    if MACHINES[machine] not in instructions():
        pytest.skip(f"the processor has no {MACHINES[machine]}, or nobody says so")
    monkeypatch.setattr(GCC_compiler, "march_flags", [])
    # What goes wrong with the length of a vector does so without optimisation, which takes its time.
    with pytensor.config.change_flags(gcc__cxxflags=f"-march={machine} -O1"):
        calls = []
        for op, *arrays in cases(dtype):
            variables = [pt.tensor(dtype=a.dtype, shape=(None,) * a.ndim) for a in arrays]
            calls.append((op, op.make_node(*variables), [np.asarray(a) for a in arrays]))
        start_compiling(op.kernel(node) for op, node, _ in calls)
        for op, node, arrays in calls:
            expected = [[None] for _ in node.outputs]
            op.perform(node, arrays, expected)
            for found, (right,) in zip(called(op, node, *arrays), expected, strict=True):
                assert np.any(right)
                np.testing.assert_allclose(
                    found, right, rtol=TOLERANCES[dtype], atol=TOLERANCES[dtype], err_msg=str(op)
                )
