"""Programs for Python 2: their text, divisions, pickles and names."""

import pytest

from lenet.porting.findings import BY_HAND, comment
from lenet.porting.python2 import python3_text
from lenet.porting.source import SourceError
from lenet.python2_division import divide
from tests.porting.rewritten import after, ported

pytest.importorskip("fissix")

DIVISIONS = {
    "7 / 2": "7 // 2",
    "7 / 2.": "7 / 2.",
    "x.shape[0] / 2": "x.shape[0] // 2",
    "len(a) / (b + 1.0)": "len(a) / (b + 1.0)",
    "int(a)/len(b)": "int(a)//len(b)",
    "theano.tensor.exp(x) / n": "pytensor.tensor.exp(x) / n",
    "a / b": "divide(a, b)",
    "(a + 1) / (b)": "divide((a + 1), (b))",
    "a / b / c": "divide(divide(a, b), c)",
    "float(a) / b": "float(a) / b",
    "theano.tensor.matrix('x', a / b)": "pytensor.tensor.matrix('x', dtype=divide(a, b))",
    "theano.gof.graph.inputs(a) / b": "divide(list(pytensor.graph.traversal.graph_inputs(a)), b)",
    "(a +\n     b) / c": "divide((a +\n     b), c)",
}


@pytest.mark.parametrize("before", DIVISIONS)
def test_division(before):
    new = after(f"import theano\ny = {before}\n", is_python2=True)
    assert new.split("y = ", 1)[1] == DIVISIONS[before] + "\n"


def test_division_of_names_that_are_assigned_once():
    text = "n = len(a)\nz = 2.5\ny = n / 2, a / z, a / w\n"
    assert after(text, is_python2=True).endswith("y = n // 2, a / z, divide(a, w)\n")


def test_division_in_place():
    text = "import theano\nx = 1\nx /= 2\ny /= 2.0\nz /= w\n"
    new = after(text, is_python2=True)
    assert new.endswith("x = divide_in_place(x, 2)\ny /= 2.0\nz = divide_in_place(z, w)\n")
    assert "from lenet.python2_division import divide_in_place\n" in new


def test_division_of_a_name_by_itself():
    text = "from params import *\nimport theano\nbatch = batch / 2\n"
    assert after(text, is_python2=True).endswith("batch = divide(batch, 2)\n")
    text = "import theano\nm = n + 1\nn = m + 1\ny = n / 2\n"
    assert after(text, is_python2=True).endswith("y = divide(n, 2)\n")


@pytest.mark.parametrize("target", ["x[next(it)]", "f().x", "x[(i := i + 1)]"])
def test_division_in_place_of_what_is_called_is_left(target):
    text = f"import theano\nx[i] /= n\n{target} /= n\n"
    new = ported(text, is_python2=True)
    assert new.text.endswith(f"x[i] = divide_in_place(x[i], n)\n{new_comment(new)}{target} /= n\n")
    assert [change.line for change in new.left] == [3]
    text = f"import theano\n{target} /= 2.0\n"
    assert not ported(text, is_python2=True).left


def new_comment(new):
    """Return the comment on what is left."""
    return comment(f"{BY_HAND}{new.left[0].reasons[0]}", "")


@pytest.mark.parametrize(
    ("imported", "called"),
    [
        ("from six.moves import cPickle", "cPickle.load"),
        ("import six.moves.cPickle as pkl", "pkl.loads"),
        ("from six.moves.cPickle import load", "load"),
        ("import pickle", "pickle.load"),
    ],
)
def test_pickles_of_python_2(imported, called):
    text = f"import theano\n{imported}\nd = {called}(f)\n"
    new = ported(text, is_python2=True)
    assert new.text.endswith(f'd = {called}(f, encoding="latin1")\n')
    assert any("pickle" in change.reasons[0] for change in new.checks)


def test_division_from_the_future():
    text = "from __future__ import division\nimport theano\ny = a / b\n"
    assert after(text, is_python2=True).endswith("y = a / b\n")
    assert divide(7, 2) == 3
    assert divide(7, 2.0) == 3.5


def test_the_rest_of_the_language():
    text = "import cPickle, theano\nprint 'a', 3\nfor i in xrange(3):\n\tprint i\nf = file(p)\nd = cPickle.load(f)\n"
    new = after(python3_text(text, "p.py"), is_python2=True)
    assert new == (
        "import pickle\nimport pytensor\nprint('a', 3)\nfor i in range(3):\n        print(i)\n"
        'f = open(p)\nd = pickle.load(f, encoding="latin1")\n'
    )
    assert "cmp" in ported("import theano\ny = cmp(f(), b)\n", is_python2=True).left[0].reasons[0]


def test_neither_python():
    with pytest.raises(SourceError, match=r"p\.py:1: neither Python 2 nor Python 3"):
        python3_text("print 'a' = (\n", "p.py")


SORTS = {
    "xs.sort(f)": "xs.sort(key=cmp_to_key(f))",
    "xs.sort(lambda a, b: b - a)": "xs.sort(key=cmp_to_key(lambda a, b: b - a))",
    "xs.sort(f, key=g)": "xs.sort(key=lambda each: cmp_to_key(f)((g)(each)))",
    "xs.sort(f, g, True)": "xs.sort(key=lambda each: cmp_to_key(f)((g)(each)), reverse=True)",
    "sorted(xs, cmp=f, reverse=True)": "sorted(xs, key=cmp_to_key(f), reverse=True)",
    "sorted(xs, (f))": "sorted(xs, key=cmp_to_key(f))",
    "sorted(xs, None, g)": "sorted(xs, key=g)",
    "sorted(xs, f, None)": "sorted(xs, key=cmp_to_key(f))",
    "sorted(xs, None)": "sorted(xs, key=None)",
    "sorted(xs, key=g)": "sorted(xs, key=g)",
    "xs.sort(1)": "xs.sort(1)",
    "theano.tensor.sort(xs)": "pytensor.tensor.sort(xs)",
    "xs.sort()": "xs.sort()",
}


SORTED = {  # what Python 2 gives, where f turns the order around and g is the remainder by 3
    "xs.sort(f)": [4, 3, 2],
    "xs.sort(f, key=g)": [2, 4, 3],
    "xs.sort(f, g, True)": [3, 4, 2],
    "sorted(xs, cmp=f, reverse=True)": [2, 3, 4],
    "sorted(xs, None, g)": [3, 4, 2],
}


@pytest.mark.parametrize("before", SORTS)
def test_sorting_by_a_comparison(before):
    new = after(f"import theano\ny = {before}\n", is_python2=True)
    assert new.split("y = ", 1)[1] == SORTS[before] + "\n"
    assert ("from functools import cmp_to_key" in new) == ("cmp_to_key" in SORTS[before])
    if before in SORTED:
        names = {"f": lambda a, b: b - a, "g": lambda n: n % 3, "xs": [4, 3, 2]}
        exec(new.replace("import theano\n", ""), names)
        assert (names["y"] or names["xs"]) == SORTED[before]


def test_a_key_before_its_comparison_is_left():
    result = ported("import theano\ny = sorted(xs, key=g, cmp=f)\n", is_python2=True)
    assert "cmp_to_key" in str(result.left)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("cmp(a[0], b.c)", "((a[0] > b.c) - (a[0] < b.c))"),
        ("cmp(x, 1) + 2", "((x > 1) - (x < 1)) + 2"),
    ],
)
def test_comparisons(before, expected):
    assert after(f"import theano\ny = {before}\n", is_python2=True).endswith(f"y = {expected}\n")


def test_comparisons_of_what_is_called_are_left():
    result = ported("import theano\ny = cmp(f(), 1)\n", is_python2=True)
    assert "cmp(a, b)" in str(result.left)
    text = "def cmp(a, b):\n    return 0\n\n\ny = cmp(1, 2)\n"
    assert after(text, is_python2=True).endswith("y = cmp(1, 2)\n")
