"""Checks of the machine, each of which yields findings.

Only the standard library is imported at the start, everything else within a check: a missing or broken
package must not keep the other checks from running.
"""

import importlib
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lenet.text import counted
from lenet.versions import install_extra

OK, NOTE, WRONG = "ok", "note", "WRONG"
OLDEST_PYTHON = (3, 11)
# Packages whose names differ between pip and Python.
MODULES = {"pillow": "PIL", "scikit-learn": "sklearn"}
MIN_FREE_BYTES = 1 << 29
# Data sets that are named even if they are not there.
EXPECTED = ("mnist", "cifar10")
SECONDS_FOR_JAX = 60
INSTALL_COMPILER = "apt install g++, conda install gxx or xcode-select --install"
PROGRAM = """\
#include <Python.h>
#ifdef _OPENMP
#include <omp.h>
#endif
extern "C" int answer() { return 42; }
"""


@dataclass(frozen=True)
class Finding:
    """Finding of a check.

    Attributes
    ----------
    status : {"ok", "note", "WRONG"}
    text : str
        One line.
    remedy : str
        What to do; empty if nothing need be done.
    """

    status: str
    text: str
    remedy: str = ""


Findings = Iterator[Finding]


def findings_of(check: Callable[[], Findings]) -> Findings:
    """Yield the findings of a check; an exception becomes a finding too."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield from check()
    except Exception as error:  # whatever a broken installation may raise
        yield Finding(WRONG, f"could not be checked: {one_line(error)}", "mend what is above first")


def one_line(error: BaseException) -> str:
    """Return an error in one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"


def check_python() -> Findings:
    """Check the version of Python."""
    text = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    if sys.version_info >= OLDEST_PYTHON:
        yield Finding(OK, text)
    else:
        oldest = ".".join(map(str, OLDEST_PYTHON))
        yield Finding(WRONG, f"{text}, expected at least {oldest}", f"install Python {oldest}")


def check_packages() -> Findings:
    """Import each package that lenet requires, and check its version."""
    good = []
    for requirement in required():
        name, bounds = re.match(r"([\w-]+)(.*)", requirement).groups()  # type: ignore[union-attr]
        install = f'pip install "{requirement}"'
        try:
            importlib.import_module(MODULES.get(name, name))
            found = version(name)
        except (ModuleNotFoundError, PackageNotFoundError) as error:
            missing = getattr(error, "name", name) in (MODULES.get(name, name), name)
            reason = "is missing" if missing else f"cannot be imported ({one_line(error)})"
            yield Finding(WRONG, f"{name} {reason}", install)
            continue
        except Exception as error:
            if name == "pytensor" and isinstance(error, TypeError | ValueError):
                continue  # its configuration, which `check_pytensor` checks
            again = f'pip install --force-reinstall "{requirement}"'
            yield Finding(WRONG, f"{name} cannot be imported ({one_line(error)})", again)
            continue
        if satisfies(found, bounds):
            good.append(f"{name} {found}")
        else:
            yield Finding(WRONG, f"{name} {found}, expected {bounds}", install)
    yield Finding(OK, ", ".join(good))


def required() -> list[str]:
    """Return the requirements of lenet, from the checkout or the installation."""
    project = Path(__file__).resolve().parents[2] / "pyproject.toml"
    if project.exists():
        import tomllib

        return tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"]
    return [line for line in requires("lenet") or [] if "extra ==" not in line]


def satisfies(found: str, bounds: str) -> bool:
    """Return whether a version satisfies bounds such as ``>=3.0,<4``."""
    for bound in filter(None, bounds.split(",")):
        relation, limit = re.match(r"(>=|<)(.*)", bound.strip()).groups()  # type: ignore[union-attr]
        if (numbers(found) >= numbers(limit)) != (relation == ">="):
            return False
    return True


def numbers(text: str) -> tuple[int, ...]:
    """Return the numbers of a version without trailing zeros: 3.0 is (3,)."""
    parts = [int(part) for part in re.findall(r"\d+", re.split(r"[a-z+]", text)[0])]
    while parts and not parts[-1]:
        parts.pop()
    return tuple(parts)


def check_pytensor() -> Findings:
    """Check PyTensor's configuration."""
    try:
        import pytensor
    except (TypeError, ValueError) as error:
        yield Finding(WRONG, one_line(error), "correct PYTENSOR_FLAGS or the file .pytensorrc")
        return
    default = type(pytensor.config).floatX.is_default
    floatX = "float32" if default else pytensor.config.floatX
    yield Finding(OK, f"{pytensor.__version__}, lenet computes in {floatX}")
    flags = os.environ.get("PYTENSOR_FLAGS")
    if flags:
        yield Finding(NOTE, f"PYTENSOR_FLAGS is {flags}")
    if pytensor.config.mode not in ("Mode", "NUMBA"):
        yield Finding(NOTE, f"mode is {pytensor.config.mode}; lenet passes its own")


def check_compiler() -> Findings:
    """Check the C++ compiler with a few lines that need Python's headers and OpenMP."""
    import pytensor

    compiler = pytensor.config.cxx
    if not compiler:
        switched_off = "cxx=" in os.environ.get("PYTENSOR_FLAGS", "")
        text = "no C++ compiler: Numba does the work, slower"
        remedy = "remove cxx= from PYTENSOR_FLAGS" if switched_off else INSTALL_COMPILER
        yield Finding(WRONG, text, remedy)
        return
    headers = sysconfig.get_paths()["include"]
    if not Path(headers, "Python.h").exists():
        yield Finding(WRONG, f"Python.h is not in {headers}", "apt install python3-dev")
        return
    name = subprocess.run(
        [compiler, "--version"], capture_output=True, text=True, check=False
    ).stdout.partition("\n")[0]
    plain, parallel = compiles(compiler, []), compiles(compiler, ["-fopenmp"])
    if plain:
        yield Finding(WRONG, f"{compiler} fails: {plain}", f"install it again: {INSTALL_COMPILER}")
    elif parallel:
        remedy = "apt install libgomp1, brew install libomp or conda install llvm-openmp"
        yield Finding(WRONG, f"{compiler} has no OpenMP: {parallel}", remedy)
    else:
        yield Finding(OK, f"{compiler} ({name}), with OpenMP")


def compiles(compiler: str, flags: list[str]) -> str:
    """Compile `PROGRAM`; return the compiler's first error, or empty text."""
    with TemporaryDirectory() as folder:
        source = Path(folder, "program.cpp")
        source.write_text(PROGRAM)
        command = [compiler, *flags, f"-I{sysconfig.get_paths()['include']}", "-shared", "-fPIC"]
        if sys.platform == "darwin":
            command += ["-undefined", "dynamic_lookup"]
        result = subprocess.run(
            [*command, str(source), "-o", str(Path(folder, "program.so"))],
            capture_output=True,
            text=True,
            check=False,
        )
    if not result.returncode:
        return ""
    errors = [line for line in result.stderr.splitlines() if "error" in line]
    return (errors or result.stderr.splitlines() or [f"status {result.returncode}"])[0][:160]


def check_compile_directory() -> Findings:
    """Check that PyTensor's folder for compiled modules is writable and has space."""
    import pytensor

    folder = Path(pytensor.config.compiledir)
    remedy = "set PYTENSOR_FLAGS=base_compiledir=DIR with a folder of yours"
    try:
        with TemporaryDirectory(dir=folder):
            pass
    except OSError as error:
        yield Finding(WRONG, f"{folder}: {error.strerror}", remedy)
        return
    free = shutil.disk_usage(folder).free
    text = f"{folder}: {free / 1e9:.1f} GB free"
    if free < MIN_FREE_BYTES:
        yield Finding(WRONG, f"{text}, expected at least {MIN_FREE_BYTES / 1e9:.1f}", remedy)
    else:
        yield Finding(OK, text)


def check_c_code() -> Findings:
    """Compile and run one of lenet's kernels, if there is a compiler."""
    import pytensor

    if not pytensor.config.cxx:
        yield Finding(NOTE, "not run, as there is no compiler")
        return
    import numpy as np
    import pytensor.tensor as pt

    from lenet.nnet import pool_2d

    images = pt.tensor("images", dtype="float32", shape=(1, 1, 4, 4))
    pooled = pytensor.function([images], pool_2d(images, (2, 2), ignore_border=True), mode="CVM")
    values = np.arange(16, dtype="float32").reshape(1, 1, 4, 4)
    if pooled(values).ravel().tolist() == [5, 7, 13, 15]:
        yield Finding(OK, "a max-pooling kernel compiles, runs and is right")
    else:
        remedy = "empty the folder of compiled modules: pytensor-cache purge"
        yield Finding(WRONG, "a max-pooling kernel gives a wrong answer", remedy)


def check_blas() -> Findings:
    """Name the BLAS libraries."""
    import numpy  # noqa: F401
    from threadpoolctl import threadpool_info

    found = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    if not found:
        yield Finding(NOTE, "NumPy's is of a kind that cannot be named")
    for pool in found:
        yield Finding(OK, f"{pool['internal_api']} {pool['version']}: {pool['filepath']}")


def check_threads() -> Findings:
    """Check the number of threads against the available CPUs."""
    from lenet.compile.threads import default_threads
    from lenet.errors import BackendError

    try:
        threads = default_threads()
    except BackendError as error:
        yield Finding(WRONG, str(error), "unset OMP_NUM_THREADS or set it to a number")
        return
    source = "OMP_NUM_THREADS" if os.environ.get("OMP_NUM_THREADS") else "all CPUs of this process"
    yield Finding(OK, f"{threads} ({source}; the machine has {os.cpu_count()})")
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else threads
    if threads > available:
        text = f"{counted(threads, 'thread')} for {counted(available, 'CPU')} that this process may use"
        yield Finding(WRONG, text, f"set OMP_NUM_THREADS={available}")


def check_data(data_dir: Path | None) -> Findings:
    """Read the data sets that are present."""
    from lenet.data.dataset import data_folder
    from lenet.errors import DataError

    try:
        folder = data_folder(data_dir)
        present = datasets_present(folder)
    except DataError as error:
        yield Finding(WRONG, str(error), "pass --data_dir or set LENET_DATA_DIR")
        return
    yield Finding(OK, f"{folder}" if folder.exists() else f"{folder} will be made when needed")
    for name, paths in present.items():
        yield dataset_finding(name, folder, paths)


def datasets_present(folder: Path) -> dict[str, list[Path]]:
    """Return the files or folders of each data set that is present or expected.

    The list is empty if a file that it needs is missing.
    """
    from lenet.data.published_datasets import Place
    from lenet.data.registry import ENTRIES

    found = {name: files_there(Place(entry, folder)) for name, entry in ENTRIES.items()}
    return {name: paths for name, paths in found.items() if paths or name in EXPECTED}


def files_there(place: Any) -> list[Path]:
    """Return the files or folder of a data set; none if one is missing."""
    from lenet.data.dataset_readers import MNIST_PICKLE

    entry, paths = place.entry, place.present()
    if len(paths) == len(entry.files):
        return paths
    others = [place.find_folder(entry.options["folder"])] if "folder" in entry.options else []
    if "layout" in entry.options and (place.folder / entry.options["layout"].batches[0]).is_file():
        others.append(place.folder)
    if entry.name == "mnist":
        others.append(place.find(MNIST_PICKLE))
    return [path for path in others if path is not None][:1]


def dataset_finding(name: str, folder: Path, paths: list[Path]) -> Finding:
    """Read a data set that is present, and verify the checksums of published files."""
    import pooch

    from lenet.data.registry import ENTRIES
    from lenet.input_pipeline import DataError, load_dataset

    if not paths:
        return Finding(NOTE, f"{name} is not there; lenet-train downloads it")
    try:
        dataset = load_dataset(name, folder)
    except DataError as error:
        return Finding(WRONG, str(error), f"delete it, and lenet-train downloads {name} again")
    published = ENTRIES[name].files
    known = [path for path in paths if path.name in published]
    others = [
        path.name
        for path in known
        if pooch.file_hash(str(path), alg=published[path.name].algorithm)
        != published[path.name].digest
    ]
    counts = [len(split.labels) for split in (dataset.train, dataset.valid, dataset.test)]
    text = f"{name}: {counts[0]:,} training, {counts[1]:,} validation, {counts[2]:,} test images"
    if others:
        return Finding(NOTE, f"{text}; not the published {', '.join(others)}")
    return Finding(OK, f"{text}{', checksums as published' if known else ''}")


def check_jax() -> Findings:
    """Name the devices of JAX, if it is installed."""
    if importlib.util.find_spec("jax") is None:
        yield Finding(NOTE, "not installed; needed for --backend jax only", install_extra("jax"))
        return
    # In a separate process: a driver may print, hang, or take the memory of a device.
    code = "import jax; print(jax.__version__ + ', devices:', *jax.devices())"
    try:
        asked = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS_FOR_JAX,
        )
    except subprocess.TimeoutExpired:
        text = f"jax.devices() has not answered within {SECONDS_FOR_JAX} seconds"
        yield Finding(WRONG, text, "see to the driver, or set JAX_PLATFORMS=cpu")
        return
    if asked.returncode:
        reason = (asked.stderr.split("\n") or [""])[-2:][0][:160]
        yield Finding(WRONG, f"cannot be used ({reason})", 'pip install --force-reinstall "jax"')
    else:
        yield Finding(OK, asked.stdout.strip())


def check_graphviz() -> Findings:
    """Check for pydot and Graphviz, which draw graphs of Ops."""
    if importlib.util.find_spec("pydot") is None:
        yield Finding(NOTE, "pydot is not installed; needed to draw graphs", "pip install pydot")
    if shutil.which("dot") is None:
        remedy = "apt install graphviz, brew install graphviz or conda install graphviz"
        yield Finding(NOTE, "its program dot is not there; needed to draw graphs", remedy)
        return
    said = subprocess.run(["dot", "-V"], capture_output=True, text=True, check=False)
    yield Finding(OK, (said.stderr or said.stdout).strip())
