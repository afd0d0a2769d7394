"""Shared libraries of kernels: compiled once, kept below PyTensor's compile directory.

A library's name is the hash of all that it depends on: its text, the compiler, the flags and the CPU. Several
processes may compile the same one; it appears whole, and the last to come replaces its like.
"""

import ctypes
import os
import signal
import subprocess
import threading
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pytensor import config
from pytensor.link.c.cmodule import GCC_compiler
from pytensor.link.c.exceptions import CompileError
from pytensor.link.c.op import OpenMPOp

from lenet.nnet.kernels.interface import FUNCTION, Kernel

FOLDER = "lenet_kernels"
# A compiler may need half a gigabyte.
MAX_COMPILERS = 8


class KernelError(CompileError):
    """Failure of the compiler on a kernel, as for want of memory."""


class Entry(ctypes.Structure):
    """What ``c_code/python_glue.h`` calls: a kernel with the parameters of an Op."""

    _fields_ = (("function", ctypes.c_void_p), ("numbers", ctypes.c_void_p))


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
    def capsule(self, numbers: tuple[int, ...]) -> Any:
        """Return a capsule that holds the address of the `Entry` for an Op's parameters."""
        values = (ctypes.c_int64 * len(numbers))(*numbers)
        entry = Entry(self.address, ctypes.addressof(values))
        entry.kept = values
        new = ctypes.pythonapi.PyCapsule_New
        new.restype, new.argtypes = ctypes.py_object, (ctypes.c_void_p,) * 3
        CAPSULES.append((self, entry))
        return new(ctypes.addressof(entry), None, None)


# What capsules point to.
CAPSULES: list[tuple[LoadedKernel, Entry]] = []


def command(kernel: Kernel) -> list[str]:
    """Return the compiler's command, without the names of files.

    Without symbols, whatever PyTensor's flags say: they are a third of the time.
    """
    flags = [
        flag
        for flag in GCC_compiler.compile_args()
        # A kernel's text includes nothing but the standard library.
        if not flag.startswith(("-g", "-I", "-L", "-D"))
    ]
    openmp = ["-fopenmp"] if has_openmp() else []
    return [
        config.cxx,
        *("-shared", "-fPIC", "-g0", "-O3", "-std=gnu++17", "-fvisibility-inlines-hidden"),
        *openmp,
        *(flag for flag in flags if flag not in ("-O3", "-fPIC")),
        *kernel.flags,
    ]


@cache
def has_openmp() -> bool:
    """Return whether the compiler has OpenMP, without which kernels run in one thread."""
    return bool(OpenMPOp.test_gxx_support())


@cache
def kernel_name(kernel: Kernel, command: tuple[str, ...]) -> str:
    """Return the name of a kernel's library: a hash of all that it depends on."""
    parts = "\0".join([kernel.text, config.gcc_version_str, *command])
    return f"lenet_{sha256(parts.encode()).hexdigest()[:32]}"


def library_path(kernel: Kernel) -> Path:
    """Return the file of a kernel's library."""
    name = kernel_name(kernel, tuple(command(kernel)))
    return Path(config.compiledir, FOLDER, f"{name}.so")


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
    with TemporaryDirectory(dir=target.parent) as scratch:
        source, library = Path(scratch, "kernel.cpp"), Path(scratch, target.name)
        source.write_text(kernel.text, "utf-8")
        try:
            done = subprocess.run(
                [*command(kernel), str(source), "-o", str(library)],
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
            )
        except OSError as error:
            raise KernelError(f"the C++ compiler {config.cxx!r} does not start: {error}") from error
        if done.returncode:
            raise KernelError(
                f"the C++ compiler has failed on a kernel, with status {done.returncode}:\n{done.stderr}"
            )
        source.replace(target.with_suffix(".cpp"))  # for whoever debugs it
        library.replace(target)
    return target


class Compilers:
    """Compilers that run at the same time, one for each CPU."""

    def __init__(self) -> None:
        self.started: dict[Path, Future] = {}
        self.pool: ThreadPoolExecutor | None = None

    def start(self, kernel: Kernel) -> Future:
        """Have a kernel compiled, at most once."""
        path = library_path(kernel)
        if path not in self.started:
            if self.pool is None:
                count = min(
                    len(os.sched_getaffinity(0))
                    if hasattr(os, "sched_getaffinity")
                    else os.cpu_count() or 1,
                    MAX_COMPILERS,
                )
                self.pool = ThreadPoolExecutor(count, initializer=ignore_interrupts)
            self.started[path] = self.pool.submit(compile_unless_exiting, kernel)
        return self.started[path]

    def stop(self) -> None:
        """Let no compiler start any more, and wait for those that run."""
        if self.pool is not None:
            self.pool.shutdown(cancel_futures=True)
        self.__init__()  # type: ignore[misc]


COMPILERS = Compilers()


def ignore_interrupts() -> None:
    """Block Ctrl-C in this thread, and so in the compilers that it starts.

    The thread that waits for them handles the interrupt and ends them in order.
    """
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def compile_unless_exiting(kernel: Kernel) -> Path | None:
    """Compile a kernel, unless Python ends and nobody will want it."""
    return compile_kernel(kernel) if threading.main_thread().is_alive() else None


def start_compiling(kernels: Iterable[Kernel]) -> None:
    """Begin to compile kernels, several at a time; the longest first, so that none is left for the end."""
    for kernel in sorted(set(kernels), key=lambda kernel: len(kernel.text), reverse=True):
        if not library_path(kernel).exists():
            COMPILERS.start(kernel)


LOADED: dict[Path, LoadedKernel] = {}


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
            COMPILERS.start(kernel).result()
        except KernelError:
            COMPILERS.started.pop(path, None)  # it may succeed another time
            raise
        except BaseException:
            COMPILERS.stop()
            raise
        LOADED[path] = LoadedKernel(path)
    return LOADED[path]
