from functools import cache

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytensor.gradient import DisconnectedInputError, verify_grad
from threadpoolctl import threadpool_limits

from lenet.nnet import max_pool_2d_same_size, pool_2d, pool_3d
from lenet.nnet.ops.pool import MODES as POOLINGS
from lenet.nnet.ops.pool import MaxPoolGrad, MaxPoolTangent, Pool, PoolGrad, PoolOp
from tests.covering import by_tier
from tests.nnet.modes import MODES, Graph, evaluate, evaluate_together, in_modes
from tests.nnet.oracles import pool_by_loops
from tests.nnet.pool_windows import CASES, CHOSEN, WINDOWS
from tests.tiers import examples

SAMPLE = [
    *((windows, "max") for windows in ("plain", "overlapping-border", "two-axes", "no-images")),
    *(("padded", mode) for mode in POOLINGS),
    ("pairs", "max"),
    ("pairs-wide", "max"),
    ("3d", "max"),
    ("3d-padded", "average_inc_pad"),
]
TOLERANCES = {"float32": {"rtol": 1e-5, "atol": 1e-5}, "float64": {"rtol": 1e-12, "atol": 1e-12}}


def pool(image, ws, **arguments):
    operator = pool_3d if np.size(ws) == 3 else pool_2d
    return operator(image, ws, **arguments)


@cache
def arrays_of(windows):
    """Return an image with equal numbers, a gradient of the pooled one and a change of the image."""
    shape, arguments = WINDOWS[windows]
    rng = np.random.default_rng(3)
    image = rng.integers(-4, 4, shape).astype("float64")
    gradient = rng.normal(size=pool(image, **arguments).type.shape)
    return image, gradient, rng.normal(size=shape)


@cache
def expected_of(windows, mode):
    arrays = arrays_of(windows)
    op = pool(arrays[0], **WINDOWS[windows][1]).owner.op
    return pool_by_loops(
        *arrays,
        ws=op.ws,
        stride=op.stride,
        pad=op.pad,
        ignore_border=op.ignore_border,
        mode=mode,
    )


def graph_of(windows, mode, dtype="float64", values=None):
    """Return pooled image, its gradient and its change, of an image whose sizes are not known."""
    values = [array.astype(dtype) for array in arrays_of(windows)] if values is None else values
    image, gradient, change = (pt.tensor(dtype=dtype, shape=(None,) * v.ndim) for v in values)
    output = pool(image, mode=mode, **WINDOWS[windows][1])
    image_gradient = pytensor.grad(None, image, known_grads={output: gradient})
    # The gradient of a gradient is what the operator does to a change of the image.
    output_change = pytensor.grad(None, gradient, known_grads={image_gradient: change})
    return Graph([image, gradient, change], [output, image_gradient, output_change], values)


@cache
def answers(mode_name, dtype, cases):
    return evaluate_together({case: graph_of(*case, dtype) for case in cases}, mode_name)


def check(found, expected, dtype):
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == dtype
        assert one.shape == other.shape
        np.testing.assert_allclose(one, other, **TOLERANCES[dtype])


@in_modes("python")
@pytest.mark.parametrize(("windows", "mode"), CASES)
def test_pooling_and_gradients_are_those_of_plain_loops(windows, mode, mode_name):
    found = answers(mode_name, "float64", tuple(CASES))[windows, mode]
    check(found, expected_of(windows, mode), "float64")


@in_modes("c", "jax")
@pytest.mark.parametrize(("windows", "mode"), by_tier(CASES, CHOSEN))
def test_compiled_pooling_and_gradients_are_those_of_plain_loops(windows, mode, mode_name):
    together = (windows, mode) in CHOSEN
    cases = tuple(case for case in CASES if (case in CHOSEN) == together)
    found = answers(mode_name, "float64", cases)[windows, mode]
    check(found, expected_of(windows, mode), "float64")


@in_modes("c", "python", "jax", "numba")
@pytest.mark.parametrize(("windows", "mode"), SAMPLE)
def test_a_sample_in_single_precision(windows, mode, mode_name):
    found = answers(mode_name, "float32", tuple(SAMPLE))[windows, mode]
    check(found, expected_of(windows, mode), "float32")


VIEWS = {
    "transposed": lambda a: np.ascontiguousarray(a.T).T,
    "channels-last": lambda a: np.moveaxis(np.ascontiguousarray(np.moveaxis(a, 1, -1)), -1, 1),
    "reversed": lambda a: np.ascontiguousarray(a[..., ::-1, ::-1])[..., ::-1, ::-1],
    "every-other": lambda a: np.repeat(np.repeat(a, 2, axis=-1), 3, axis=1)[:, ::3, ..., ::2],
    "read-only": lambda a: np.broadcast_to(a, a.shape),
}


@cache
def answers_for_views(mode_name):
    graphs = {
        (view, mode): graph_of("padded", mode, values=[VIEWS[view](a) for a in arrays_of("padded")])
        for view in VIEWS
        for mode in ("max", "average_exc_pad")
    }
    return evaluate_together(graphs, mode_name)


@in_modes("c", "python", "jax")
@pytest.mark.parametrize("mode", ["max", "average_exc_pad"])
@pytest.mark.parametrize("view", VIEWS)
def test_the_layout_in_memory_does_not_matter(view, mode, mode_name):
    check(answers_for_views(mode_name)[view, mode], expected_of("padded", mode), "float64")


class TestWithAnySizes:
    """One compiled function, many sizes: kernels must not depend on round numbers."""

    @staticmethod
    @cache
    def function(mode_name):
        image, scale = pt.tensor4("x"), pt.scalar("scale")
        outputs = [
            pool_2d(image, ws, ignore_border, stride, pad, mode)
            for ws, ignore_border, stride, pad in [
                ((2, 3), True, (2, 3), (1, 0)),
                ((2, 3), False, (1, 2), (0, 0)),
                ((2, 2), False, None, (0, 0)),
            ]
            for mode in ("max", "average_exc_pad")
        ]
        loss = sum(pt.sin(scale * output).sum() for output in outputs)
        return pytensor.function(
            [image, scale], [*outputs, pytensor.grad(loss, image)], mode=MODES[mode_name]
        )

    @in_modes("c")
    @settings(max_examples=examples(15), deadline=None)
    @given(
        batch=st.integers(0, 3),
        channels=st.integers(1, 3),
        rows=st.integers(1, 9),
        columns=st.integers(3, 40),
    )
    def test_c_agrees_with_its_specification(self, mode_name, batch, channels, rows, columns):
        rng = np.random.default_rng(7)
        image = rng.integers(-3, 3, (batch, channels, rows, columns)).astype(pytensor.config.floatX)
        for one, other in zip(
            self.function(mode_name)(image, 0.7), self.function("python")(image, 0.7), strict=True
        ):
            np.testing.assert_allclose(one, other, **TOLERANCES["float64"])


ARGUMENTS = {"ws": (2, 3), "ignore_border": True, "stride": (2, 2), "pad": (1, 0)}
# Numbers far enough apart that a finite difference does not change which one is the largest.
IMAGE = np.random.default_rng(11).permutation(60).reshape(2, 5, 6) * 0.1
GRADIENT = np.random.default_rng(13).normal(size=(2, 3, 2))
MAXIMUM, _, _ = pool_by_loops(IMAGE, mode="max", **ARGUMENTS)
DIFFERENTIABLE = {
    **{mode: (Pool(mode=mode, **ARGUMENTS), [IMAGE]) for mode in POOLINGS},
    "average-gradient": (
        lambda g: PoolGrad(mode="average_exc_pad", **ARGUMENTS)(g, 5, 6),
        [GRADIENT],
    ),
    "max-gradient": (lambda g: MaxPoolGrad(**ARGUMENTS)(IMAGE, MAXIMUM, g), [GRADIENT]),
    "max-tangent": (lambda c: MaxPoolTangent(**ARGUMENTS)(IMAGE, MAXIMUM, c), [IMAGE]),
}


@in_modes("python", "jax")
@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_gradients_by_finite_differences(name, mode_name):
    function, arguments = DIFFERENTIABLE[name]
    rng = np.random.default_rng(17)
    verify_grad(function, arguments, n_tests=1, rng=rng, mode=MODES[mode_name])


@in_modes("c", "python", "jax")
@pytest.mark.parametrize("mode", ["max", "average_inc_pad"])
def test_second_order_gradients_by_finite_differences(mode, mode_name):
    def change_of_loss(image):
        return pytensor.grad(pt.sin(Pool(mode=mode, **ARGUMENTS)(image)).sum(), image)

    rng = np.random.default_rng(19)
    verify_grad(change_of_loss, [IMAGE], n_tests=1, rng=rng, mode=MODES[mode_name])


@in_modes("c", "python", "jax")
def test_every_tied_maximum_gets_the_whole_gradient(mode_name):
    image = pt.tensor(dtype="float64", shape=(None, None))
    output = pool_2d(image, (2, 2), ignore_border=True, stride=(1, 1))
    gradient = pytensor.grad(output.sum(), image)
    (found,) = evaluate(Graph([image], [gradient], [np.full((4, 4), -3.0)]), mode_name)
    windows_that_hold = np.outer([1, 2, 2, 1], [1, 2, 2, 1])
    np.testing.assert_array_equal(found, windows_that_hold)


@in_modes("c", "python", "jax")
@pytest.mark.parametrize("pad", [0, 1], ids=["inside", "padded"])
def test_a_maximum_that_is_not_a_number_shows(pad, mode_name):
    image = np.arange(36.0).reshape(6, 6)
    image[1, 0] = image[3, 4] = np.nan
    image[5] = -np.inf
    x = pt.matrix(dtype="float64")
    (found,) = evaluate(
        Graph([x], [pool_2d(x, (2, 3), ignore_border=True, pad=(0, pad))], [image]), mode_name
    )
    padded = np.pad(image, [(0, 0), (pad, pad)], constant_values=-np.inf)
    columns = padded.shape[1] // 3
    blocks = padded[:, : 3 * columns].reshape(3, 2, columns, 3)
    np.testing.assert_array_equal(found, blocks.max(axis=(1, 3)))
    assert np.isnan(found).sum() == 2


@in_modes("c", "python", "jax")
def test_a_pair_with_one_that_is_not_a_number_has_no_maximum(mode_name):
    image = np.arange(5 * 37.0).reshape(5, 37)
    places = [(0, 0), (1, 3), (2, 4), (4, 11), (3, 36), (4, 36)]
    image[tuple(np.transpose(places))] = np.nan
    x = pt.matrix(dtype="float64")
    output = pool_2d(x, (2, 2), ignore_border=False)
    (found,) = evaluate(Graph([x], [output], [image]), mode_name)
    padded = np.pad(image, [(0, 1), (0, 1)], constant_values=-np.inf)
    np.testing.assert_array_equal(found, padded.reshape(3, 2, 19, 2).max(axis=(1, 3)))
    assert np.isnan(found).sum() == len(places)


# The Ops of maxima and those of averages, which are those of sums: shapes do not depend on more of the mode.
MODES_OF_OPS = ("max", "average_exc_pad")


@pytest.mark.parametrize("windows", WINDOWS)
def test_shapes_are_inferred_without_the_operator(windows):
    graphs = [graph_of(windows, mode) for mode in MODES_OF_OPS]
    function = pytensor.function(
        [symbol for graph in graphs for symbol in graph.inputs],
        [output.shape for graph in graphs for output in graph.outputs],
        mode=MODES["python"],
        on_unused_input="ignore",
    )
    assert not any(isinstance(node.op, PoolOp) for node in function.maker.fgraph.apply_nodes)
    shapes = function(*(value for graph in graphs for value in graph.values))
    arrays = [array for mode in MODES_OF_OPS for array in expected_of(windows, mode)]
    for shape, array in zip(shapes, arrays, strict=True):
        np.testing.assert_array_equal(shape, array.shape)


@pytest.mark.parametrize("windows", WINDOWS)
def test_static_shapes_of_output_and_gradient(windows):
    image = pt.as_tensor_variable(arrays_of(windows)[0])
    for mode in MODES_OF_OPS:
        output = pool(image, mode=mode, **WINDOWS[windows][1])
        gradient = pytensor.grad(pt.sin(output).sum(), image)
        for variable, array in zip([output, gradient], expected_of(windows, mode)[:2], strict=True):
            assert variable.type.shape == array.shape


def test_what_is_not_known_of_a_shape_stays_open():
    image = pt.tensor(shape=(None, 3, 7, None))
    for mode in POOLINGS:
        output = pool_2d(image, (2, 2), ignore_border=False, mode=mode)
        assert output.type.shape == (None, 3, 4, None)
        assert pytensor.grad(output.sum(), image).type.shape == (None, 3, 7, None)


def test_sizes_are_not_connected_to_the_gradient():
    rows, columns = pt.lscalars("rows", "columns")
    image = PoolGrad((2, 2), True, mode="sum")(pt.matrix(), rows, columns)
    assert image.owner.op.connection_pattern(image.owner) == [[True], [False], [False]]
    with pytest.raises(DisconnectedInputError):
        pytensor.grad(image.sum(), rows)


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [("bool", "float32"), ("uint8", "float32"), ("int64", "float64"), ("float32", "float32")],
)
@pytest.mark.parametrize("mode", POOLINGS)
def test_integers_become_floating_point_numbers(mode, dtype, expected):
    image = np.random.default_rng(23).integers(0, 2, (4, 5)).astype(dtype)
    x = pt.matrix(dtype=dtype)
    output = pool_2d(x, (2, 2), ignore_border=True, mode=mode)
    (found,) = evaluate(Graph([x], [output], [image]), "python")
    loops, _, _ = pool_by_loops(
        image.astype("float64"), ws=(2, 2), stride=(2, 2), pad=(0, 0), ignore_border=True, mode=mode
    )
    assert found.dtype == expected
    np.testing.assert_array_equal(found, loops)


@in_modes("c")
def test_the_number_of_threads_does_not_change_a_bit(mode_name):
    image = np.random.default_rng(29).normal(size=(7, 5, 23, 31))
    x = pt.tensor4("x", dtype="float64")
    outputs = [pool_2d(x, (3, 2), True, (2, 2), (1, 0), mode) for mode in POOLINGS]
    loss = sum(pt.sin(output).sum() for output in outputs)
    function = pytensor.function([x], [*outputs, pytensor.grad(loss, x)], mode=MODES[mode_name])
    results = {}
    for threads in (1, 2, 3):
        with threadpool_limits(threads, user_api="openmp"):
            results[threads] = function(image)
    for threads in (2, 3):
        for one, other in zip(results[1], results[threads], strict=True):
            np.testing.assert_array_equal(one, other)


def test_constants_may_be_given_as_numbers():
    output = pool_2d(pt.matrix(), (pt.constant(2), pt.constant(3)), ignore_border=True)
    assert output.owner.op == Pool((2, 3), True)
    assert pool_2d(pt.matrix(), pt.constant([2, 3]), ignore_border=True).owner.op == Pool(
        (2, 3), True
    )


def test_equal_windows_are_equal_operators():
    assert Pool((2, 2), True) == Pool((2, 2), True, (2, 2), 0)
    assert Pool((2, 2), True) != Pool((2, 2), False)
    assert Pool((2, 2), True) != MaxPoolGrad((2, 2), True)


def test_an_operator_says_what_it_does():
    assert str(Pool((2, 3), True)) == (
        "Pool{ws=(2, 3), ignore_border=True, stride=(2, 3), pad=(0, 0), mode='max'}"
    )


@in_modes("c", "python", "jax")
def test_all_but_the_maxima_become_zero(mode_name):
    images = np.random.default_rng(3).normal(size=(2, 3, 7, 5))
    images[0, 0, 0, :2] = 9
    expected = np.zeros_like(images)
    for b, c, row, column in np.ndindex(2, 3, 2, 2):
        window = (b, c, slice(3 * row, 3 * row + 3), slice(2 * column, 2 * column + 2))
        winners = images[window] == images[window].max()
        expected[window][winners] = images[window][winners]
    x = pt.tensor4()
    output = max_pool_2d_same_size(x, (3, 2))
    # One winner each, but for the first window: there, each gets the gradients of both.
    slope = np.where(expected == 9, 2, expected != 0)
    outputs = [output, pytensor.grad(output.sum(), x)]
    found, gradient = evaluate(Graph([x], outputs, [images]), mode_name)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(gradient, slope)
