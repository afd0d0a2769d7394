from dataclasses import replace
from functools import cache
from itertools import islice

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_info, threadpool_limits

from lenet.nnet.ops.fused_conv import (
    FusedConv,
    FusedConvGradInputs,
    FusedConvGradWeights,
    FusedConvOp,
    FusedShape,
)
from tests.nnet.modes import (
    GRAPHS_IN_ONE_FUNCTION,
    MODES,
    Graph,
    evaluate,
    evaluate_together,
    in_modes,
)
from tests.nnet.oracles import convolve_by_loops, pool_by_loops
from tests.nnet.rewrites.graphs import assert_agree
from tests.tiers import examples, some

SHAPES = {
    "lenet": FusedShape((1, 12, 12), (6, 1, 5, 5), window=(2, 2), slope_at_zero=0.5),
    "many-maps": FusedShape((3, 7, 8), (21, 3, 2, 3), window=(2, 3), slope_at_zero=0.0),
    "many-channels": FusedShape((19, 5, 6), (4, 19, 3, 2), window=(2, 2), slope_at_zero=1.0),
    "bias-first": FusedShape(
        (2, 7, 7), (5, 2, 2, 2), window=(3, 2), bias_first=True, slope_at_zero=0.5
    ),
    "stride": FusedShape(
        (2, 9, 12), (3, 2, 3, 2), ((1, 0), (0, 2)), stride=(2, 3), window=(2, 2), slope_at_zero=0.5
    ),
    "dilation": FusedShape(
        (3, 8, 9), (5, 3, 2, 3), ((0, 1), (2, 0)), dilation=(3, 2), window=(1, 2), slope_at_zero=0.0
    ),
    "padded": FusedShape(
        (3, 6, 5), (4, 3, 3, 2), ((1, 2), (0, 3)), window=(1, 2), slope_at_zero=0.5
    ),
    "padded-many-channels": FusedShape(
        (17, 4, 5),
        (3, 17, 2, 3),
        ((1, 0), (2, 1)),
        filter_flip=False,
        window=(2, 2),
        bias_first=True,
        slope_at_zero=0.0,
    ),
    "full": FusedShape((3, 3, 4), (3, 3, 1, 4), ((0, 0), (3, 3)), window=(2, 2)),
    "seven-positions": FusedShape((2, 3, 15), (9, 2, 2, 2), window=(1, 7), slope_at_zero=0.5),
    "eight-positions": FusedShape(
        (1, 6, 9), (3, 1, 2, 2), window=(2, 4), bias_first=True, slope_at_zero=1.0
    ),
    "fifteen-positions": FusedShape(
        (2, 9, 8), (3, 2, 3, 3), filter_flip=False, window=(3, 5), slope_at_zero=0.5
    ),
    "first-winner": FusedShape(
        (2, 7, 9), (5, 2, 2, 2), window=(2, 2), slope_at_zero=0.5, first_winner=True
    ),
    "first-winner-wide": FusedShape(
        (3, 9, 40), (17, 3, 3, 3), window=(3, 3), bias_first=True, first_winner=True
    ),
    "no-pooling": FusedShape((2, 5, 6), (9, 2, 3, 3), slope_at_zero=0.5),
    "bias-alone": FusedShape((3, 5, 4), (2, 3, 2, 2)),
    "one-output": FusedShape((2, 4, 4), (3, 2, 3, 3), window=(2, 2), slope_at_zero=0.5),
    "long-rows": FusedShape((1, 4, 40), (2, 1, 1, 16), window=(3, 3), slope_at_zero=0.5),
    "wide": FusedShape((1, 3, 70), (17, 1, 2, 3), window=(1, 2), slope_at_zero=0.5),
}
SAMPLE = ("many-maps", "padded-many-channels", "fifteen-positions", "one-output")
# What is compiled on each push, beside random shapes.
CHOSEN = ("lenet", "many-channels", "stride", "wide", "first-winner")
CASES = [
    *(("float64", name) for name in some(SHAPES, *CHOSEN, *SAMPLE)),
    *(("float32", name) for name in some(SAMPLE, "many-maps")),
]
OUTPUTS = ("result", "winners", "images", "filters", "bias")
TOLERANCES = {"float32": 1e-5, "float64": 1e-12, "uint8": 0, "uint16": 0}
# More than the samples that the kernels treat together, and not a multiple of them.
BATCH = 9


def graph_of(shape, dtype, values=()):
    """Return result and winners, and the gradients of images, filters and bias."""
    sizes = [(None, *shape.image), shape.filters, shape.filters[:1], (None, *shape.output)]
    image, filters, bias, gradient = (pt.tensor(dtype=dtype, shape=size) for size in sizes)
    result, winners = FusedConv(shape)(image, filters, bias)
    images = FusedConvGradInputs(shape)(filters, winners, gradient)
    weights, biases = FusedConvGradWeights(shape)(image, winners, gradient)
    outputs = [result, winners, images, weights, biases]
    return Graph([image, filters, bias, gradient], outputs, values)


def random_numbers(rng, size):
    return rng.normal(size=size)


def few_integers(rng, size):
    """Return numbers whose sums are exact and often the same, and often zero."""
    return rng.integers(-1, 2, size)


def arrays_of(shape, dtype, batch=BATCH, numbers=random_numbers):
    """Return images, filters, a bias and a gradient of the result."""
    rng = np.random.default_rng(3)
    sizes = [(batch, *shape.image), shape.filters, shape.filters[:1], (batch, *shape.output)]
    return [numbers(rng, size).astype(dtype) for size in sizes]


def constant_arrays(shape, dtype, batch=BATCH):
    """Return arrays whose convolution is the same everywhere but for its padding, less a bias: zero."""
    image, filters, bias, gradient = arrays_of(shape, dtype, batch, few_integers)
    image[:] = filters[:] = 1
    bias[:] = -np.prod(shape.filters[1:])
    return [image, filters, bias, gradient]


DATA = {
    "random": arrays_of,
    "ties": lambda *arguments: arrays_of(*arguments, numbers=few_integers),
    "constant": constant_arrays,
}


@cache
def compiled(mode_name, dtype, names):
    """Compile the Ops of some shapes together."""
    graphs = [graph_of(SHAPES[name], dtype) for name in names]
    inputs, outputs = ([variable for graph in graphs for variable in graph[i]] for i in (0, 1))
    return pytensor.function(inputs, outputs, mode=MODES[mode_name])


def run(mode_name, dtype, arrays):
    """Return the outputs of all shapes of a type; `arrays` maps their names to their inputs."""
    names = [name for case, name in CASES if case == dtype]
    results = {}
    for start in range(0, len(names), GRAPHS_IN_ONE_FUNCTION):
        together = tuple(names[start : start + GRAPHS_IN_ONE_FUNCTION])
        values = [array for name in together for array in arrays[name]]
        outputs = iter(compiled(mode_name, dtype, together)(*values))
        results |= {name: list(islice(outputs, len(OUTPUTS))) for name in together}
    return results


@cache
def answers(mode_name, dtype, data):
    return run(mode_name, dtype, {name: DATA[data](SHAPES[name], dtype) for name in SHAPES})


def expected_by_loops(shape, image, filters, bias, gradient):
    """Return what the outputs are by their definitions."""
    convolution = {"pads": shape.pads, "stride": shape.stride, "dilation": shape.dilation}
    convolution["flip"] = shape.filter_flip
    windows = {"ws": shape.window, "stride": shape.window, "pad": (0, 0)}
    windows |= {"ignore_border": True, "mode": "max_first" if shape.first_winner else "max"}
    offsets = bias[:, None, None]

    convolved, _, _ = convolve_by_loops(image, filters, **convolution)
    values = convolved + offsets if shape.bias_first else convolved
    pooled, _, _ = pool_by_loops(values, **windows)
    result = pooled if shape.bias_first else pooled + offsets
    slopes = np.ones(result.shape)
    if shape.slope_at_zero is not None:
        slopes = np.where(result == 0, shape.slope_at_zero, result > 0)
        result = np.where(result < 0, 0, result)
    reaching = gradient * slopes
    _, spread, _ = pool_by_loops(values, reaching, **windows)
    _, images, weights = convolve_by_loops(image, filters, spread, **convolution)
    biases = (spread if shape.bias_first else reaching).sum(axis=(0, 2, 3))

    half = 0x80 if np.prod(shape.window) < 8 else 0x8000
    winners = np.zeros(result.shape, dtype=shape.winner_dtype)
    rows, columns = shape.window
    for place in np.ndindex(*result.shape):
        sample, channel, row, column = place
        corner = row * rows, column * columns
        window = values[
            sample, channel, corner[0] : corner[0] + rows, corner[1] : corner[1] + columns
        ]
        if slopes[place]:
            equal = np.flatnonzero(window.ravel() == window.max())[
                : 1 if shape.first_winner else None
            ]
            winners[place] = (1 << equal).sum() + (half if slopes[place] == 0.5 else 0)
    return [result, winners, images, weights, biases]


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("name", SHAPES)
def test_in_python_they_are_what_plain_loops_say(name, data):
    shape = SHAPES[name]
    values = DATA[data](shape, "float64", 1)
    found = evaluate(graph_of(shape, "float64", values), "python")
    assert_agree(found, expected_by_loops(shape, *values), TOLERANCES)


@in_modes("c")
@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize(("dtype", "name"), CASES)
def test_in_c_they_are_what_they_are_in_python(dtype, name, data, mode_name):
    found, expected = (answers(mode, dtype, data)[name] for mode in (mode_name, "python"))
    if data == "random":
        assert_agree(found, expected, TOLERANCES)
    else:  # sums of integers are exact
        assert_agree(found, expected, dict.fromkeys(TOLERANCES, 0))


def test_the_data_have_ties_and_zeros():
    """What the other tests rely on."""
    shape = SHAPES["lenet"]
    result, winners, *_ = answers("python", "float64", "ties")["lenet"]
    winners = winners & ~np.uint8(0x80)
    assert ((winners & (winners - 1)) > 0).any()
    assert (result == 0).any()
    result, winners, *_ = answers("python", "float64", "constant")["lenet"]
    np.testing.assert_array_equal(result, np.zeros((BATCH, *shape.output)))
    np.testing.assert_array_equal(winners, np.full(result.shape, 0b10001111))


@in_modes("c", "python")
@pytest.mark.parametrize("batch", [0, 1, 4])
def test_batches_of_other_sizes(batch, mode_name):
    values = {name: arrays_of(SHAPES[name], "float64", batch) for name in SHAPES}
    for name, found in run(mode_name, "float64", values).items():
        image, filters, bias, gradient = values[name]
        # Samples do not know of each other, but their gradients of filters and bias are summed.
        padding = np.zeros((1, *image.shape[1:])), np.zeros((1, *gradient.shape[1:]))
        more = [np.vstack([image, padding[0]]), filters, bias, np.vstack([gradient, padding[1]])]
        expected = evaluate(graph_of(SHAPES[name], "float64", more), "python")
        assert_agree(found, [a[:batch] for a in expected[:3]] + expected[3:], TOLERANCES)


@in_modes("c", "python")
def test_what_is_not_a_number_wins_and_gets_no_gradient(mode_name):
    values = {name: arrays_of(SHAPES[name], "float64", 2) for name in SHAPES}
    for image, *_ in values.values():
        image[0, 0, 1, 1] = np.nan
    for name, (found, winners, *_) in run(mode_name, "float64", values).items():
        shape = SHAPES[name]
        image, filters, bias, _ = values[name]
        finite = [np.nan_to_num(image, nan=7.0), filters, bias, values[name][3]]
        result, *_ = evaluate(graph_of(shape, "float64", finite), "python")
        pixels = np.isnan(image[:1, :1]).astype(float)
        reached, _, _ = convolve_by_loops(
            pixels,
            np.ones((1, 1, *filters.shape[2:])),
            pads=shape.pads,
            stride=shape.stride,
            dilation=shape.dilation,
        )
        lost = np.zeros(result.shape, dtype=bool)
        lost[0] = shape.in_windows(np.repeat(reached, len(filters), axis=1)).any(axis=(0, 1))[0]
        assert lost.any()
        assert not winners[lost].any()
        np.testing.assert_allclose(found, np.where(lost, np.nan, result), rtol=1e-12, atol=1e-12)


@in_modes("c")
def test_infinities_give_what_they_give_in_python(mode_name):
    values = {name: arrays_of(SHAPES[name], "float64", 2) for name in SHAPES}
    for image, *_ in values.values():
        image[0, 0, 1, 1], image[1, 0, 2, 1] = np.inf, -np.inf
    with np.errstate(invalid="ignore"):
        expected = run("python", "float64", values)
    for name, (found, winners, *_) in run(mode_name, "float64", values).items():
        np.testing.assert_allclose(found, expected[name][0], rtol=1e-12, atol=1e-12)
        np.testing.assert_array_equal(winners, expected[name][1])


VIEWS = {
    "transposed": lambda a: np.ascontiguousarray(a.T).T,
    "reversed": lambda a: np.flip(np.ascontiguousarray(np.flip(a))),
    "every-other": lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
    "read-only": lambda a: np.broadcast_to(a, a.shape),
}


@in_modes("c", "python")
@pytest.mark.parametrize("view", VIEWS)
def test_the_layout_in_memory_does_not_matter(view, mode_name):
    values = {
        name: [VIEWS[view](array) for array in arrays_of(SHAPES[name], "float64")]
        for name in SHAPES
    }
    expected = answers(mode_name, "float64", "random")
    for name, found in run(mode_name, "float64", values).items():
        assert_agree(found, expected[name], TOLERANCES)


@in_modes("c")
@pytest.mark.parametrize("batch", [1, 7, 33])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_number_of_threads_does_not_change_a_bit(dtype, batch, mode_name):
    values = {name: arrays_of(SHAPES[name], dtype, batch) for name in SHAPES}
    results = {}
    for threads in (1, 2, 3, 5):
        with threadpool_limits(threads, user_api="openmp"):
            pools = [pool for pool in threadpool_info() if pool["user_api"] == "openmp"]
            assert pools
            assert all(pool["num_threads"] == threads for pool in pools)
            results[threads] = run(mode_name, dtype, values)
    for threads in (2, 3, 5):
        for name, expected in results[1].items():
            for one, other in zip(results[threads][name], expected, strict=True):
                np.testing.assert_array_equal(one, other)


@st.composite
def fused_shapes(draw):
    """Draw shapes whose images are just as large as their outputs need, or larger."""
    kernel = draw(st.tuples(st.integers(1, 5), st.integers(1, 5)))
    window = draw(st.sampled_from([(1, 1), (2, 2), (3, 2), (1, 3), (3, 5)]))
    stride, dilation = (draw(st.sampled_from([(1, 1), (1, 1), (2, 1), (1, 3)])) for _ in range(2))
    pads = tuple((draw(st.integers(0, 2)), draw(st.integers(0, 2))) for _ in range(2))
    outputs = draw(st.tuples(st.integers(1, 5), st.integers(1, 9)))
    channels, maps = draw(st.integers(1, 20)), draw(st.integers(1, 36))
    image = [
        max(1, (n * w - 1) * s + (k - 1) * d + 1 - sum(pad) + draw(st.integers(0, w)))
        for n, w, s, k, d, pad in zip(outputs, window, stride, kernel, dilation, pads, strict=True)
    ]
    return FusedShape(
        (channels, *image),
        (maps, channels, *kernel),
        pads,
        stride=stride,
        dilation=dilation,
        filter_flip=draw(st.booleans()),
        window=window,
        bias_first=draw(st.booleans()),
        slope_at_zero=draw(st.sampled_from([None, 0.0, 0.5, 1.0])),
    )


@in_modes("c")
@settings(max_examples=examples(5), deadline=None, derandomize=True)
@given(
    shape=fused_shapes(),
    dtype=st.sampled_from(["float64", "float32"]),
    batch=st.sampled_from([1, 5, 17]),
)
def test_any_shape(mode_name, shape, dtype, batch):
    graph = graph_of(shape, dtype)
    functions = [
        pytensor.function(graph.inputs, graph.outputs, mode=MODES[mode])
        for mode in (mode_name, "python")
    ]
    for data, tolerances in (("random", TOLERANCES), ("ties", dict.fromkeys(TOLERANCES, 0))):
        values = DATA[data](shape, dtype, batch)
        found, expected = (function(*values) for function in functions)
        assert_agree(found, expected, tolerances)


ODD_ONE = FusedShape((2, 5, 6), (3, 2, 2, 3), window=(2, 2), slope_at_zero=0.5)
ARGUMENTS = {
    FusedConv: {"images": (4, 2, 5, 6), "filters": (3, 2, 2, 3), "biases": (3,)},
    FusedConvGradWeights: {
        "images": (4, 2, 5, 6),
        "winners": (4, 3, 2, 2),
        "output gradient": (4, 3, 2, 2),
    },
    FusedConvGradInputs: {
        "filters": (3, 2, 2, 3),
        "winners": (4, 3, 2, 2),
        "output gradient": (4, 3, 2, 2),
    },
}
WRONG = [
    (op, what, axis, change)
    for op, shapes in ARGUMENTS.items()
    for what, shape in shapes.items()
    for axis in range(len(shape))
    for change in (-1, 1)
    # Any batch is right where the arrays agree, and the first array says what it is.
    if not (op is FusedConv and what == "images" and axis == 0)
]


@cache
def function_of_any_shapes(op):
    """Compile an Op whose inputs' shapes are not known beforehand."""
    inputs = [
        pt.tensor(dtype="uint8" if what == "winners" else "float64", shape=(None,) * len(shape))
        for what, shape in ARGUMENTS[op].items()
    ]
    return pytensor.function(inputs, op(ODD_ONE)(*inputs, return_list=True), mode=MODES["c"])


@in_modes("c")
@pytest.mark.parametrize(
    ("op", "what", "axis", "change"),
    WRONG,
    ids=lambda value: value.__name__ if isinstance(value, type) else str(value),
)
def test_arrays_of_another_shape_are_refused(op, what, axis, change, mode_name):
    shapes = dict(ARGUMENTS[op])
    shapes[what] = tuple(n + change * (i == axis) for i, n in enumerate(shapes[what]))
    arrays = [
        np.zeros(shape, "uint8" if name == "winners" else "float64")
        for name, shape in shapes.items()
    ]
    with pytest.raises(ValueError, match=r"fused convolution: the shape of the .* is not"):
        function_of_any_shapes(op)(*arrays)


@in_modes("c")
@pytest.mark.parametrize("op", ARGUMENTS, ids=lambda op: op.__name__)
def test_arrays_of_the_right_shape_are_not_refused(op, mode_name):
    arrays = [
        np.ones(shape, "uint8" if name == "winners" else "float64")
        for name, shape in ARGUMENTS[op].items()
    ]
    outputs = op(ODD_ONE)(*arrays, return_list=True)
    for found, output in zip(function_of_any_shapes(op)(*arrays), outputs, strict=True):
        assert found.shape == output.type.shape


@in_modes("c", "python")
def test_without_gradients_no_winners_are_kept(mode_name):
    graphs, expected = {}, {}
    for name in SAMPLE:
        values = arrays_of(SHAPES[name], "float64")[:3]
        outputs = FusedConv(replace(SHAPES[name], keeps_winners=False))(*values, return_list=True)
        graphs[name] = Graph([], outputs, [])
        expected[name] = answers("python", "float64", "random")[name][:1]
    for name, found in evaluate_together(graphs, mode_name).items():
        assert_agree(found, expected[name], TOLERANCES)


@in_modes("c", "python")
@pytest.mark.parametrize("name", SAMPLE)
def test_without_a_bias_it_is_zero(name, mode_name):
    image, filters, _, _ = arrays_of(SHAPES[name], "float64")
    outputs = FusedConv(SHAPES[name])(image, filters)
    found = evaluate(Graph([], outputs, []), mode_name)
    bias = np.zeros(len(filters))
    expected = evaluate(Graph([], FusedConv(SHAPES[name])(image, filters, bias), []), "python")
    assert_agree(found, expected, TOLERANCES)


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_are_inferred_without_the_operators(name):
    values = arrays_of(SHAPES[name], "float64")
    graph = graph_of(SHAPES[name], "float64", values)
    function = pytensor.function(
        graph.inputs,
        [output.shape for output in graph.outputs],
        mode=MODES["python"],
        on_unused_input="ignore",
    )
    assert not any(isinstance(node.op, FusedConvOp) for node in function.maker.fgraph.apply_nodes)
    image, filters, bias, gradient = (array.shape for array in values)
    expected = [gradient, gradient, image, filters, bias]
    for found, shape in zip(function(*values), expected, strict=True):
        np.testing.assert_array_equal(found, shape)


@pytest.mark.parametrize("name", SHAPES)
def test_what_is_computed_has_the_shape_of_the_types(name):
    graph = graph_of(SHAPES[name], "float32", arrays_of(SHAPES[name], "float32"))
    for found, output in zip(evaluate(graph, "python"), graph.outputs, strict=True):
        assert found.dtype == output.type.dtype
        assert [n for n in output.type.shape if n is not None] == [
            n for n, known in zip(found.shape, output.type.shape, strict=True) if known is not None
        ]


@pytest.mark.parametrize(
    ("window", "dtype"), [((1, 1), "uint8"), ((1, 7), "uint8"), ((2, 4), "uint16")], ids=str
)
def test_winners_have_a_bit_for_each_position_and_one_more(window, dtype):
    assert FusedShape((1, 20, 20), (1, 1, 2, 2), window=window).winner_dtype == dtype


def test_equal_shapes_are_equal_operators():
    one, other = FusedShape((1, 4, 4), (2, 1, 3, 3)), FusedShape((1, 4, 4), (2, 1, 3, 3))
    assert FusedConv(one) == FusedConv(other)
    assert hash(FusedConv(one)) == hash(FusedConv(other))
    assert FusedConv(one) != FusedConvGradWeights(one)
    assert FusedConv(one) != FusedConv(SHAPES["lenet"])


def test_an_operator_says_what_is_special_about_it():
    assert str(FusedConv(SHAPES["bias-alone"])) == "FusedConv{3x5x4, 2x3x2x2}"
    assert str(FusedConvGradInputs(SHAPES["padded"])) == (
        "FusedConvGradInputs{3x6x5, 4x3x3x2, pads=((1, 2), (0, 3)), window=(1, 2), relu}"
    )
