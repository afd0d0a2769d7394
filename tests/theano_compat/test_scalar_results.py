"""Single numbers that functions return, under NumPy 1's rules of types."""

import pickle

import numpy as np
import pytest

from lenet.theano_compat.scalar_results import Number, number

HALF, THREE = np.float32(0.5), np.int32(3)
ROWS = np.ones(2, "float32")


@pytest.mark.parametrize(
    ("expression", "of_float32", "of_int32"),
    # The types that NumPy 1.19 gives.
    [
        ("0 + x", "float64", "int64"),
        ("0.0 + x", "float64", "float64"),
        ("x * 100.0", "float64", "float64"),
        ("1 - x", "float64", "int64"),
        ("x / 3", "float64", "float64"),
        ("x * 1j", "complex128", "complex128"),
        ("x ** 2", "float32", "int32"),
        ("x ** 2.0", "float32", "float64"),
        ("x ** 3", "float64", "int64"),
        ("-x", "float32", "int32"),
        ("x + x", "float32", "int32"),
        ("x + np.float32(1)", "float32", "float64"),
        ("np.float64(1) * x", "float64", "float64"),
        ("x + True", "float32", "int32"),
        ("x < 0.7", "bool", "bool"),
        ("x * rows", "float32", "float32"),
        ("rows - x", "float32", "float32"),
        ("np.maximum(x, 0)", "float64", "int64"),
        ("np.exp(x)", "float32", "float64"),
        ("sum([x, x])", "float64", "int64"),
        ("x.mean()", "float32", "float64"),
        ("np.sum([x, x])", "float32", "int64"),
        ("np.dot(x, rows)", "float32", "float64"),
        ("x ** rows", "float32", "float32"),
    ],
)
def test_types_are_those_of_numpy_1(expression, of_float32, of_int32):
    for value, expected in ((HALF, of_float32), (THREE, of_int32)):
        result = eval(expression, {"np": np, "x": number(np.array(value)), "rows": ROWS})
        assert np.asarray(result).dtype == expected
        plain = eval(expression, {"np": np, "x": value, "rows": ROWS})
        np.testing.assert_allclose(result, plain, rtol=1e-6)


def test_a_long_sum_keeps_its_digits():
    loss = number(np.array(0.1, "float32"))
    total = 0
    for _ in range(20_000):
        total += loss
    assert total == pytest.approx(20_000 * float(np.float32(0.1)), rel=1e-12)


def test_it_is_an_array_else():
    x = number(np.array(0.25, "float32"))
    assert isinstance(x, np.ndarray)
    assert (repr(x), str(x), f"{x:.1f}", float(x)) == (
        "array(0.25, dtype=float32)",
        "0.25",
        "0.2",
        0.25,
    )
    assert type(pickle.loads(pickle.dumps(x))) is np.ndarray
    assert type(x + 1) is np.float64
    x += 1
    assert (type(x), x.dtype, float(x)) == (Number, np.float32, 1.25)
    assert type(np.asarray(x)) is np.ndarray
    assert np.add(x, 1, out=np.zeros((), "float64")) == 2.25
    for other in (np.zeros(2, "float32"), np.array(True), np.array(1j), 0.5, None):
        assert number(other) is other


def test_functions_return_them(theano):
    x = theano.tensor.fvector()
    loss = theano.function([x], [x.sum(), x], mode="FAST_COMPILE")
    total, same = loss(np.ones(3, "float32"))
    assert ((0.5 + total).dtype, type(same)) == (np.float64, np.ndarray)
    mean = theano.function([x], x.mean(), mode="FAST_COMPILE")
    assert (100.0 * mean(np.ones(3, "float32"))).dtype == np.float64
    state = theano.shared(np.float32(0))
    state.set_value(mean(np.ones(3, "float32")))
    assert type(state.get_value(borrow=True)) is np.ndarray
    assert type(theano.tensor.constant(mean(np.ones(3, "float32"))).data) is np.ndarray
    twice = theano.function([y := theano.tensor.fscalar()], 2 * y, mode="FAST_COMPILE")
    assert twice(mean(np.ones(3, "float32"))).dtype == np.float32
