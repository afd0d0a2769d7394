"""The tiers of tests, and what keeps the fast ones from compilers and other processes."""

import subprocess
import sys

import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.link.c.cmodule import ModuleCache

from lenet.nnet.ops.dot import MatrixProduct
from tests.tiers import (
    ELSEWHERE,
    JIT_FILES,
    NIGHTLY,
    NIGHTLY_TESTS,
    PLAIN_FOLDERS,
    TESTS,
    FastTierError,
    NoJax,
    examples,
    no_compilers,
    some,
)


def test_a_fast_test_starts_no_process():
    with (
        no_compilers(),
        pytest.raises(FastTierError, match=r"a process in a fast test: .*ELSEWHERE"),
    ):
        subprocess.run([sys.executable, "-c", ""], check=False)


def test_a_fast_test_has_no_module_of_a_cache():
    with no_compilers(), pytest.raises(FastTierError, match=r"a C\+\+ module in a fast test"):
        ModuleCache.module_from_key(None, ())


def test_a_fast_test_has_no_kernel_that_is_loaded_already():
    x = pt.fmatrix()
    with no_compilers(), pytest.raises(FastTierError, match=r"a C\+\+ module in a fast test"):
        MatrixProduct().load(MatrixProduct().make_node(x, x))


@pytest.mark.skipif(not pytensor.config.cxx, reason="there is no C++ compiler")
def test_a_function_in_c_is_refused():
    x = pt.vector()
    with no_compilers(), pytest.raises(FastTierError):
        pytensor.function([x], x + 1, mode="CVM")


@pytest.mark.parametrize("mode_name", ["c", "python"])
def test_what_is_compiled_is_not_fast(mode_name, request):
    assert bool(request.node.get_closest_marker("fast")) == (mode_name == "python")


@pytest.mark.slow
def test_what_is_slow_is_not_fast(request):
    assert not request.node.get_closest_marker("fast")


def test_jax_is_not_found():
    finder = NoJax()
    assert finder.find_spec("numpy") is None
    with pytest.raises(FastTierError, match="JAX in a fast test"):
        finder.find_spec("jax")


def test_files_that_are_named_exist():
    named = (*ELSEWHERE, *NIGHTLY, *NIGHTLY_TESTS, *JIT_FILES, *PLAIN_FOLDERS)
    assert not [path for path in named if not (TESTS / path).exists()]


@pytest.mark.parametrize("path", NIGHTLY_TESTS)
def test_slow_tests_that_are_named_exist(path):
    text = (TESTS / path).read_text("utf-8")
    names = [name.partition("[")[0] for name in NIGHTLY_TESTS[path]]
    assert not [name for name in names if f"\ndef {name}" not in text]


def test_what_is_tried_on_each_push_is_a_part_of_what_is_at_night(monkeypatch):
    monkeypatch.delenv("TEST_EXAMPLES_TIMES", raising=False)
    assert some({"a": 1, "b": 2, "c": 3}, "c", "a") == ["a", "c"]
    monkeypatch.setenv("TEST_EXAMPLES_TIMES", "1")
    assert some("abc", "c", "a") == ["a", "b", "c"]


@pytest.mark.parametrize(("times", "expected"), [(None, 15), ("10", 150)])
def test_examples_are_more_at_night(monkeypatch, times, expected):
    if times is None:
        monkeypatch.delenv("TEST_EXAMPLES_TIMES", raising=False)
    else:
        monkeypatch.setenv("TEST_EXAMPLES_TIMES", times)
    assert examples(15) == expected
