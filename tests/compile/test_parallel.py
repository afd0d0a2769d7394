import os
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import uuid
from pathlib import Path

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode
from pytensor.graph.basic import Apply
from pytensor.graph.fg import FunctionGraph
from pytensor.link.c.basic import CLinker
from pytensor.link.c.cmodule import GCC_compiler, std_include_dirs
from pytensor.link.c.exceptions import CompileError
from pytensor.link.c.op import COp

from lenet.compile import parallel
from lenet.compile.parallel import (
    ParallelLinker,
    compile_modules,
    compiler_threads,
    missing_modules,
)
from lenet.nnet import conv2d
from tests import children

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(not pytensor.config.cxx, reason="needs a C++ compiler")
gcc_only = pytest.mark.skipif(
    not parallel.can_precompile_headers(), reason="precompiles headers with GCC on Linux only"
)


class Plus(COp):
    """Adds a number. Its code has not been compiled before, as `stamp` is part of it."""

    __props__ = ("number", "stamp", "name")

    def __init__(self, number, stamp=None, name=""):
        self.number, self.stamp, self.name = number, stamp or uuid.uuid4().hex, name

    def make_node(self, x):
        return Apply(self, [x], [x.type()])

    def perform(self, node, inputs, outputs):
        outputs[0][0] = np.asarray(inputs[0] + self.number)

    def c_code_cache_version(self):
        return (1,)

    def c_code(self, node, name, inputs, outputs, sub):
        return f"""
            PyObject* number = PyFloat_FromDouble({self.number}); // {self.stamp}
            Py_XDECREF({outputs[0]});
            {outputs[0]} = (PyArrayObject*)PyNumber_Add((PyObject*){inputs[0]}, number);
            Py_DECREF(number);
        """


class PlusInPython(Plus):
    """Has no C code, though its class may have some."""

    def c_code(self, node, name, inputs, outputs, sub):
        raise NotImplementedError


class Broken(Plus):
    """Its C code cannot be compiled."""

    def c_code(self, node, name, inputs, outputs, sub):
        return f"this is not C++; // {self.stamp}"


def mode(optimizer=None):
    return Mode(ParallelLinker(allow_gc=False, use_cloop=True), optimizer)


def chain(*ops):
    """Return a vector, the result of applying the Ops one after the other, and all nodes."""
    x = result = pt.dvector()
    nodes = []
    for op in ops:
        result = op(result)
        nodes.append(result.owner)
    return x, result, nodes


@pytest.fixture
def count_compilers(monkeypatch):
    """Count the modules that are compiled in threads, and those that PyTensor compiles by itself."""
    compile_str, counts = GCC_compiler.compile_str, {"in threads": 0, "by PyTensor": 0}

    def count(module_name, *arguments, py_module=True, **keywords):
        if not module_name.endswith("_ext"):  # a part of PyTensor itself
            counts["by PyTensor" if py_module else "in threads"] += 1
        return compile_str(module_name, *arguments, py_module=py_module, **keywords)

    monkeypatch.setattr(GCC_compiler, "compile_str", staticmethod(count))
    return counts


def test_the_linker_finds_all_modules_in_the_cache(count_compilers):
    x, result, nodes = chain(Plus(1), Plus(2), Plus(3))
    function = pytensor.function([x], result, mode=mode())
    np.testing.assert_array_equal(function(np.arange(3.0)), np.arange(3.0) + 6)
    assert count_compilers == {"in threads": 3, "by PyTensor": 0}
    with parallel.compiler_flags():
        assert not missing_modules(nodes)


def test_the_same_code_is_compiled_once(count_compilers):
    # The names tell the Ops apart, not their code.
    x, result, nodes = chain(Plus(1, stamp := uuid.uuid4().hex, "a"), Plus(1, stamp, "b"))
    assert len(missing_modules(nodes)) == 2
    function = pytensor.function([x], result, mode=mode())
    np.testing.assert_array_equal(function(np.zeros(2)), [2, 2])
    assert count_compilers == {"in threads": 1, "by PyTensor": 0}


def test_code_that_an_earlier_graph_has_compiled_is_not_compiled_again(count_compilers):
    stamp = uuid.uuid4().hex
    for name in ("a", "b"):
        x, result, _ = chain(Plus(1, stamp, name))
        function = pytensor.function([x], result, mode=mode())
        np.testing.assert_array_equal(function(np.zeros(2)), [1, 1])
    assert count_compilers == {"in threads": 1, "by PyTensor": 0}


def test_compilers_run_side_by_side(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    compile_str, both_run = GCC_compiler.compile_str, threading.Barrier(2, timeout=60)

    def meet(*arguments, **keywords):
        both_run.wait()
        return compile_str(*arguments, **keywords)

    monkeypatch.setattr(GCC_compiler, "compile_str", staticmethod(meet))
    *_, nodes = chain(Plus(1), Plus(2))
    compile_modules(nodes)
    assert not missing_modules(nodes)


def test_nothing_is_started_when_all_modules_are_in_the_cache(monkeypatch):
    x, result, _ = chain(Plus(1), Plus(2))
    pytensor.function([x], result, mode=mode())
    monkeypatch.setattr(parallel, "compiler_threads", None)
    function = pytensor.function([x], result, mode=mode())
    np.testing.assert_array_equal(function(np.zeros(2)), [3, 3])


def test_what_has_no_c_code_runs_in_python(count_compilers):
    x, result, _ = chain(Plus(1), PlusInPython(2))
    function = pytensor.function([x], result, mode=mode())
    np.testing.assert_array_equal(function(np.zeros(2)), [3, 3])
    assert count_compilers == {"in threads": 1, "by PyTensor": 0}


def test_pytensor_tells_what_cannot_be_compiled(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # PyTensor leaves the code there
    x, result, _ = chain(Plus(1), Broken(2))
    with (
        pytest.warns(UserWarning, match="modules are compiled one by one: CompileError"),
        pytest.raises(CompileError, match="Compilation failed"),
    ):
        pytensor.function([x], result, mode=mode())


def test_pytensor_compiles_what_could_not_be_compiled_before(monkeypatch, count_compilers):
    def other_internals(nodes):
        raise AttributeError("no such thing")

    monkeypatch.setattr(parallel, "compile_modules", other_internals)
    x, result, _ = chain(Plus(1), Plus(2))
    with pytest.warns(UserWarning, match="one by one: AttributeError"):
        function = pytensor.function([x], result, mode=mode())
    np.testing.assert_array_equal(function(np.zeros(2)), [3, 3])
    assert count_compilers == {"in threads": 0, "by PyTensor": 2}


def test_results_are_those_of_pytensors_linker():
    rng = np.random.default_rng(0)
    images, kernels = rng.normal(size=(2, 3, 9, 8)), rng.normal(size=(4, 3, 3, 2))
    x, w = pt.dtensor4(), pt.dtensor4()
    output = pt.tanh(conv2d(x, w)).sum()
    ours = pytensor.function([x, w], output, mode=mode("fast_run"))
    theirs = pytensor.function([x, w], output, mode=Mode("cvm_nogc", "fast_run"))
    assert ours(images, kernels) == theirs(images, kernels)


def test_one_mode_compiles_several_functions_for_the_c_virtual_machine():
    x, y = pt.dvectors(2)
    shared_mode = mode()
    functions = [
        pytensor.function([x, y], output, mode=shared_mode, profile=True)
        for output in (x + y, x * y)
    ]
    assert [function(np.array([2.0]), np.array([3.0])).item() for function in functions] == [5, 6]
    for function in functions:
        assert isinstance(function.maker.linker, ParallelLinker)
        assert type(function.vm).__name__ == "CVM"
        assert not function.vm.allow_gc
        assert function.profile.fct_callcount == 1


COMPILE = """
    import numpy as np, pytensor, pytensor.tensor as pt
    from pytensor.compile.mode import Mode
    from lenet.compile.parallel import ParallelLinker
    x = pt.dvector()
    mode = Mode(linker=ParallelLinker(use_cloop=True), optimizer=None)
    function = pytensor.function([x], [pt.exp(x), pt.log(x)], mode=mode)
    print(*function(np.ones(1)))
"""


def test_processes_that_compile_the_same_share_one_cache(tmp_path):
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(COMPILE)]
    environment = {**os.environ, "PYTENSOR_FLAGS": f"base_compiledir={tmp_path}"}
    processes = [children.start(command, cwd=ROOT, env=environment, stderr=None) for _ in range(2)]
    for process in processes:
        output, _ = process.communicate(timeout=300)
        assert process.returncode == 0
        assert output.split() == ["[2.71828183]", "[0.]"]
    assert len(list(tmp_path.glob("*/tmp*/key.pkl"))) == 2
    # Nothing else is left but the modules, their headers and what PyTensor makes for itself.
    (compiledir,) = tmp_path.glob("compiledir_*")
    folders = {path.name for path in compiledir.iterdir() if path.is_dir()}
    assert len(folders - {"cutils_ext", "lazylinker_ext", "lenet_kernels", "__pycache__"}) <= 3


def test_an_interrupt_does_not_reach_the_compilers():
    code = "import os, signal; os.kill(os.getpid(), signal.SIGINT); print('still here')"
    with compiler_threads() as pool:
        job = pool.submit(subprocess.check_output, [sys.executable, "-c", code], text=True)
        assert job.result() == "still here\n"


def test_an_interrupt_cancels_what_has_not_begun(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    jobs = []

    def wait_until_the_next_is_cancelled():
        end = time.monotonic() + 60
        while not (jobs[1:] and jobs[1].cancelled()) and time.monotonic() < end:
            time.sleep(0.01)

    def start_and_interrupt():
        with compiler_threads() as pool:
            jobs.append(pool.submit(wait_until_the_next_is_cancelled))
            jobs.append(pool.submit(time.time))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        start_and_interrupt()
    assert [job.cancelled() for job in jobs] == [False, True]
    assert jobs[0].exception() is None


def headers_read(flags):
    """Return what GCC says of the headers that it reads for a module."""
    includes = [f"-I{folder}" for folder in std_include_dirs()]
    code = "#include <Python.h>\n#include <numpy/arrayobject.h>\n#include <vector>\n"
    command = [pytensor.config.cxx, "-g", *flags, *includes, "-fvisibility=hidden"]
    command += ["-H", "-fsyntax-only", "-x", "c++", "-"]
    result = subprocess.run(command, input=code, capture_output=True, text=True, check=True)
    return result.stderr.splitlines()


@gcc_only
def test_gcc_takes_the_precompiled_headers():
    for header in parallel.precompile_headers():
        header.result()
    x = pt.dvector()
    with parallel.compiler_flags():
        flags = CLinker().accept(FunctionGraph([x], [x + 1])).compile_args()
    lines = headers_read(flags)
    assert [line for line in lines if line.startswith("!") and line.endswith(".gch")]
    assert not [line for line in lines if line.endswith("/Python.h")]


@pytest.mark.parametrize(("worth", "expected"), [(1, 1), (10**9, 0)])
def test_headers_are_precompiled_where_many_modules_are(monkeypatch, worth, expected):
    calls = []
    monkeypatch.setattr(parallel, "WORTH_HEADERS", worth)
    monkeypatch.setattr(parallel, "precompile_headers", lambda: calls.append(()) or [])
    x, result, _ = chain(Plus(1))
    np.testing.assert_array_equal(pytensor.function([x], result, mode=mode())([1]), [2])
    assert len(calls) == expected


@gcc_only
def test_modules_are_compiled_without_headers_that_are_broken(monkeypatch, tmp_path):
    monkeypatch.setattr(parallel, "HEADERS", "#error broken")
    monkeypatch.setattr(parallel, "headers_folder", lambda: tmp_path)
    parallel.precompile(["-O3"])
    assert list(tmp_path.rglob("*")) == [tmp_path / "Python.h.gch"]


@pytest.mark.parametrize(
    ("platform", "cxx"),
    [("darwin", "/usr/bin/g++"), ("linux", "/usr/bin/clang++"), ("linux", "")],
    ids=["macOS", "Clang", "no compiler"],
)
def test_headers_are_precompiled_for_gcc_on_linux_only(monkeypatch, platform, cxx):
    monkeypatch.setattr(sys, "platform", platform)
    with pytensor.config.change_flags(cxx=cxx), parallel.compiler_flags():
        assert not parallel.can_precompile_headers()
        assert "-I" not in pytensor.config.gcc__cxxflags


def test_the_users_flags_are_kept():
    with pytensor.config.change_flags(gcc__cxxflags="-DMINE"):
        with parallel.compiler_flags():
            assert pytensor.config.gcc__cxxflags.startswith("-DMINE -g0")
        assert pytensor.config.gcc__cxxflags == "-DMINE"


def test_headers_of_other_optimisations_are_not_found():
    """GCC takes them, and may crash."""
    folders = set()
    for flags in ("", "-O1", "-march=x86-64"):
        with pytensor.config.change_flags(gcc__cxxflags=flags):
            folder = parallel.headers_folder()
            with parallel.compiler_flags():
                assert parallel.headers_folder() == folder
        folders.add(folder)
    assert len(folders) == 3
