import numpy as np
import pytest

from lenet.theano_compat import install, uninstall, variable_methods
from lenet.theano_compat.theano import shared
from lenet.theano_compat.theano import tensor as T
from tests.theano_compat.tensor.values import value

MATRIX = np.array([[0.5, 1.5, 2.5], [-0.5, 3.0, 4.25]])


def test_a_variable_is_true_so_that_it_differs_from_none():
    assert T.matrix()
    assert shared(0.0)
    assert T.constant(0)
    assert T.matrix() * 0
    assert T.eq(T.scalar(), 1)


@pytest.mark.parametrize(
    "compare",
    [lambda x: x < 1, lambda x: x <= 1, lambda x: x > 1, lambda x: x >= 1],
    ids=["<", "<=", ">", ">="],
)
def test_a_comparison_is_neither_true_nor_false(compare):
    with pytest.raises(TypeError, match="ifelse"):
        bool(compare(T.scalar("x")))


def test_zeros_and_ones_take_a_variable_for_its_type():
    x, y = T.ivector(), T.fvector()
    zeros, ones = value([x.zeros_like(y), x.ones_like(y)], {x: [3, 4]})
    assert (zeros.dtype, ones.dtype) == ("float32", "float32")
    np.testing.assert_array_equal([zeros, ones], [[0, 0], [1, 1]])
    assert x.zeros_like().dtype == "int32"
    assert x.ones_like("int8").dtype == "int8"


def test_methods_compute_what_numpy_does():
    x = T.dmatrix("x")
    of_numpy = {
        x.sum(axis=1): MATRIX.sum(1),
        x.sum(1, keepdims=True): MATRIX.sum(1, keepdims=True),
        x.mean(axis=(0, 1)): MATRIX.mean(),
        x.std(axis=0): MATRIX.std(0),
        x.var(axis=1): MATRIX.var(1),
        x.max(axis=0): MATRIX.max(0),
        x.min(1): MATRIX.min(1),
        x.argmax(axis=1): MATRIX.argmax(1),
        x.argmin(): MATRIX.argmin(),
        x.prod(axis=0): MATRIX.prod(0),
        x.any(axis=0): MATRIX.any(0),
        x.all(): MATRIX.all(),
        x.ptp(axis=0): np.ptp(MATRIX, axis=0),
        x.norm(2): np.linalg.norm(MATRIX),
        x.norm(1, axis=1): np.abs(MATRIX).sum(1),
        x.norm(L=2, axis=0, keepdims=True): np.linalg.norm(MATRIX, axis=0, keepdims=True),
        x.dot(x.T): MATRIX @ MATRIX.T,
        x.astype("int32"): MATRIX.astype("int32"),
        x.repeat(2, axis=1): MATRIX.repeat(2, 1),
        x.cumsum(axis=0): MATRIX.cumsum(0),
        x.clip(0, 1): MATRIX.clip(0, 1),
        x.copy(name="y"): MATRIX,
        x.round("half_to_even"): MATRIX.round(),
        x.zeros_like("int8"): np.zeros((2, 3)),
        x.fill(2.0): np.full((2, 3), 2.0),
        x.trace(): np.trace(MATRIX),
        abs(x): np.abs(MATRIX),
        x.exp(): np.exp(MATRIX),
        np.exp(x): np.exp(MATRIX),
        np.ones(3) * x: MATRIX,
        x.size: 6,
        x.shape[0]: 2,
        x.conj(): MATRIX,
        x.diagonal(): MATRIX.diagonal(),
    }

    for result, expected in zip(value(list(of_numpy), {x: MATRIX}), of_numpy.values(), strict=True):
        np.testing.assert_allclose(result, expected)


def test_attributes():
    x = T.dmatrix("x")
    y = x + 1

    assert (x.ndim, x.name, x.owner, x.type.dtype, x.type.ndim) == (2, "x", None, "float64", 2)
    assert y.owner.inputs[0] is x
    assert x.copy(name="z").name == "z"
    x.tag.test_value = MATRIX
    np.testing.assert_array_equal(x.tag.test_value, MATRIX)


def test_iteration_over_a_vector_of_known_length():
    x = T.dmatrix()
    rows, columns = x.shape

    assert value([rows, columns], {x: MATRIX}) == [2, 3]
    assert len(list(T.stack([x[0, 0], x[0, 1]]))) == 2
    with pytest.raises(TypeError):
        sum(x)


def test_constants_say_what_they_are():
    assert T.constant(5).get_scalar_constant_value() == 5
    assert T.get_scalar_constant_value(T.zeros((3,))) == 0
    assert T.extract_constant(T.constant(5)) == 5
    x = T.scalar()
    assert T.extract_constant(x) is x
    with pytest.raises(T.NotScalarConstantError):
        x.get_scalar_constant_value()


def test_numpy_scalar():
    assert T.numpy_scalar(np.ones((1, 1))) == 1
    with pytest.raises(T.NotScalarConstantError, match=r"\(2,\)"):
        T.numpy_scalar(np.ones(2))


def test_methods_go_when_theano_goes():
    uninstall()
    try:
        with pytest.raises(TypeError):
            bool(T.scalar())
        assert not hasattr(T.scalar(), "get_scalar_constant_value")
        with pytest.raises(TypeError):
            T.vector().reshape((1, 2), 2)
    finally:
        install()
    assert T.scalar()


def test_adding_them_again_changes_nothing():
    variable_methods.add()
    variable_methods.add()
    variable_methods.remove()
    with pytest.raises(TypeError):
        bool(T.scalar())
    variable_methods.add()
    assert T.scalar()


def test_assertions():
    x = T.dvector()
    checked = [
        T.opt.Assert("too long")(x, T.eq(x.shape[0], 2)),
        T.opt.assert_op(x, T.le(x.shape[0], 2)),
    ]

    np.testing.assert_array_equal(value(checked, {x: [1, 2]}), [[1, 2]] * 2)
    with pytest.raises(AssertionError, match="too long"):
        value(checked[0], {x: [1, 2, 3]})


def test_defaults():
    x = T.scalar()

    assert T.default(None, x) is x
    assert T.default(1, x) == 1
    assert value(T.default(x, 3), {x: 2.0}) == 2
    with pytest.raises(TypeError, match="has 0 axes, its default value"):
        T.default(x, T.vector())


@pytest.mark.parametrize(
    ("shape", "index", "expected"),
    [
        ((None, 1), (slice(None), None), (None, 1)),
        ((None, 1, 1), (None, slice(None)), (1, None)),
        ((1, 1), (None,), (1,)),
        ((None, 1), (slice(None), None, slice(None)), (None, 1, 1)),
        ((None, 1), (slice(None), None, Ellipsis), (None, 1, 1)),
        ((None, None), (slice(None), None), (None, 1, None)),
        ((None, 1), (slice(None),), (None, 1)),
        ((None, 1), (0, None), (1,)),
    ],
)
def test_none_in_an_index_drops_axes_of_length_one_after_it(shape, index, expected):
    # Theano 1.0.5 gave these, but for the sixth, which it refused.
    x = T.TensorType("float64", [length == 1 for length in shape])()
    assert x[index].type.shape == expected
