"""The kernel for rows that are long enough to fill vectors, and groups of the fused convolution."""

from functools import cache

import numpy as np
import pytensor.tensor as pt
import pytest

from lenet.nnet import conv2d
from lenet.nnet.ops.fused_conv import FusedConv, FusedShape
from tests.nnet.modes import MISSING, Graph, evaluate, evaluate_together, in_modes
from tests.nnet.oracles import convolve_by_loops
from tests.tiers import some

SHAPES = {
    "one-tap": FusedShape((17, 5, 7), (7, 17, 1, 1), keeps_winners=False),
    "one-tap-aligned-planes": FusedShape((9, 32, 32), (2, 9, 1, 1), keeps_winners=False),
    "one-tap-many-strips": FusedShape((5, 15, 19), (21, 5, 1, 1), keeps_winners=False),
    "one-tap-stretches": FusedShape((64, 33, 41), (5, 64, 1, 1), keeps_winners=False),
    "one-tap-long-strips": FusedShape((1100, 5, 7), (3, 1100, 1, 1), keeps_winners=False),
    "one-tap-padded": FusedShape(
        (3, 2, 18), (4, 3, 1, 1), ((1, 0), (0, 1)), filter_flip=False, keeps_winners=False
    ),
    "padded": FusedShape((3, 6, 19), (11, 3, 3, 3), ((1, 1), (1, 1)), keeps_winners=False),
    "stride": FusedShape((2, 7, 52), (9, 2, 2, 3), ((0, 1), (2, 0)), (2, 3), keeps_winners=False),
    # A tile passes over more than 64 columns, and as many as it may.
    "stride-of-wide-tiles": FusedShape((2, 12, 92), (20, 2, 8, 8), stride=(4, 4)),
    "stride-beyond-tiles": FusedShape((1, 2, 1500), (17, 1, 1, 3), stride=(1, 64)),
    "dilation": FusedShape(
        (3, 8, 40), (5, 3, 3, 2), ((1, 2), (0, 3)), dilation=(2, 3), keeps_winners=False
    ),
    "groups": FusedShape(
        (6, 4, 21), (10, 3, 3, 2), ((1, 1), (0, 0)), keeps_winners=False, groups=2
    ),
    "groups-one-tap": FusedShape((6, 5, 5), (15, 2, 1, 1), keeps_winners=False, groups=3),
    "groups-short-rows": FusedShape((4, 5, 5), (12, 2, 2, 3), keeps_winners=False, groups=2),
    "one-pixel": FusedShape((3, 1, 1), (2, 3, 1, 1), keeps_winners=False),
    "rectified": FusedShape((2, 3, 33), (9, 2, 2, 2), slope_at_zero=0.5),
    "rectified-one-tap": FusedShape((9, 4, 9), (13, 9, 1, 1), slope_at_zero=1.0),
    "pooling-of-one": FusedShape((2, 2, 35), (3, 2, 1, 3), bias_first=True, slope_at_zero=0.0),
}
# What is compiled on each push.
CHOSEN = (
    *("one-tap-stretches", "one-tap-padded", "padded", "stride", "rectified"),
    *("stride-of-wide-tiles", "stride-beyond-tiles"),
)
GROUPS = ("groups", "groups-one-tap", "groups-short-rows")
COMPILED = some(SHAPES, *CHOSEN, *GROUPS)
TOLERANCES = {"float32": 1e-5, "float64": 1e-12}
BATCH = 5


def arrays_of(shape, dtype):
    """Return images, filters and a bias, all small integers: sums are exact, and zero now and then."""
    rng = np.random.default_rng(7)
    sizes = (BATCH, *shape.image), shape.filters, shape.filters[:1]
    return [rng.integers(-2, 3, size).astype(dtype) for size in sizes]


def graph_of(shape, dtype):
    sizes = (None, *shape.image), shape.filters, shape.filters[:1]
    inputs = [pt.tensor(dtype=dtype, shape=size) for size in sizes]
    return Graph(inputs, FusedConv(shape)(*inputs, return_list=True), arrays_of(shape, dtype))


@cache
def results(dtype):
    """Return what the C code makes of all shapes: name -> outputs."""
    return evaluate_together({name: graph_of(SHAPES[name], dtype) for name in COMPILED}, "c")


@pytest.mark.skipif(bool(MISSING["c"]), reason=MISSING["c"])
@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("name", COMPILED)
def test_c_code_agrees_with_numpy(name, dtype):
    shape = SHAPES[name]
    arrays = arrays_of(shape, dtype)
    variables = [pt.as_tensor_variable(array) for array in arrays]
    node = FusedConv(shape).make_node(*variables)
    expected = [[None] for _ in node.outputs]
    node.op.perform(node, arrays, expected)
    for found, (value,) in zip(results(dtype)[name], expected, strict=True):
        assert found.shape == value.shape
        assert found.dtype == value.dtype
        np.testing.assert_allclose(found, value, rtol=TOLERANCES[dtype], atol=TOLERANCES[dtype])


@pytest.mark.skipif(bool(MISSING["c"]), reason=MISSING["c"])
@pytest.mark.parametrize("name", GROUPS)
def test_groups_are_convolutions_of_their_own(name):
    shape = SHAPES[name]
    images, filters, bias = arrays_of(shape, "float64")
    geometry = {"pads": shape.pads, "stride": shape.stride, "dilation": shape.dilation}
    convolved, *_ = convolve_by_loops(images, filters, groups=shape.groups, **geometry)
    expected = convolved + bias[:, None, None]
    np.testing.assert_allclose(results("float64")[name][0], expected, rtol=1e-12)


@in_modes("c", "python")
def test_known_sizes_of_zero(mode_name):
    x, W = (pt.tensor(dtype="float64", shape=shape) for shape in ((2, 0, 5, 20), (4, 0, 3, 3)))
    values = [np.empty(variable.type.shape) for variable in (x, W)]
    (result,) = evaluate(Graph([x, W], [conv2d(x, W)], values), mode_name)
    np.testing.assert_array_equal(result, np.zeros((2, 4, 3, 18)))
