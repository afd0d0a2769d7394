"""Values and types of elements, as Theano 1.0 gave them."""

import numpy as np
import pytest
import scipy.special
import scipy.stats
from pytensor import config

from lenet.theano_compat.theano import tensor as T
from tests.theano_compat.tensor.values import value

MATRIX = np.array([[0.5, 1.5, 2.5], [-0.5, 3.0, 4.25]])
INTEGERS = np.array([[1, 2, 3], [4, 5, 7]])
POSITIVE = np.abs(MATRIX)
SMALL = MATRIX / 5


@pytest.fixture(params=["float32", "float64"])
def floatx(request):
    with config.change_flags(floatX=request.param):
        yield request.param


def test_true_division_of_integers_is_of_floatx_or_double():
    x, y = T.lmatrices(2)
    b = T.bmatrix()

    np.testing.assert_allclose(
        value(x / y, {x: INTEGERS, y: INTEGERS.T.reshape(2, 3)}),
        INTEGERS / INTEGERS.T.reshape(2, 3),
    )
    assert (x / 2).dtype == (x / y).dtype == "float64"
    assert (b / b).dtype == config.floatX


def test_whole_division_and_remainder_round_down():
    x = T.lvector()
    divided = value(
        [x // 2, x % 2, T.int_div(x, 2), T.floor_div(x, 2), T.mod(x, 2), T.div_proxy(x, 2)],
        {x: [-3, 3]},
    )

    np.testing.assert_array_equal(divided, [[-2, 1], [1, 1]] + [[-2, 1]] * 2 + [[1, 1], [-2, 1]])
    assert T.div_proxy(x, 2).dtype == "int64"
    assert T.div_proxy(x, 2.0).dtype == (x / 2.0).dtype


@pytest.mark.parametrize(
    ("expression", "dtype"),
    [
        ("f * 2.5", "float32"),
        ("f * 2", "float32"),
        ("f / 3", "float32"),
        ("f**2", "float32"),
        ("f * b", "float32"),
        ("f * i", "float64"),
        ("f + np.ones(3)", "float64"),
        ("f / f.shape[0]", "float64"),
        ("T.maximum(0.0, f)", "float32"),
        ("T.switch(f > 0, f, 0.0)", "float32"),
        ("i + 1", "int64"),
        ("b + 1", "int8"),
        ("b + 200", "int16"),
        ("T.mean(f)", "float32"),
        ("T.mean(b)", "float64"),
        ("T.sum(b)", "int64"),
        ("T.sum(T.eq(b, 1))", "int64"),
        ("T.mean(T.neq(b, 1))", "float64"),
        ("T.sqrt(i)", "float64"),
        ("T.exp(b)", "float32"),
        ("T.nnet.sigmoid(b)", "float32"),
        ("T.argmax(f)", "int64"),
    ],
)
def test_types_of_results_when_floatx_is_float32(expression, dtype):
    with config.change_flags(floatX="float32"):
        f, i, b = T.fvector(), T.lvector(), T.bvector()
        assert eval(expression, {"T": T, "np": np, "f": f, "i": i, "b": b}).dtype == dtype


def test_comparisons_are_boolean_and_count_as_numbers():
    x = T.dmatrix("x")
    names = {
        "eq": "equal",
        "neq": "not_equal",
        "lt": "less",
        "gt": "greater",
        "le": "less_equal",
        "ge": "greater_equal",
    }

    for name, of_numpy in names.items():
        compared = getattr(T, name)(x, 1.5)
        assert compared.dtype == "bool"
        np.testing.assert_array_equal(
            value(compared, {x: MATRIX}), getattr(np, of_numpy)(MATRIX, 1.5)
        )
    assert value((1 - T.eq(x, 1.5)).sum(), {x: MATRIX}) == 5


def test_logic():
    x, y = T.lmatrices(2)
    other = INTEGERS[::-1]
    of_numpy = {"and_": np.bitwise_and, "or_": np.bitwise_or, "xor": np.bitwise_xor}

    for name, function in of_numpy.items():
        np.testing.assert_array_equal(
            value(getattr(T, name)(x, y), {x: INTEGERS, y: other}), function(INTEGERS, other)
        )
    np.testing.assert_array_equal(value([T.invert(x), ~x], {x: INTEGERS}), [~INTEGERS] * 2)
    np.testing.assert_array_equal(value(~(x > 2), {x: INTEGERS}), INTEGERS <= 2)


ELEMENTWISE = {
    "abs_": (np.abs, MATRIX),
    "arccos": (np.arccos, SMALL),
    "arccosh": (np.arccosh, POSITIVE + 1),
    "arcsin": (np.arcsin, SMALL),
    "arcsinh": (np.arcsinh, MATRIX),
    "arctan": (np.arctan, MATRIX),
    "arctanh": (np.arctanh, SMALL),
    "ceil": (np.ceil, MATRIX),
    "cos": (np.cos, MATRIX),
    "cosh": (np.cosh, MATRIX),
    "deg2rad": (np.deg2rad, MATRIX),
    "erf": (scipy.special.erf, MATRIX),
    "erfc": (scipy.special.erfc, MATRIX),
    "erfcinv": (scipy.special.erfcinv, POSITIVE / 5),
    "erfcx": (scipy.special.erfcx, MATRIX),
    "erfinv": (scipy.special.erfinv, SMALL),
    "exp": (np.exp, MATRIX),
    "exp2": (np.exp2, MATRIX),
    "expm1": (np.expm1, MATRIX),
    "floor": (np.floor, MATRIX),
    "gamma": (scipy.special.gamma, POSITIVE),
    "gammaln": (scipy.special.gammaln, POSITIVE),
    "i0": (scipy.special.i0, MATRIX),
    "i1": (scipy.special.i1, MATRIX),
    "inv": (np.reciprocal, MATRIX),
    "isinf": (np.isinf, MATRIX),
    "isnan": (np.isnan, MATRIX),
    "j0": (scipy.special.j0, MATRIX),
    "j1": (scipy.special.j1, MATRIX),
    "log": (np.log, POSITIVE),
    "log10": (np.log10, POSITIVE),
    "log1p": (np.log1p, POSITIVE),
    "log2": (np.log2, POSITIVE),
    "neg": (np.negative, MATRIX),
    "psi": (scipy.special.psi, POSITIVE),
    "rad2deg": (np.rad2deg, MATRIX),
    "round_half_to_even": (np.round, MATRIX),
    "sgn": (np.sign, MATRIX),
    "sin": (np.sin, MATRIX),
    "sinh": (np.sinh, MATRIX),
    "sqr": (np.square, MATRIX),
    "sqrt": (np.sqrt, POSITIVE),
    "square": (np.square, MATRIX),
    "tan": (np.tan, MATRIX),
    "tanh": (np.tanh, MATRIX),
    "tri_gamma": (lambda x: scipy.special.polygamma(1, x), POSITIVE),
    "trunc": (np.trunc, MATRIX),
}


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_elementwise_function(name):
    function, values = ELEMENTWISE[name]
    x = T.dmatrix()

    np.testing.assert_allclose(value(getattr(T, name)(x), {x: values}), function(values), rtol=1e-6)


def test_chi2sf():
    x = T.dmatrix()

    np.testing.assert_allclose(
        value(T.chi2sf(x, 3), {x: POSITIVE}), scipy.stats.chi2.sf(POSITIVE, 3)
    )


def test_rounding_modes():
    x = T.dvector()
    halves = [0.5, 1.5, -0.5, 2.4]

    np.testing.assert_array_equal(value(T.round(x, "half_to_even"), {x: halves}), [0, 2, 0, 2])
    np.testing.assert_array_equal(
        value(T.round(x, mode="half_away_from_zero"), {x: halves}), [1, 2, -1, 2]
    )
    assert T.iround(x, "half_to_even").dtype == "int64"


def test_choices():
    x = T.dmatrix()
    chosen = value(
        [T.switch(x > 1, x, 0), T.where(x > 1, x, 0), T.clip(x, 0, 2), x.clip(0, 2)], {x: MATRIX}
    )

    np.testing.assert_array_equal(chosen[:2], [np.where(MATRIX > 1, MATRIX, 0)] * 2)
    np.testing.assert_array_equal(chosen[2:], [np.clip(MATRIX, 0, 2)] * 2)


@pytest.mark.parametrize("axis", [None, 0, 1, -1, (0, 1), [0]], ids=str)
@pytest.mark.parametrize(
    "name",
    ["sum", "prod", "mean", "max", "min", "var", "std", "any", "all", "ptp", "argmax", "argmin"],
)
def test_reductions(name, axis):
    x = T.dmatrix()
    where = tuple(axis) if isinstance(axis, list) else axis
    if name == "ptp" and isinstance(where, tuple):
        where, axis = 0, 0
    flat = MATRIX.reshape(-1) if where == (0, 1) and name.startswith("arg") else MATRIX
    expected = getattr(np, name)(
        flat,
        axis=None
        if flat.ndim == 1
        else where[0]
        if name.startswith("arg") and isinstance(where, tuple)
        else where,
    )

    np.testing.assert_allclose(value(getattr(T, name)(x, axis=axis), {x: MATRIX}), expected)


def test_old_arguments_of_reductions():
    x, i = T.dmatrix(), T.lmatrix()
    given = {x: MATRIX, i: INTEGERS}

    assert T.sum(x, dtype="float32").dtype == "float32"
    assert T.sum(T.fmatrix(), acc_dtype="float64").dtype == "float32"
    assert T.prod(i, no_zeros_in_input=True).dtype == "int64"
    np.testing.assert_allclose(
        value(T.mean(x, 1, None, False, True), given), MATRIX.mean(1, keepdims=True)
    )
    np.testing.assert_allclose(value(T.mean(x, op=True), given), MATRIX.mean())
    np.testing.assert_allclose(value(T.var(x, 0, 1), given), MATRIX.var(0, ddof=1))
    np.testing.assert_allclose(value(T.var(x, axis=1, corrected=True), given), MATRIX.var(1))
    largest, where = value(T.max_and_argmax(x, axis=1), given)
    np.testing.assert_array_equal(largest, MATRIX.max(1))
    np.testing.assert_array_equal(where, MATRIX.argmax(1))
    assert T.sum(x, axis=0, keepdims=True).broadcastable == (True, False)


def test_operation_of_the_mean():
    x = T.fmatrix()
    given = {x: np.array([[1, 2], [4, 5]], dtype="float32")}
    total, of_columns = value([T.Mean()(x), T.Mean(axis=0)(x)], given)
    assert total == 3
    assert total.dtype == of_columns.dtype == "float64"
    np.testing.assert_array_equal(of_columns, [2.5, 3.5])


@pytest.mark.parametrize(
    ("axis", "expected"),
    [(T.constant(1), 1), ([0, 0], 0), ([1, 0], None), (T.NoneConst, None), (-1, 1)],
)
def test_largest_elements_and_their_places(axis, expected):
    x = T.dmatrix()
    data = np.array([[1.0, 5, 2], [7, 0, 3]])
    largest, place = value(list(T.max_and_argmax(x, axis)), {x: data})
    np.testing.assert_array_equal(largest, data.max(expected))
    np.testing.assert_array_equal(place, data.argmax(expected))
