"""What is not fused, or only in part, and where: the other half of the tests of `conv_pool`."""

import importlib

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode, get_mode, optdb
from pytensor.graph.traversal import applys_between

import lenet.nnet
from lenet.nnet import conv2d, conv3d, pool_3d, relu
from lenet.nnet.ops.fused_conv import FusedConv, FusedConvOp
from tests.nnet.modes import MODES, Graph, evaluate_together, in_modes
from tests.nnet.rewrites.graphs import (
    C_MODE,
    WHOLE_C_MODE,
    assert_agree,
    evaluate_plainly,
    names_of,
    ops_of,
    rewritten,
    rewritten_and_checked,
)
from tests.nnet.rewrites.test_fused_conv import (
    FILTERS,
    FUSED,
    IMAGE,
    NETWORK,
    NETWORKS,
    SEPARATE,
    SIZES,
    cost_of,
    graph_of,
    offsets,
    pool,
    values_of,
)

LEFT_ALONE = {
    "groups": lambda x, w, b: conv2d(
        pt.concatenate([x, x], axis=1), pt.concatenate([w, w]), num_groups=2
    ),
    "long-rows": lambda x, w, b: conv2d(
        pt.concatenate([x] * 3, axis=3), pt.concatenate([w] * 9, axis=3)
    ),
}


@pytest.mark.parametrize("name", LEFT_ALONE)
@pytest.mark.parametrize("network", ["pool", "rectifier"])
def test_other_convolutions_are_left_alone(network, name):
    last = pool if network == "pool" else relu
    names = names_of(rewritten_and_checked(graph_of(lambda *args: last(LEFT_ALONE[name](*args)))))
    assert not {*FUSED} & {*names}
    assert {*SEPARATE} <= {*names}


POOLINGS = {
    "overlapping": {"ws": (3, 3), "stride": (2, 2)},
    "gaps": {"ws": (2, 2), "stride": (3, 2)},
    "padded": {"pad": (1, 0)},
    "border-kept": {"ignore_border": False, "ws": (3, 2)},
    "too-large": {"ws": (4, 4)},
    "image-smaller-than-window": {"ws": (11, 11), "ignore_border": False},
}


@pytest.mark.parametrize("name", POOLINGS)
def test_other_poolings_are_left_alone(name):
    graph = graph_of(lambda x, w, b: relu(pool(conv2d(x, w), **POOLINGS[name]) + offsets(b)))
    names = names_of(rewritten_and_checked(graph))
    assert {*SEPARATE, "Pool", "MaxPoolGrad"} <= {*names}
    assert not {*FUSED} & {*names}


KNOWN = {
    "nothing": [(None,) * 4, (None,) * 4, (None,)],
    "channels": [(None, None, 12, 11), (4, None, 3, 2), (4,)],
    "rows": [(None, 3, None, 11), FILTERS, (4,)],
    "filters": [(None, *IMAGE), (4, 3, None, None), (4,)],
    "maps": [(None, *IMAGE), (None, 3, 3, 2), (None,)],
}


@pytest.mark.parametrize("network", ["pool-bias-act", "bias-act-pool", "bias-act"])
@pytest.mark.parametrize("known", KNOWN)
def test_unknown_sizes_are_left_alone(known, network):
    graph = graph_of(lambda x, w, b: NETWORKS[network](x, w, b, relu), KNOWN[known])
    names = names_of(rewritten_and_checked(graph))
    assert {*SEPARATE} <= {*names}
    assert not {*FUSED} & {*names}


# Maps, channels and side of the filters in float64, and whether there is a kernel for the shape alone.
WIDE = {
    "LeNet, conv3": (64, 31, 3, True),
    "wide LeNet, conv3": (256, 128, 3, True),
    "one vector at a time": (512, 16, 5, True),
    "many channels": (2, 640, 5, True),
    "too many channels": (2, 1024, 5, False),
    "too many maps": (512, 512, 3, False),
    "as many as anybody could ask for": (2, 100_000, 5, False),
}


@pytest.mark.parametrize("name", WIDE)
def test_what_would_take_a_compiler_minutes_is_left_to_kernels_for_any_shape(name):
    maps, channels, side, is_fused = WIDE[name]
    known = [(None, channels, 12, 12), (maps, channels, side, side), (maps,)]
    graph = graph_of(lambda x, w, b: NETWORKS["pool-bias-act"](x, w, b, relu), known)
    names = {*names_of(rewritten(graph))}
    assert bool({*FUSED} & names) == is_fused
    assert ({*SEPARATE} <= names) == (not is_fused)


def test_volumes_are_left_alone():
    def network(x, w, b):
        images, filters = (v.dimshuffle(0, "x", 1, 2, 3) for v in (x, w))
        return relu(pool_3d(conv3d(images, filters), (1, 2, 2), ignore_border=True))

    names = names_of(rewritten_and_checked(graph_of(network)))
    assert not {*FUSED} & {*names}
    assert {*SEPARATE} <= {*names}


BIASES = {
    "for-each-pixel": lambda b: b[:, None, None] + np.eye(3, dtype="float32"),
    "for-each-column": lambda b: b[:3].dimshuffle("x", "x", "x", 0),
    "scalar": lambda b: b.sum(),
    "single-map": lambda b: pt.specify_shape(b[:1], (1,)).dimshuffle("x", 0, "x", "x"),
    "of-higher-precision": lambda b: pt.cast(offsets(b), "float64"),
}


@pytest.mark.parametrize("name", BIASES)
def test_other_biases_are_added_after_the_convolution(name):
    graph = graph_of(
        lambda x, w, b: relu(pool(conv2d(x, w), (2, 2))[:, :, :3, :3] + BIASES[name](b)),
        values=values_of(dtype="float32"),
    )
    assert "FusedConv" in names_of(rewritten_and_checked(graph))
    graph = graph_of(
        lambda x, w, b: pt.tanh(pool(conv2d(x, w)) + BIASES["of-higher-precision"](b)),
        values=values_of(dtype="float32"),
    )
    assert graph.outputs[0].type.dtype == "float64"
    assert "FusedConv" in names_of(rewritten_and_checked(graph))


def branched(network):
    """Return a convolution's intermediate results and the result."""
    x, w, b = (pt.tensor(shape=size) for size in SIZES)
    convolved = conv2d(x, w)
    if network == "bias-act-pool":
        biased = convolved + offsets(b)
        rectified = relu(biased)
        steps = [convolved, biased, rectified, pool(rectified)]
    else:
        pooled = pool(convolved)
        biased = pooled + offsets(b)
        steps = [convolved, pooled, biased, relu(biased)]
    return [x, w, b], steps


@pytest.mark.parametrize("use", ["output", "cost", "gradient"])
@pytest.mark.parametrize("step", range(3))
@pytest.mark.parametrize("network", ["pool-bias-act", "bias-act-pool"])
def test_a_step_that_others_read_too_is_kept(network, step, use):
    inputs, steps = branched(network)
    cost = cost_of(steps[-1])
    outputs, asked = [steps[-1]], list(inputs)
    if use == "cost":
        cost = cost + pt.sqr(steps[step]).sum() + pt.exp(-steps[step]).sum()
    elif use == "output":
        outputs.append(steps[step])
    else:
        asked.append(steps[step])
    graph = Graph(inputs, [*outputs, *pytensor.grad(cost, asked)], values_of())
    fgraph = rewritten_and_checked(graph)
    # Each step is computed only once, whatever it is now called.
    assert sum(name in ("Conv", "FusedConv") for name in names_of(fgraph)) == 1
    assert sum(name.endswith("GradWeights") for name in names_of(fgraph)) == 1
    if step == 0 or use == "gradient":
        complete = [op for op in ops_of(fgraph) if isinstance(op, FusedConvOp)]
        assert not any(op.shape.window == (2, 2) and op.shape.slope_at_zero for op in complete)


def test_two_readers_of_one_convolution():
    x, w, b = (pt.tensor(shape=size) for size in SIZES)
    convolved = conv2d(x, w)
    both = [pool(convolved), pool(convolved, (3, 2)), relu(convolved + offsets(b))]
    cost = sum(cost_of(y) for y in both)
    graph = Graph([x, w, b], [*both, *pytensor.grad(cost, [x, w, b])], values_of())
    assert names_of(rewritten_and_checked(graph)).count("Conv") == 1


def test_two_convolutions_of_the_same_images():
    x, w, b = (pt.tensor(shape=size) for size in SIZES)
    both = [NETWORK(x, w, b, relu), NETWORK(x, 2 * w, b, pt.tanh)]
    cost = sum(cost_of(y) for y in both)
    graph = Graph([x, w, b], [*both, *pytensor.grad(cost, [x, w, b])], values_of())
    names = names_of(rewritten_and_checked(graph))
    assert names == [name for name in FUSED for _ in range(2)]


@pytest.mark.parametrize("network", NETWORKS)
def test_two_costs_of_one_network(network):
    x, w, b = (pt.tensor(shape=size) for size in SIZES)
    y = NETWORKS[network](x, w, b, relu)
    gradients = [
        gradient
        for cost in (cost_of(y), pt.sin(y).sum())
        for gradient in pytensor.grad(cost, [x, w])
    ]
    graph = Graph([x, w, b], [y, *gradients], values_of())
    names = names_of(rewritten_and_checked(graph))
    assert names == ["FusedConv", *["FusedConvGradInputs"] * 2, *["FusedConvGradWeights"] * 2]


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("activation", [relu, pt.tanh], ids=["relu", "tanh"])
def test_the_gradient_of_a_gradient_survives(activation, network):
    graph = graph_of(
        lambda x, w, b: NETWORKS[network](x, w, b, activation), values=values_of(ties=False)
    )
    second = pytensor.grad(
        pt.sqr(graph.outputs[2]).sum(), list(graph.inputs), disconnected_inputs="ignore"
    )
    rewritten_and_checked(graph._replace(outputs=[*graph.outputs, *second]))


def fused_parts(fgraph):
    """Return whether the fused convolution of a graph, if there is one, pools, adds and rectifies."""
    for node in fgraph.apply_nodes:
        if isinstance(node.op, FusedConv):
            shape = node.op.shape
            return shape.window != (1, 1), len(node.inputs) == 3, shape.slope_at_zero is not None
    return None


@pytest.mark.parametrize(
    ("network", "name", "expected"),
    [
        ("pool-bias-act", "nothing", (True, True, True)),
        ("pool-bias-act", "lenet_relu", (True, True, False)),
        ("pool-bias-act", "lenet_conv_pool", None),
        ("pool-bias-act", "lenet_conv_bias", (True, False, False)),
        ("pool-bias-act", "lenet_conv_relu", (True, True, False)),
        ("pool-bias-act", "lenet_fused_convolution", None),
        ("bias-act-pool", "nothing", (True, True, True)),
        ("bias-act-pool", "lenet_relu", (False, True, False)),
        ("bias-act-pool", "lenet_relu_after_max_pool", (False, True, True)),
        ("bias-act-pool", "lenet_conv_pool", (False, True, False)),
        ("bias-act-pool", "lenet_conv_bias", (True, True, True)),
        ("bias-act-pool", "lenet_conv_relu", (True, True, False)),
        ("bias-act-pool", "lenet_fused_convolution", None),
    ],
)
def test_each_rewrite_can_be_excluded_by_its_name(network, name, expected):
    graph = graph_of(lambda x, w, b: NETWORKS[network](x, w, b, relu))
    assert fused_parts(rewritten_and_checked(graph, C_MODE.excluding(name))) == expected


@in_modes("jax", "python")
@pytest.mark.parametrize("network", NETWORKS)
def test_other_backends_never_see_the_operators(network, mode_name):
    python = Mode(linker="py", optimizer="fast_run")
    mode = python if mode_name == "python" else get_mode(mode_name.upper())
    graph = graph_of(lambda x, w, b: NETWORKS[network](x, w, b, relu))
    fgraph = rewritten(graph, mode.excluding("inplace", "fusion"))
    assert {*SEPARATE} <= {*names_of(fgraph)} <= {*SEPARATE, "Pool", "MaxPoolGrad"}


@in_modes("python")
def test_a_compiled_function_of_another_backend_does_not_have_them(mode_name):
    graph = graph_of(lambda x, w, b: NETWORK(x, w, b, relu))
    function = pytensor.function(graph.inputs, graph.outputs, mode=MODES[mode_name])
    assert not {*FUSED} & {*names_of(function.maker.fgraph)}


@in_modes("c")
def test_the_graph_that_is_compiled_is_not_changed(mode_name):
    graph = graph_of(lambda x, w, b: NETWORK(x, w, b, relu))

    def description():
        return [
            (node, node.op, *node.inputs) for node in applys_between(graph.inputs, graph.outputs)
        ]

    before = description()
    function = pytensor.function(graph.inputs, graph.outputs, mode=MODES[mode_name])
    assert {*FUSED} <= {*names_of(function.maker.fgraph)}
    assert description() == before
    assert_agree(function(*graph.values), evaluate_plainly(graph, graph.values))


STATIC = {
    "convolution": lambda x, w, b: conv2d(x, w),
    "half": lambda x, w, b: conv2d(x, w, border_mode="half", filter_flip=False),
    "full": lambda x, w, b: conv2d(x, w, border_mode="full"),
    "asymmetric": lambda x, w, b: conv2d(x, w, border_mode=((0, 1), (2, 0))),
    "more-than-full": lambda x, w, b: conv2d(x, w, border_mode=(1, 2)),
    "stride": lambda x, w, b: conv2d(x, w, subsample=(1, 2)),
    "dilation": lambda x, w, b: conv2d(x, w, filter_dilation=(1, 2)),
    "groups": lambda x, w, b: conv2d(x, w[:3, :1], num_groups=3),
    "bias-tanh": lambda x, w, b: pt.tanh(conv2d(x, w, border_mode="half") + offsets(b)),
    "overlapping": lambda x, w, b: relu(pool(conv2d(x, w), (3, 3), stride=(2, 2))),
}


@pytest.mark.parametrize("known", [SIZES, KNOWN["nothing"], KNOWN["filters"]], ids=str)
@pytest.mark.parametrize("name", STATIC)
def test_convolutions_with_nothing_to_be_fused_with(name, known):
    """With the rewrites that take kernels for known sizes for them."""
    values = values_of(ties=name != "bias-tanh")
    rewritten_and_checked(graph_of(STATIC[name], known, values), WHOLE_C_MODE)


@in_modes("c")
def test_convolutions_with_nothing_to_be_fused_with_in_c(mode_name):
    graphs = {name: graph_of(STATIC[name]) for name in ("half", "bias-tanh")}
    for name, found in evaluate_together(graphs, mode_name).items():
        assert_agree(found, evaluate_plainly(graphs[name], graphs[name].values))


def test_importing_again_registers_nothing_twice():
    def names():
        return [rewrite for rewrite in optdb.__position__ if rewrite.startswith("lenet_")]

    before = names()
    assert {"lenet_relu", "lenet_fused_convolution"} <= {*before}
    importlib.reload(lenet.nnet)
    assert names() == before
