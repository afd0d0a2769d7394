import json

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenet.Lenet5 import Lenet5
from lenet.nnet import conv2d, pool_2d, relu
from tests.covering import pairwise
from tests.golden_files import golden_arrays
from tests.nnet.modes import MODES, Graph, evaluate_together, in_modes
from tests.nnet.rewrites.graphs import (
    assert_agree,
    evaluate_plainly,
    names_of,
    ops_of,
    rewritten,
    rewritten_and_checked,
)
from tests.nnet.rewrites.test_relu import FORMS as RECTIFIERS
from tests.tiers import examples

FUSED = ["FusedConv", "FusedConvGradInputs", "FusedConvGradWeights"]
SEPARATE = ["Conv", "ConvGradInputs", "ConvGradWeights"]
IMAGE, FILTERS = (3, 12, 11), (4, 3, 3, 2)
SIZES = [(None, *IMAGE), FILTERS, FILTERS[:1]]


def values_of(image=IMAGE, filters=FILTERS, dtype="float64", ties=True):
    """Return images, filters and a bias: small integers, whose sums are often the same, or any."""
    rng = np.random.default_rng(7)
    sizes = [(3, *image), filters, filters[:1]]
    if ties:
        return [rng.integers(-1, 2, size).astype(dtype) for size in sizes]
    return [rng.normal(size=size).astype(dtype) for size in sizes]


def cost_of(y):
    """Return a cost whose gradient is different everywhere, and nowhere zero, least of all at zero."""
    weights = pt.arange(y.shape[0]).dimshuffle(0, *"x" * (y.ndim - 1)) + 1
    return (pt.sqr(y + 1.5) * pt.cast(weights, y.dtype)).sum()


def graph_of(network, types=None, values=None):
    """Return a network's output and the gradients of a cost with respect to its three arguments."""
    values = values_of() if values is None else values
    with pytensor.config.change_flags(floatX=str(values[0].dtype)):
        x, w, b = (pt.tensor(shape=shape) for shape in types or SIZES)
        y = network(x, w, b)
        gradients = pytensor.grad(cost_of(y), [x, w, b], disconnected_inputs="ignore")
    return Graph([x, w, b], [y, *gradients], values)


def offsets(b):
    return b.dimshuffle("x", 0, "x", "x")


def pool(image, ws=(2, 2), **arguments):
    return pool_2d(image, ws, **{"ignore_border": True, **arguments})


# A network of one convolution: of images, filters, bias and activation.
NETWORKS = {
    "pool-bias-act": lambda x, w, b, act: act(pool(conv2d(x, w)) + offsets(b)),
    "bias-pool-act": lambda x, w, b, act: act(pool(conv2d(x, w) + offsets(b))),
    "bias-act-pool": lambda x, w, b, act: pool(act(conv2d(x, w) + offsets(b))),
    "act-pool-bias": lambda x, w, b, act: pool(act(conv2d(x, w))) + offsets(b),
    "pool-act": lambda x, w, b, act: act(pool(conv2d(x, w))),
    "act-pool": lambda x, w, b, act: pool(act(conv2d(x, w))),
    "bias-act": lambda x, w, b, act: act(conv2d(x, w) + offsets(b)),
    "act": lambda x, w, b, act: act(conv2d(x, w)),
}
NETWORK = NETWORKS["pool-bias-act"]


CASES = [
    *((network, "theano", dtype) for network in NETWORKS for dtype in ("float32", "float64")),
    *(
        (network, form, "float64")
        for network in ("pool-bias-act", "act-pool")
        for form in RECTIFIERS
    ),
]


@pytest.mark.parametrize(("network", "form", "dtype"), CASES)
def test_one_convolution_becomes_one_op_with_two_gradients(network, form, dtype):
    rectifier, slope = RECTIFIERS[form]
    graph = graph_of(
        lambda x, w, b: NETWORKS[network](x, w, b, rectifier), values=values_of(dtype=dtype)
    )
    fgraph = rewritten_and_checked(graph)
    assert names_of(fgraph) == FUSED
    shapes = {op.shape for op in ops_of(fgraph)}
    assert len(shapes) == 1
    (shape,) = shapes
    assert shape.slope_at_zero == slope
    assert shape.window == ((2, 2) if "pool" in network else (1, 1))
    assert shape.bias_first == network.startswith("bias") * ("pool" in network)


@pytest.mark.parametrize("network", NETWORKS)
def test_forward_only(network):
    graph = graph_of(lambda x, w, b: NETWORKS[network](x, w, b, relu))
    fgraph = rewritten_and_checked(graph._replace(outputs=graph.outputs[:1]))
    assert names_of(fgraph) == ["FusedConv"]


FIRST = [
    *((order, "none") for order in ("bias-pool-act", "pool-act")),
    *(
        (order, form)
        for order in ("bias-act-pool", "bias-pool-act", "pool-act")
        for form in RECTIFIERS
    ),
]


@pytest.mark.parametrize(("order", "form"), FIRST)
def test_the_first_of_equal_maxima_wins_in_the_fused_kernel_too(order, form):
    act, slope = RECTIFIERS.get(form, (lambda y: y, 0))

    def network(x, w, b):
        steps = {
            "bias": lambda y: y + offsets(b),
            "act": act,
            "pool": lambda y: pool(y, mode="max_first"),
        }
        y = conv2d(x, w)
        for step in order.split("-"):
            y = steps[step](y)
        return y

    fgraph = rewritten_and_checked(graph_of(network))
    # Of several zeros, a rectifier with a slope there has to know which one was first.
    assert (names_of(fgraph) == FUSED) is (slope == 0 or not order.endswith("act-pool"))


NOT_RECTIFIED = {
    "pool-bias-act": FUSED,
    "bias-pool-act": FUSED,
    "pool-act": FUSED,
    "bias-act": ["ConvGradInputs", "ConvGradWeights", "FusedConv"],
    "act": SEPARATE,
    "bias-act-pool": ["ConvGradInputs", "ConvGradWeights", "FusedConv", "MaxPoolGrad", "Pool"],
    "act-pool": [*SEPARATE, "MaxPoolGrad", "Pool"],
}


@pytest.mark.parametrize("activation", [pt.tanh, lambda y: y], ids=["tanh", "none"])
@pytest.mark.parametrize("network", NOT_RECTIFIED)
def test_what_comes_before_another_activation_is_fused(network, activation):
    graph = graph_of(lambda x, w, b: NETWORKS[network](x, w, b, activation))
    expected = NOT_RECTIFIED[network]
    if activation is not pt.tanh and network.endswith("act-pool"):
        expected = FUSED
    assert names_of(rewritten_and_checked(graph)) == expected


WINDOWS = [(1, 2), (2, 1), (2, 2), (3, 2), (3, 3), (5, 3), (2, 5)]
BORDERS = ["valid", "half", "full", 1, (0, 2), ((1, 0), (2, 3))]


@pytest.mark.parametrize(
    ("border", "window", "flip"), pairwise(border=BORDERS, window=WINDOWS, flip=(True, False))
)
def test_borders_and_windows(border, window, flip):
    def network(x, w, b):
        convolved = conv2d(x, w, border_mode=border, filter_flip=flip)
        return relu(pool(convolved, window) + offsets(b))

    fgraph = rewritten_and_checked(graph_of(network))
    assert names_of(fgraph) == FUSED
    assert {op.shape.window for op in ops_of(fgraph)} == {window}


SPELLINGS = {
    "bias-first-in-sum": lambda x, w, b: relu(offsets(b) + pool(conv2d(x, w))),
    "bias-by-index": lambda x, w, b: relu(pool(conv2d(x, w)) + b[None, :, None, None]),
    "border-kept": lambda x, w, b: relu(
        pool(conv2d(x, w), (5, 1), ignore_border=False) + offsets(b)
    ),
    "stride-said": lambda x, w, b: relu(pool(conv2d(x, w), stride=(2, 2), pad=(0, 0)) + offsets(b)),
    "shapes-said": lambda x, w, b: relu(
        pool(conv2d(x, w, input_shape=(None, *IMAGE), filter_shape=FILTERS)) + offsets(b)
    ),
    "shape-of-a-result": lambda x, w, b: relu(pool(conv2d(x, w)) + offsets(b)).reshape((3, -1)),
    "window-of-one": lambda x, w, b: relu(pool(conv2d(x, w), (1, 1)) + offsets(b)),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_other_ways_to_say_the_same(name):
    assert names_of(rewritten_and_checked(graph_of(SPELLINGS[name]))) == FUSED


def test_the_shape_of_the_convolution_may_be_read():
    def network(x, w, b):
        convolved = conv2d(x, w)
        return relu(pool(convolved) + offsets(b)) / convolved.shape[0] + convolved.shape[2]

    assert names_of(rewritten_and_checked(graph_of(network))) == FUSED


@pytest.mark.parametrize("known", ["batch", "bias"])
def test_more_or_less_may_be_known_of_the_shapes(known):
    types = [(3, *IMAGE), FILTERS, FILTERS[:1]] if known == "batch" else [*SIZES[:2], (None,)]
    graph = graph_of(lambda x, w, b: NETWORK(x, w, b, relu), types)
    assert names_of(rewritten_and_checked(graph)) == FUSED


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ([1], ["FusedConv", "FusedConvGradInputs"]),
        ([2], ["FusedConv", "FusedConvGradWeights"]),
        ([3], ["FusedConv", "FusedConvGradWeights"]),
        ([2, 3], ["FusedConv", "FusedConvGradWeights"]),
    ],
    ids=["images", "filters", "bias", "filters-and-bias"],
)
@pytest.mark.parametrize("network", ["pool-bias-act", "bias-act-pool", "bias-act"])
def test_gradients_that_nobody_asks_for_are_not_computed(network, asked, expected):
    graph = graph_of(lambda x, w, b: NETWORKS[network](x, w, b, relu))
    graph = graph._replace(outputs=[graph.outputs[i] for i in asked])
    assert names_of(rewritten_and_checked(graph)) == expected


def test_two_layers():
    def network(x, w, b):
        y = relu(pool(conv2d(x, w, border_mode="half")) + offsets(b))
        return pool(pt.tanh(conv2d(y[:, :3], w, border_mode=1) + offsets(b)), (2, 3))

    names = names_of(rewritten_and_checked(graph_of(network)))
    assert [names.count(name) for name in FUSED] == [2, 1, 1]

    def similar(x, w, b):
        y = relu(pool(conv2d(x, w)) + offsets(b))
        return pt.maximum(pool(conv2d(y[:, :3], w) + offsets(b), (1, 2)), 0)

    names = names_of(rewritten_and_checked(graph_of(similar)))
    assert names == [name for name in FUSED for _ in range(2)]


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("size", [(1, 4), (2, 1), (1, 1)], ids=str)
def test_results_of_one_row_or_column(size, network):
    """The sum that is the gradient of the bias leaves out the axes that have nothing to be summed."""
    window = (2, 2) if "pool" in network else (1, 1)
    rows, columns = (n * w for n, w in zip(size, window, strict=True))
    image = (3, rows + 2, columns + 1)
    types, values = [(None, *image), *SIZES[1:]], values_of(image)
    graph = graph_of(lambda x, w, b: NETWORKS[network](x, w, b, relu), types, values)
    assert graph.outputs[0].type.shape == (None, 4, *size)
    assert names_of(rewritten_and_checked(graph)) == FUSED


def test_precisions_that_are_not_that_of_the_configuration():
    """Where floatX is float64, the gradient of a comparison is zeros of float64."""
    x, w, b = (pt.tensor(dtype="float32", shape=size) for size in SIZES)
    y = NETWORK(x, w, b, lambda y: pt.switch(y > 0, y, 0))
    outputs = [y, *pytensor.grad(cost_of(y), [x, w, b])]
    fgraph = rewritten_and_checked(Graph([x, w, b], outputs, values_of(dtype="float32")))
    assert names_of(fgraph) == FUSED


@pytest.mark.parametrize(
    ("name", "steps", "border", "network"),
    pairwise(
        name=("subsample", "filter_dilation"),
        steps=((2, 1), (1, 3)),
        border=("valid", "half", "full", ((1, 0), (2, 3))),
        network=("pool-bias-act", "bias-act"),
    ),
)
def test_strides_and_dilation(name, steps, border, network):
    def one_convolution(x, w, b):
        convolved = conv2d(x, w, border_mode=border, **{name: steps})
        pooled = pool(convolved) if network == "pool-bias-act" else convolved
        return relu(pooled + offsets(b))

    assert names_of(rewritten_and_checked(graph_of(one_convolution))) == FUSED


@st.composite
def networks(draw):
    """Draw a network of one convolution, its sizes and its words."""
    kernel = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    window = draw(st.sampled_from([(2, 2), (3, 2), (1, 3), (3, 3), (3, 5)]))
    image = [2 * w + k - 1 + draw(st.integers(0, 7)) for w, k in zip(window, kernel, strict=True)]
    channels, maps = draw(st.integers(1, 18)), draw(st.integers(1, 18))
    return {
        "image": (channels, *image),
        "filters": (maps, channels, *kernel),
        "window": window,
        "border": draw(st.sampled_from(BORDERS)),
        "flip": draw(st.booleans()),
        "form": draw(st.sampled_from(sorted(RECTIFIERS))),
        "network": draw(st.sampled_from(sorted(NETWORKS))),
        "batch": draw(st.sampled_from([1, 2, 5])),
        "dtype": draw(st.sampled_from(["float64", "float32"])),
    }


def graph_of_drawn(drawn, ties):
    def network(x, w, b):
        convolved = conv2d(x, w, border_mode=drawn["border"], filter_flip=drawn["flip"])
        bias, (act, _) = offsets(b), RECTIFIERS[drawn["form"]]
        steps = {"pool": lambda y: pool(y, drawn["window"]), "bias": lambda y: y + bias, "act": act}
        for step in drawn["network"].split("-"):
            convolved = steps[step](convolved)
        return convolved

    image, filters, bias = values_of(drawn["image"], drawn["filters"], drawn["dtype"], ties)
    types = [(None, *image.shape[1:]), filters.shape, bias.shape]
    image = np.concatenate([image, -image])[: drawn["batch"]]
    return graph_of(network, types, [image, filters, bias])


@settings(max_examples=examples(12), deadline=None, derandomize=True)
@given(drawn=networks())
def test_any_network(drawn):
    for ties in (True, False):
        assert names_of(rewritten_and_checked(graph_of_drawn(drawn, ties))) == FUSED


@in_modes("c")
@settings(max_examples=examples(3), deadline=None, derandomize=True)
@given(drawn=networks())
def test_any_network_in_c(mode_name, drawn):
    graphs = [graph_of_drawn(drawn, ties) for ties in (True, False)]
    function = pytensor.function(graphs[0].inputs, graphs[0].outputs, mode=MODES[mode_name])
    assert {*FUSED} <= {*names_of(function.maker.fgraph)}
    for graph in graphs:
        assert_agree(function(*graph.values), evaluate_plainly(graph, graph.values))


def golden_graphs():
    """Return the convolutions of the original software that can be fused, with a bias of zero."""
    arrays = golden_arrays("theano_conv_pool.npz")
    graphs, answers = {}, {}
    for case, description in enumerate(json.loads(str(arrays["cases"]))):
        keywords = description["kw"]
        whole = all(np.all(keywords.get(k, 1) == np.int64(1)) for k in ("subsample", "num_groups"))
        if description["kind"] != "conv2d" or not whole:
            continue
        border = keywords.get("border_mode", "valid")
        image, filters, result = (arrays[f"{case}_{name}"] for name in ("x", "w", "out"))
        x, w, b, slope = (
            pt.tensor(shape=size)
            for size in ((None, *image.shape[1:]), filters.shape, filters.shape[:1], result.shape)
        )
        y = conv2d(
            x,
            w,
            border_mode=tuple(border) if isinstance(border, list) else border,
            filter_flip=keywords.get("filter_flip", True),
            filter_dilation=tuple(keywords.get("filter_dilation", (1, 1))),
        ) + offsets(b)
        gradients = pytensor.grad(None, [x, w], known_grads={y: slope})
        values = [image, filters, np.zeros(len(filters)), np.cos(result)]
        graphs[case] = Graph([x, w, b, slope], [y, *gradients], values)
        answers[case] = [result, arrays[f"{case}_gx"], arrays[f"{case}_gw"]]
    return graphs, answers


@in_modes("c")
def test_convolutions_are_those_of_theano(mode_name):
    graphs, answers = golden_graphs()
    fused = [name for name in graphs if "FusedConv" in names_of(rewritten(graphs[name]))]
    assert fused
    for name, found in evaluate_together({n: graphs[n] for n in fused}, mode_name).items():
        assert_agree(found, answers[name])


def test_the_network_of_the_package_is_fused():
    """That it repeats the training of the original program is tested with the network."""
    x, y = pt.matrix("x"), pt.ivector("y")
    model = Lenet5(x, y, np.random.default_rng(0), (4, 5, 6, 7), 28, 3, 2, 0.001)
    outputs = [model.cost, model.errors, *pytensor.grad(model.cost, model.params)]
    names = names_of(rewritten(Graph([x, y, *model.params], outputs, [])))
    assert [names.count(name) for name in FUSED] == [3, 2, 3]
    assert {*names} == {*FUSED, "ScalarRelu", "ScalarReluGrad"}
