"""Settings that all tests share."""

import importlib
import os
from pathlib import Path

import pytest
from filelock import FileLock

from tests.no_network import sitecustomize
from tests.tiers import (  # noqa: F401  hooks of pytest
    pytest_collection_modifyitems,
    pytest_ignore_collect,
    pytest_runtest_protocol,
)
from tests.trained_digits import train_digits

# One BLAS thread: NumPy's threads and those of the kernels would fight for the same cores.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")
# Importing it has guarded this process; on the path, it guards the Python processes that tests start.
os.environ["PYTHONPATH"] = os.pathsep.join(
    filter(None, [str(Path(sitecustomize.__file__).parent), os.environ.get("PYTHONPATH")])
)


def prepare_worker() -> None:
    """Let the workers of pytest-xdist share a machine, and compile into folders of their own.

    PyTensor locks its folder while it compiles: two workers would wait for each other all the time.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        return
    flags = os.environ.get("PYTENSOR_FLAGS", "")
    chosen = dict(flag.split("=", 1) for flag in flags.split(",") if "=" in flag)
    base = Path(chosen.get("base_compiledir", "~/.pytensor")).expanduser()
    # Threads that wait must not keep the other worker from its work.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    if base.name != worker:
        os.environ["PYTENSOR_FLAGS"] = ",".join(
            filter(None, [flags, f"base_compiledir={base / worker}"])
        )


def compile_quickly() -> None:
    """Have kernels and modules compiled without symbols and with few optimisations, in half of the time.

    With all of them they run in the random cases of CI, in the README's command and at night (.ci/nightly
    gives flags of its own).
    """
    flags = os.environ.get("PYTENSOR_FLAGS", "")
    if "gcc__cxxflags" not in flags:
        os.environ["PYTENSOR_FLAGS"] = ",".join(filter(None, [flags, "gcc__cxxflags=-g0 -O1"]))


# Before PyTensor is imported, which reads its flags only once.
prepare_worker()
compile_quickly()


def pytest_sessionstart() -> None:
    """Let the workers of pytest-xdist share the libraries of kernels, for which they need no lock.

    Some tests ask for a kernel when they are collected: fixtures would come too late.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        return
    import pytensor

    from lenet.nnet.kernels.library import kernels_folder

    own = kernels_folder()
    shared = Path(pytensor.config.base_compiledir).expanduser().parent / own.name
    if Path(pytensor.config.base_compiledir).name == worker and not own.exists():
        shared.mkdir(parents=True, exist_ok=True)
        own.symlink_to(shared)


@pytest.fixture(autouse=True)
def keep_float_type():
    """Set PyTensor's floating-point type back, which a command that a test has called may have chosen."""
    import pytensor

    with pytensor.config.change_flags(floatX=pytensor.config.floatX):
        yield


@pytest.fixture(scope="session")
def digits_run(tmp_path_factory):
    """Return the folder of a run on scikit-learn's digits, which tests leave as it is.

    The first worker of pytest-xdist that asks for it trains, for all.
    """
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    where = folder / "digits.txt"
    with FileLock(folder / "digits.lock"):
        if not where.exists():
            (folder / "digits").mkdir()
            where.write_text(str(train_digits(folder / "digits")))
    return Path(where.read_text())


@pytest.fixture(scope="session")
def digits_model(digits_run):
    """Return the network of `digits_run`, compiled."""
    import numpy as np
    import pytensor

    from lenet.compile.backends import select_backend
    from lenet.runs.saved_model import SavedModel

    with pytensor.config.change_flags(floatX="float32"):
        model = SavedModel.load(digits_run, select_backend("c", 1).mode)
        model.probabilities(np.zeros((1, 1, 28, 28), np.uint8))  # compiles
    return model


@pytest.fixture
def asked_backends(monkeypatch):
    """Return the list of the backends, with their threads, that commands ask for; they get C and one."""
    from lenet.compile import backends

    asked, select_backend = [], backends.select_backend

    def select(name, threads):
        asked.append((name, threads))
        return select_backend("c", 1)

    monkeypatch.setattr(backends, "select_backend", select)
    return asked


@pytest.fixture
def jax_types():
    """Return a function that gives JAX the types of a floatX, which PyTensor does but once."""
    jax = pytest.importorskip("jax")
    importlib.import_module("pytensor.link.jax.dispatch")
    before = jax.config.jax_enable_x64
    yield lambda dtype: jax.config.update("jax_enable_x64", dtype == "float64")
    jax.config.update("jax_enable_x64", before)
