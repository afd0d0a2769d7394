from dataclasses import replace
from functools import cache
from itertools import islice

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from lenet.nnet.ops.conv import ConvGradWeights
from lenet.nnet.ops.fused_conv import FusedConvOp, FusedShape
from lenet.nnet.ops.static_conv_grad_weights import StaticConvGradWeights
from tests.nnet.modes import MODES, Graph, evaluate, in_modes
from tests.nnet.ops.test_fused_conv import VIEWS, few_integers, random_numbers
from tests.nnet.oracles import convolve_by_loops
from tests.nnet.rewrites.graphs import assert_agree
from tests.tiers import examples, some

SHAPES = {
    "one-channel": FusedShape((1, 7, 8), (17, 1, 3, 2)),
    "many-blocks-of-taps": FusedShape((3, 9, 8), (16, 3, 5, 6)),
    "two-blocks-of-maps": FusedShape((5, 6, 7), (33, 5, 3, 3), ((1, 1), (1, 1))),
    "odd-pads": FusedShape((2, 6, 5), (18, 2, 3, 2), ((1, 2), (0, 3)), filter_flip=False),
    "stride": FusedShape((3, 9, 12), (20, 3, 3, 2), ((1, 0), (0, 2)), stride=(2, 3)),
    "dilation": FusedShape((3, 8, 23), (16, 3, 2, 3), ((0, 1), (2, 0)), dilation=(3, 2)),
    "groups": FusedShape((6, 5, 19), (32, 3, 3, 3), ((1, 1), (1, 1)), groups=2),
    "groups-of-few-maps": FusedShape((4, 5, 19), (8, 1, 3, 3), ((1, 1), (1, 1)), groups=4),
    "few-maps-and-stride": FusedShape((2, 7, 40), (3, 2, 3, 3), ((1, 1), (2, 0)), stride=(2, 2)),
    "one-position": FusedShape((4, 3, 3), (5, 4, 3, 3)),
    "one-tap": FusedShape((37, 3, 6), (16, 37, 1, 1)),
    "wide": FusedShape((1, 3, 70), (17, 1, 2, 3)),
    "odd-row": FusedShape((2, 4, 9), (16, 2, 2, 3)),
    "four-columns": FusedShape((3, 4, 22), (20, 3, 1, 4), ((0, 0), (1, 0))),
    "five-columns": FusedShape((4, 6, 18), (17, 4, 2, 5), ((0, 1), (2, 2)), stride=(2, 1)),
    "seven-columns": FusedShape((1, 8, 20), (16, 1, 7, 7), ((3, 3), (3, 3))),
    "ten-columns": FusedShape((2, 6, 31), (16, 2, 3, 10), filter_flip=False, dilation=(2, 1)),
}
SAMPLE = (
    "odd-pads",
    "groups",
    "groups-of-few-maps",
    "dilation",
    "many-blocks-of-taps",
    "odd-row",
    "five-columns",
)
# What is compiled on each push, beside random shapes.
CHOSEN = ("one-channel", "two-blocks-of-maps", "stride", "groups", "groups-of-few-maps", "one-tap")
CASES = [
    *(("float64", name) for name in some(SHAPES, *CHOSEN, "five-columns")),
    *(("float32", name) for name in some(SAMPLE, "groups", "odd-pads")),
]
TOLERANCES = {"float32": 1e-5, "float64": 1e-12}
BATCH = 9


def graph_of(shape, dtype, values=(), has_bias=True):
    """Return the gradients of filters and, if asked for, bias."""
    maps, *output = shape.output
    sizes = [(None, *shape.image), (None, maps, *output)]
    inputs = [pt.tensor(dtype=dtype, shape=size) for size in sizes]
    return Graph(inputs, StaticConvGradWeights(shape, has_bias)(*inputs, return_list=True), values)


def arrays_of(shape, dtype, batch=BATCH, numbers=random_numbers):
    rng = np.random.default_rng(5)
    return [numbers(rng, (batch, *size)).astype(dtype) for size in (shape.image, shape.output)]


@cache
def compiled(mode_name, dtype):
    names = [name for case, name in CASES if case == dtype]
    graphs = [graph_of(SHAPES[name], dtype) for name in names]
    inputs, outputs = ([variable for graph in graphs for variable in graph[i]] for i in (0, 1))
    return pytensor.function(inputs, outputs, mode=MODES[mode_name])


def run(mode_name, dtype, arrays):
    """Return filters' and bias's gradients of all shapes of a type; `arrays` maps names to inputs."""
    names = [name for case, name in CASES if case == dtype]
    values = [array for name in names for array in arrays[name]]
    outputs = iter(compiled(mode_name, dtype)(*values))
    return {name: list(islice(outputs, 2)) for name in names}


@cache
def answers(mode_name, dtype, numbers):
    arrays = {name: arrays_of(shape, dtype, numbers=numbers) for name, shape in SHAPES.items()}
    return run(mode_name, dtype, arrays)


@pytest.mark.parametrize("name", SHAPES)
def test_in_python_they_are_what_plain_loops_say(name):
    shape = SHAPES[name]
    image, gradient = arrays_of(shape, "float64", 2)
    found, biases = evaluate(graph_of(shape, "float64", [image, gradient]), "python")
    channels, maps = shape.filters[1], shape.filters[0] // shape.groups
    for group in range(shape.groups):
        ours = slice(group * maps, (group + 1) * maps)
        _, _, expected = convolve_by_loops(
            image[:, group * channels : (group + 1) * channels],
            np.zeros((maps, *shape.filters[1:])),
            gradient[:, ours],
            pads=shape.pads,
            stride=shape.stride,
            dilation=shape.dilation,
            flip=shape.filter_flip,
        )
        assert_agree([found[ours]], [expected], TOLERANCES)
    assert_agree([biases], [gradient.sum(axis=(0, 2, 3))], TOLERANCES)


@in_modes("c")
@pytest.mark.parametrize("numbers", [random_numbers, few_integers], ids=["random", "integers"])
@pytest.mark.parametrize(("dtype", "name"), CASES)
def test_in_c_they_are_what_they_are_in_python(dtype, name, numbers, mode_name):
    found, expected = (answers(mode, dtype, numbers)[name] for mode in (mode_name, "python"))
    exact = dict.fromkeys(TOLERANCES, 0)  # are sums of integers
    assert_agree(found, expected, TOLERANCES if numbers is random_numbers else exact)


@in_modes("c")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_in_c_they_are_what_the_general_operator_says(dtype, mode_name):
    shape = SHAPES["groups"]
    values = arrays_of(shape, dtype)
    inputs = graph_of(shape, dtype).inputs
    op = StaticConvGradWeights(shape).unfused(ConvGradWeights)
    general = pytensor.function(
        inputs,
        op(*inputs, *shape.filters[2:]),
        mode=MODES[mode_name].excluding("lenet_static_conv"),
    )
    assert_agree(
        answers(mode_name, dtype, random_numbers)["groups"][:1], [general(*values)], TOLERANCES
    )


@in_modes("c", "python")
@pytest.mark.parametrize("batch", [0, 1, 4, 37])
def test_batches_of_other_sizes(batch, mode_name):
    values = {name: arrays_of(shape, "float64", batch) for name, shape in SHAPES.items()}
    for name, found in run(mode_name, "float64", values).items():
        more = [np.vstack([a, np.zeros((1, *a.shape[1:]))]) for a in values[name]]
        expected = evaluate(graph_of(SHAPES[name], "float64", more), "python")
        assert_agree(found, expected, TOLERANCES)


@in_modes("c", "python")
@pytest.mark.parametrize("view", VIEWS)
def test_the_layout_in_memory_does_not_matter(view, mode_name):
    values = {
        name: [VIEWS[view](array) for array in arrays_of(shape, "float64")]
        for name, shape in SHAPES.items()
    }
    expected = answers(mode_name, "float64", random_numbers)
    for name, found in run(mode_name, "float64", values).items():
        assert_agree(found, expected[name], TOLERANCES)


@in_modes("c")
@pytest.mark.parametrize("batch", [1, 7, 33])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_number_of_threads_does_not_change_a_bit(dtype, batch, mode_name):
    values = {name: arrays_of(shape, dtype, batch) for name, shape in SHAPES.items()}
    results = []
    for threads in (1, 2, 3, 5):
        with threadpool_limits(threads, user_api="openmp"):
            results.append(run(mode_name, dtype, values))
    for other in results[1:]:
        for name, expected in results[0].items():
            for one, same in zip(other[name], expected, strict=True):
                np.testing.assert_array_equal(one, same)


@in_modes("c")
def test_without_a_bias_there_is_one_output(mode_name):
    shape = SHAPES["groups-of-few-maps"]
    graph = graph_of(shape, "float64", arrays_of(shape, "float64"), has_bias=False)
    expected = answers("python", "float64", random_numbers)["groups-of-few-maps"]
    assert_agree(evaluate(graph, mode_name), expected[:1], TOLERANCES)


@st.composite
def shapes(draw):
    """Draw shapes whose images are just as large as their outputs need, or larger."""
    kernel = draw(st.tuples(st.integers(1, 5), st.integers(1, 6)))
    stride, dilation = (draw(st.sampled_from([(1, 1), (1, 1), (2, 1), (1, 3)])) for _ in range(2))
    pads = tuple((draw(st.integers(0, 2)), draw(st.integers(0, 2))) for _ in range(2))
    outputs = draw(st.tuples(st.integers(1, 9), st.integers(1, 19)))
    groups = draw(st.sampled_from([1, 1, 2, 3]))
    channels, maps = draw(st.integers(1, 20)), draw(st.integers(1, 40))
    image = [
        max(1, (n - 1) * s + (k - 1) * d + 1 - sum(pad) + draw(st.integers(0, s)))
        for n, s, k, d, pad in zip(outputs, stride, kernel, dilation, pads, strict=True)
    ]
    return FusedShape(
        (groups * channels, *image),
        (groups * maps, channels, *kernel),
        pads,
        stride=stride,
        dilation=dilation,
        filter_flip=draw(st.booleans()),
        keeps_winners=False,
        groups=groups,
    )


@in_modes("c")
@settings(max_examples=examples(8), deadline=None, derandomize=True)
@given(
    shape=shapes(),
    dtype=st.sampled_from(["float64", "float32"]),
    batch=st.sampled_from([1, 5, 17]),
    has_bias=st.booleans(),
)
def test_any_shape(mode_name, shape, dtype, batch, has_bias):
    graph = graph_of(shape, dtype, has_bias=has_bias)
    functions = [
        pytensor.function(graph.inputs, graph.outputs, mode=MODES[mode])
        for mode in (mode_name, "python")
    ]
    exact = dict.fromkeys(TOLERANCES, 0)
    for numbers, tolerances in ((random_numbers, TOLERANCES), (few_integers, exact)):
        values = arrays_of(shape, dtype, batch, numbers)
        assert_agree(*(function(*values) for function in functions), tolerances)


ODD_ONE = FusedShape((2, 5, 6), (3, 2, 2, 3))
ARGUMENTS = {"images": (4, 2, 5, 6), "output gradient": (4, 3, 4, 4)}
WRONG = [
    (what, axis, change)
    for what, shape in ARGUMENTS.items()
    for axis in range(len(shape))
    for change in (-1, 1)
]


@cache
def function_of_any_shapes():
    inputs = [pt.tensor(dtype="float64", shape=(None,) * 4) for _ in ARGUMENTS]
    outputs = StaticConvGradWeights(ODD_ONE, True)(*inputs)
    return pytensor.function(inputs, outputs, mode=MODES["c"])


@in_modes("c")
@pytest.mark.parametrize(("what", "axis", "change"), WRONG)
def test_arrays_of_another_shape_are_refused(what, axis, change, mode_name):
    shapes = ARGUMENTS | {
        what: tuple(n + change * (i == axis) for i, n in enumerate(ARGUMENTS[what]))
    }
    with pytest.raises(ValueError, match=r"fused convolution: the shape of the .* is not"):
        function_of_any_shapes()(*map(np.zeros, shapes.values()))


@in_modes("c")
def test_arrays_of_the_right_shape_are_not_refused(mode_name):
    filters, biases = function_of_any_shapes()(*map(np.ones, ARGUMENTS.values()))
    np.testing.assert_array_equal(filters, np.full((3, 2, 2, 3), 64.0))
    np.testing.assert_array_equal(biases, np.full(3, 64.0))


@pytest.mark.parametrize("name", SAMPLE)
def test_shapes_are_inferred_without_the_operator(name):
    shape = SHAPES[name]
    graph = graph_of(shape, "float64")
    function = pytensor.function(
        graph.inputs,
        [output.shape for output in graph.outputs],
        mode=MODES["python"],
        on_unused_input="ignore",
    )
    assert not any(isinstance(node.op, FusedConvOp) for node in function.maker.fgraph.apply_nodes)
    found = function(*arrays_of(shape, "float64", 1))
    assert [tuple(f) for f in found] == [shape.filters, shape.filters[:1]]


def test_equal_arguments_are_equal_operators():
    shape = SHAPES["stride"]
    assert StaticConvGradWeights(shape) == StaticConvGradWeights(replace(shape))
    assert StaticConvGradWeights(shape) != StaticConvGradWeights(shape, True)
    assert StaticConvGradWeights(shape) != StaticConvGradWeights(SHAPES["wide"])


def test_an_operator_says_what_is_special_about_it():
    assert str(StaticConvGradWeights(SHAPES["groups"])) == (
        "StaticConvGradWeights{6x5x19, 32x3x3x3, pads=((1, 1), (1, 1)), groups=2}"
    )
    assert str(StaticConvGradWeights(SHAPES["wide"], True)) == (
        "StaticConvGradWeights{1x3x70, 17x1x2x3, bias}"
    )
