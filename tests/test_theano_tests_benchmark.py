"""What `benchmarks.theano_tests` does, with a few tests in Theano's manner that are made up here."""

import fnmatch

import pytest

from benchmarks.theano_tests import __main__ as command
from benchmarks.theano_tests import missing_names, nose_names, results
from benchmarks.theano_tests.files import FILES, copy_tests
from benchmarks.theano_tests.graph_checks import without_graph_checks

TESTS = """\
import os
import unittest
import numpy as np
import theano
from nose.plugins.skip import SkipTest
from nose.tools import assert_raises, raises
from parameterized import parameterized
from theano.tensor.nnet import relu, lost_rewriting
from theano.compile.tests.helpers import five, test_of_another_file


def test_numbers():
    x = theano.tensor.dscalar()
    assert theano.function([x], relu(x), mode="FAST_COMPILE")(np.float(5)) == five
    assert_raises(TypeError, theano.function, x)


def test_that_looks_inside():
    assert lost_rewriting()


def test_that_looks_elsewhere():
    assert 1 / 0


def test_numbers_and_the_graph():
    x = theano.tensor.dscalar()
    f = theano.function([x], 2 * x, mode="FAST_COMPILE")
    nodes = f.maker.fgraph.toposort()
    found = False
    for node in nodes:
        found = found or node.op is lost_rewriting
    assert found
    assert f(3) == 6


def test_that_is_wrong():
    assert five == 6, "not six"


def test_that_is_left():
    raise SkipTest("no GPU")


@raises(ZeroDivisionError)
def test_division():
    1 / 0


def check(n, bound):
    assert n < bound


def test_some():
    for n in range(3):
        yield check, n, 3


def test_some_too_many():
    for n in range(4):
        yield check, n, 3


class TestSetUp:
    def setUp(self):
        self.value = five

    def test_value(self):
        assert self.value == 5

    def test_cases(self):
        yield check, self.value, 6


class T_case(unittest.TestCase):
    @parameterized.expand([(1, 2), (3, 4)])
    def test_pair(self, small, large):
        assert small < large

    def test_file_beside_theano(self):
        path = os.path.join(os.path.split(theano.__file__)[0], "sandbox", "numbers.txt")
        assert np.loadtxt(path) == 7
"""
HELPERS = "five = 5\n\n\ndef test_of_another_file():\n    assert False\n"
EXPECTED = {
    "test_numbers": "passed",
    "test_that_looks_inside": "internals",
    "test_that_looks_elsewhere": "other failures",
    "test_numbers_and_the_graph": "but for the graph",
    "test_that_is_wrong": "other failures",
    "test_that_is_left": "skipped",
    "test_division": "passed",
    "test_some": "passed",
    "test_some_too_many": "other failures",
    "TestSetUp::test_value": "passed",
    "TestSetUp::test_cases": "passed",
    "T_case::test_pair_0": "passed",
    "T_case::test_pair_1": "passed",
    "T_case::test_file_beside_theano": "passed",
}
NAME = "compile/tests/test_things.py"


@pytest.fixture
def source(tmp_path):
    for path, text in {
        "theano/compile/tests/test_things.py": TESTS,
        "theano/compile/tests/helpers.py": HELPERS,
        "theano/compile/pfunc.py": "raise AssertionError('not a test')",
        "theano/tests/test_nothing.py": "",
        "theano/sandbox/tests/test_nothing.py": "",
        "theano/sandbox/numbers.txt": "7\n",
        "theano/gpuarray/tests/test_gpu.py": "",
    }.items():
        file = tmp_path / "source" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path / "source"


def test_tests_are_copied_and_nothing_else(source, tmp_path):
    copy_tests(source, tmp_path / "copy")
    files = {str(path.relative_to(tmp_path / "copy")) for path in (tmp_path / "copy").rglob("*.*")}
    assert "theano/compile/tests/helpers.py" in files
    assert "theano/compile/tests/__init__.py" in files
    assert not {name for name in files if "gpuarray" in name or "pfunc" in name}


def test_each_test_counts_where_it_belongs(source, tmp_path, monkeypatch, capsys):
    seen = {}
    monkeypatch.setattr(
        results.Internals,
        "read",
        staticmethod(
            lambda: results.Internals({f"{NAME}::*that_looks*": "NotImplementedError: lost_rew*"})
        ),
    )
    monkeypatch.setattr(
        command,
        "row",
        lambda name, reports, internals: (
            seen.update(
                (each["test"].partition("::")[2], results.kind_of(each, internals))
                for each in reports
            )
            or results.row(name, reports, internals)
        ),
    )
    assert command.main([str(source), "--only", NAME, "--names"]) == 0
    assert seen == EXPECTED
    table, names = capsys.readouterr().out.split(f"{NAME}::", 1)
    assert [cell.strip() for cell in table.splitlines()[-1].split("|")[2:-1]] == list("81113")
    assert "test_that_is_wrong: AssertionError: not six" in f"{NAME}::{names}"


@pytest.mark.parametrize(
    ("text", "passed", "message"),
    [
        ("import os\n\ndef test_1():\n    pass\n\ndef test_2():\n    os.abort()\n", "1", "-6, "),
        ("sh", "0", "1, No module named pytest"),
    ],
)
def test_a_file_that_breaks_off_is_named(source, tmp_path, capsys, text, passed, message):
    (source / "theano" / NAME).write_text(text)
    flags = []
    if text == "sh":
        python = tmp_path / "python"
        python.write_text("#!/bin/sh\necho No module named pytest >&2\nexit 1\n")
        python.chmod(0o755)
        flags = [f"--python={python}"]
    assert command.main([str(source), "--only", NAME, *flags]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [cell.strip() for cell in lines[-3].split("|")[2:3]] == [passed]
    assert lines[-2] == "theano_tests: broke off in 1 of 1 files, with status:"
    assert lines[-1].startswith(f"{NAME}: {message}")


def test_a_folder_without_theano_is_named(tmp_path, capsys):
    assert command.main([str(tmp_path)]) == 1
    assert "expected Theano's source" in capsys.readouterr().out


def test_internals_are_of_files_that_are_run():
    files = {pattern.partition("::")[0] for pattern in results.Internals.read().patterns}
    assert [file for file in files if not fnmatch.filter(FILES, file)] == []


CHECKED = """\
def test(self):
    f = function([x], y)
    topo = f.maker.fgraph.toposort()
    ops = [node.op for node in topo]
    assert len(topo) == 3
    self.assertTrue(ops[0] == dot)
    assert f(2) == 4
    if any(op == dot for op in ops):
        kind = "dot"
    assert kind == "dot"
    self.assertEqual(f(3), 6)
    assert check_stack_trace(f, ops_to_check="all")

    def value(number):
        assert number.owner.op == dot
        return number

    assert value(f(1)) == 2
"""


def test_what_is_asserted_of_graphs_is_left_out():
    left = [line.strip() for line in without_graph_checks(CHECKED).splitlines()]
    assert [line for line in left if "assert" in line] == [
        "assert f(2) == 4",
        "self.assertEqual(f(3), 6)",
        "assert value(f(1)) == 2",
    ]


def test_placeholders_can_only_be_imported():
    lost = missing_names.Placeholder("lost", (), {})
    assert not isinstance(3, lost)
    with pytest.raises(NotImplementedError, match="lost is not in"):
        lost(3)
    with pytest.raises(NotImplementedError, match="op"):
        lost.op  # noqa: B018


def test_names_of_cases():
    assert nose_names.parameterized.to_safe_name("half_(1, 2)") == "half__1__2_"
