from functools import cache

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.gradient import DisconnectedInputError, verify_grad

from lenet.nnet import max_pool_2d_same_size, pool_2d, pool_3d
from lenet.nnet.ops.pool import MODES as POOLINGS
from lenet.nnet.ops.pool import PoolOp
from lenet.nnet.ops.symbolic_pool import SymbolicPool, SymbolicPoolOp
from tests.nnet.modes import MODES, Graph, evaluate, in_modes
from tests.nnet.oracles import pool_by_loops

# One function is run with all windows: shape of the image, ws, stride and pad.
WINDOWS = {
    "plain": ((2, 3, 6, 9), (2, 3), (2, 3), (0, 0)),
    "overlapping": ((2, 2, 8, 7), (3, 4), (2, 3), (0, 0)),
    "gaps": ((1, 2, 9, 8), (2, 1), (4, 3), (0, 0)),
    "whole-image": ((2, 2, 4, 5), (4, 5), (1, 1), (0, 0)),
    "padded": ((2, 2, 5, 6), (3, 4), (2, 2), (1, 3)),
}
BORDERS = {"ignored": True, "kept": False}
CASES = [
    (name, border) for name in WINDOWS for border in BORDERS if (name, border) != ("padded", "kept")
]
VOLUME = ((2, 4, 5, 6), (2, 2, 3), (1, 2, 2), (1, 0, 2))


def expected_of(image, gradient, change, ws, stride, pad, ignore_border, mode):
    return pool_by_loops(
        image,
        gradient,
        change,
        ws=ws,
        stride=stride,
        pad=pad,
        ignore_border=ignore_border,
        mode=mode,
    )


def arrays_of(shape, ws, stride, pad, ignore_border):
    """Return an image with equal numbers, a gradient of the pooled one and a change of the image."""
    rng = np.random.default_rng(3)
    image = rng.integers(-4, 4, shape).astype("float64")
    operator = pool_3d if len(ws) == 3 else pool_2d
    pooled = operator(image, ws, ignore_border, stride, pad).type.shape
    return image, rng.normal(size=pooled), rng.normal(size=shape)


def graph_of(ignore_border, modes, dtype="float64", operator=pool_2d):
    """Return pooled images, their gradients and their changes, and the shapes of all these."""
    arrays = [pt.tensor(dtype=dtype, shape=(None,) * 4) for _ in range(3)]
    image, gradient, change = arrays
    windows = [pt.lvector(name) for name in ("ws", "stride", "pad")]
    ws, stride, pad = windows
    outputs = []
    for mode in modes:
        output = operator(image, ws, ignore_border, stride, pad, mode)
        of_image = pytensor.grad(None, image, known_grads={output: gradient})
        of_gradient = pytensor.grad(None, gradient, known_grads={of_image: change})
        outputs += [output, of_image, of_gradient]
    return Graph([*arrays, *windows], outputs, [])


@cache
def function_of(border, mode_name, dtype="float64"):
    graph = graph_of(BORDERS[border], POOLINGS, dtype)
    return pytensor.function(graph.inputs, graph.outputs, mode=MODES[mode_name])


@in_modes("c", "python")
@pytest.mark.parametrize(("name", "border"), CASES)
def test_pooling_and_gradients_are_those_of_plain_loops(name, border, mode_name):
    shape, *windows = WINDOWS[name]
    arrays = arrays_of(shape, *windows, BORDERS[border])
    found = function_of(border, mode_name)(*arrays, *windows)
    expected = [
        array
        for mode in POOLINGS
        for array in expected_of(*arrays, *windows, BORDERS[border], mode)
    ]
    for one, other in zip(found, expected, strict=True):
        assert one.shape == other.shape
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


@in_modes("c", "numba")
def test_volumes_in_single_precision(mode_name):
    shape, *windows = VOLUME
    arrays = [array.astype("float32") for array in arrays_of(shape, *windows, True)]
    graph = graph_of(True, ["max", "average_inc_pad"], "float32", pool_3d)
    found = evaluate(graph._replace(values=[*arrays, *windows]), mode_name)
    expected = [
        array
        for mode in ("max", "average_inc_pad")
        for array in expected_of(*arrays, *windows, True, mode)
    ]
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == "float32"
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


def symbols():
    return pt.lscalar("rows"), pt.iscalar("columns")


@pytest.mark.parametrize(
    "build",
    [
        lambda x, rows, columns: pool_2d(x, (rows, columns), True),
        lambda x, rows, columns: pool_2d(x, (rows, 3), True, (2, columns), None),
        lambda x, rows, columns: pool_2d(x, pt.stack([rows, columns]), True),
        lambda x, rows, columns: pool_2d(x, [2, 3], True, [pt.constant(2), columns]),
        lambda x, rows, columns: pool_2d(x, (2, 3), True, pad=(0 * rows, 0)),
        lambda x, rows, columns: pool_2d(x, (2, 3), True, pad=columns - columns),
    ],
    ids=["pair", "stride", "vector", "mixed", "padding", "scalar"],
)
def test_numbers_and_symbols_may_be_mixed(build):
    x, (rows, columns) = pt.tensor4(), symbols()
    output = build(x, rows, columns)
    assert isinstance(output.owner.op, SymbolicPool)
    image = np.random.default_rng(5).normal(size=(1, 2, 6, 9))
    graph = Graph([x, rows, columns], [output], [image, 2, 3])
    (found,) = evaluate(graph, "python")
    np.testing.assert_array_equal(found, image.reshape(1, 2, 3, 2, 3, 3).max(axis=(3, 5)))


def test_a_scalar_stands_for_all_axes():
    x, n = pt.matrix(), pt.lscalar()
    image = np.arange(36.0).reshape(6, 6)
    outputs = [pool_2d(x, n, True, mode="sum"), pool_2d(x, 2, True, stride=n, mode="sum")]
    for found in evaluate(Graph([x, n], outputs, [image, 2]), "python"):
        np.testing.assert_array_equal(found, image.reshape(3, 2, 3, 2).sum(axis=(1, 3)))


@pytest.mark.parametrize(
    "ws",
    [pt.constant([2, 3]), pt.as_tensor_variable((2, 3)), (pt.constant(2), 3)],
    ids=["vector", "tuple", "scalar"],
)
def test_constants_are_numbers_from_the_first(ws):
    assert isinstance(pool_2d(pt.matrix(), ws, True).owner.op, PoolOp)


@in_modes("c", "jax")
@pytest.mark.parametrize("pooling", POOLINGS)
def test_windows_that_turn_out_to_be_known_are_numbers_in_the_end(pooling, mode_name):
    """As for the pyramid of pools of Lasagne, for images of known shape."""
    x, g = pt.tensor(dtype="float64", shape=(None, 2, 6, 9)), pt.tensor4(dtype="float64")
    rows, columns = x.shape[2:]
    output = pool_2d(x, (rows // 3, columns // 3), True, (2, pt.constant(2) + 1), None, pooling)
    assert isinstance(output.owner.op, SymbolicPool)
    gradient = pytensor.grad(None, x, known_grads={output: g})
    function = pytensor.function([x, g], [output, gradient], mode=MODES[mode_name])
    assert not any(isinstance(n.op, SymbolicPoolOp) for n in function.maker.fgraph.apply_nodes)
    arrays = arrays_of((1, 2, 6, 9), (2, 3), (2, 3), (0, 0), True)
    expected = expected_of(*arrays, (2, 3), (2, 3), (0, 0), True, pooling)
    for one, other in zip(function(*arrays[:2]), expected[:2], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


@in_modes("jax")
def test_jax_says_what_it_needs(mode_name):
    x, ws = pt.matrix(), pt.lvector()
    with pytest.raises(TypeError, match="JAX needs a window, stride and padding that are known"):
        pytensor.function([x, ws], pool_2d(x, ws, True), mode=MODES[mode_name])


@pytest.mark.parametrize("border", BORDERS)
def test_shapes_are_inferred_without_the_operator(border):
    graph = graph_of(BORDERS[border], ["max", "sum"])
    shapes = pytensor.function(
        graph.inputs,
        [output.shape for output in graph.outputs],
        mode=MODES["python"],
        on_unused_input="ignore",
    )
    ops = [node.op for node in shapes.maker.fgraph.apply_nodes]
    assert not any(isinstance(op, PoolOp | SymbolicPoolOp) for op in ops)
    for name in WINDOWS:
        if (name, border) in CASES:
            shape, *windows = WINDOWS[name]
            arrays = arrays_of(shape, *windows, BORDERS[border])
            expected = expected_of(*arrays, *windows, BORDERS[border], "max")
            found = [tuple(s) for s in shapes(*arrays, *windows)]
            assert found == [array.shape for array in expected] * 2


def test_what_is_known_of_a_shape_stays_known():
    x, ws = pt.tensor(shape=(2, None, 6, None)), pt.lvector()
    for mode in POOLINGS:
        output = pool_2d(x, ws, True, mode=mode)
        assert output.type.shape == (2, None, None, None)
        assert pytensor.grad(output.sum(), x).type.shape == (2, None, 6, None)


@pytest.mark.parametrize("pooling", ["max", "average_exc_pad"])
def test_second_order_gradients_by_finite_differences(pooling):
    # Numbers far enough apart that a finite difference does not change which one is the largest.
    image = np.random.default_rng(11).permutation(60).reshape(2, 5, 6) * 0.1
    ws = pytensor.shared(np.array([2, 3]))

    def change_of_loss(x):
        return pytensor.grad(pt.sin(pool_2d(x, ws, True, (2, 2), (1, 0), pooling)).sum(), x)

    verify_grad(
        change_of_loss, [image], n_tests=1, rng=np.random.default_rng(19), mode=MODES["python"]
    )


def test_windows_have_no_gradient():
    x, ws = pt.matrix(), pt.vector()
    with pytest.raises(DisconnectedInputError):
        pytensor.grad(pool_2d(x, ws.astype("int64"), True).sum(), ws)


@in_modes("c", "python")
def test_all_but_the_maxima_become_zero(mode_name):
    x, size = pt.matrix(), pt.lvector()
    image = np.array([[1.0, 5, 2], [3, 4, 6], [9, 9, 9]])
    output = max_pool_2d_same_size(x, size)
    (found,) = evaluate(Graph([x, size], [output], [image, (2, 2)]), mode_name)
    np.testing.assert_array_equal(found, [[0, 5, 0], [0, 0, 0], [0, 0, 0]])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"ws": (pt.lscalar("n"), 2, 2)}, "invalid ws .*: expected 2 integers of at least 1"),
        ({"ws": pt.lmatrix("m")}, "invalid ws m: expected 2 integers"),
        ({"ws": pt.vector("v")}, "invalid ws v: expected 2 integers"),
        ({"ws": pt.tensor("t", dtype="int64", shape=(3,))}, "invalid ws t"),
        ({"ws": 0, "stride": pt.lscalar("n")}, "invalid ws 0"),
        ({"pad": (pt.lscalar("n"), 0.5)}, "invalid pad .* at least 0"),
        ({"ws": pt.lscalar("n"), "mode": "mean"}, "invalid pooling mode 'mean'"),
    ],
    ids=["three", "matrix", "floats", "vector-of-three", "zero", "half", "mode"],
)
def test_a_wrong_argument_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        pool_2d(pt.matrix(), **{"ws": (2, 2), "ignore_border": True, **arguments})


WRONG_NUMBERS = {
    "window": ((0, 2), (1, 1), (0, 0), "ignored", ValueError, "invalid ws"),
    "stride": ((2, 2), (1, -1), (0, 0), "kept", ValueError, "invalid stride"),
    "padding": ((2, 2), (1, 1), (-1, 0), "ignored", ValueError, "invalid pad"),
    "wide-padding": ((2, 2), (1, 1), (0, 2), "ignored", NotImplementedError, "smaller than"),
    "border": ((2, 2), (1, 1), (1, 0), "kept", NotImplementedError, "ignore_border=True"),
    "image": ((5, 2), (1, 1), (0, 0), "ignored", ValueError, "smaller than the window"),
    "gradient": ((3, 2), (1, 1), (0, 0), "ignored", ValueError, "expected"),
}


@in_modes("c", "python")
@pytest.mark.parametrize("name", WRONG_NUMBERS)
def test_wrong_numbers_are_refused_when_the_graph_runs(name, mode_name):
    *windows, border, error, message = WRONG_NUMBERS[name]
    arrays = [np.ones((1, 1, 4, 4)), np.ones((1, 1, 3, 3)), np.ones((1, 1, 4, 4))]
    with pytest.raises(error, match=message):
        function_of(border, mode_name)(*arrays, *windows)
