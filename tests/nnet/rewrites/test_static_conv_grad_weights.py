"""The gradient of filters that nothing was fused with, and the sums of the same gradient."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.tensor.math import Sum

from lenet.nnet import conv2d
from lenet.nnet.ops.conv import ConvGradWeights
from lenet.nnet.ops.static_conv_grad_weights import StaticConvGradWeights
from tests.nnet.modes import MODES, Graph, evaluate, in_modes
from tests.nnet.rewrites.graphs import (
    WHOLE_C_MODE,
    assert_agree,
    evaluate_plainly,
    names_of,
    rewritten,
    rewritten_and_checked,
)

IMAGE, FILTERS = (4, 9, 8), (6, 4, 3, 2)
GEOMETRIES = {
    "valid": {},
    "half": {"border_mode": "half"},
    "pads": {"border_mode": ((1, 0), (2, 3)), "filter_flip": False},
    "stride": {"subsample": (2, 3)},
    "dilation": {"filter_dilation": (2, 1), "border_mode": "full"},
}


def graph_of(network, image=(None, *IMAGE), filters=FILTERS, dtype="float64"):
    """Return the gradients of filters and bias of a cost of ``network(x, w, b)``."""
    rng = np.random.default_rng(2)
    shapes = [(3, *IMAGE), FILTERS, FILTERS[:1]]
    values = [rng.normal(size=shape).astype(dtype) for shape in shapes]
    types = image, filters, filters[:1]
    x, w, b = (pt.tensor(dtype=dtype, shape=shape) for shape in types)
    gradients = pytensor.grad(pt.sqr(network(x, w, b)).sum(), [w, b])
    return Graph([x, w, b], gradients, values)


def network(geometry=()):
    def output(x, w, b):
        return conv2d(x, w, **dict(geometry)) + b.dimshuffle("x", 0, "x", "x")

    return output


def nodes_of(fgraph, op):
    return [node for node in fgraph.apply_nodes if isinstance(node.op, op)]


def static_ops(fgraph):
    return [node.op for node in nodes_of(fgraph, StaticConvGradWeights)]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", GEOMETRIES)
def test_one_operator_gives_both_gradients(name, dtype):
    graph = graph_of(network(GEOMETRIES[name]), dtype=dtype)
    fgraph = rewritten_and_checked(graph, WHOLE_C_MODE)
    (op,) = static_ops(fgraph)
    assert op.has_bias
    assert not nodes_of(fgraph, (Sum, ConvGradWeights))


def test_groups():
    def grouped(x, w, b):
        return conv2d(pt.concatenate([x, x], axis=1), w, num_groups=2) + b.dimshuffle(
            "x", 0, "x", "x"
        )

    (op,) = static_ops(rewritten_and_checked(graph_of(grouped), WHOLE_C_MODE))
    assert op.shape.groups == 2
    assert op.has_bias


def test_without_a_bias_nothing_is_summed():
    graph = graph_of(network())
    (op,) = static_ops(
        rewritten_and_checked(graph._replace(outputs=graph.outputs[:1]), WHOLE_C_MODE)
    )
    assert not op.has_bias


@pytest.mark.parametrize("keepdims", [False, True])
def test_sums_keep_their_form(keepdims):
    x, g = pt.tensor4(shape=(None, *IMAGE)), pt.tensor4(shape=(None, 6, 7, 7))
    outputs = [ConvGradWeights()(x, g, 3, 2), g.sum(axis=(0, 2, 3), keepdims=keepdims)]
    rng = np.random.default_rng(1)
    values = [rng.normal(size=(2, *IMAGE)), rng.normal(size=(2, 6, 7, 7))]
    values = [value.astype(x.type.dtype) for value in values]
    fgraph = rewritten_and_checked(Graph([x, g], outputs, values), WHOLE_C_MODE)
    assert static_ops(fgraph)[0].has_bias
    assert not nodes_of(fgraph, Sum)


OTHER_SUMS = {
    "axes": lambda g: g.sum(axis=(0, 2)),
    "type": lambda g: g.sum(axis=(0, 2, 3), dtype="float64"),
}


@pytest.mark.parametrize("name", OTHER_SUMS)
def test_other_sums_stay(name):
    x = pt.tensor4(dtype="float32", shape=(None, *IMAGE))
    g = pt.tensor4(dtype="float32", shape=(None, 6, 7, 7))
    rng = np.random.default_rng(1)
    values = [rng.normal(size=n).astype("float32") for n in ((2, *IMAGE), (2, 6, 7, 7))]
    outputs = [ConvGradWeights()(x, g, 3, 2), OTHER_SUMS[name](g)]
    fgraph = rewritten_and_checked(Graph([x, g], outputs, values), WHOLE_C_MODE)
    assert not static_ops(fgraph)[0].has_bias
    assert nodes_of(fgraph, Sum)


def test_images_that_depend_on_the_sums_do_not_wait_for_themselves():
    x, g = pt.tensor4(shape=(None, *IMAGE)), pt.tensor4(shape=(None, 6, 7, 7))
    scaled = x * g.sum(axis=(0, 2, 3))[0]
    rng = np.random.default_rng(1)
    values = [rng.normal(size=n).astype(x.type.dtype) for n in ((2, *IMAGE), (2, 6, 7, 7))]
    graph = Graph([x, g], [ConvGradWeights()(scaled, g, 3, 2)], values)
    (op,) = static_ops(rewritten_and_checked(graph, WHOLE_C_MODE))
    assert not op.has_bias


def test_two_convolutions_of_one_gradient_share_its_sums():
    graph = graph_of(lambda x, w, b: network()(x, w, b) + conv2d(x[:, ::-1], w))
    ops = static_ops(rewritten_and_checked(graph, WHOLE_C_MODE))
    assert sorted(op.has_bias for op in ops) == [False, True]


@pytest.mark.parametrize(
    ("image", "filters"),
    [((None, 4, None, 8), FILTERS), ((None, *IMAGE), (None, 4, 3, 2))],
    ids=["image", "maps"],
)
def test_unknown_sizes_are_left_alone(image, filters):
    graph = graph_of(network(), image, filters)
    assert "StaticConvGradWeights" not in names_of(rewritten_and_checked(graph, WHOLE_C_MODE))


def test_very_large_filters_are_left_alone():
    x, g = pt.tensor4(shape=(None, 1, 40, 40)), pt.tensor4(shape=(None, 1, 24, 24))
    graph = Graph([x, g], [ConvGradWeights()(x, g, 17, 17)], [])
    assert names_of(rewritten(graph, WHOLE_C_MODE)) == ["ConvGradWeights"]


@pytest.mark.parametrize("excluded", ["lenet_static_conv", "lenet_fused_convolution"])
def test_it_can_be_excluded(excluded):
    fgraph = rewritten(graph_of(network()), WHOLE_C_MODE.excluding(excluded))
    assert "ConvGradWeights" in names_of(fgraph)


@in_modes("c", "jax", "numba")
def test_every_mode_gives_the_same(mode_name):
    graph = graph_of(network(GEOMETRIES["half"]))
    found = evaluate(graph, mode_name)
    assert_agree(found, evaluate_plainly(graph, graph.values))
    nodes = pytensor.function(graph.inputs, graph.outputs, mode=MODES[mode_name]).maker.fgraph
    assert bool(static_ops(nodes)) == (mode_name != "jax")
