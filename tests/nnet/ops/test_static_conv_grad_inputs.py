from functools import cache

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from lenet.nnet.ops.fused_conv import FusedShape
from lenet.nnet.ops.static_conv_grad_inputs import StaticConvGradInputs
from tests.nnet.modes import MODES, Graph, evaluate, in_modes
from tests.nnet.oracles import convolve_by_loops
from tests.nnet.rewrites.graphs import assert_agree
from tests.tiers import examples, some

SHAPES = {
    "one-pixel": FusedShape((1, 1, 1), (1, 1, 1, 1)),
    "many-channels": FusedShape((19, 6, 7), (5, 19, 3, 2)),
    "two-vectors": FusedShape((32, 5, 5), (3, 32, 3, 3)),
    "flat": FusedShape((9, 1, 21), (4, 9, 1, 5), filter_flip=False),
    "tall": FusedShape((9, 21, 1), (4, 9, 5, 1)),
    "half": FusedShape((18, 9, 20), (3, 18, 3, 3), ((1, 1), (1, 1))),
    "wide": FusedShape((17, 3, 75), (2, 17, 2, 3), ((0, 1), (1, 0))),
    "stride": FusedShape((10, 9, 40), (3, 10, 3, 2), ((1, 0), (0, 2)), stride=(2, 3)),
    "stride-of-gaps": FusedShape((10, 9, 8), (3, 10, 1, 1), stride=(3, 2)),
    "dilation": FusedShape((10, 9, 30), (5, 10, 2, 3), ((0, 1), (2, 0)), dilation=(3, 4)),
    "stride-and-dilation": FusedShape(
        (10, 9, 33), (5, 10, 3, 3), ((2, 1), (3, 4)), stride=(3, 2), dilation=(2, 2)
    ),
    "padding-beyond-filters": FusedShape((9, 4, 5), (3, 9, 2, 2), ((3, 2), (4, 2))),
    "groups": FusedShape((18, 6, 7), (6, 9, 3, 3), ((1, 1), (1, 1)), groups=2),
    "thin": FusedShape((2, 9, 33), (3, 2, 3, 2), ((1, 2), (0, 1)), filter_flip=False),
    "depthwise": FusedShape((3, 9, 17), (6, 1, 3, 3), ((1, 1), (1, 1)), stride=(1, 2), groups=3),
    "long-rows": FusedShape((9, 3, 40), (2, 9, 1, 16), ((0, 0), (5, 5))),
    "one-tap": FusedShape((21, 9, 15), (5, 21, 1, 1), dilation=(1, 99)),
    "one-tap-groups": FusedShape((18, 4, 9), (6, 9, 1, 1), groups=2),
    "one-tap-small-planes": FusedShape((9, 2, 3), (4, 9, 1, 1), filter_flip=False),
}
# What has a kernel of its own for other vectors.
SINGLE = ("many-channels", "stride", "dilation", "groups", "thin", "one-tap")
# What is compiled on each push, beside random shapes.
CHOSEN = ("half", "stride", "dilation", "padding-beyond-filters", "groups", "thin", "one-tap")
CASES = [
    *(("float64", name) for name in some(SHAPES, *CHOSEN)),
    *(("float32", name) for name in some(SINGLE, "many-channels", "thin")),
]
TOLERANCES = {"float32": 1e-5, "float64": 1e-12}
# More than the samples that the kernel treats together, and not a multiple of them.
BATCH = 7


def graph_of(shape, dtype, values=()):
    sizes = shape.filters, (None, *shape.output)
    inputs = [pt.tensor(dtype=dtype, shape=size) for size in sizes]
    return Graph(inputs, [StaticConvGradInputs(shape)(*inputs)], values)


def arrays_of(shape, dtype, batch=BATCH):
    """Return filters and the gradient of the output."""
    rng = np.random.default_rng(3)
    sizes = shape.filters, (batch, *shape.output)
    return [rng.normal(size=size).astype(dtype) for size in sizes]


@cache
def compiled(mode_name, dtype):
    """Compile the Ops of all shapes of a type together."""
    graphs = [graph_of(SHAPES[name], dtype) for case, name in CASES if case == dtype]
    inputs, outputs = ([variable for graph in graphs for variable in graph[i]] for i in (0, 1))
    return pytensor.function(inputs, outputs, mode=MODES[mode_name])


def run(mode_name, dtype, view=np.asarray, batch=BATCH):
    """Return the gradients for all shapes of a type."""
    names = [name for case, name in CASES if case == dtype]
    arrays = [view(a) for name in names for a in arrays_of(SHAPES[name], dtype, batch)]
    return dict(zip(names, compiled(mode_name, dtype)(*arrays), strict=True))


@pytest.mark.parametrize("name", SHAPES)
def test_in_python_it_is_what_plain_loops_say(name):
    shape = SHAPES[name]
    filters, gradient = arrays_of(shape, "float64", 2)
    (found,) = evaluate(graph_of(shape, "float64", [filters, gradient]), "python")
    _, expected, _ = convolve_by_loops(
        np.zeros((2, *shape.image)),
        filters,
        gradient,
        pads=shape.pads,
        stride=shape.stride,
        dilation=shape.dilation,
        groups=shape.groups,
        flip=shape.filter_flip,
    )
    assert_agree([found], [expected], TOLERANCES)


@in_modes("c")
@pytest.mark.parametrize("batch", [0, 1, BATCH])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_in_c_it_is_what_it_is_in_python(dtype, batch, mode_name):
    found, expected = (run(mode, dtype, batch=batch) for mode in (mode_name, "python"))
    assert_agree(found.values(), expected.values(), TOLERANCES)


VIEWS = {
    "transposed": lambda a: np.ascontiguousarray(a.T).T,
    "reversed": lambda a: np.flip(np.ascontiguousarray(np.flip(a))),
    "every-other": lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
    "read-only": lambda a: np.broadcast_to(a, a.shape),
}


@in_modes("c")
@pytest.mark.parametrize("view", VIEWS)
def test_the_layout_in_memory_does_not_matter(view, mode_name):
    found, expected = run(mode_name, "float64", VIEWS[view]), run(mode_name, "float64")
    for name in found:
        np.testing.assert_array_equal(found[name], expected[name])


@in_modes("c")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_number_of_threads_does_not_change_a_bit(dtype, mode_name):
    results = []
    for threads in (1, 2, 5):
        with threadpool_limits(threads, user_api="openmp"):
            results.append(run(mode_name, dtype, batch=13))
    for other in results[1:]:
        for name, expected in results[0].items():
            np.testing.assert_array_equal(other[name], expected)


@in_modes("c")
def test_the_batch_does_not_change_a_sample(mode_name):
    one, many = (run(mode_name, "float64", lambda a: a[:6], batch) for batch in (6, 9))
    for name, expected in one.items():
        np.testing.assert_array_equal(many[name], expected)


@in_modes("c")
def test_zeros_around_a_gradient_are_not_multiplied(mode_name):
    shape = FusedShape((9, 4, 5), (3, 9, 2, 2), stride=(2, 3))
    graph = graph_of(
        shape, "float64", [np.full(shape.filters, np.inf), np.ones((2, *shape.output))]
    )
    (found,), (expected,) = (evaluate(graph, mode) for mode in (mode_name, "python"))
    np.testing.assert_array_equal(found, expected)
    assert (found == 0).any()


@in_modes("c")
@pytest.mark.parametrize(
    ("what", "sizes"),
    {
        "filters": [(3, 2, 3, 3), (4, 3, 4, 4)],
        "output gradient": [(3, 2, 2, 3), (4, 3, 5, 4)],
    }.items(),
)
def test_arrays_of_other_shapes_are_refused(what, sizes, mode_name):
    shape = FusedShape((2, 5, 6), (3, 2, 2, 3))
    inputs = pt.tensor4("filters"), pt.tensor4("gradient")
    function = pytensor.function(
        inputs, StaticConvGradInputs(shape)(*inputs), mode=MODES[mode_name]
    )
    with pytest.raises(ValueError, match=f"shape of the {what} is not the one"):
        function(*(np.zeros(size, dtype=inputs[0].dtype) for size in sizes))


@st.composite
def shapes(draw):
    """Draw shapes whose images are just as large as their outputs need, or larger."""
    kernel = draw(st.tuples(st.integers(1, 5), st.integers(1, 5)))
    stride, dilation = (draw(st.tuples(st.integers(1, 3), st.integers(1, 3))) for _ in range(2))
    pads = tuple((draw(st.integers(0, 6)), draw(st.integers(0, 6))) for _ in range(2))
    outputs = draw(st.tuples(st.integers(1, 6), st.integers(1, 40)))
    groups = draw(st.sampled_from([1, 1, 2, 3]))
    channels, maps = draw(st.integers(1, 36)), draw(st.integers(1, 5))
    image = [
        max(1, (n - 1) * s + (k - 1) * d + 1 - sum(pad) + draw(st.integers(0, s - 1)))
        for n, s, k, d, pad in zip(outputs, stride, kernel, dilation, pads, strict=True)
    ]
    return FusedShape(
        (groups * channels, *image),
        (groups * maps, channels, *kernel),
        pads,
        stride=stride,
        dilation=dilation,
        filter_flip=draw(st.booleans()),
        groups=groups,
    )


@in_modes("c")
@settings(max_examples=examples(5), deadline=None, derandomize=True)
@given(shape=shapes(), dtype=st.sampled_from(["float64", "float32"]), batch=st.integers(1, 6))
def test_any_shape(mode_name, shape, dtype, batch):
    graph = graph_of(shape, dtype)
    values = arrays_of(shape, dtype, batch)
    found, expected = (
        pytensor.function(graph.inputs, graph.outputs, mode=MODES[mode])(*values)
        for mode in (mode_name, "python")
    )
    assert_agree(found, expected, TOLERANCES)
