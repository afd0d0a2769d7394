"""DebugMode and values that are not finite."""

import numpy as np
import pytest
from pytensor.compile.debug.debugmode import DebugMode, InvalidValueError

from lenet.theano_compat import finite_values, theano
from lenet.theano_compat.theano import tensor as T


@pytest.fixture(autouse=True)
def required():
    finite_values.require()
    yield
    finite_values.accept()


def quotient(mode):
    x, y = T.dscalars("x", "y")
    return theano.function([x, y], x / y, mode=mode)


def test_debug_mode_refuses_what_is_not_finite():
    f = quotient(DebugMode(check_c_code=False))
    assert f(10, 2) == 5
    for numerator in (0, 1):
        with pytest.raises(InvalidValueError):
            f(numerator, 0)


def test_elsewhere_they_pass():
    for mode in (DebugMode(check_c_code=False, check_isfinite=False), "FAST_COMPILE"):
        assert np.isnan(quotient(mode)(0, 0))
