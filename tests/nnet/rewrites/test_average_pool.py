import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytensor.compile.mode import Mode, get_mode

from lenet.nnet import conv2d, conv3d, pool_2d, pool_3d, relu
from lenet.nnet.ops.conv import ConvOp
from lenet.nnet.ops.fused_conv import FusedConvOp
from lenet.nnet.ops.pool import PoolOp
from tests.covering import pairwise
from tests.nnet.modes import Graph, evaluate, in_modes
from tests.nnet.rewrites.graphs import (
    C_MODE,
    assert_agree,
    evaluate_plainly,
    names_of,
    ops_of,
    rewritten,
    rewritten_and_checked,
)
from tests.tiers import examples

AVERAGES = ("average_inc_pad", "average_exc_pad", "sum")


def graph_of(network, image=(4, 11, 10), filters=(6, 4, 3, 2), dtype="float64", known=None):
    """Return a network's output and the gradients of a cost with respect to its three arguments.

    `known` is what is known of the shape of the images beforehand.
    """
    sizes = [(2, *image), filters, filters[:1]]
    rng = np.random.default_rng(5)
    values = [rng.normal(size=size).astype(dtype) for size in sizes]
    types = [(None, *image) if known is None else known, filters, filters[:1]]
    x, w, b = (pt.tensor(dtype=dtype, shape=shape) for shape in types)
    y = network(x, w, b.dimshuffle("x", 0, "x", "x"))
    # Its slope is nowhere near zero, where rounding would be all that is left of a gradient.
    gradients = pytensor.grad(pt.exp(y / 4).sum(), [x, w, b], disconnected_inputs="ignore")
    return Graph([x, w, b], [y, *gradients], values)


def strides(fgraph):
    """Return those of convolutions, fused or not, and of poolings in a graph, and of their gradients."""
    ops = ops_of(fgraph)
    plain = {op.subsample for op in ops if isinstance(op, ConvOp)}
    fused = {op.shape.stride for op in ops if isinstance(op, FusedConvOp)}
    return plain | fused, {op.stride for op in ops if isinstance(op, PoolOp)}


def averaged(window):
    """Return the strides where it is the filters that are pooled, at each of their elements."""
    return {window}, {(1, 1)}


def separate(window):
    return {(1, 1)}, {window}


def pool(image, mode="average_inc_pad", ws=(2, 2), **arguments):
    return pool_2d(image, ws, **{"ignore_border": True, "mode": mode, **arguments})


GEOMETRIES = {
    "valid": {},
    "half": {"border_mode": "half"},
    "full": {"border_mode": "full"},
    "padded": {"border_mode": 1},
    "pair": {"border_mode": (2, 0)},
    "asymmetric": {"border_mode": ((0, 1), (2, 0))},
    "correlation": {"filter_flip": False},
    "correlation-half": {"filter_flip": False, "border_mode": "half"},
}


@pytest.mark.parametrize(
    ("geometry", "mode", "dtype"),
    pairwise(geometry=tuple(GEOMETRIES), mode=tuple(AVERAGES), dtype=("float32", "float64")),
)
def test_filters_are_pooled_in_place_of_their_convolution(geometry, mode, dtype):
    def network(x, w, b):
        return relu(pool(conv2d(x, w, **GEOMETRIES[geometry]), mode) + b)

    fgraph = rewritten_and_checked(graph_of(network, dtype=dtype))
    assert strides(fgraph) == averaged((2, 2))


@pytest.mark.parametrize("mode", AVERAGES)
@pytest.mark.parametrize("window", [(3, 2), (1, 2), (3, 3), (9, 1)], ids=str)
def test_windows_of_any_size(window, mode):
    graph = graph_of(lambda x, w, b: pt.tanh(pool(conv2d(x, w), mode, window) + b))
    assert strides(rewritten_and_checked(graph)) == averaged(window)


def test_groups_are_pooled_alike():
    graph = graph_of(lambda x, w, b: pool(conv2d(x, w, num_groups=2)) + b, filters=(6, 2, 3, 2))
    assert strides(rewritten_and_checked(graph)) == averaged((2, 2))


@pytest.mark.parametrize("mode", ["average_inc_pad", "average_exc_pad"])
@pytest.mark.parametrize("activation", [relu, pt.tanh], ids=["relu", "tanh"])
def test_a_bias_before_the_pooling_is_added_after_it(activation, mode):
    fgraph = rewritten_and_checked(
        graph_of(lambda x, w, b: activation(pool(conv2d(x, w) + b, mode)))
    )
    assert strides(fgraph) == averaged((2, 2))


def test_the_border_may_be_kept_where_windows_fill_the_image():
    graph = graph_of(lambda x, w, b: pool(conv2d(x, w), ws=(3, 3), ignore_border=False) + b)
    assert strides(rewritten_and_checked(graph)) == averaged((3, 3))


@settings(max_examples=examples(15), deadline=None, derandomize=True)
@given(
    channels=st.integers(1, 3),
    maps=st.integers(1, 3),
    kernel=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    window=st.tuples(st.integers(1, 3), st.integers(2, 3)),
    extra=st.tuples(st.integers(0, 4), st.integers(0, 4)),
    geometry=st.sampled_from(sorted(GEOMETRIES)),
    mode=st.sampled_from(AVERAGES),
    dtype=st.sampled_from(["float32", "float64"]),
    bias_first=st.booleans(),
)
def test_averages_of_any_size(
    channels, maps, kernel, window, extra, geometry, mode, dtype, bias_first
):
    def network(x, w, b):
        convolved = conv2d(x, w, **GEOMETRIES[geometry])
        if bias_first:
            return pool(convolved + b, mode, window)
        return pool(convolved, mode, window) + b

    image = [w + k + more for w, k, more in zip(window, kernel, extra, strict=True)]
    graph = graph_of(network, (channels, *image), (maps, channels, *kernel), dtype)
    fgraph = rewritten_and_checked(graph)
    assert strides(fgraph) == averaged(window) or (bias_first and mode == "sum")


def test_sums_of_a_bias_are_no_bias():
    graph = graph_of(lambda x, w, b: pool(conv2d(x, w) + b, "sum"))
    graph = graph._replace(outputs=graph.outputs[:1])
    assert strides(rewritten_and_checked(graph)) == separate((2, 2))


@in_modes("c")
def test_in_c(mode_name):
    graph = graph_of(lambda x, w, b: relu(pool(conv2d(x, w, border_mode="half")) + b))
    assert_agree(evaluate(graph, mode_name), evaluate_plainly(graph, graph.values))


def test_gradients_that_nobody_asks_for_are_not_computed():
    graph = graph_of(lambda x, w, b: pool(conv2d(x, w) + b))
    graph = graph._replace(outputs=graph.outputs[2:])
    fgraph = rewritten_and_checked(graph)
    assert strides(fgraph) == averaged((2, 2))
    assert not any(name.endswith("GradInputs") for name in names_of(fgraph))


def cube(x):
    """Return images as one volume."""
    return x.dimshuffle(0, "x", 1, 2, 3)


LEFT_ALONE = {
    "maximum": lambda x, w, b: pool(conv2d(x, w, subsample=(2, 1)), "max"),
    "strided": lambda x, w, b: pool(conv2d(x, w, subsample=(2, 1))) + b,
    "dilated": lambda x, w, b: pool(conv2d(x, w, filter_dilation=(2, 1))) + b,
    "overlapping": lambda x, w, b: pool(conv2d(x, w), ws=(3, 3), stride=(2, 2)) + b,
    "gaps": lambda x, w, b: pool(conv2d(x, w), ws=(2, 2), stride=(3, 3)) + b,
    "padded": lambda x, w, b: pool(conv2d(x, w), pad=(1, 0)) + b,
    "border-kept": lambda x, w, b: pool(conv2d(x, w), ws=(2, 2), ignore_border=False) + b,
    "rectified-first": lambda x, w, b: pool(relu(conv2d(x, w) + b)),
    "three-axes": lambda x, w, b: pool_3d(
        conv2d(x, w), (2, 2, 2), ignore_border=True, mode="average_inc_pad"
    ),
    "volumes": lambda x, w, b: pool_3d(
        conv3d(cube(x), cube(w[:, :1])), (2, 2, 2), ignore_border=True, mode="average_inc_pad"
    ),
}


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_others_are_left_alone(name):
    graph = graph_of(LEFT_ALONE[name])
    mode = C_MODE.excluding("lenet_average_of_filters")
    assert strides(rewritten_and_checked(graph)) == strides(rewritten_and_checked(graph, mode))


@pytest.mark.parametrize("known", [(None, 4, None, None), (None,) * 4, (2, 4, 11, None)], ids=str)
def test_images_of_unknown_size_are_left_alone(known):
    graph = graph_of(lambda x, w, b: pool(conv2d(x, w)) + b, known=known)
    assert strides(rewritten_and_checked(graph)) == separate((2, 2))


OTHER_READERS = {
    "output": lambda convolved, pooled: [convolved, pooled],
    "cost": lambda convolved, pooled: [pooled.sum() + pt.sqr(convolved).sum()],
    "other-pooling": lambda convolved, pooled: [pooled, pool(convolved, "max")],
}


@pytest.mark.parametrize("name", OTHER_READERS)
def test_a_convolution_that_is_needed_anyway_is_not_computed_twice(name):
    x, w = pt.tensor(shape=(None, 4, 11, 10)), pt.tensor(shape=(6, 4, 3, 2))
    convolved = conv2d(x, w)
    outputs = OTHER_READERS[name](convolved, pool(convolved))
    values = graph_of(lambda x, w, b: x).values[:2]
    fgraph = rewritten_and_checked(Graph([x, w], outputs, values))
    assert sum(type(op).__name__ in ("Conv", "FusedConv") for op in ops_of(fgraph)) == 1


def test_the_gradient_of_the_convolution_itself():
    x, w = pt.tensor(shape=(None, 4, 11, 10)), pt.tensor(shape=(6, 4, 3, 2))
    convolved = conv2d(x, w)
    cost = pt.sqr(pool(convolved)).sum()
    outputs = [cost, *pytensor.grad(cost, [convolved, x, w])]
    values = graph_of(lambda x, w, b: x).values[:2]
    rewritten_and_checked(Graph([x, w], outputs, values))


def test_the_gradient_of_a_gradient_survives():
    graph = graph_of(lambda x, w, b: pt.tanh(pool(conv2d(x, w) + b)))
    second = pytensor.grad(pt.sqr(graph.outputs[2]).sum(), list(graph.inputs))
    rewritten_and_checked(graph._replace(outputs=[*graph.outputs, *second]))


@pytest.mark.parametrize("name", ["lenet_average_of_filters", "lenet_fused_convolution"])
def test_the_rewrite_can_be_excluded_by_its_name(name):
    graph = graph_of(lambda x, w, b: relu(pool(conv2d(x, w)) + b))
    fgraph = rewritten_and_checked(graph, C_MODE.excluding(name))
    assert strides(fgraph) == separate((2, 2))


@in_modes("jax", "python")
def test_other_backends_never_see_it(mode_name):
    python = Mode(linker="py", optimizer="fast_run")
    mode = python if mode_name == "python" else get_mode(mode_name.upper())
    graph = graph_of(lambda x, w, b: relu(pool(conv2d(x, w)) + b))
    assert strides(rewritten(graph, mode.excluding("inplace", "fusion"))) == separate((2, 2))
