"""Settings of the operators' tests."""

from importlib.util import find_spec

import pytensor
import pytest


@pytest.fixture(autouse=True, scope="package")
def double_precision():
    """Symbols without a type are of double precision, whatever PYTENSOR_FLAGS or other tests say."""
    with pytensor.config.change_flags(floatX="float64"):
        if find_spec("jax"):
            import jax

            # PyTensor asks JAX for it only once, when it first imports it.
            jax.config.update("jax_enable_x64", True)
        yield
