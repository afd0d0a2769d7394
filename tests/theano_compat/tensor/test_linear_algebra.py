import numpy as np
import pytest
import scipy.linalg

from lenet.theano_compat.theano import tensor as T
from tests.theano_compat.tensor.values import value

SYMMETRIC = np.array([[4.0, 1.0, 0.0], [1.0, 3.0, 1.0], [0.0, 1.0, 2.0]])
WIDE = np.arange(6.0).reshape(2, 3)
BATCH = np.arange(12.0).reshape(2, 2, 3)


def test_products():
    x, y, z = T.dmatrix(), T.dvector(), T.dtensor3()
    vector = np.array([1.0, 2.0, 3.0])
    of_numpy = {
        T.dot(x, x.T): WIDE @ WIDE.T,
        T.dot(x, y): WIDE @ vector,
        T.dot(z, x.T): np.dot(BATCH, WIDE.T),
        T.outer(y, y): np.outer(vector, vector),
        T.tensordot(x, x, axes=[[1], [1]]): np.tensordot(WIDE, WIDE, [[1], [1]]),
        T.tensordot(z, x, axes=[2, 1]): np.tensordot(BATCH, WIDE, [2, 1]),
        T.batched_tensordot(z, z, [[1, 2], [1, 2]]): np.einsum("bij,bij->b", BATCH, BATCH),
        T.nlinalg.matrix_dot(x, x.T, x): WIDE @ WIDE.T @ WIDE,
    }

    for result, expected in zip(
        value(list(of_numpy), {x: WIDE, y: vector, z: BATCH}), of_numpy.values(), strict=True
    ):
        np.testing.assert_allclose(result, expected)


@pytest.mark.parametrize(
    ("first", "second", "subscripts"),
    [
        ("abc", "acd", "abc,acd->abd"),
        ("abc", "ac", "abc,ac->ab"),
        ("ac", "acd", "ac,acd->ad"),
        ("ac", "ac", "ac,ac->a"),
        ("a", "acd", "a,acd->acd"),
        ("abc", "a", "abc,a->abc"),
        ("aebc", "acd", "aebc,acd->aebd"),
    ],
)
def test_batched_dot(first, second, subscripts):
    lengths = {"a": 2, "b": 3, "c": 4, "d": 5, "e": 6}
    rng = np.random.default_rng(0)
    a, b = (rng.normal(size=[lengths[axis] for axis in axes]) for axes in (first, second))
    x, y = T.TensorType("float64", [False] * a.ndim)(), T.TensorType("float64", [False] * b.ndim)()

    np.testing.assert_allclose(
        value(T.batched_dot(x, y), {x: a, y: b}), np.einsum(subscripts, a, b)
    )


def test_batched_dot_needs_a_batch():
    with pytest.raises(TypeError, match="first axis"):
        T.batched_dot(T.scalar(), T.matrix())


def test_nlinalg():
    x = T.dmatrix()
    of_numpy = {
        T.nlinalg.matrix_inverse(x): np.linalg.inv(SYMMETRIC),
        T.nlinalg.MatrixInverse()(x): np.linalg.inv(SYMMETRIC),
        T.nlinalg.pinv(x): np.linalg.pinv(SYMMETRIC),
        T.nlinalg.det(x): np.linalg.det(SYMMETRIC),
        T.nlinalg.trace(x): np.trace(SYMMETRIC),
        T.nlinalg.eigh(x)[0]: np.linalg.eigvalsh(SYMMETRIC),
        T.nlinalg.eigh(x, "U")[0]: np.linalg.eigvalsh(SYMMETRIC),
        T.nlinalg.svd(x, compute_uv=0): np.linalg.svd(SYMMETRIC, compute_uv=False),
        T.nlinalg.matrix_power(x, 3): np.linalg.matrix_power(SYMMETRIC, 3),
        T.nlinalg.diag(x): np.diag(SYMMETRIC),
        T.nlinalg.extract_diag(x): np.diag(SYMMETRIC),
        T.nlinalg.ExtractDiag()(x): np.diag(SYMMETRIC),
        T.nlinalg.alloc_diag(x[0]): np.diag(SYMMETRIC[0]),
        T.nlinalg.AllocDiag()(x[0]): np.diag(SYMMETRIC[0]),
        T.nlinalg.tensorsolve(x, x[0]): np.linalg.solve(SYMMETRIC, SYMMETRIC[0]),
        T.nlinalg.lstsq()(x, x, 1e-9)[0]: np.eye(3),
        **{
            T.nlinalg.norm(x, order): np.linalg.norm(SYMMETRIC, order)
            for order in ("fro", 1, -1, 2, None)
        },
        T.nlinalg.norm(x, "inf"): np.linalg.norm(SYMMETRIC, np.inf),
        T.nlinalg.norm(x[0], "-inf"): np.linalg.norm(SYMMETRIC[0], -np.inf),
        T.nlinalg.norm(x[0], 3): np.linalg.norm(SYMMETRIC[0], 3),
    }

    for result, expected in zip(
        value(list(of_numpy), {x: SYMMETRIC}), of_numpy.values(), strict=True
    ):
        np.testing.assert_allclose(result, expected, atol=1e-12)


def test_qr_is_reduced_unless_told():
    x = T.dmatrix()
    q, r = value(T.nlinalg.qr(x), {x: WIDE.T})

    assert q.shape == (3, 2)
    np.testing.assert_allclose(q @ r, WIDE.T, atol=1e-12)
    assert value(T.nlinalg.qr(x, "r"), {x: WIDE.T}).shape == (2, 2)
    assert value(T.nlinalg.qr(x, "complete"), {x: WIDE.T})[0].shape == (3, 3)


def test_eig_is_of_the_type_of_the_matrix():
    x = T.fmatrix()
    values, vectors = T.nlinalg.eig(x)

    assert (values.dtype, vectors.dtype) == ("float32", "float32")
    matrix = SYMMETRIC.astype("float32")
    values, vectors = value([values, vectors], {x: matrix})
    np.testing.assert_allclose(matrix @ vectors, vectors * values, rtol=1e-4, atol=1e-5)
    assert T.nlinalg.eig(T.zmatrix())[0].dtype == "complex128"


@pytest.mark.parametrize(
    ("function", "variable", "error"),
    [
        (lambda x: T.nlinalg.norm(x, 2), T.scalar(), ValueError),
        (lambda x: T.nlinalg.norm(x, 2), T.tensor3(), NotImplementedError),
        (T.nlinalg.diag, T.tensor3(), TypeError),
    ],
    ids=["norm of a scalar", "norm of three axes", "diag of three axes"],
)
def test_wrong_numbers_of_axes_are_errors(function, variable, error):
    with pytest.raises(error, match="expected"):
        function(variable)


def test_slinalg():
    x = T.dmatrix()
    lower, upper = np.tril(SYMMETRIC), np.triu(SYMMETRIC)
    of_scipy = {
        T.slinalg.cholesky(x): scipy.linalg.cholesky(SYMMETRIC, lower=True),
        T.slinalg.Cholesky(lower=False, on_error="nan")(x): scipy.linalg.cholesky(SYMMETRIC),
        T.slinalg.solve(x, x[0]): np.linalg.solve(SYMMETRIC, SYMMETRIC[0]),
        T.slinalg.Solve()(x, x): np.eye(3),
        T.slinalg.Solve("lower_triangular", lower=True)(x, x[0]): np.linalg.solve(
            lower, SYMMETRIC[0]
        ),
        T.slinalg.solve_lower_triangular(x, x): np.linalg.solve(lower, SYMMETRIC),
        T.slinalg.solve_upper_triangular(x, x): np.linalg.solve(upper, SYMMETRIC),
        T.slinalg.solve_symmetric(x, x): np.eye(3),
        T.slinalg.kron(x, x): np.kron(SYMMETRIC, SYMMETRIC),
        T.slinalg.eigvalsh(x, x): np.ones(3),
        T.slinalg.Eigvalsh()(x): np.linalg.eigvalsh(SYMMETRIC),
        T.slinalg.expm(x): scipy.linalg.expm(SYMMETRIC),
    }

    for result, expected in zip(
        value(list(of_scipy), {x: SYMMETRIC}), of_scipy.values(), strict=True
    ):
        np.testing.assert_allclose(result, expected, atol=1e-12)


def test_cholesky_of_a_matrix_without_a_root_is_an_error_unless_told():
    x = T.dmatrix()

    with pytest.raises(np.linalg.LinAlgError, match="positive definite"):
        value(T.slinalg.cholesky(x), {x: -SYMMETRIC})
    assert np.isnan(value(T.slinalg.Cholesky(on_error="nan")(x), {x: -SYMMETRIC})).any()


def test_unknown_structure_of_a_matrix_is_an_error():
    with pytest.raises(ValueError, match="'round'"):
        T.slinalg.Solve("round")


@pytest.mark.filterwarnings("ignore:`axes` should not be:DeprecationWarning")
def test_fourier_transforms_keep_real_and_imaginary_parts_in_a_last_axis():
    x = T.dmatrix()
    signal = np.arange(8.0).reshape(2, 4)
    transformed, back = value([T.fft.rfft(x), T.fft.irfft(T.fft.rfft(x))], {x: signal})
    expected = np.fft.rfft(signal)

    np.testing.assert_allclose(
        transformed, np.stack([expected.real, expected.imag], -1), atol=1e-12
    )
    np.testing.assert_allclose(back, signal, atol=1e-12)


def test_products_with_logarithms():
    x = T.dvector()

    np.testing.assert_allclose(value(T.xlogx.xlogx(x), {x: [0, 1, 2]}), [0, 0, 2 * np.log(2)])


def test_derivatives():
    x, y = T.dvector(), T.dvector()
    given = {x: [1.0, 2.0], y: [3.0, 5.0]}
    derivatives = [
        T.grad((x**2).sum(), x),
        *T.grad((x * y).sum(), [x, y]),
        T.Lop(x**2, x, y),
        T.Rop(x**2, x, y),
    ]

    np.testing.assert_allclose(
        value(derivatives, given), [[2, 4], [3, 5], [1, 2], [6, 20], [6, 20]]
    )
    np.testing.assert_allclose(value(T.jacobian(x**2, x), given), [[2, 0], [0, 4]])
    np.testing.assert_allclose(value(T.hessian((x**3).sum(), x), given), [[6, 0], [0, 12]])
    np.testing.assert_allclose(
        value(T.grad((x * y).sum(), x, consider_constant=[y]), given), [3, 5]
    )
    assert T.grad(x.sum(), y, disconnected_inputs="ignore").ndim == 1
