"""What a kernel takes and returns, called as C code calls it."""

import re

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from lenet.nnet.kernels import interface
from lenet.nnet.kernels.interface import C_CODE, Argument, c_type, kernel_text, places
from lenet.nnet.ops.conv import Conv, ConvGradInputs
from lenet.nnet.ops.dot import MatrixProduct, MatrixVectorProduct
from lenet.nnet.ops.pool import Pool
from lenet.nnet.ops.rows import IncrementRows
from lenet.nnet.ops.softmax import LogLikelihood
from tests.nnet.kernels.calling import called

pytestmark = pytest.mark.skipif(not pytensor.config.cxx, reason="needs a C++ compiler")


def values(*shape, dtype="float64"):
    return np.random.default_rng(0).standard_normal(shape).astype(dtype)


def in_python(op, node, *arrays):
    storage = [[None] for _ in node.outputs]
    op.perform(node, arrays, storage)
    return [cell[0] for cell in storage]


def test_numbers_are_those_of_the_header():
    text = (C_CODE / "interface.h").read_text("utf-8")
    names = re.search(r"enum Status \{(.*?)\}", text)[1].replace(" ", "").split(",")
    errors = {
        "NO_MEMORY": MemoryError,
        "WRONG_VALUE": ValueError,
        "OUT_OF_BOUNDS": IndexError,
        "NOT_IMPLEMENTED": NotImplementedError,
        "FAILED": RuntimeError,
    }
    assert names[interface.DONE] == "DONE"
    assert names[interface.NEEDS_OUTPUTS] == "NEEDS_OUTPUTS"
    assert {names[n]: error for n, error in interface.STATUS_ERRORS.items()} == errors
    assert f"MESSAGE_SIZE = {interface.MESSAGE_SIZE};" in text


def test_places_follow_each_other():
    where = places([Argument("float32", 4), Argument("int64", 0)], [Argument("float32", 2)])
    assert where.inputs == (0, 9)  # an address, four sizes and four strides
    assert where.outputs == (10,)
    assert where.count == 13


def test_a_type_that_no_kernel_calculates_with_is_told():
    assert c_type("uint16") == "std::uint16_t"
    with pytest.raises(NotImplementedError, match="complex64"):
        c_type("complex64")


def test_a_text_names_its_arguments():
    text = kernel_text(
        ("sums.h",),
        "struct Mine;",
        [Argument("float32", 3)],
        [Argument("float32", 0)],
        "f(&i0, &o0)",
    )
    assert "struct Mine;" in text
    assert "lenet::array_of<float>(words + 0, 3)" in text
    assert "lenet::Output o0 = {words + 7};" in text
    assert text.count("#define LENET_COMMON_H") == 1


def strided(array):
    """Return arrays that are equal to one, and lie otherwise."""
    padded = np.zeros([2 * n + 1 for n in array.shape], array.dtype)
    sliced = padded[tuple(slice(1, None, 2) for _ in array.shape)]
    sliced[...] = array
    order = tuple(reversed(range(array.ndim)))
    return {
        "contiguous": array,
        "sliced": sliced,
        "transposed": np.ascontiguousarray(array.transpose(order)).transpose(order),
        "backwards": np.ascontiguousarray(array[::-1])[::-1],
        "broadcast": np.broadcast_to(array[:1], array.shape),
    }


@pytest.mark.parametrize("layout", ["contiguous", "sliced", "transposed", "backwards", "broadcast"])
def test_arrays_may_lie_in_any_way(layout):
    for op, shapes in (
        (Conv(), [(3, 2, 9, 11), (4, 2, 3, 2)]),
        (MatrixProduct(), [(37, 19), (19, 33)]),
        (Pool((2, 2), True), [(3, 2, 9, 11)]),
    ):
        arrays = [strided(values(*shape))[layout] for shape in shapes]
        node = op.make_node(*(pt.tensor(dtype="float64", shape=(None,) * a.ndim) for a in arrays))
        for found, expected in zip(
            called(op, node, *arrays), in_python(op, node, *arrays), strict=True
        ):
            np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32"])
def test_indices_may_be_of_any_type(dtype):
    x, rows = values(5, 3), values(4, 3)
    indices = np.array([0, 4, 4, 2], dtype)
    if dtype.startswith("int"):
        indices[0] = -5
    op = IncrementRows(False, False)
    node = op.make_node(pt.dmatrix(), pt.dmatrix(), pt.tensor(dtype=dtype, shape=(None,)))
    (found,) = called(op, node, x, rows, indices)
    np.testing.assert_allclose(found, in_python(op, node, x, rows, indices)[0], rtol=1e-15)


def test_memory_that_fits_is_filled_and_other_memory_is_not():
    op = Conv()
    node = op.make_node(pt.dtensor4(), pt.dtensor4())
    image, filters = values(2, 1, 5, 6), values(3, 1, 2, 2)
    (expected,) = in_python(op, node, image, filters)
    own = np.full(expected.shape, np.nan)
    assert called(op, node, image, filters, outputs=[own])[0] is own
    np.testing.assert_allclose(own, expected, rtol=1e-12)
    small = np.full((1, 3, 4, 5), np.nan)
    (found,) = called(op, node, image, filters, outputs=[small])
    assert found is not small
    assert np.isnan(small).all()
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_a_result_may_lie_where_an_argument_does():
    op = MatrixVectorProduct(inplace=True)
    node = op.make_node(*(pt.tensor(dtype="float64", shape=(None,) * n) for n in (1, 0, 2, 1, 0)))
    y, matrix, x = values(7), values(7, 5), values(5)
    alpha, beta = np.array(0.5), np.array(2.0)
    expected = beta * y + alpha * matrix @ x
    (found,) = called(op, node, y, alpha, matrix, x, beta, outputs=[y])
    assert found is y
    np.testing.assert_allclose(y, expected, rtol=1e-12)


def test_arrays_without_elements_have_results():
    op = Pool((2, 2), True)
    node = op.make_node(pt.dtensor4())
    assert called(op, node, np.empty((0, 3, 4, 4)))[0].shape == (0, 3, 2, 2)


def test_failures_have_their_exceptions_and_texts():
    conv, image = Conv(), values(1, 2, 3, 3)
    node = conv.make_node(pt.dtensor4(), pt.dtensor4())
    with pytest.raises(ValueError, match=r"^convolution: got 2 channels, expected 3$"):
        called(conv, node, image, values(1, 3, 2, 2))
    with pytest.raises(ValueError, match="smaller than the filters"):
        called(conv, node, image, values(1, 2, 4, 2))
    chosen = LogLikelihood()
    node = chosen.make_node(pt.dmatrix(), pt.lvector())
    with pytest.raises(IndexError, match="label 3 is out of bounds for 3 classes"):
        called(chosen, node, values(2, 3), np.array([0, 3]))


def test_memory_that_nobody_has_is_told():
    op = ConvGradInputs()
    node = op.make_node(pt.dtensor4(), pt.dtensor4(), pt.lscalar(), pt.lscalar())
    # Contiguous copies of arrays that take no memory themselves, each of more than there is.
    filters = np.broadcast_to(values(1, 1, 1, 1), (1, 1, 1, 1))
    gradient = np.broadcast_to(values(1, 1, 1, 1), (1, 1, 1 << 22, 1 << 22))
    sizes = [np.array(1 << 22)] * 2
    fake = np.broadcast_to(np.zeros(1), (1, 1, 1 << 22, 1 << 22))
    with pytest.raises(MemoryError, match="not enough memory for the copy of an array of"):
        called(op, node, filters, gradient, *sizes, outputs=[fake])
