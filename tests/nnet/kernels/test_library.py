"""Libraries of kernels: compiled once, by several processes, and whole."""

import ctypes
import os
import sys
import textwrap
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode

from lenet.compile.parallel import compiler_flags
from lenet.nnet import conv2d
from lenet.nnet.kernels import library
from lenet.nnet.kernels.interface import Argument, Kernel, kernel_text
from lenet.nnet.kernels.library import (
    KernelError,
    compile_kernel,
    expect,
    library_path,
    load_kernel,
    start_compiling,
)
from lenet.nnet.ops.conv import Conv
from tests import children

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.skipif(not pytensor.config.cxx, reason="needs a C++ compiler")


def kernel(stamp, body="0"):
    """Return a kernel of next to nothing, which is compiled in a moment."""
    text = kernel_text(("interface.h",), f"// {stamp}", [], [Argument("float64", 0)], body)
    return Kernel(text, ("-O0",))


def test_a_kernel_is_compiled_once_and_has_its_text_beside_it(folder):
    path = compile_kernel(kernel("once"))
    made = path.stat().st_mtime_ns
    assert compile_kernel(kernel("once")) == path
    assert path.stat().st_mtime_ns == made
    assert path.with_suffix(".cpp").read_text("utf-8") == kernel("once").text
    assert sorted(p.suffix for p in folder.iterdir()) == [".cpp", ".so"]


def test_libraries_share_no_constants_or_variables(folder):
    """Without optimisations, constants have addresses; of one name, the loader would make them one."""
    results = []
    for size in (3, 5):
        support = (
            f"struct Shape {{ static constexpr int ROWS = {size}; }};\n"
            "template <typename S> struct Plan { static constexpr int ROWS = S::ROWS; };\n"
            "template <typename S> const int& least(const int& a) { return std::min(a, Plan<S>::ROWS); }\n"
            "template <typename S> int times() { static int count = 0; return ++count; }\n"
        )
        body = 'lenet::fail(lenet::WRONG_VALUE, "%d %d", least<Shape>(9), times<Shape>()), -1'
        made = Kernel(
            kernel_text(("interface.h",), support, [], [Argument("float64", 0)], body), ("-O0",)
        )
        message = ctypes.create_string_buffer(512)
        words, numbers = (ctypes.c_ssize_t * 8)(), (ctypes.c_ssize_t * 1)()
        load_kernel(made).library.lenet_kernel(words, numbers, message)
        results.append(message.value)
    assert results == [b"3 1", b"5 1"]


def test_what_makes_another_kernel_gives_it_another_name(folder):
    one = library_path(kernel("one"))
    assert library_path(kernel("two")) != one
    assert library_path(Kernel(kernel("one").text)) != one
    with pytensor.config.change_flags(gcc__cxxflags="-ffast-math"):
        assert library_path(kernel("one")) != one
    with compiler_flags():  # which lenet's linker adds for modules of Python
        assert library_path(kernel("one")) == one


def test_what_is_not_tuned_is_compiled_without_flags_for_the_machine(folder, monkeypatch):
    def asked():
        raise AssertionError("the compiler is asked for flags")

    monkeypatch.setattr(library, "flags_of_machine", asked)
    assert load_kernel(replace(kernel("plain"), tuned=False)).function(None, None, None) == 0
    with pytest.raises(AssertionError):
        library_path(kernel("plain"))


def test_kernels_have_exceptions_whatever_the_users_flags(folder):
    with pytensor.config.change_flags(gcc__cxxflags="-fno-exceptions -fno-unwind-tables"):
        assert load_kernel(kernel("caught")).entry(())


def test_ops_that_differ_in_numbers_alone_share_a_kernel():
    images, filters = pt.ftensor4(), pt.ftensor4()
    texts = set()
    for op in (Conv(), Conv("half"), Conv(((1, 2), (0, 1)), (2, 3), False, (1, 2), 2)):
        texts.add(op.kernel(op.make_node(images, filters)).text)
    assert len(texts) == 1


def test_a_kernel_that_does_not_compile_is_told_and_tried_again(folder):
    broken = kernel("broken", body="nonsense")
    for _ in range(2):
        with pytest.raises(KernelError, match=r"(?s)failed on a kernel, with status 1:.*nonsense"):
            load_kernel(broken)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"\x7fELF", b"no library at all"])
def test_a_library_that_is_damaged_is_compiled_anew(folder, content):
    path = library_path(kernel("damaged"))
    path.parent.mkdir()
    path.write_bytes(content)
    assert load_kernel(kernel("damaged")).function(None, None, None) == 0
    assert path.stat().st_size > len(content)


def test_a_compiler_that_does_not_start_is_told(folder):
    with (
        pytensor.config.change_flags(cxx=str(folder / "g++")),
        pytest.raises(KernelError, match="does not start"),
    ):
        compile_kernel(kernel("no compiler"))


def test_kernels_are_compiled_side_by_side(folder, monkeypatch):
    both, compile_one = threading.Barrier(2, timeout=60), library.compile_kernel

    def meet(kernel):
        both.wait()
        return compile_one(kernel)

    monkeypatch.setattr(library, "count_of_compilers", lambda: 2)
    monkeypatch.setattr(library, "compile_kernel", meet)
    start_compiling([kernel("left"), kernel("right")])
    for one in ("left", "right"):
        assert load_kernel(kernel(one)).function(None, None, None) == 0


def test_kernels_that_are_expected_are_compiled_once_one_is_wanted(folder):
    expect([kernel("one"), kernel("two")])
    assert library.COMPILERS.started == {}
    load_kernel(kernel("another"))
    assert set(library.COMPILERS.started) == {library_path(kernel("another"))}
    load_kernel(kernel("two"))
    assert library_path(kernel("one")) in library.COMPILERS.started
    assert load_kernel(kernel("one")).name == library_path(kernel("one")).stem


def test_an_interrupt_ends_what_has_not_begun(folder, monkeypatch):
    begun, compilers = [], library.COMPILERS

    def interrupted(kernel):
        begun.append(kernel)
        raise KeyboardInterrupt

    monkeypatch.setattr(library, "count_of_compilers", lambda: 1)
    monkeypatch.setattr(library, "compile_kernel", interrupted)
    start_compiling([kernel("first")])
    with pytest.raises(KeyboardInterrupt):
        load_kernel(kernel("first"))
    assert begun == [kernel("first")]
    assert compilers.started == {}
    assert compilers.pool is None


PROGRAM = """
    import sys
    from pathlib import Path
    from lenet.nnet.kernels.library import load_kernel
    from tests.nnet.kernels.test_library import kernel
    print(load_kernel(kernel("shared", body="(o0.words[1] = 7, 0)")).name)
"""


def test_processes_that_compile_the_same_share_it(tmp_path):
    environment = {**os.environ, "PYTENSOR_FLAGS": f"base_compiledir={tmp_path}"}
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(PROGRAM)]
    processes = [children.start(command, cwd=ROOT, env=environment, stderr=None) for _ in range(3)]
    names = set()
    for process in processes:
        output, _ = process.communicate(timeout=300)
        assert process.returncode == 0
        names.add(output.strip())
    (name,) = names
    (folder,) = tmp_path.glob(f"*/{library.FOLDER}")
    assert sorted(p.name for p in folder.iterdir()) == [f"{name}.cpp", f"{name}.so"]
    function = ctypes.CDLL(str(folder / f"{name}.so")).lenet_kernel
    words = (ctypes.c_int64 * 2)(0, 0)
    assert function(words, None, None) == 0
    assert words[1] == 7


def test_a_graph_that_runs_in_python_has_nothing_compiled(folder):
    x, w = pt.dtensor4(), pt.dtensor4()
    function = pytensor.function([x, w], conv2d(x, w), mode=Mode(linker="py", optimizer="fast_run"))
    assert function(np.ones((1, 1, 3, 3)), np.ones((1, 1, 3, 3))) == 9
    assert library.COMPILERS.started == {}
