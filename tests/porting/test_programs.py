"""Whole programs, ported: they run without theano_compat and give the numbers that they give under it."""

import os
import subprocess
import sys

import pytest

from lenet.__main__ import main
from tests.theano_compat.test_programs import CASES, PROGRAMS, PYTHON

# What is left to do by hand, and whether the program runs all the same.
LEFT = {"character_rnn": False, "own_operation": True}
# What stops at an update that has more of a shape than its variable, as a comment says.
STOPS = {"layer_library": "PyTensor refuses a default update"}
# Their random numbers are those of theano_compat in C and in Python, in which they are run here.
QUICK = ("logistic_regression",)
HIDING = "import sys; sys.modules['lenet.theano_compat'] = sys.modules['theano'] = None"


@pytest.fixture
def run(tmp_path):
    def run(*arguments: str, **environment: str) -> str:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", *arguments],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(PROGRAMS), **environment},
            check=False,
            cwd=tmp_path,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def numbers(text: str) -> list[float | str]:
    """Return what a program has printed, its numbers as numbers."""
    words = text.replace(",", " ").replace("[", " ").replace("]", " ").split()
    return [
        float(word) if word.lstrip("-").replace(".", "", 1).isdigit() else word for word in words
    ]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name not in QUICK)) for name in CASES]
)
def test_program_gives_the_same_numbers(run, tmp_path, name):
    target = tmp_path / f"{name}.py"
    status = main(["port", str(PROGRAMS / f"{name}.py"), "-o", str(target)])
    assert status == (name in LEFT)
    if name in STOPS:
        assert f"# PORT: {STOPS[name]}" in target.read_text()
    if name in STOPS or not LEFT.get(name, True):
        return
    flags = CASES[name][0]
    old = run("-m", "lenet.theano_compat", str(PROGRAMS / f"{name}.py"), THEANO_FLAGS=flags)
    mode = "FAST_COMPILE" if flags == PYTHON else "CVM"
    own = os.environ.get("PYTENSOR_FLAGS", "")
    code = f"{HIDING}; import runpy; runpy.run_path({str(target)!r}, run_name='__main__')"
    new = run("-c", code, PYTENSOR_FLAGS=f"{own},mode={mode},floatX=float64".lstrip(","))
    assert len(numbers(old)) == len(numbers(new))
    for before, after in zip(numbers(old), numbers(new), strict=True):
        if isinstance(before, float) and isinstance(after, float):
            assert after == pytest.approx(before, rel=1e-4, abs=1e-6)
        else:
            assert after == before
