"""Elementary functions in C against NumPy's in a longer format, from the smallest to the largest numbers."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from lenet.nnet.ops.flat_elemwise import FlatElemwise
from tests.nnet.modes import MISSING

pytestmark = pytest.mark.skipif(bool(MISSING["c"]), reason=MISSING["c"])
DTYPES = ["float32", "float64"]
LONGER = {"float32": np.float64, "float64": np.longdouble}
UNITS_IN_LAST_PLACE = {"float32": 2.0, "float64": 2.5}


def sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e, 1) / (1 + e)


def softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


FUNCTIONS = {
    pt.exp: np.exp,
    pt.expm1: np.expm1,
    pt.log: np.log,
    pt.log1p: np.log1p,
    pt.sigmoid: sigmoid,
    pt.softplus: softplus,
    pt.tanh: np.tanh,
}
BY_NAME = pytest.mark.parametrize("op", FUNCTIONS, ids=lambda op: op.scalar_op.name or "softplus")


@pytest.fixture(scope="module", params=DTYPES)
def values(request):
    """Return numbers of one type, and a function that returns what the C code makes of numbers, by Op."""
    dtype = request.param
    x = pt.vector("x", dtype=dtype)
    function = pytensor.function([x], [op(x) for op in FUNCTIONS], mode="CVM")
    assert {type(node.op) for node in function.maker.fgraph.apply_nodes} == {FlatElemwise}
    return numbers(dtype), lambda array: dict(zip(FUNCTIONS, function(array), strict=True))


def numbers(dtype):
    """Return numbers of any exponent, of usual sizes, near the limits of the type, and special ones."""
    info, bits = np.finfo(dtype), np.dtype(dtype.replace("float", "uint"))
    rng = np.random.default_rng(0)
    of_any_exponent = rng.integers(0, 2 ** (8 * bits.itemsize) - 1, 100_000, bits).view(dtype)
    usual = rng.normal(0, 1, 50_000) * rng.choice([0.01, 0.5, 1, 5, 30, 400], 50_000)
    near_one = 1 + rng.normal(0, 1e-3, 10_000)
    limits = np.log([float(info.max), float(info.tiny), float(info.smallest_subnormal)])
    with np.errstate(over="ignore"):
        near_limits = np.nextafter.outer(limits.astype(dtype), [-np.inf, 0, np.inf]).ravel()
    special = [0, -0.0, 1, -1, np.inf, -np.inf, np.nan, info.max, -info.max]
    special += [info.tiny, -info.tiny, info.smallest_subnormal, -info.smallest_subnormal]
    parts = (of_any_exponent, usual, near_one, -near_one, near_limits, special)
    return np.concatenate([np.asarray(part).astype(dtype) for part in parts])


@BY_NAME
def test_value_is_within_units_in_the_last_place(values, op):
    x, function = values
    longer = LONGER[x.dtype.name]
    with np.errstate(all="ignore"):
        exact = FUNCTIONS[op](x.astype(longer))
        expected = exact.astype(x.dtype)
        found = function(x)[op]
        unit = np.spacing(np.abs(expected)).astype(longer)
        errors = np.abs(found.astype(longer) - exact) / unit
    finite = np.isfinite(expected)
    assert errors[finite].max() <= UNITS_IN_LAST_PLACE[x.dtype.name]
    np.testing.assert_array_equal(found[~finite], expected[~finite])


@BY_NAME
def test_zero_keeps_its_sign(values, op):
    x, function = values
    zeros = np.array([0.0, -0.0], x.dtype)
    with np.errstate(divide="ignore"):
        expected = FUNCTIONS[op](zeros)
    found = function(zeros)[op]
    np.testing.assert_array_equal(np.signbit(found), np.signbit(expected))


def test_sigmoids_end_at_their_limits(values):
    x, function = values
    found = function(np.array([-np.inf, -1000, 1000, np.inf], x.dtype))
    np.testing.assert_array_equal(found[pt.tanh], [-1, -1, 1, 1])
    np.testing.assert_array_equal(found[pt.sigmoid], [0, 0, 1, 1])


def test_value_does_not_depend_on_its_place(values):
    x, function = values
    x = x[100_000:100_203]
    together = function(x)
    for place in range(0, x.size, 7):
        alone = function(x[place : place + 1])
        for op in FUNCTIONS:
            np.testing.assert_array_equal(alone[op][0], together[op][place], err_msg=str(op))
