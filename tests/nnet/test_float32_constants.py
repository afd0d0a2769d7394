"""``lenet.nnet.float32_constants``: NumPy's products are the oracle."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

import lenet.nnet  # noqa: F401, under test

pytestmark = pytest.mark.skipif(not pytensor.config.cxx, reason="needs a C++ compiler")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("constant", [0.1, -1e-8, 3, 1e30])
def test_products_with_constants_are_numpys(dtype, constant):
    # Products alone: of a product and a sum, a compiler may make one operation.
    constant = np.array(constant, dtype)
    x = pt.vector(dtype=dtype)
    f = pytensor.function([x], constant * abs(x) * x, mode="CVM")
    numbers = np.random.default_rng(0).standard_normal(4099).astype(dtype)
    np.testing.assert_array_equal(f(numbers), constant * abs(numbers) * numbers)


def test_constants_that_are_no_numbers():
    x = pt.fvector()
    constants = np.float32([np.inf, -np.inf, np.nan])
    f = pytensor.function([x], [c * abs(x) * x for c in constants], mode="CVM")
    one = np.ones(1, "float32")
    np.testing.assert_array_equal(np.ravel(f(one)), constants)
