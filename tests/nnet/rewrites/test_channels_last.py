"""Graphs with channels last become those of graphs with channels first."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from lenet.nnet import conv2d, conv3d, pool_2d, relu
from lenet.nnet.rewrites.channels_last import NAME
from tests.nnet.modes import MODES, Graph, evaluate, in_modes
from tests.nnet.rewrites.graphs import C_MODE, names_of, rewritten, rewritten_and_checked

FUSED = ["FusedConv", "FusedConvGradInputs", "FusedConvGradWeights"]
IMAGE, FILTERS, MAPS = (3, 12, 11, 2), (3, 2, 2, 5), (5,)


def first(values):
    return values.dimshuffle(0, values.ndim - 1, *range(1, values.ndim - 1))


def last(values):
    return values.dimshuffle(0, *range(2, values.ndim), 1)


def conv_last(x, w):
    """Convolve with channels last, and filters of shape (rows, columns, channels, maps)."""
    return last(conv2d(first(x), w.dimshuffle(3, 2, 0, 1)))


def pool_last(x):
    return last(pool_2d(first(x), (2, 2), ignore_border=True))


NETWORKS = {
    "bias before the pooling": lambda x, w, b: relu(pool_last(conv_last(x, w) + b)),
    "bias behind the pooling": lambda x, w, b: relu(pool_last(conv_last(x, w)) + b),
    "rectified first": lambda x, w, b: pool_last(pt.maximum(0, conv_last(x, w) + b)),
    "not pooled": lambda x, w, b: relu(conv_last(x, w) + b),
}


def graph_of(network):
    rng = np.random.default_rng(2)
    values = [rng.integers(-1, 2, shape).astype("float64") for shape in (IMAGE, FILTERS, MAPS)]
    x, w, b = (pt.tensor(shape=shape) for shape in ((None, *IMAGE[1:]), FILTERS, MAPS))
    y = network(x, w, b)
    weights = pt.arange(y.size).reshape(y.shape) % 5 - 2
    return Graph([x, w, b], [y, *pytensor.grad((y * weights).sum(), [x, w, b])], values)


@pytest.mark.parametrize("network", NETWORKS)
def test_a_network_is_fused(network):
    fgraph = rewritten_and_checked(graph_of(NETWORKS[network]))
    assert names_of(fgraph) == FUSED


def test_it_can_be_left_out_by_name():
    graph = graph_of(NETWORKS["bias behind the pooling"])
    fgraph = rewritten(graph, C_MODE.excluding(NAME))
    assert "MaxPoolGrad" in names_of(fgraph)


@in_modes("c", "python")
def test_values_and_gradients_are_those_of_channels_first(mode_name):
    graph = graph_of(NETWORKS["bias before the pooling"])
    x, w, b = graph.values

    def with_channels_first(image, filters, bias):
        return relu(
            pool_2d(conv2d(image, filters) + bias.dimshuffle("x", 0, "x", "x"), (2, 2), True)
        )

    image, filters, bias = (
        pt.tensor(shape=shape) for shape in ((None, 2, 12, 11), (5, 2, 3, 2), (5,))
    )
    y = with_channels_first(image, filters, bias)
    weights = last(y)
    weights = pt.arange(weights.size).reshape(weights.shape) % 5 - 2
    gradients = pytensor.grad((last(y) * weights).sum(), [image, filters, bias])
    values = [x.transpose(0, 3, 1, 2), w.transpose(3, 2, 0, 1), b]
    expected = evaluate(Graph([image, filters, bias], [y, *gradients], values), "python")
    found = evaluate(graph, mode_name)
    orders = [(0, 2, 3, 1), (0, 2, 3, 1), (2, 3, 1, 0), (0,)]
    for one, other, order in zip(found, expected, orders, strict=True):
        np.testing.assert_allclose(one, other.transpose(order), rtol=1e-12, atol=1e-12)


def test_volumes_and_other_arguments():
    """An argument with all its axes has its channels moved, too, and one that is broadcast."""
    rng = np.random.default_rng(3)
    x, w = pt.tensor(shape=(None, 5, 6, 4, 2)), pt.tensor(shape=(3, 2, 2, 3, 2))
    other, row = pt.tensor(shape=(None, 4, 4, 3, 3)), pt.tensor(shape=(1, 1, 1, 1, 3))
    y = last(conv3d(first(x), w))
    outputs = [first(pt.tanh(y * other) + row), y.sum(axis=(0, 1, 2, 3)), y.max(), y.sum(axis=1)]
    values = [
        rng.normal(size=size)
        for size in ((2, 5, 6, 4, 2), (3, 2, 2, 3, 2), (2, 4, 4, 3, 3), (1, 1, 1, 1, 3))
    ]
    function = pytensor.function([x, w, other, row], outputs, mode=MODES["python"])
    plain = MODES["python"].excluding(NAME)
    expected = pytensor.function([x, w, other, row], outputs, mode=plain)(*values)
    for one, another in zip(function(*values), expected, strict=True):
        np.testing.assert_allclose(one, another, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("ndim", [3, 4, 5])
def test_a_tensor_beside_its_own_transpose_stays(ndim):
    """Else one or the other is moved for ever: of three axes, moving twice is not moving."""
    x = pt.tensor(shape=(None,) * ndim)
    value = np.random.default_rng(4).normal(size=(2, *(3,) * (ndim - 1)))
    moved = np.moveaxis(value, 1, -1)
    outputs = [x + last(x), pt.exp(last(x)) * last(x) - x]
    function = pytensor.function([x], outputs, mode=MODES["python"])
    found, other = function(value)
    np.testing.assert_allclose(found, value + moved)
    np.testing.assert_allclose(other, np.exp(moved) * moved - value)
