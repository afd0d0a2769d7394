"""Element-wise loops against PyTensor's own Elemwise."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode
from pytensor.tensor.elemwise import Elemwise

from lenet.nnet.flat_elemwise import SMALLEST_PARALLEL_LOOP, FlatElemwise
from tests.nnet.modes import MISSING

pytestmark = pytest.mark.skipif(bool(MISSING["c"]), reason=MISSING["c"])
# An array, a single number that is broadcast, and bytes: x * rate + bytes / 3.
SHAPES = [(0, 5), (1, 5), (3, 5), (2, SMALLEST_PARALLEL_LOOP)]


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
