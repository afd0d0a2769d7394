"""Backend selection: PyTensor's mode, floatX and the number of threads.

Only the standard library is imported until a backend is chosen: OMP_NUM_THREADS must be set before any
library loads the OpenMP runtime.
"""

import importlib.util
import logging
import os
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lenet.compile.folder import require_compile_folder
from lenet.compile.threads import limit_threads
from lenet.errors import BackendError
from lenet.versions import install_extra

if TYPE_CHECKING:
    from pytensor.compile.mode import Mode

BACKENDS = ("c", "jax", "numba")
_CPU_DEVICES = "--xla_force_host_platform_device_count"
_COMPILERS = "apt install g++, conda install gxx or xcode-select --install"


@dataclass(frozen=True)
class Backend:
    """A backend that is ready to compile functions.

    Attributes
    ----------
    mode : pytensor.compile.mode.Mode
        For ``pytensor.function(..., mode=mode)``.
    description : str
        Short description.
    warning : str
        Warning for the user in one line, or empty.
    """

    mode: "Mode"
    description: str
    warning: str = ""


def select_backend(name: str, threads: int, devices: int | None = None) -> Backend:
    """Configure PyTensor and its libraries, and return the backend to compile with.

    Parameters
    ----------
    name : {"c", "jax", "numba"}
        "c" runs the kernels of `lenet.nnet`; without a C++ compiler, Numba takes its place.
    threads : int
        OpenMP threads of the C kernels. It changes neither the generated code nor any result.
    devices : int, optional
        With "jax", how many devices of each host share every batch; see `lenet.compile.devices`.

    Raises
    ------
    BackendError
        If a package is missing, or PyTensor refuses what the user has configured.

    Notes
    -----
    floatX becomes float32 unless PYTENSOR_FLAGS or .pytensorrc name another.
    """
    require_package(name)
    # Devices that are parts of a CPU compute side by side.
    threads = max(1, threads // (devices or 1))
    os.environ["OMP_NUM_THREADS"] = str(threads)
    try:
        import pytensor
    except (TypeError, ValueError) as error:
        raise BackendError(f"PYTENSOR_FLAGS or .pytensorrc: {error}") from error
    from pytensor.compile.mode import get_mode

    if type(pytensor.config).floatX.is_default:
        pytensor.config.floatX = "float32"
    silence_missing_blas()
    limit_threads(threads)
    if name != "jax":
        require_compile_folder()
    if name == "c" and not pytensor.config.cxx:
        return Backend(
            get_mode("NUMBA"),
            "Numba",
            f"no C++ compiler was found: Numba does the work, slower and after a minute of compilation. "
            f"Install a compiler ({_COMPILERS}) or choose --backend jax.",
        )
    if name == "c":
        from lenet.compile.parallel import precompile_headers

        precompile_headers()  # beside the making of the graph
        return Backend(c_mode(), f"C++ ({pytensor.config.cxx})")
    if name == "jax":
        _prepare_jax()
    if name == "jax" and devices is not None:
        from lenet.compile.devices import data_parallel_mode, find_devices, what_they_are

        offer_cpu_devices(devices)
        found = find_devices(devices)
        return Backend(data_parallel_mode(found), f"JAX ({what_they_are(found)})")
    return Backend(get_mode(name.upper()), {"jax": "JAX", "numba": "Numba"}[name])


def require_package(backend: str) -> None:
    """Raise `BackendError` if a backend lacks the package of its name."""
    if backend != "c" and importlib.util.find_spec(backend) is None:
        remedy = install_extra("jax") if backend == "jax" else f"pip install {backend}"
        raise BackendError(f"backend {backend} needs a package that is missing: {remedy}")


def c_mode() -> "Mode":
    """Return the mode of PyTensor's C virtual machine.

    Intermediate results keep their memory between steps (``allow_gc=False``): allocating it again costs
    more than a kernel takes to fill it.
    """
    from lenet.compile.parallel import ParallelLinker
    from lenet.compile.specialise import SpecialisingMode, register_specialisation

    # PyTensor compiles next, and reports the compiler's error.
    warnings.filterwarnings("ignore", message="modules are compiled one by one: CompileError")
    register_specialisation()
    return SpecialisingMode(
        linker=ParallelLinker(allow_gc=False, use_cloop=True), optimizer="fast_run"
    )


def offer_cpu_devices(count: int) -> None:
    """Let XLA split the CPU into several devices.

    This works only if JAX has not yet looked for devices, and changes nothing where JAX computes on other
    devices. A number that the user has put into XLA_FLAGS stays.
    """
    flags = os.environ.get("XLA_FLAGS", "")
    if count > 1 and _CPU_DEVICES not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} {_CPU_DEVICES}={count}".strip()


def _prepare_jax() -> None:
    """Allow JAX the types of floatX, and silence warnings about intended behaviour.

    PyTensor restricts JAX to 32-bit types if floatX is float32, but reads floatX only once. JAX then warns
    about every count or fraction that was declared with 64 bits. PyTensor also warns about every assertion,
    because JAX does not run them.
    """
    import jax
    import pytensor.link.jax.dispatch

    jax.config.update("jax_enable_x64", pytensor.config.floatX == "float64")
    for message in ("Skipping Assert", "Explicitly requested dtype"):
        warnings.filterwarnings("ignore", message=message, category=UserWarning)


def silence_missing_blas() -> None:
    """Suppress PyTensor's warning that it is not linked to a BLAS.

    Under pip it never is. Matrix products then run on NumPy's BLAS, which is as good.
    """
    import pytensor

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="PyTensor could not link to a BLAS")
        _ = pytensor.config.blas__ldflags  # looked up once, and kept
    logging.getLogger("pytensor.tensor.blas").addFilter(_is_not_about_missing_blas)


def _is_not_about_missing_blas(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith("Using NumPy C-API based implementation for BLAS")
