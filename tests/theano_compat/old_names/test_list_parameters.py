"""Lists of slices that a function is given and takes as an index."""

import ast

import numpy as np
import pytest

from lenet.theano_compat.old_names.changed_programs import is_to_change
from lenet.theano_compat.old_names.list_indices import AS_INDEX, as_index
from lenet.theano_compat.old_names.list_parameters import with_tuples_of_parameters

PARTS = """\
def part(x, index):
    return x[index]
def emptied(x, where=None):
    def inner():
        x[where] = 0
        x[where] += 1
    inner()
    return x
class Part:
    def __init__(self, index):
        self.where = index
    def __call__(self, x):
        return x[self.where]
last = lambda x, *, i: x[i]
"""
INDEX = [slice(None), slice(1, None)]
X = np.arange(6.0).reshape(2, 3)


@pytest.fixture
def parts():
    scope = {AS_INDEX: as_index}
    exec(compile(with_tuples_of_parameters(ast.parse(PARTS)), "program", "exec"), scope)
    return scope


def test_parameters_and_attributes_may_be_lists_of_slices(parts):
    for found in (parts["part"](X, INDEX), parts["Part"](INDEX)(X), parts["last"](X, i=INDEX)):
        np.testing.assert_array_equal(found, X[:, 1:])
    np.testing.assert_array_equal(parts["emptied"](X.copy(), INDEX), [[0, 1, 1], [3, 1, 1]])


def test_all_other_indices_are_as_they_are(parts):
    part = parts["part"]
    np.testing.assert_array_equal(part(X, [1, 0]), X[[1, 0]])
    assert part({"a": 1}, "a") == 1
    assert part([1, 2], 1) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f(x, i): return x[i]", True),
        ("f = lambda x, i: x[ i ]", True),
        ("def f(x):\n    for i in [0]: print(x[i])", False),
        ("def f(x, i): return y[x.i]", False),
        ("def f(i): a.i = i\ndef g(y, a): return y[a.i]", True),
        ("i = 0\ny = x[i]", False),
        ("import numba\ndef f(x, i): return x[i]", False),
    ],
)
def test_only_programs_that_do_so_are_changed(text, expected):
    assert is_to_change(text.encode()) is expected


def test_packages_of_today_are_left():
    source = b"def f(x, i): return x[i]"
    assert not is_to_change(source, is_installed=True)
    assert is_to_change(b"import theano\n" + source, is_installed=True)


def test_modules_of_a_program_do_so(tmp_path, run_script):
    (tmp_path / "parts.py").write_text(PARTS)
    done = run_script(
        "import numpy, parts\nprint(parts.part(numpy.eye(2), [slice(1), slice(None)]).tolist())"
    )
    assert (done.stdout, done.stderr) == ("[[1.0, 0.0]]\n", "")
