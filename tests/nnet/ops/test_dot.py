"""Products of matrices and vectors against NumPy's."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode
from threadpoolctl import threadpool_limits

from lenet.nnet.ops.dot import MatrixProduct, MatrixVectorProduct, SubtractProduct
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
    # Few rows beside many columns, in one strip and in three.
    (1, 40, 100),
    (9, 33, 80),
    (1, 70, 600),
    (12, 70, 601),
    # Little depth: a task has one block of rows.
    (70, 1, 600),
    (0, 3, 4),
    (3, 0, 4),
    (3, 4, 0),
]

FORMS = {
    "rows": lambda matrix: matrix,
    "columns": lambda matrix: np.asfortranarray(matrix),
    "reversed": lambda matrix: matrix[::-1, ::-1],
    "every second": lambda matrix: np.repeat(matrix, 2, axis=1)[:, ::2],
}


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


def test_columns_of_a_large_matrix_are_copied_by_and_by(product):
    left, right = matrices(product, 120, 20_000, 900)  # copied in bands of 832 columns at most
    found = product(left, right)
    assert_product(found, left, right)
    by_and_by = [product(left, right[:, start : start + 300]) for start in (0, 300, 600)]
    np.testing.assert_array_equal(found, np.hstack(by_and_by))


@pytest.mark.parametrize("rows", [1, 5, 17])
def test_row_does_not_depend_on_those_around_it(product, rows):
    left, right = matrices(product, 100, 45, 90)
    for form in (right, np.asfortranarray(right), np.repeat(right, 2, axis=1)[:, ::2]):
        np.testing.assert_array_equal(product(left[:rows], form), product(left, form)[:rows])


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


@pytest.fixture(scope="module", params=sorted(TOLERANCE))
def difference(request):
    """Return a function of matrix, scale, left and right."""
    names = ("matrix", "scale", "left", "right")
    matrix, scale, left, right = (pt.matrix(name, dtype=request.param) for name in names)
    mode = Mode(linker="cvm_nogc", optimizer=None)
    result = SubtractProduct()(matrix, scale, left, right)
    return pytensor.function([left, right, matrix, scale], result, mode=mode)


@pytest.mark.parametrize("form", ["rows", "columns", "every second"])
@pytest.mark.parametrize("sizes", SIZES, ids=lambda sizes: "x".join(map(str, sizes)))
def test_difference_is_that_of_numpy(difference, sizes, form):
    left, right = matrices(difference, *sizes)
    matrix = FORMS[form](np.full((len(left), right.shape[1]), 3, left.dtype))
    scale = np.full((1, 1), 0.25, left.dtype)
    before = matrix.copy()
    expected = matrix - 0.25 * left.astype("float64") @ right.astype("float64")
    assert_near(difference(left, FORMS[form](right), matrix, scale), expected, left.dtype)
    np.testing.assert_array_equal(matrix, before)


def test_difference_does_not_depend_on_threads(difference):
    left, right = matrices(difference, 100, 33, 477)
    results = []
    for threads in (1, 2, 5):
        with threadpool_limits(limits=threads, user_api="openmp"):
            results.append(difference(left, right, left @ right, np.full((1, 1), 0.5, left.dtype)))
    assert all(np.array_equal(results[0], result) for result in results[1:])


@pytest.mark.parametrize(
    ("shape", "message"),
    [((2, 5), r"difference of shapes \(2, 5\) and \(2, 4\)"), (None, r"\(2, 3\) and \(2, 3\) do")],
)
def test_differences_that_do_not_fit_are_refused(difference, shape, message):
    left, right = matrices(difference, 2, 3, 4)
    matrix, scale = np.zeros(shape or (2, 3), left.dtype), np.ones((1, 1), left.dtype)
    with pytest.raises(ValueError, match=message):
        difference(left, right if shape else left, matrix, scale)


def test_difference_in_python_is_the_same(difference):
    left, right = matrices(difference, 3, 4, 5)
    matrix, scale = left @ right, np.full((1, 1), 0.5, left.dtype)
    (node,) = difference.maker.fgraph.apply_nodes
    storage = [[None]]
    node.op.perform(node, [matrix, scale, left, right], storage)
    assert_near(storage[0][0], difference(left, right, matrix, scale), left.dtype)


# Rows and columns, around the sizes of vectors and blocks; the last for more than one thread.
MATRICES = [(1, 1), (7, 3), (8, 16), (9, 33), (350, 200), (0, 3), (3, 0), (4100, 65)]


@pytest.fixture(scope="module", params=sorted(TOLERANCE))
def vector_product(request):
    """Return a function of y, alpha, matrix, x and beta."""
    x, y = (pt.vector(name, dtype=request.param) for name in "xy")
    alpha, beta = (pt.scalar(name, dtype=request.param) for name in ("alpha", "beta"))
    arguments = [y, alpha, pt.matrix("matrix", dtype=request.param), x, beta]
    mode = Mode(linker="cvm_nogc", optimizer=None)
    return pytensor.function(arguments, MatrixVectorProduct()(*arguments), mode=mode)


def matrix_and_vectors(function, rows, columns):
    rng = np.random.default_rng(0)
    dtype = function.maker.inputs[0].variable.type.dtype
    shapes = ((rows, columns), (columns,), (rows,))
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def assert_near(found, expected, dtype):
    assert found.dtype == dtype
    atol = TOLERANCE[str(dtype)] * max(1, np.abs(expected).max(initial=0))
    np.testing.assert_allclose(found, expected, rtol=0, atol=atol)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("sizes", MATRICES, ids=lambda sizes: "x".join(map(str, sizes)))
def test_matrix_times_vector_is_that_of_numpy(vector_product, sizes, form):
    matrix, x, y = matrix_and_vectors(vector_product, *sizes)
    matrix = FORMS[form](matrix)
    for alpha, beta in ((1, 1), (-0.5, 2), (1, 0)):
        expected = beta * y.astype("float64") + alpha * matrix.astype("float64") @ x
        assert_near(vector_product(y, alpha, matrix, x, beta), expected, matrix.dtype)


def test_vectors_may_lie_in_memory_as_they_like(vector_product):
    matrix, x, y = matrix_and_vectors(vector_product, 20, 30)
    found = vector_product(y[::-1], 1, matrix, x[::-1], 1)
    assert_near(found, y[::-1] + matrix @ x[::-1], matrix.dtype)


def test_what_is_there_does_not_count_if_beta_is_zero(vector_product):
    matrix, x, y = matrix_and_vectors(vector_product, 5, 6)
    found = vector_product(np.full_like(y, np.nan), 2, matrix, x, 0)
    assert_near(found, 2 * matrix @ x, matrix.dtype)


def test_vectors_that_do_not_fit_are_refused(vector_product):
    matrix, _, y = matrix_and_vectors(vector_product, 2, 3)
    with pytest.raises(ValueError, match=r"shapes \(2,\) \+ \(2, 3\) \(2,\) do not fit"):
        vector_product(y, 1, matrix, y, 1)


def test_sum_takes_the_place_of_its_first_argument():
    matrix, x, y = (np.asarray(a) for a in ([[1.0, 2.0], [3.0, 4.0]], [1.0, -1.0], [5.0, 7.0]))
    state, one = pytensor.shared(y.copy()), np.asarray(1.0)
    update = {state: MatrixVectorProduct(inplace=True)(state, one, matrix, x, one)}
    mode = Mode(linker="cvm_nogc", optimizer=None)
    function = pytensor.function([], updates=update, mode=mode, accept_inplace=True)
    own = state.get_value(borrow=True)
    function()
    np.testing.assert_allclose(state.get_value(), y + matrix @ x)
    assert state.get_value(borrow=True) is own


def test_product_with_a_vector_does_not_depend_on_threads(vector_product):
    matrix, x, y = matrix_and_vectors(vector_product, 4100, 65)
    for form in (matrix, np.asfortranarray(matrix)):
        results = []
        for threads in (1, 2, 5):
            with threadpool_limits(limits=threads, user_api="openmp"):
                results.append(vector_product(y, 1, form, x, 1))
        assert all(np.array_equal(results[0], result) for result in results[1:])


def test_python_computes_the_same(vector_product):
    matrix, x, y = matrix_and_vectors(vector_product, 5, 6)
    (node,) = vector_product.maker.fgraph.apply_nodes
    values, storage = [np.asarray(v, matrix.dtype) for v in (y, 2, matrix, x, 3)], [[None]]
    node.op.perform(node, values, storage)
    assert_near(storage[0][0], vector_product(*values), matrix.dtype)
