"""Names are restored when their modules are imported, in a process of its own."""

import subprocess
import sys

import pytest

PROGRAM = """\
import collections, inspect, sys, time
import numpy as np
assert np.float is float and np.product([2, 3]) == 6 and np.cast["float32"](1.5).dtype == "float32"
from collections import Iterable
assert isinstance([], Iterable) and collections.Counter("a")["a"] == 1
assert inspect.getargspec(lambda a, b=3: 0).defaults == (3,) and time.clock() <= time.process_time()
import scipy as sp
assert sp.zeros(2).tolist() == [0, 0] and sp.randn(3).shape == (3,)
import scipy.fft
assert sp.fft is scipy.fft
assert "scipy.misc" not in sys.modules and sp.misc.factorial(4) == 24
from scipy.signal import gaussian
from scipy.misc import imread, logsumexp
import PIL, scipy.misc.pilutil
assert PIL.ImageFilter.BLUR and scipy.misc.pilutil.imread is imread
from numpy.core.umath_tests import inner1d
assert inner1d(np.ones(3), np.ones(3)) == 3
from sklearn import cross_validation, grid_search
from sklearn.cross_validation import StratifiedKFold
import sklearn.model_selection
assert issubclass(grid_search.GridSearchCV, sklearn.model_selection.GridSearchCV)
assert sklearn.model_selection.__spec__.name == "sklearn.model_selection"
assert sklearn.model_selection.StratifiedKFold is not StratifiedKFold
from sklearn.externals import joblib
assert joblib.dump
import imp
assert imp.new_module("made").__name__ == "made"
from PIL import Image
assert Image.ANTIALIAS == Image.LANCZOS
import numpy.distutils.__config__
assert numpy.distutils.__config__.show
import Image as first, ImageOps
assert first is Image and ImageOps.invert
import pkgutil, importlib.resources
assert type(sys.modules["scipy.signal"].__loader__).__name__ == "SourceFileLoader"
assert importlib.resources.files("scipy.signal").is_dir()
print("done")
"""


def test_a_program_finds_what_it_was_written_for(run_script):
    done = run_script(PROGRAM)
    assert (done.stdout, done.returncode) == ("done\n", 0), done.stderr


def test_all_names_of_numpy_and_scipy(run_script):
    program = """\
from numpy import *
assert max(3, 5) == 5 and min([1, 2], key=lambda each: -each) == 2 and pow(2, 3, 5) == 3
assert round(2.5, 0) == 2.0 and isinstance(True, bool) and abs(array([-1])).tolist() == [1]
assert sum([[1, 2], [3, 4]], 0).tolist() == [4, 6] and any([[0], [1]], axis=1).tolist() == [False, True]
assert isnan(NaN) and product([2, 3]) == 6 and alltrue([1]) and asscalar(array([4])) == 4
from scipy import *
assert zeros(2).tolist() == [0, 0] and randn(3).shape == (3,) and max(3, 5) == 5
print(float is type(1.5), str is type(""))
"""
    done = run_script(program)
    assert (done.stdout, done.returncode) == ("True True\n", 0), done.stderr


def test_parts_of_a_package_that_is_gone_are_not_loaded_twice(run_script):
    program = """\
import joblib.numpy_pickle, sys
from sklearn.externals.joblib.numpy_pickle import NumpyArrayWrapper
from sklearn.externals.joblib.externals.loky import get_reusable_executor
assert NumpyArrayWrapper is joblib.numpy_pickle.NumpyArrayWrapper
assert get_reusable_executor is sys.modules["joblib.externals.loky"].get_reusable_executor
try: import sklearn.externals.joblib.nothing
except ImportError as error: print(error)
"""
    done = run_script(program)
    assert "sklearn.externals.joblib.nothing" in done.stdout, done.stderr


def test_what_numpy_had_for_python_2_and_nose(run_script):
    program = """\
from numpy.compat import asbytes, asstr
from numpy.testing import dec, decorators, run_module_suite
import numpy.compat.py3k
assert asbytes("\\xe9") == b"\\xe9" and asstr(b"\\xe9") == "\\xe9" and numpy.compat.long is int
assert dec.slow is decorators.slow and dec.slow(asstr).slow
@dec.skipif(True, "not today")
def test_skipped(): raise ValueError
@dec.skipif(lambda: False)
def test_run(): print("run")
run_module_suite()
"""
    done = run_script(program)
    assert (done.stdout, done.returncode) == ("run\n", 0), done.stderr
    assert "Ran 2 tests" in done.stderr
    assert "skipped=1" in done.stderr


def test_a_flag_leaves_libraries_as_they_are(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        "import numpy, theano\nprint(hasattr(numpy, 'product'))\nimport sklearn.grid_search\n"
    )
    command = [sys.executable, "-m", "lenet.theano_compat", "--no_old_names", str(program)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("False\n", 1)
    assert "No module named 'sklearn.grid_search'" in done.stderr


def test_names_that_are_there_stay(run_script):
    done = run_script(
        "import numpy, time\nfrom lenet.theano_compat.old_names import restore\n"
        "numpy.float = 'mine'\nrestore()\nrestore()\nprint(numpy.float, time.sleep.__name__)\n"
    )
    assert done.stdout == "mine sleep\n", done.stderr


def test_a_module_that_never_was_is_not_found(run_script):
    done = run_script("import sklearn.cross_validations\n")
    assert done.returncode == 1
    assert "No module named 'sklearn.cross_validations'" in done.stderr


def test_a_module_runs_as_by_python(tmp_path):
    package = tmp_path / "old_package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text(
        "import sys, theano\nprint(theano.__version__, sys.argv[1:])\n"
    )
    command = [sys.executable, "-m", "lenet.theano_compat", "-m", "old_package", "-v"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("1.0.5 ['-v']\n", "")


@pytest.mark.parametrize("words", [["-m"], ["--python2", "-m"], ["--python2"]])
def test_what_runs_nothing(words):
    command = [sys.executable, "-m", "lenet.theano_compat", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: python -m lenet.theano_compat")


def test_a_module_that_is_not_there():
    command = [sys.executable, "-m", "lenet.theano_compat", "-m", "no_such_module"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "No module named no_such_module" in done.stderr


def test_parts_of_packages_that_are_gone(tmp_path):
    program = """
import numpy
from lenet.theano_compat.old_names import restore
restore()
from scipy.sparse.linalg.eigen.arpack import ArpackNoConvergence, eigsh
from sklearn.decomposition.nmf import NMF
from sklearn.metrics.cluster.supervised import v_measure_score
import scipy.sparse.linalg, sklearn.decomposition, sklearn.metrics.cluster
assert eigsh is scipy.sparse.linalg.eigsh
assert NMF is sklearn.decomposition.NMF
assert v_measure_score is sklearn.metrics.cluster.v_measure_score
try:
    from sklearn.nonsense.part import name
except ModuleNotFoundError as error:
    print(error.name)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("sklearn.nonsense\n", "")
