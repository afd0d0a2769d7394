"""Tests of old libraries, for nose or an early pytest, under ``-m pytest``."""

import subprocess
import sys

import pytest

FORMS = """\
import pytest

done = []


def setup():
    done.append("module")


def is_small(number, limit=4):
    assert number < limit


def test_numbers():
    assert done == ["module"]
    for number in range(LAST):
        yield is_small, number
    yield is_small, 4, 5
    yield lambda: done.append("called")
    yield "named", is_small, 0


class TestBase:
    def setup(self):
        self.value = 1

    def test_value(self):
        assert self.value == self.expected

    expected = 1


class TestBelow(TestBase):
    expected = 2

    def setup(self):
        self.value = 2

    def teardown(self):
        done.append(self.value)

    def test_values(self):
        yield self.test_value


class TestFixture:
    @pytest.fixture
    def setup(self):
        return 3

    def test_fixture(self, setup):
        assert setup == 3
        assert done[1:] == ["called", 2, 2]
"""


INDEXED = """\
import numpy
from helper import first

def test_lists():
    pairs = [slice(0, 1), numpy.array([1, 2])]
    assert first(numpy.zeros((3, 4)))[pairs].shape == (1, 2)
"""
PRINTED = """\
from helper import first

def test_division():
    print "seen",
    assert first(7) / 2 == 3

def test_true_division():
    assert first(7) / 2 == 3.5
"""
PLAIN = "def test():\n    assert len('ab') == 3\n"
HELPER = "def first(x):\n    return x\n"


def outcome_of(folder, files, *flags):
    """Run pytest on tests for Theano, and return what it prints."""
    for name, text in files.items():
        (folder / name).write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "lenet.theano_compat", *flags, "-m", "pytest", "-q", "."],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize(("last", "summary"), [(4, "5 passed"), (5, "2 failed, 3 passed")])
def test_forms_of_tests(tmp_path, last, summary):
    printed = outcome_of(tmp_path, {"test_forms.py": FORMS.replace("LAST", str(last))})
    assert summary in printed, printed


def test_tests_are_changed_as_programs_are(tmp_path):
    files = {"test_indices.py": INDEXED, "helper.py": HELPER, "test_plain.py": PLAIN}
    printed = outcome_of(tmp_path, files)
    assert "1 failed, 1 passed" in printed, printed
    assert "where 2 = len('ab')" in printed, printed  # which pytest explains as ever


def test_tests_for_python_2(tmp_path):
    files = {"test_division.py": PRINTED, "helper.py": HELPER}
    printed = outcome_of(tmp_path, files, "--python2")
    assert "1 failed, 1 passed" in printed, printed
    assert "FAILED test_division.py::test_true_division" in printed, printed
