"""``import theano`` after `install`."""

import importlib
import pickle
import sys
import types

import numpy as np
import pytest
import six

from lenet.theano_compat import install, uninstall


def test_modules_have_one_object_under_both_names(theano):
    nnet = importlib.import_module("theano.tensor.nnet")
    assert nnet is importlib.import_module("lenet.theano_compat.theano.tensor.nnet")
    assert theano.tensor.nnet is nnet
    assert sys.modules["theano"] is theano


def test_theano_holds_itself(theano):
    names = {}
    exec("from theano import *; from theano import theano as inner", names)
    assert names["theano"] is names["inner"] is theano
    assert names["tensor"] is theano.tensor


def test_functions_keep_their_place_beside_modules_of_their_name(theano):
    importlib.import_module("theano.compile.function")
    assert callable(theano.compile.function)
    assert theano.compile.function is theano.function


def test_install_again_changes_nothing(theano):
    finders = list(sys.meta_path)
    install()
    assert sys.meta_path == finders
    assert importlib.import_module("theano") is theano


def test_uninstall_takes_it_back(theano):
    before = theano.tensor.vector().__class__.__dict__.get("__bool__")
    uninstall()
    with pytest.raises(ModuleNotFoundError, match="theano"):
        importlib.import_module("theano")
    install()
    assert importlib.import_module("theano") is theano
    assert theano.tensor.vector().__class__.__dict__.get("__bool__") is before


def test_compilation_is_not_in_a_programs_log(run_script, tmp_path):
    text = """\
import logging
logging.basicConfig(level=logging.DEBUG)
import theano
x = theano.tensor.scalar()
print(theano.function([x], x * 2, mode="FAST_COMPILE")(3))
logging.getLogger("theano").debug("hidden, too")
logging.debug("shown")
"""
    done = run_script(text)
    assert (done.stdout, done.stderr) == ("6.0\n", "DEBUG:root:shown\n")


def test_real_theano_is_in_the_way(monkeypatch):
    real = types.ModuleType("theano")
    real.__file__ = "/somewhere/theano/__init__.py"
    monkeypatch.setitem(sys.modules, "theano", real)
    with pytest.raises(ImportError, match=r"from /somewhere/theano/__init__.py: call .*install"):
        install()


@pytest.mark.parametrize("module", ["theano", "theano.compile", "theano.gof.opt"])
def test_missing_name(theano, module):
    with pytest.raises(AttributeError, match=f"{module} has no 'nonsense' here"):
        _ = importlib.import_module(module).nonsense
    assert not hasattr(importlib.import_module(module), "nonsense")
    with pytest.raises(ImportError, match=f"{module} has no 'nonsense' here"):
        exec(f"from {module} import nonsense")


def test_missing_name_says_what_to_use_instead(theano):
    with pytest.raises(ImportError, match=r"no 'CudaNdarray' here: .* mode='JAX' for a GPU"):
        exec("from theano.sandbox.cuda import CudaNdarray")


def test_missing_module(theano):
    with pytest.raises(ModuleNotFoundError, match=r"theano\.nonsense"):
        importlib.import_module("theano.nonsense")


@pytest.mark.parametrize(
    ("module", "name", "is_of_pytensor"),
    [
        ("theano.gof.graph", "Variable", "pytensor.graph.basic"),
        ("theano.gof.utils", "scratchpad", "pytensor.graph.utils"),
        ("theano.tensor.sharedvar", "TensorSharedVariable", "pytensor.tensor.sharedvar"),
    ],
    ids=lambda value: value,
)
def test_names_in_old_pickles(theano, module, name, is_of_pytensor):
    found = pickle.loads(f"c{module}\n{name}\n.".encode())  # a pickle that only names a class
    assert found.__module__ == is_of_pytensor


def test_rows_with_sparse_gradients_learn_as_others_do(theano):
    table = theano.shared(np.arange(12, dtype=float).reshape(4, 3))
    rows = theano.sparse_grad(table[theano.tensor.as_tensor_variable([2, 0, 2])])
    gradient = theano.grad((rows**2).sum(), table)
    step = theano.function([], rows, updates={table: table - 0.25 * gradient})
    np.testing.assert_array_equal(step(), [[6, 7, 8], [0, 1, 2], [6, 7, 8]])
    # Half of each row for each time that it was chosen.
    expected = [[0, 0.5, 1], [3, 4, 5], [0, 0, 0], [9, 10, 11]]
    np.testing.assert_allclose(table.get_value(), expected, atol=1e-12)


def test_its_copy_of_six_is_six(theano):
    moves = importlib.import_module("theano.compat.six.moves")
    assert importlib.import_module("theano.compat.six").iteritems is six.iteritems
    assert moves.cPickle is six.moves.cPickle
    assert moves.xrange is range
    with pytest.raises(AttributeError, match="nonsense"):
        moves.nonsense  # noqa: B018
