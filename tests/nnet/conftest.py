"""Settings of the operators' tests."""

from concurrent.futures import wait
from importlib.util import find_spec

import pytensor
import pytest

from lenet.compile.parallel import compiler_flags, precompile_headers
from tests.tiers import only_fast


@pytest.fixture(autouse=True, scope="package")
def double_precision(request):
    """Symbols without a type are of double precision, whatever PYTENSOR_FLAGS or other tests say."""
    with pytensor.config.change_flags(floatX="float64"):
        if not only_fast(request.config) and find_spec("jax"):
            import jax

            # PyTensor asks JAX for it only once, when it first imports it.
            jax.config.update("jax_enable_x64", True)
        yield


@pytest.fixture(scope="package")
def headers():
    """Modules find precompiled headers and have no symbols, as those of lenet's own linker."""
    wait(precompile_headers())
    with compiler_flags():
        yield


@pytest.fixture(autouse=True)
def lenets_flags(request):
    """Fast tests compile nothing, and are not to start the compiler of headers."""
    if not request.node.get_closest_marker("fast"):
        request.getfixturevalue("headers")
