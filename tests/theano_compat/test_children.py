"""Processes that a program starts, and a ``theano`` that it brings along."""

import os
import subprocess
import sys

import pytest

from lenet.theano_compat.children import FOLDER, flags_of_parent, serve

PARENT = """\
import multiprocessing, subprocess, sys

def number(n):
    import theano
    return theano.tensor.constant(n).ndim

child = "import theano.tensor as T; import theano, numpy; print(theano.__version__, T.matrix().ndim, hasattr(numpy, 'asscalar'))"
if __name__ == "__main__":
    print(subprocess.check_output([sys.executable, "-c", child]).decode(), end="")
    with multiprocessing.get_context("spawn").Pool(1) as pool:  # its process has its parent's path
        print(pool.map(number, [[1, 2]]))
"""


@pytest.mark.parametrize(("flags", "has_old_names"), [([], True), (["--no_old_names"], False)])
def test_a_process_of_a_program_imports_theano(flags, has_old_names, tmp_path):
    (tmp_path / "program.py").write_text(PARENT)
    done = subprocess.run(
        [sys.executable, "-m", "lenet.theano_compat", *flags, str(tmp_path / "program.py")],
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.returncode) == (f"1.0.5 2 {has_old_names}\n[1]\n", 0), done.stderr


def test_another_python_imports_its_own(tmp_path):
    (tmp_path / "theano.py").write_text("number = 3\n")
    code = "import sys; sys.path[:0] = sys.argv[1:]; import theano; print(theano.number)"
    # Without what is installed beside lenet, and without lenet.
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, FOLDER, str(tmp_path)],
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.returncode) == ("3\n", 0), done.stderr


def test_the_folder_comes_first_and_once(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["/a", "/b"]))
    monkeypatch.setenv("LENET_OLD_NAMES", "1")
    monkeypatch.setattr(sys, "path", ["beside", "/a"])
    serve([])
    assert flags_of_parent() == []
    serve(["--no_old_names"])
    assert os.environ["PYTHONPATH"].split(os.pathsep) == [FOLDER, "/a", "/b"]
    assert sys.path == ["beside", FOLDER, "/a"]
    assert flags_of_parent() == ["--no_old_names"]


@pytest.mark.parametrize("flags", [[], ["--python2"]])
@pytest.mark.parametrize("is_beside", [True, False])
def test_a_theano_that_is_brought_along_is_not_taken(flags, is_beside, tmp_path):
    own = tmp_path if is_beside else tmp_path / "libraries"
    (own / "theano").mkdir(parents=True)
    # What both changing finders would take: a name of old NumPy, and a print statement.
    (own / "theano" / "__init__.py").write_text(
        "import numpy as np\nx = np.float(3)\n" + ("print 3\n" if flags else "")
    )
    (tmp_path / "program.py").write_text("import theano\nprint(theano.__version__)\n")
    done = subprocess.run(
        [sys.executable, "-m", "lenet.theano_compat", *flags, str(tmp_path / "program.py")],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([os.getcwd(), str(own)])},
    )
    assert (done.stdout, done.returncode) == ("1.0.5\n", 0), done.stderr
