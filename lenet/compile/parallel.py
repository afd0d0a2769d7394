"""Parallel compilation of a graph's C modules, with precompiled headers.

PyTensor generates a C++ module for each kind of node and compiles them one after the other, each time
parsing the headers of Python and NumPy again. The linker here first compiles the modules that PyTensor's
cache lacks, in as many processes as the kernels have threads, adds them to the cache, and then links as
PyTensor does. Whatever fails here is left to PyTensor, which compiles it its own way or reports the error. Kernels
(`lenet.nnet.kernels`) are begun with and compiled meanwhile; they are no modules.
"""

import platform
import warnings
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import pytensor
import pytensor.tensor as pt
from pytensor.compile.compilelock import lock_ctx
from pytensor.graph.basic import Apply
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.utils import MethodNotDefined
from pytensor.link.c.basic import CLinker, get_module_cache
from pytensor.link.c.cmodule import (
    dlimport,
    get_module_hash,
    module_name_from_dir,
    std_include_dirs,
)
from pytensor.link.c.op import COp
from pytensor.link.vm import VMLinker

from lenet.compile.threads import default_threads
from lenet.nnet.kernels.headers import WORTH_HEADERS, can_precompile, compile_headers
from lenet.nnet.kernels.library import ignore_interrupts, start_expected
from lenet.nnet.kernels.thunk import start_library
from lenet.nnet.ops.base import CFileOp

HEADERS = """\
#include <Python.h>
#include "pytensor_mod_helper.h"
#include <math.h>
#include <numpy/arrayobject.h>
#include <numpy/arrayscalars.h>
#include <numpy/npy_math.h>
#include <algorithm>
#include <vector>
"""


class ParallelLinker(VMLinker):
    """Linker of PyTensor's C virtual machine that compiles missing modules first.

    Without ``allow_gc``, an operation finds its last results where it is to put the next ones. Those whose attribute
    ``keeps_results`` is false find nothing there.
    """

    def make_all(self, *arguments: Any, **keywords: Any) -> tuple:
        """Compile the missing modules, then link as PyTensor does."""
        self.no_recycling: list[Any] = [
            *self.no_recycling,
            *(
                each
                for node in self.fgraph.apply_nodes
                if not getattr(node.op, "keeps_results", True)
                for each in node.outputs
                if each not in self.no_recycling
            ),
        ]
        with compiler_flags():
            try:
                compile_modules(self.schedule(self.fgraph))
            except Exception as error:
                warnings.warn(f"modules are compiled one by one: {error!r}", stacklevel=2)
            return super().make_all(*arguments, **keywords)


class ModuleJob:
    """Compilation of one module in a thread, with the interface of PyTensor's cache.

    Parameters
    ----------
    linker : CLinker
        Generates the module's code.
    folder : Path
        New folder for the compiler's files.
    pool : ThreadPoolExecutor
        Runs the compiler. Everything else runs in the calling thread: PyTensor is not thread-safe.
    """

    def __init__(self, linker: CLinker, folder: Path, pool: ThreadPoolExecutor) -> None:
        self.source = linker.get_src_code()
        self.folder = folder
        folder.mkdir()
        self.compiled = pool.submit(
            linker.c_compiler().compile_str,
            module_name=linker.get_dynamic_module().code_hash,
            src_code=self.source,
            location=str(folder),
            include_dirs=linker.header_dirs(),
            lib_dirs=linker.lib_dirs(),
            libs=linker.libraries(),
            preargs=linker.compile_args(),
            py_module=False,
        )

    def get_src_code(self) -> str:
        """Return the module's C++ code."""
        return self.source

    def compile_cmodule(self, location: str) -> ModuleType:
        """Move the compiled module into the folder `location` and import it from there."""
        self.compiled.result()
        for file in self.folder.iterdir():
            file.replace(Path(location, file.name))
        Path(location, "__init__.py").touch()
        return dlimport(module_name_from_dir(location))


def compile_modules(nodes: Iterable[Apply]) -> None:
    """Compile the modules of nodes that PyTensor's cache lacks, and cache them.

    Other processes wait for PyTensor's lock meanwhile, and then find the modules in the cache.
    """
    nodes = list(nodes)
    if any(isinstance(node.op, CFileOp) for node in nodes):
        start_library()
    start_expected()
    nodes = [node for node in nodes if not isinstance(node.op, CFileOp)]
    missing = missing_modules(nodes)
    if not missing:
        return
    if len(get_module_cache().entry_from_key) + len(missing) >= WORTH_HEADERS:
        wait(precompile_headers())
    with (
        lock_ctx(),
        TemporaryDirectory(dir=pytensor.config.compiledir) as scratch,
        compiler_threads() as pool,
    ):
        modules = get_module_cache()
        modules.refresh(cleanup=False)
        jobs: dict[str, ModuleJob] = {}
        keys: dict[tuple, ModuleJob | CLinker] = {}
        # Other processes may have compiled some meanwhile.
        missing = {key: each for key, each in missing.items() if key not in modules.entry_from_key}
        # The longest come first, so that no long one is left for the end.
        for key in sorted(missing, key=lambda key: len(missing[key].get_src_code()), reverse=True):
            # Nodes of different keys may have the same code, here and in earlier graphs.
            name = get_module_hash(missing[key].get_src_code(), key)
            if name in modules.module_hash_to_key_data:
                keys[key] = missing[key]
                continue
            if name not in jobs:
                jobs[name] = ModuleJob(missing[key], Path(scratch, name), pool)
            keys[key] = jobs[name]
        for name in ("cutils", "cvm"):  # PyTensor needs them next; importing compiles them
            import_module(f"pytensor.link.c.{name}")
        for key, job in keys.items():
            modules.module_from_key(key, job)


def missing_modules(nodes: Iterable[Apply]) -> dict[tuple, CLinker]:
    """Return the linkers of modules that PyTensor's cache lacks, by cache key."""
    cached = get_module_cache().entry_from_key
    missing: dict[tuple, CLinker] = {}
    for node in nodes:
        if not isinstance(node.op, COp):
            continue
        node.op.prepare_node(node, None, None, "c")
        try:
            linker = CLinker().accept(FunctionGraph(node.inputs, node.outputs))
            key = linker.cmodule_key()
            if key is not None and key not in cached and key not in missing:
                linker.get_src_code()
                missing[key] = linker
        except (KeyError, MethodNotDefined, NotImplementedError):
            continue  # no key, or no C code
    return missing


@contextmanager
def compiler_threads() -> Iterator[ThreadPoolExecutor]:
    """Provide a thread pool for compilers; on exit, none runs or waits any more."""
    pool = ThreadPoolExecutor(default_threads(), initializer=ignore_interrupts)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def compiler_flags() -> Iterator[None]:
    """Add compiler flags that save compile time and leave the machine code unchanged."""
    flags = [pytensor.config.gcc__cxxflags, "-g0"]
    if can_precompile_headers():
        flags.append(f"-I{headers_folder()}")
    with pytensor.config.change_flags(gcc__cxxflags=" ".join(flags)):
        yield


def can_precompile_headers() -> bool:
    """Return whether modules can include headers that are precompiled."""
    # PyTensor splits its flags at spaces.
    return can_precompile() and " " not in str(pytensor.config.compiledir)


def headers_folder() -> Path:
    """Return the folder for headers precompiled for the installed packages.

    Its name changes with the versions of Python, NumPy and PyTensor, and with the user's flags: GCC takes headers that
    were compiled with other optimisations, and may crash on them.
    """
    packages = [f"{name} {version(name)}" for name in ("numpy", "pytensor")]
    flags = pytensor.config.gcc__cxxflags.split()
    of_users = [flag for flag in flags if flag != "-g0" and not flag.startswith("-I")]
    parts = [platform.python_version(), *packages, *of_users, *std_include_dirs(), HEADERS]
    return Path(pytensor.config.compiledir, f"headers_{short_hash(parts)}")


@cache
def precompile_headers() -> list[Future]:
    """Start compiling the headers, unless that has been done.

    GCC uses a file in ``Python.h.gch/`` in place of ``Python.h`` if it finds it first on the include path and
    if it was compiled with the same flags. Python.h is the first header of every module; the other headers
    then count as included.
    """
    if not can_precompile_headers():
        return []
    vector = pt.vector()
    with compiler_flags():
        flags = CLinker().accept(FunctionGraph([vector], [vector + vector])).compile_args()
    if gch_file(flags).exists():
        return []
    pool = ThreadPoolExecutor(1)  # waits for the compiler; this thread goes on
    started = pool.submit(precompile, flags)
    pool.shutdown(wait=False)
    return [started]


def gch_file(flags: list[str]) -> Path:
    """Return the path of the headers precompiled with some flags."""
    name = short_hash([pytensor.config.cxx, pytensor.config.gcc_version_str, *flags])
    return headers_folder() / "Python.h.gch" / f"{name}.gch"


def precompile(flags: list[str]) -> None:
    """Precompile the headers with some flags; modules can do without."""
    target = gch_file(flags)
    target.parent.mkdir(parents=True, exist_ok=True)
    command = [pytensor.config.cxx, "-g", *flags, "-fvisibility=hidden"]
    command += [f"-I{folder}" for folder in std_include_dirs()]
    compile_headers(HEADERS, command, target, headers_folder())


def short_hash(parts: Iterable[str]) -> str:
    """Return a short hash of some texts, for use as a name."""
    return sha256("\n".join(parts).encode()).hexdigest()[:16]
