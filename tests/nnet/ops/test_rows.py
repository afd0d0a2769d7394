"""Rows increased and replaced in C, against NumPy."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode, get_mode

from lenet.nnet.ops.rows import IncrementRows
from tests.nnet.modes import MISSING

pytestmark = pytest.mark.skipif(bool(MISSING["c"]), reason=MISSING["c"])
C = Mode(linker="cvm_nogc", optimizer="fast_run")
INDICES = [2, -1, 2, 0, -5, 2]
TYPES = [("float32", "int32"), ("float64", "int64"), ("int8", "uint8"), ("int64", "int16")]


def graph(dtype, index_dtype, ndim=2):
    """Return `x`, rows and indices, and what becomes of `x` with the rows added and put in."""
    x, rows = (pt.tensor(name, dtype=dtype, shape=(None,) * ndim) for name in ("x", "rows"))
    indices = pt.vector("indices", dtype=index_dtype)
    outputs = [pt.inc_subtensor(x[indices], rows), pt.set_subtensor(x[indices], rows)]
    return [x, rows, indices], outputs


def increments(function):
    nodes = function.maker.fgraph.apply_nodes
    return [node.op for node in nodes if isinstance(node.op, IncrementRows)]


@pytest.fixture(scope="module")
def function():
    made = pytensor.function(*graph("float32", "int64"), mode=C)
    assert len(increments(made)) == len(made.maker.fgraph.apply_nodes) == 2
    return made


def arrays(dtype="float32", width=7):
    rng = np.random.default_rng(0)
    x, rows = (rng.integers(0, 100, (size, width)).astype(dtype) for size in (5, len(INDICES)))
    return x, rows


def expected(x, rows, indices):
    added, replaced = x.copy(), x.copy()
    for row, index in zip(rows, indices, strict=True):
        added[index] += row
        replaced[index] = row
    return added, replaced


def assert_right(function, x, rows, indices):
    before = x.copy()
    for found, right in zip(function(x, rows, indices), expected(x, rows, indices), strict=True):
        assert found.dtype == x.dtype
        np.testing.assert_array_equal(found, right)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize(("dtype", "index_dtype"), TYPES, ids=str)
def test_equal_and_negative_indices(dtype, index_dtype):
    indices = np.array(INDICES)
    if index_dtype.startswith("u"):
        indices %= 5
    function = pytensor.function(*graph(dtype, index_dtype), mode=C)
    assert len(increments(function)) == 2
    assert_right(function, *arrays(dtype), indices.astype(index_dtype))


@pytest.mark.parametrize("width", [1, 33], ids=str)
def test_width(function, width):
    # Other sizes than in the call before: the results' memory does not fit.
    assert_right(function, *arrays(width=width), np.array(INDICES))
    assert_right(function, *arrays(width=width), np.array(INDICES[::-1]))


def test_no_indices(function):
    x, rows = arrays()
    assert_right(function, x, rows[:0], np.array([], int))
    assert_right(function, x[:0], rows[:0], np.array([], int))


def test_arrays_may_lie_in_memory_as_they_like(function):
    x, rows = arrays(width=20)
    indices = np.repeat(INDICES, 2)[::2]
    assert_right(function, np.asfortranarray(x)[:, ::2], rows[::-1, ::-2], indices)


@pytest.mark.parametrize("index", [5, -6])
def test_index_out_of_bounds(function, index):
    x, rows = arrays()
    with pytest.raises(IndexError, match=f"index {index} is out of bounds for axis 0 with size 5"):
        function(x, rows[:2], np.array([0, index]))


@pytest.mark.parametrize("shape", [(1, 7), (2, 1), (3, 7), (2, 6)], ids=str)
def test_rows_that_do_not_fit(function, shape):
    x, _ = arrays()
    with pytest.raises(
        ValueError, match="broadcasting not allowed" if 1 in shape else "do not match"
    ):
        function(x, np.zeros(shape, x.dtype), np.array([0, 1]))


def test_variables_are_updated_in_place_unless_an_index_is_out_of_bounds():
    start, rows = arrays()
    table = pytensor.shared(start.copy(), name="table")
    indices = pt.lvector("indices")
    step = pytensor.function(
        [indices], [], updates=[(table, pt.inc_subtensor(table[indices], rows))], mode=C
    )
    assert [op.inplace for op in increments(step)] == [True]
    step(np.array(INDICES))
    after = expected(start, rows, INDICES)[0]
    with pytest.raises(IndexError):
        step(np.array([0, 1, 2, 3, 4, 5]))
    np.testing.assert_array_equal(table.get_value(), after)


def test_gradient_of_embeddings():
    table, indices = pt.dmatrix("table"), pt.lvector("indices")
    gradient = pt.grad((table[indices] ** 2).sum(), table)
    function = pytensor.function([table, indices], gradient, mode=C)
    (op,) = increments(function)
    assert op.inplace
    values = np.arange(10.0).reshape(5, 2)
    counts = np.array([[1], [0], [3], [0], [1]])
    np.testing.assert_array_equal(function(values, [2, -1, 2, 0, 2]), 2 * counts * values)


def test_volumes_vectors_and_python():
    for ndim in (1, 3):
        inputs, _ = graph("float64", "int64", ndim)
        x = np.arange(4.0**ndim).reshape((4,) * ndim)
        rows, indices = x[:3] + 1, np.array([1, 1, -1])
        for replaces in (False, True):
            output = IncrementRows(False, replaces)(*inputs)
            for linker in ("c", "py"):
                function = pytensor.function(inputs, output, mode=Mode(linker, None))
                found = function(x, rows, indices)
                np.testing.assert_array_equal(found, expected(x, rows, indices)[replaces])


@pytest.mark.parametrize("shape", [(1, 7), (2, 1), (1, 1), (2, 7)], ids=str)
@pytest.mark.parametrize("linker", ["c", "py"])
def test_rows_may_be_repeated_if_that_is_said(linker, shape):
    inputs, _ = graph("float32", "int64")
    x, _ = arrays()
    rows, indices = np.arange(np.prod(shape), dtype="float32").reshape(shape), np.array([4, 1])
    outputs = [
        IncrementRows(False, replaces, broadcasts=True)(*inputs) for replaces in (False, True)
    ]
    function = pytensor.function(inputs, outputs, mode=Mode(linker, None))
    repeated = np.broadcast_to(rows, (2, 7))
    for found, right in zip(
        function(x, rows, indices), expected(x, repeated, indices), strict=True
    ):
        np.testing.assert_array_equal(found, right)


def test_others_are_left_to_pytensor():
    inputs, outputs = graph("float32", "int64")
    x, rows, indices = inputs
    assert not increments(
        pytensor.function(inputs, outputs, mode=C.excluding("lenet_increment_rows"))
    )
    broadcast = [pt.inc_subtensor(x[indices], y) for y in (rows[0, 0], rows[0], rows[0][None])]
    assert not increments(pytensor.function(inputs, broadcast, mode=C))


@pytest.mark.parametrize("name", ["NUMBA", "JAX"])
def test_just_in_time_backends_never_see_it(name):
    if MISSING.get(name.lower()):
        pytest.skip(MISSING[name.lower()])
    assert not increments(pytensor.function(*graph("float32", "int64"), mode=get_mode(name)))
