"""Shared libraries of kernels, compiled once.

They lie below PyTensor's compile directory. A library's name is the hash of all that it depends on: its
text, the compiler, the flags and the CPU. Several processes may compile the same one; it appears whole, and
the last to come replaces its like.
"""

import ctypes
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pytensor import config
from pytensor.link.c.cmodule import GCC_compiler
from pytensor.link.c.exceptions import CompileError
from pytensor.link.c.op import OpenMPOp

from lenet.cpus import available_cpus
from lenet.nnet.kernels.headers import (
    WORTH_HEADERS,
    forget_headers,
    include_headers,
    precompile,
)
from lenet.nnet.kernels.interface import FUNCTION, Kernel

FOLDER = "lenet_kernels"
# A compiler may need half a gigabyte.
MAX_COMPILERS = 8


class KernelError(CompileError):
    """Failure of the compiler on a kernel, as for want of memory."""


class Entry(ctypes.Structure):
    """Kernel with the parameters of an Op, as ``c_code/python_glue.h`` calls it."""

    _fields_ = (("function", ctypes.c_void_p), ("numbers", ctypes.c_void_p))

    def __init__(self, kernel: "LoadedKernel", numbers: tuple[int, ...]) -> None:
        values = (ctypes.c_int64 * len(numbers))(*numbers)
        super().__init__(kernel.address, ctypes.addressof(values))
        self.kept = kernel, values

    @property
    def address(self) -> int:
        """Its place in memory."""
        return ctypes.addressof(self)

    @cached_property
    def capsule(self) -> Any:
        """A capsule that holds its address."""
        new = ctypes.pythonapi.PyCapsule_New
        new.restype, new.argtypes = ctypes.py_object, (ctypes.c_void_p,) * 3
        return new(self.address, None, None)


class LoadedKernel:
    """A kernel in this process.

    Parameters
    ----------
    library : Path

    Attributes
    ----------
    name : str
        Its own among all kernels.
    address : int
        Of its function.
    """

    def __init__(self, library: Path) -> None:
        self.name = library.stem
        self.library = ctypes.CDLL(str(library))
        self.function = getattr(self.library, FUNCTION)
        self.address = ctypes.cast(self.function, ctypes.c_void_p).value

    @cache  # noqa: B019, kernels stay loaded until the process ends
    def entry(self, numbers: tuple[int, ...]) -> Entry:
        """Return the kernel with an Op's parameters, at one place in memory."""
        return Entry(self, numbers)


def command(kernel: Kernel) -> tuple[str, ...]:
    """Return the compiler's command, without the names of files.

    There are no symbols, which take a third of the time, unless PyTensor's flags ask for them.
    """
    return (
        config.cxx,
        # Hidden: a constant of a template that has the same name in another library would be one with it.
        *("-shared", "-fPIC", "-g0", "-O3", "-std=gnu++17", "-fvisibility=hidden"),
        *(flags_of_machine() if kernel.tuned else ()),
        # They tell failures by exceptions, also where the user's flags do without: PyMC3 3.11 sets such.
        "-fexceptions",
        *kernel.flags,
    )


def flags_of_machine() -> list[str]:
    """Return the compiler's flags for OpenMP and this CPU, and the user's own."""
    # What lenet's linker adds for modules of Python does not make another kernel of it, and the text
    # includes nothing but the standard library.
    ignored = ("-g0", "-I", "-L", "-D", "-fPIC")
    flags = [flag for flag in GCC_compiler.compile_args() if not flag.startswith(ignored)]
    return ["-fopenmp", *flags] if has_openmp() else flags


@cache
def has_openmp() -> bool:
    """Return whether the compiler has OpenMP, without which kernels run in one thread."""
    return bool(OpenMPOp.test_gxx_support())


@cache
def kernel_name(kernel: Kernel, command: tuple[str, ...]) -> str:
    """Return the name of a kernel's library: a hash of all that it depends on."""
    parts = "\0".join([kernel.text, config.gcc_version_str, *command])
    return f"lenet_{sha256(parts.encode()).hexdigest()[:32]}"


def kernels_folder() -> Path:
    """Return the folder of all libraries."""
    return Path(config.compiledir, FOLDER)


def library_path(kernel: Kernel) -> Path:
    """Return the file of a kernel's library."""
    name = kernel_name(kernel, command(kernel))
    return kernels_folder() / f"{name}.so"


def compile_kernel(kernel: Kernel) -> Path:
    """Compile a kernel unless that has been done, and return the file of its library.

    Raises
    ------
    KernelError
        If the compiler fails, with what it says.
    """
    target = library_path(kernel)
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    arguments = command(kernel)
    with TemporaryDirectory(dir=target.parent) as scratch:
        source, library = Path(scratch, "kernel.cpp"), Path(scratch, target.name)
        source.write_text(kernel.text, "utf-8")
        files = [str(source), "-o", str(library)]
        included = include_headers(target.parent, arguments)
        done = run_compiler([*arguments, *included, *files])
        if done.returncode and included:  # the machine has lost its power, say
            forget_headers(target.parent, arguments)
            done = run_compiler([*arguments, *files])
        if done.returncode:
            raise KernelError(
                f"the C++ compiler has failed on a kernel, with status {done.returncode}:\n{done.stderr}"
            )
        source.replace(target.with_suffix(".cpp"))  # for whoever debugs it
        library.replace(target)
    return target


def run_compiler(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """Run the compiler, and return what it said and its status.

    Raises
    ------
    KernelError
        If it does not start.
    """
    try:
        return subprocess.run(
            arguments, capture_output=True, text=True, errors="replace", check=False
        )
    except OSError as error:
        raise KernelError(f"the C++ compiler {config.cxx!r} does not start: {error}") from error


def count_of_compilers() -> int:
    """Return how many compilers run at a time: one for each usable CPU."""
    return min(available_cpus(), MAX_COMPILERS)


class Compilers:
    """Compilers that run at the same time, one for each CPU."""

    def __init__(self) -> None:
        self.expected: list[Kernel]
        self.started: dict[Path, Future]
        self.pool: ThreadPoolExecutor | None
        self.forget()

    def start(self, kernel: Kernel) -> Future:
        """Have a kernel compiled, at most once."""
        path = library_path(kernel)
        if path not in self.started:
            self.started[path] = self.threads().submit(compile_kernel, kernel)
        return self.started[path]

    def threads(self) -> ThreadPoolExecutor:
        """Return the threads that wait for compilers."""
        if self.pool is None:
            self.pool = ThreadPoolExecutor(count_of_compilers(), initializer=ignore_interrupts)
        return self.pool

    def stop(self) -> None:
        """Let no compiler start any more, and wait for those that run."""
        if self.pool is not None:
            self.pool.shutdown(cancel_futures=True)
        self.forget()

    def forget(self) -> None:
        """Begin anew, as a forked process has to, in which no thread of the pool runs."""
        self.expected, self.started, self.pool = [], {}, None


COMPILERS = Compilers()


def ignore_interrupts() -> None:
    """Block Ctrl-C in this thread, and so in the compilers that it starts.

    The thread that waits for them handles the interrupt and ends them in order.
    """
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def start_compiling(kernels: Iterable[Kernel]) -> None:
    """Begin to compile kernels, several at a time.

    The longest come first, so that none of them is left for the end.
    """
    for kernel in sorted(set(kernels), key=lambda kernel: len(kernel.text), reverse=True):
        if not library_path(kernel).exists():
            COMPILERS.start(kernel)


def expect(kernels: Iterable[Kernel]) -> None:
    """Have kernels compiled side by side once one of them is loaded."""
    COMPILERS.expected = list(kernels)


def start_expected() -> None:
    """Begin to compile the kernels that are expected, and the headers of many."""
    missing = [each for each in set(COMPILERS.expected) if not library_path(each).exists()]
    folder = kernels_folder()
    if missing and len(missing) + sum(1 for _ in folder.glob("*.so")) >= WORTH_HEADERS:
        ((arguments, _),) = Counter(tuple(map(command, missing))).most_common(1)
        COMPILERS.threads().submit(precompile, folder, arguments)
    start_compiling(missing)
    COMPILERS.expected = []


LOADED: dict[Path, LoadedKernel] = {}
PAUSE_SOFT = 1  # OpenMP's omp_pause_soft


def end_threads() -> None:
    """End the threads of OpenMP that belong to this one.

    The next parallel loop starts them again. A forked process has no threads but the one that forked; GCC's OpenMP would wait for the others for ever.
    """
    for loaded in LOADED.values():
        pause = getattr(loaded.library, "omp_pause_resource_all", None)
        if pause is not None:
            pause(PAUSE_SOFT)
            return


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=end_threads, after_in_child=lambda: COMPILERS.forget())


def load_kernel(kernel: Kernel) -> LoadedKernel:
    """Compile a kernel if need be, and load it.

    Raises
    ------
    KernelError
        If the compiler fails.
    """
    path = library_path(kernel)
    if path not in LOADED:
        try:
            if kernel in COMPILERS.expected:
                start_expected()
            COMPILERS.start(kernel).result()
        except KernelError:
            COMPILERS.started.pop(path, None)  # it may succeed another time
            raise
        except BaseException:
            COMPILERS.stop()
            raise
        try:
            LOADED[path] = LoadedKernel(path)
        except (OSError, AttributeError):  # the machine has lost its power, say
            path.unlink(missing_ok=True)
            LOADED[path] = LoadedKernel(compile_kernel(kernel))
    return LOADED[path]
