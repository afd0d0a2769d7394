"""Element-wise loops against PyTensor's own Elemwise."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode
from pytensor.tensor.elemwise import Elemwise

from lenet.nnet.ops.flat_elemwise import FlatElemwise
from tests.nnet.modes import MISSING

pytestmark = pytest.mark.skipif(bool(MISSING["c"]), reason=MISSING["c"])
# An array, a single number that is broadcast, and bytes: x * rate + bytes / 3.
SHAPES = [(0, 5), (1, 5), (3, 5), (2, 50_000)]  # the last is large enough for threads


def updated(x, rate, pixels):
    return x * rate + pixels.astype(x.dtype) / np.asarray(3, x.dtype)


@pytest.fixture(scope="module")
def function():
    x, pixels = pt.fmatrix("x"), pt.matrix("pixels", dtype="uint8")
    rate = pt.tensor("rate", dtype="float32", shape=(1, 1))
    return pytensor.function(
        [x, rate, pixels],
        updated(x, rate, pixels),
        mode=Mode(linker="cvm_nogc", optimizer="fast_run"),
    )


def arguments(shape):
    rng = np.random.default_rng(0)
    return (
        rng.random(shape, dtype="float32"),
        np.full((1, 1), 0.25, "float32"),
        rng.integers(0, 256, shape).astype("uint8"),
    )


def test_loop_takes_the_place_of_elemwise(function):
    assert [type(node.op) for node in function.maker.fgraph.apply_nodes] == [FlatElemwise]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_loop_does_what_numpy_does(function, shape):
    x, rate, pixels = arguments(shape)
    np.testing.assert_allclose(function(x, rate, pixels), updated(x, rate, pixels), rtol=1e-6)


def test_arrays_may_lie_in_memory_as_they_like(function):
    x, rate, pixels = arguments((6, 10))
    found = function(x[::2, ::-1], rate, np.asfortranarray(pixels[::2]))
    np.testing.assert_allclose(found, updated(x[::2, ::-1], rate, pixels[::2]), rtol=1e-6)


@pytest.mark.parametrize("shape", [(3, 200), (200, 3), (65, 64), (70, 129), (1, 64)], ids=str)
def test_copies_pass_tiles_and_what_is_left_of_them(function, shape):
    x, rate, pixels = arguments(shape)
    expected = updated(x, rate, pixels)
    found = function(np.asfortranarray(x), rate, np.asfortranarray(pixels))
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    found = function(np.repeat(x, 2, axis=1)[:, ::2], rate, pixels[:, ::-1])
    np.testing.assert_allclose(found, updated(x, rate, pixels[:, ::-1]), rtol=1e-6)


def test_arrays_of_several_shapes_are_refused(function):
    x, rate, pixels = arguments((3, 5))
    with pytest.raises(ValueError, match="dimension mismatch"):
        function(x, rate, pixels[:2])


def test_update_in_place_changes_only_its_own_variable():
    start = np.arange(6, dtype="float32")
    kept = start.copy()
    x, y = (pytensor.shared(start, name=name, shape=(6,)) for name in "xy")
    rate = pt.fscalar("rate")
    step = pytensor.function(
        [rate],
        [],
        updates=[(x, x * rate + y), (y, y + rate)],
        mode=Mode(linker="cvm_nogc", optimizer="fast_run"),
    )
    ops = [node.op for node in step.maker.fgraph.apply_nodes if isinstance(node.op, FlatElemwise)]
    assert any(op.destroy_map for op in ops)
    for _ in range(2):
        step(2)
    np.testing.assert_array_equal(x.get_value(), 2 * (2 * kept + kept) + kept + 2)
    np.testing.assert_array_equal(y.get_value(), kept + 4)
    np.testing.assert_array_equal(start, kept)


def test_argument_may_come_twice():
    x, rate = pt.fvector("x"), pt.tensor("rate", dtype="float32", shape=(1,))
    add = FlatElemwise(Elemwise(pytensor.scalar.add))
    function = pytensor.function([x, rate], add(x, rate, x, rate), mode=Mode("cvm", None))
    np.testing.assert_allclose(function([1, 2], [0.5]), [3, 5])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_functions_that_bring_code_and_headers_of_their_own(dtype):
    a, x = (pt.vector(name, dtype=dtype) for name in "ax")
    names = ("erfcx", "gammaln", "psi", "log1mexp", "gammainc", "betainc")
    arguments = {"log1mexp": (-x,), "gammainc": (a, x), "betainc": (a, a, x)}
    outputs = [getattr(pt, name)(*arguments.get(name, (x,))) for name in names]
    function = pytensor.function([a, x], outputs, mode=Mode("cvm", "fast_run"))
    assert {type(node.op) for node in function.maker.fgraph.apply_nodes} == {FlatElemwise}
    python = pytensor.function([a, x], outputs, mode="FAST_COMPILE")
    values = [np.linspace(0.5, 4, 300).astype(dtype), np.linspace(0.01, 0.99, 300).astype(dtype)]
    for found, expected in zip(function(*values), python(*values), strict=True):
        np.testing.assert_allclose(found, expected, rtol=2e-5 if dtype == "float32" else 1e-9)


# Axes of four arrays, 1 where they are broadcast, and the size of the others.
BROADCAST = {
    "row": [(7, 5), (1, 5), (7, 5), (1, 1)],
    "row-without-matrix": [(1, 5), (1, 5), (1, 1), (1, 5)],
    "column": [(7, 5), (7, 1), (7, 1), (7, 5)],
    "outer": [(1, 5), (7, 1), (1, 1), (1, 5)],
    "maps": [(2, 3, 4, 5), (1, 3, 1, 1), (2, 1, 4, 5), (1, 1, 1, 1)],
    "every-other": [(1, 3, 1, 5), (2, 1, 4, 1), (1, 3, 4, 1), (2, 1, 1, 1)],
    "threads": [(30, 3, 700), (1, 3, 1), (30, 1, 1), (1, 1, 700)],
    "long-row": [(2, 20_000), (2, 1), (1, 20_000), (1, 1)],
}


def types(shapes):
    return [
        pt.tensor(dtype="float64", shape=[1 if size == 1 else None for size in shape])
        for shape in shapes
    ]


def combined(a, b, c, d):
    return a * b - c * c + d / 3


@pytest.fixture(scope="module")
def broadcasting():
    """Return a function for each entry of BROADCAST."""
    made = {}
    for name, shapes in BROADCAST.items():
        inputs = types(shapes)
        mode = Mode(linker="cvm", optimizer="fast_run")
        made[name] = pytensor.function(inputs, combined(*inputs), mode=mode)
        assert isinstance(made[name].maker.fgraph.outputs[0].owner.op, FlatElemwise)
    return made


@pytest.mark.parametrize("name", BROADCAST)
@pytest.mark.parametrize("layout", ["contiguous", "fortran", "slices", "backwards", "empty"])
def test_broadcast_arrays_of_any_layout(broadcasting, name, layout):
    rng = np.random.default_rng(1)
    arrays = []
    for shape in BROADCAST[name]:
        if layout == "empty":
            shape = (*shape[:-1], 0 if shape[-1] != 1 else 1)
        array = (
            rng.random([3 * size for size in shape]) if layout == "slices" else rng.random(shape)
        )
        if layout == "slices":
            array = array[tuple(slice(size, 2 * size) for size in shape)]
        elif layout == "fortran":
            array = np.asfortranarray(array)
        elif layout == "backwards":
            array = array[..., ::-1]
        arrays.append(array)
    np.testing.assert_allclose(broadcasting[name](*arrays), combined(*arrays), atol=1e-14)


@pytest.mark.parametrize("shape", [(7, 4), (6, 5), (1, 5)], ids=str)
def test_broadcast_arrays_that_do_not_fit_are_refused(broadcasting, shape):
    rng = np.random.default_rng(1)
    arrays = [rng.random(s) for s in BROADCAST["row"]]
    arrays[2] = rng.random(shape)
    with pytest.raises(ValueError, match="dimension mismatch"):
        broadcasting["row"](*arrays)


def test_shape_is_known_without_the_values():
    row, column = pt.tensor(shape=(1, None)), pt.tensor(shape=(None, 1))
    add = FlatElemwise(Elemwise(pytensor.scalar.add))
    function = pytensor.function([row, column], add(row, column).shape, mode="FAST_COMPILE")
    values = np.zeros((1, 5), row.dtype), np.zeros((7, 1), row.dtype)
    np.testing.assert_array_equal(function(*values), [7, 5])


def test_row_in_place_of_matrix():
    start = np.arange(15.0).reshape(3, 5)
    x, row = pytensor.shared(start, name="x"), pt.tensor("row", dtype="float64", shape=(1, None))
    step = pytensor.function(
        [row], [], updates=[(x, x * row)], mode=Mode(linker="cvm_nogc", optimizer="fast_run")
    )
    (node,) = step.maker.fgraph.apply_nodes
    assert isinstance(node.op, FlatElemwise)
    assert node.op.destroy_map
    for _ in range(2):
        step([[1.0, 2, 3, 4, 5]])
    np.testing.assert_array_equal(x.get_value(), start * np.array([1, 4, 9, 16, 25]))
