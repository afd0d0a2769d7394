"""Functions that are compiled for expected shapes first."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from lenet.compile import specialise
from lenet.compile.backends import c_mode
from lenet.compile.expected_sizes import take_expected_sizes
from lenet.nnet import conv2d
from lenet.nnet.ops.expected_shape import Declarations, ExpectedShape
from lenet.nnet.ops.fused_conv import FusedConv


@pytest.fixture(autouse=True)
def shapes_may_be_wrong(monkeypatch):
    monkeypatch.setattr(Declarations, "may_be_wrong", staticmethod(lambda: True))


def values(*shape):
    return np.random.default_rng(0).standard_normal(shape)


def expected(inputs, output):
    fgraph = pytensor.graph.FunctionGraph(inputs, [output], clone=True)
    sizes = take_expected_sizes(fgraph)
    assert not any(isinstance(node.op, ExpectedShape) for node in fgraph.apply_nodes)
    return sizes


def test_sizes_are_those_of_inputs():
    x, filters = pt.dtensor4(), pt.dtensor4()
    first = pt.tanh(conv2d(x.dimshuffle(0, 3, 1, 2), filters, (8, 3, 7, 6), (5, 3, 2, 2)))
    second = conv2d(first, filters, (8, 5, 6, 5), (5, 3, None, None))
    sizes = {(0, 1): 7, (0, 2): 6, (0, 3): 3}
    assert expected([x, filters], second) == sizes | dict(
        zip([(1, axis) for axis in range(4)], [5, 3, 2, 2], strict=True)
    )


def test_nothing_is_expected_of_computed_sizes():
    x = pt.dtensor4()
    assert expected([x], conv2d(x[:, :, 1:], np.ones((1, 1, 2, 2)), (1, None, 5, None))) == {}


def test_gradients_are_as_if_nothing_was_expected():
    x, filters = pt.dtensor4(), pt.dtensor4()
    slopes = [
        pytensor.grad((conv2d(x, filters, *shapes) ** 2).sum(), [x, filters])
        for shapes in [(), ((9, 9, 9, 9), (9, 9, 9, 9))]
    ]
    both = pytensor.function([x, filters], slopes[0] + slopes[1], mode="FAST_COMPILE")
    results = both(values(2, 3, 5, 5), values(4, 3, 2, 2))
    for plain, declared in zip(results[:2], results[2:], strict=True):
        np.testing.assert_array_equal(plain, declared)


def test_what_is_not_expected_is_found_out(monkeypatch):
    monkeypatch.setattr(specialise, "MIN_CALLS", 2)
    x, filters = pt.dtensor4(), pytensor.shared(values(4, 2, 3, 3))
    convolve = pytensor.function(
        [x], pt.tanh(conv2d(x, filters, filter_shape=(4, 2, 3, 3))), mode=c_mode()
    )
    fused = []
    for _ in range(3):
        convolve(values(1, 2, 6, 6))
        fused.append(any(isinstance(node.op, FusedConv) for node in convolve.vm.nodes))
    assert fused == [False, True, True]


def test_a_profiled_function_computes_other_sizes():
    x, filters = pt.dtensor4(), values(1, 1, 2, 2)
    profiled = pytensor.function([x], conv2d(x, filters, (1, 1, 4, 4)), mode=c_mode(), profile=True)
    plain = pytensor.function([x], conv2d(x, filters), mode="FAST_COMPILE")
    for size in (4, 5):
        image = values(1, 1, size, size)
        np.testing.assert_allclose(profiled(image), plain(image), rtol=1e-12)
