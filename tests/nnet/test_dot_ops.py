"""Products of matrices against NumPy's."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode
from threadpoolctl import threadpool_limits

from lenet.nnet.dot_ops import MatrixProduct
from tests.nnet.modes import MISSING

pytestmark = pytest.mark.skipif(bool(MISSING["c"]), reason=MISSING["c"])
TOLERANCE = {"float32": 1e-5, "float64": 1e-12}
# Rows, depth and columns, around the sizes of blocks, panels and tasks.
SIZES = [
    (1, 1, 1),
    (3, 5, 7),
    (8, 16, 32),
    (9, 17, 33),
    (65, 40, 100),
    (0, 3, 4),
    (3, 0, 4),
    (3, 4, 0),
]


@pytest.fixture(scope="module", params=sorted(TOLERANCE))
def product(request):
    left, right = (pt.matrix(name, dtype=request.param) for name in ("left", "right"))
    mode = Mode(linker="cvm_nogc", optimizer=None)
    return pytensor.function([left, right], MatrixProduct()(left, right), mode=mode)


def matrices(product, rows, depth, columns):
    rng = np.random.default_rng(0)
    dtype = product.maker.inputs[0].variable.type.dtype
    return [rng.standard_normal(shape).astype(dtype) for shape in ((rows, depth), (depth, columns))]


def assert_product(found, left, right):
    expected = left.astype("float64") @ right.astype("float64")
    tolerance = TOLERANCE[str(left.dtype)] * max(1, np.abs(expected).max(initial=0))
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)


@pytest.mark.parametrize("sizes", SIZES, ids=lambda sizes: "x".join(map(str, sizes)))
def test_product_is_that_of_numpy(product, sizes):
    left, right = matrices(product, *sizes)
    assert_product(product(left, right), left, right)


@pytest.mark.parametrize("form", ["transposed", "reversed", "every second"])
def test_matrices_may_lie_in_memory_as_they_like(product, form):
    left, right = matrices(product, 20, 20, 20)
    change = {
        "transposed": np.transpose,
        "reversed": lambda matrix: matrix[::-1, ::-1],
        "every second": lambda matrix: np.repeat(matrix, 2, axis=1)[:, ::2],
    }[form]
    assert_product(product(change(left), change(right)), change(left), change(right))


def test_matrices_that_do_not_fit_are_refused(product):
    left, right = matrices(product, 2, 3, 4)
    with pytest.raises(ValueError, match=r"shapes \(2, 3\) and \(4, 3\) do not fit"):
        product(left, right.T)


def test_result_does_not_depend_on_threads(product):
    left, right = matrices(product, 100, 333, 77)
    results = []
    for threads in (1, 2, 5):
        with threadpool_limits(limits=threads, user_api="openmp"):
            results.append(product(left, right))
    assert all(np.array_equal(results[0], result) for result in results[1:])


def test_gradients_are_those_of_dot():
    left, right = pt.dmatrices("left", "right")
    ours, dot = (
        pytensor.grad((op(left, right) ** 3).sum(), [left, right])
        for op in (MatrixProduct(), pt.dot)
    )
    function = pytensor.function([left, right], [*ours, *dot], mode="FAST_COMPILE")
    rng = np.random.default_rng(0)
    *found, expected_left, expected_right = function(rng.random((3, 4)), rng.random((4, 2)))
    np.testing.assert_allclose(found[0], expected_left)
    np.testing.assert_allclose(found[1], expected_right)
