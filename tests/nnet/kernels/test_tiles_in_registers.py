"""The tiles of sums of kernels for known sizes stay in registers, which have no index.

Where the compiler leaves a loop over a tile as it is, its sums are in memory, and the kernel takes three to
fifteen times as long. No result tells, but the number of products of vectors in the code does.
"""

import platform
import re
import subprocess

import pytensor
import pytensor.tensor as pt
import pytest

from lenet.nnet.ops.fused_conv import FusedConv, FusedShape
from lenet.nnet.ops.static_conv_grad_inputs import StaticConvGradInputs
from tests.nnet.modes import MISSING

SHAPES = {
    "pooled": FusedShape((16, 14, 14), (31, 16, 5, 5), window=(2, 2), slope_at_zero=0.5),
    "stride": FusedShape((4, 84, 84), (32, 4, 8, 8), stride=(4, 4), keeps_winners=False),
    "long-stride": FusedShape((1, 9, 410), (17, 1, 3, 3), stride=(1, 8), keeps_winners=False),
    "wide-filters": FusedShape((3, 99, 99), (96, 3, 11, 11), stride=(4, 4), keeps_winners=False),
    "dilation": FusedShape((8, 40, 40), (32, 8, 3, 3), dilation=(9, 9), keeps_winners=False),
}
VECTOR_PRODUCTS = re.compile(r"\tvfmadd\d+ps\t.*%zmm")
# Sums of a tile; on AVX-512, with 32 registers, all of these shapes have 20 or more.
SUMS = 16


def count_of_products(op, *shapes):
    """Return how many products of vectors are in a kernel's code for AVX-512."""
    inputs = [pt.tensor(shape=shape, dtype="float32") for shape in shapes]
    kernel = op.kernel(op.make_node(*inputs))
    flags = [*kernel.flags, "-O3", "-std=gnu++17", "-fopenmp", "-march=x86-64-v4"]
    done = subprocess.run(
        [pytensor.config.cxx, *flags, "-S", "-x", "c++", "-", "-o", "-"],
        input=kernel.text,
        capture_output=True,
        text=True,
        check=True,
    )
    return len(VECTOR_PRODUCTS.findall(done.stdout))


pytestmark = [
    pytest.mark.skipif(bool(MISSING["c"]), reason=MISSING["c"]),
    pytest.mark.skipif(platform.machine() != "x86_64", reason="the code of another processor"),
]


@pytest.mark.parametrize("name", SHAPES)
def test_each_tap_is_multiplied_with_each_sum_of_a_convolution(name):
    shape = SHAPES[name]
    shapes = (None, *shape.image), shape.filters, shape.filters[:1]
    assert count_of_products(FusedConv(shape), *shapes) >= SUMS * shape.filters[3]


@pytest.mark.parametrize(("stride", "dilation"), [(1, 1), (2, 1), (4, 1), (1, 4)])
def test_each_tap_is_multiplied_with_each_sum_of_a_gradient(stride, dilation):
    shape = FusedShape(
        *((24, 64, 64), (9, 24, 5, 5)), stride=(stride,) * 2, dilation=(dilation,) * 2
    )
    gradient = (None, 9, *shape.convolved)
    found = count_of_products(StaticConvGradInputs(shape), shape.filters, gradient)
    assert found >= SUMS * 5 // stride
