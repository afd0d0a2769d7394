from functools import cache

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.gradient import verify_grad
from threadpoolctl import threadpool_limits

from lenet.nnet import conv2d
from lenet.nnet.ops.unshared import UnsharedConv, UnsharedGradInputs, UnsharedGradWeights
from tests.nnet.modes import MODES, Graph, evaluate, evaluate_together, in_modes
from tests.nnet.oracles import convolve_by_loops

# border mode, what it adds to filters of (3, 2), subsample, dilation, groups, flip
CASES = {
    "plain": ("valid", ((0, 0), (0, 0)), (1, 1), (1, 1), 1, True),
    "full": ("full", ((2, 2), (1, 1)), (1, 1), (1, 1), 1, True),
    "half-groups": ("half", ((1, 1), (1, 1)), (1, 2), (1, 1), 2, False),
    "pairs": (((1, 2), (0, 1)), ((1, 2), (0, 1)), (2, 1), (1, 1), 2, True),
    "dilated": ((1, 2), ((1, 1), (2, 2)), (2, 3), (2, 3), 1, False),
}
SIZES, KERNEL = (7, 6), (3, 2)
TOLERANCES = {"float32": {"rtol": 1e-4, "atol": 1e-4}, "float64": {"rtol": 1e-10, "atol": 1e-10}}
# One vector of samples, several of them, and more panels than are multiplied together.
BATCHES = (0, 1, 19, 300)


def values_of(case, dtype="float64", batch=2):
    """Return image, filters and a gradient of the output."""
    _, pads, stride, dilation, groups, _ = CASES[case]
    output = [
        (n + low + high - (k - 1) * d - 1) // s + 1
        for n, k, (low, high), s, d in zip(SIZES, KERNEL, pads, stride, dilation, strict=True)
    ]
    rng = np.random.default_rng(7)
    shapes = [(batch, 4, *SIZES), (6, *output, 4 // groups, *KERNEL), (batch, 6, *output)]
    return [rng.normal(size=shape).astype(dtype) for shape in shapes]


def geometry(case):
    border_mode, _, subsample, dilation, groups, flip = CASES[case]
    return {
        "border_mode": border_mode,
        "subsample": subsample,
        "filter_flip": flip,
        "filter_dilation": dilation,
        "num_groups": groups,
    }


def graph_of(case, dtype="float64"):
    values = values_of(case, dtype)
    x, w, g = (pt.tensor(dtype=dtype, shape=(None,) * value.ndim) for value in values)
    output = conv2d(x, w, unshared=True, **geometry(case))
    gradients = pytensor.grad(None, [x, w], known_grads={output: g})
    return Graph([x, w, g], [output, *gradients], values)


def by_loops(case):
    _, pads, stride, dilation, groups, flip = CASES[case]
    return convolve_by_loops(
        *values_of(case),
        pads=pads,
        stride=stride,
        dilation=dilation,
        groups=groups,
        flip=flip,
        unshared=True,
    )


@cache
def answers(mode_name):
    return evaluate_together({case: graph_of(case) for case in CASES}, mode_name)


@in_modes("c", "python", "jax")
@pytest.mark.parametrize("case", CASES)
def test_output_and_gradients_are_those_of_plain_loops(case, mode_name):
    for found, expected in zip(answers(mode_name)[case], by_loops(case), strict=True):
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, **TOLERANCES["float64"])


@in_modes("c", "numba", "python", "jax")
def test_single_precision_stays_single(mode_name):
    results = evaluate(graph_of("pairs", "float32"), mode_name)
    for found, expected in zip(results, by_loops("pairs"), strict=True):
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected, **TOLERANCES["float32"])


@cache
def function_of_any_batch(case, dtype, mode_name):
    graph = graph_of(case, dtype)
    return pytensor.function(graph.inputs, graph.outputs, mode=MODES[mode_name])


@in_modes("c")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("batch", BATCHES)
def test_c_agrees_with_its_specification_for_any_batch(batch, dtype, mode_name):
    values = values_of("pairs", dtype, batch)
    results, expected = (
        function_of_any_batch("pairs", dtype, name)(*values) for name in (mode_name, "python")
    )
    for found, array in zip(results, expected, strict=True):
        assert found.shape == array.shape
        scale = max(1, np.abs(array).max(initial=0))
        np.testing.assert_allclose(found / scale, array / scale, **TOLERANCES[dtype])


# Blocks and vectors that are full, and more of them; arrays are (batch, channels, maps).
LARGE = {"many-maps": (33, 3, 37), "many-channels": (20, 21, 5)}


@in_modes("c")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", LARGE)
def test_c_agrees_with_its_specification_for_more_maps_than_a_vector_holds(name, dtype, mode_name):
    batch, channels, maps = LARGE[name]
    rng = np.random.default_rng(11)
    shapes = [(batch, channels, 7, 6), (maps, 5, 5, channels, 3, 2), (batch, maps, 5, 5)]
    values = [rng.normal(size=shape).astype(dtype) for shape in shapes]
    results, expected = (
        function_of_any_batch("plain", dtype, mode)(*values) for mode in (mode_name, "python")
    )
    for found, array in zip(results, expected, strict=True):
        scale = np.abs(array).max()
        np.testing.assert_allclose(found / scale, array / scale, **TOLERANCES[dtype])


@in_modes("c")
def test_arrays_may_lie_in_memory_in_any_way(mode_name):
    image, filters, gradient = values_of("plain")
    views = [
        np.ascontiguousarray(image.T).T,
        np.ascontiguousarray(filters[..., ::-1])[..., ::-1],
        np.repeat(gradient, 2, axis=1)[:, ::2],
    ]
    results = function_of_any_batch("plain", "float64", mode_name)(*views)
    for found, expected in zip(results, by_loops("plain"), strict=True):
        np.testing.assert_allclose(found, expected, **TOLERANCES["float64"])


@in_modes("c")
def test_the_number_of_threads_does_not_change_a_bit(mode_name):
    function = function_of_any_batch("pairs", "float32", mode_name)
    values = values_of("pairs", "float32", 70)
    results = {}
    for threads in (1, 2, 3):
        with threadpool_limits(threads, user_api="openmp"):
            results[threads] = function(*values)
    for threads in (2, 3):
        for one, other in zip(results[1], results[threads], strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("case", ["half-groups", "dilated"])
def test_gradients_have_gradients(case):
    image, filters, gradient = values_of(case)
    arguments = {
        UnsharedGradInputs: ([filters, gradient], image.shape[2:]),
        UnsharedGradWeights: ([image, gradient], filters.shape[4:]),
    }
    for op, (values, sizes) in arguments.items():

        def function(first, second, op=op, sizes=sizes):
            return op(**geometry(case))(first, second, *sizes)

        verify_grad(function, values, rng=np.random.default_rng(5), mode=MODES["python"])


def test_filters_that_are_all_the_same_are_shared():
    rng = np.random.default_rng(3)
    image, filters = rng.normal(size=(2, 3, 6, 5)), rng.normal(size=(4, 3, 3, 2))
    everywhere = np.broadcast_to(filters[:, None, None], (4, 4, 4, 3, 3, 2))
    outputs = [conv2d(image, filters), conv2d(image, everywhere, unshared=True)]
    shared, unshared = evaluate(Graph([], outputs, []), "python")
    np.testing.assert_allclose(unshared, shared, rtol=1e-12)


def test_shapes_are_known_before_the_graph_runs():
    x, w = pt.tensor("x", shape=(2, None, None, 6)), pt.tensor("w", shape=(4, 5, None, 3, 3, 2))
    output = conv2d(x, w, unshared=True)
    assert output.type.shape == (2, 4, 5, 5)
    of_image, of_filters = pytensor.grad(output.sum(), [x, w])
    assert of_image.type.shape == (2, 3, None, 6)
    assert of_filters.type.shape == (4, 5, 5, None, 3, 2)
    images = conv2d(
        pt.tensor4(), pt.tensor(shape=(None,) * 6), (2, 3, 7, 6), (4, 5, 5, 3, 3, 2), unshared=True
    )
    assert images.type.shape == (2, 4, 5, 5)


def test_shapes_are_inferred_without_a_convolution():
    graph = graph_of("pairs")
    shapes = pytensor.function(
        graph.inputs,
        [output.shape for output in graph.outputs],
        mode=MODES["python"],
        on_unused_input="ignore",
    )
    found = [tuple(shape) for shape in shapes(*graph.values)]
    assert found == [array.shape for array in by_loops("pairs")]
    ops = [type(node.op) for node in shapes.maker.fgraph.apply_nodes]
    assert not {UnsharedConv, UnsharedGradInputs, UnsharedGradWeights} & set(ops)


IMAGE, FILTERS, GRADIENT = (1, 2, 5, 5), (3, 4, 4, 2, 2, 2), (1, 3, 4, 4)
WRONG = {
    "places": (
        UnsharedConv,
        (IMAGE, (3, 4, 3, 2, 2, 2)),
        r"for \(4, 3\) places, expected \(4, 4\)",
    ),
    "channels": (UnsharedConv, (IMAGE, (3, 4, 4, 1, 2, 2)), "image has 2 channels"),
    "small": (UnsharedConv, (IMAGE, (3, 4, 4, 2, 6, 2)), "smaller than the filters"),
    "maps": (UnsharedGradInputs, (FILTERS, (1, 2, 4, 4), 5, 5), "2 for 3 filters"),
    "image": (UnsharedGradInputs, (FILTERS, GRADIENT, 6, 5), r"\(4, 4\), expected \(5, 4\)"),
    "batch": (UnsharedGradWeights, (IMAGE, (2, 3, 4, 4), 2, 2), "2 for 1 images"),
    "kernel": (UnsharedGradWeights, (IMAGE, GRADIENT, 2, 3), r"\(4, 4\), expected \(4, 3\)"),
}


def wrong_graph(wrong, known):
    op, arguments, _ = WRONG[wrong]
    shapes = [a for a in arguments if isinstance(a, tuple)]
    sizes = [a for a in arguments if isinstance(a, int)]
    inputs = [pt.tensor(shape=s if known else (None,) * len(s)) for s in shapes]
    symbols = sizes if known else [pt.lscalar() for _ in sizes]
    values = [*map(np.ones, shapes), *sizes]
    return Graph([*inputs, *symbols], [op()(*inputs, *symbols)], values)


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_shapes_are_refused_when_the_graph_is_built(wrong):
    with pytest.raises(ValueError, match=WRONG[wrong][2]):
        wrong_graph(wrong, known=True)


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_shapes_are_refused_when_the_graph_runs(wrong):
    with pytest.raises(ValueError, match=WRONG[wrong][2]):
        evaluate(wrong_graph(wrong, known=False), "python")


WRONG_IN_C = {
    "places": r"for \(1, 4, 3\) places, expected \(1, 4, 4\)",
    "channels": "got 2 channels, expected 1",
    "small": "smaller than the filters",
    "maps": "got 2 maps in the output gradient, expected 3",
    "image": r"\(1, 4, 4\), expected \(1, 5, 4\)",
    "batch": "got 2 images in the output gradient, expected 1",
    "kernel": r"\(1, 4, 4\), expected \(1, 4, 3\)",
}


@in_modes("c")
@pytest.mark.parametrize("wrong", WRONG)
def test_c_refuses_wrong_shapes(wrong, mode_name):
    with pytest.raises(ValueError, match=WRONG_IN_C[wrong]):
        evaluate(wrong_graph(wrong, known=False), mode_name)
