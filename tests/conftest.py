"""Settings that all tests share."""

import importlib
import os

import pytest

# One BLAS thread: NumPy's threads and those of the kernels would fight for the same cores.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")


@pytest.fixture
def jax_types():
    """Return a function that gives JAX the types of a floatX, which PyTensor does but once."""
    jax = pytest.importorskip("jax")
    importlib.import_module("pytensor.link.jax.dispatch")
    before = jax.config.jax_enable_x64
    yield lambda dtype: jax.config.update("jax_enable_x64", dtype == "float64")
    jax.config.update("jax_enable_x64", before)
