"""Shared variables of trained parameters."""

import numpy as np
import pytensor
from pytensor.compile.sharedvalue import SharedVariable


def shared_parameter(value: np.ndarray | float, name: str) -> SharedVariable:
    """Return a named shared variable of type floatX, its shape known to the compiler."""
    # A copy, because updates work in place.
    value = np.array(value, dtype=pytensor.config.floatX)
    return pytensor.shared(value, name=name, shape=value.shape, borrow=True)
