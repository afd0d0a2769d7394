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


@pytest.mark.parametrize(("last", "summary"), [(4, "5 passed"), (5, "2 failed, 3 passed")])
def test_forms_of_tests(tmp_path, last, summary):
    (tmp_path / "test_forms.py").write_text(FORMS.replace("LAST", str(last)))
    done = subprocess.run(
        [sys.executable, "-m", "lenet.theano_compat", "-m", "pytest", "-q", "test_forms.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert summary in done.stdout, done.stdout + done.stderr
