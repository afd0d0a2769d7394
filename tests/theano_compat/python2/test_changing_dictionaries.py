"""Loops over ordered dictionaries that they change."""

import ast

import pytest

from lenet.theano_compat.python2.changing_dictionaries import ChangingDictionaries
from tests.theano_compat.python2.programs import value_of

pytest.importorskip("fissix", reason="needs fissix: pip install -e .[python2]")

START = (
    "from collections import OrderedDict\nd = OrderedDict([(1, 'a'), (2, 'b'), (3, 'c')])\ns = []\n"
)
# Each value is what Python 2.7.18 gives.
LOOPS = {
    "for k, v in d.iteritems():\n    s.append(v)\n    if k == 1: del d[k]": ("abc", [2, 3]),
    "for k in d:\n    s.append(str(k))\n    if k == 1: d.pop(2)": ("13", [1, 3]),
    "for v in d.itervalues():\n    s.append(v)\n    if len(d) < 5: d[len(d) + 1] = 'n'": (
        *("abcnn", [1, 2, 3, 4, 5]),
    ),
    "for k in d.iterkeys():\n    s.append(str(k))\n    d.update({k: 'z'})": ("123", [1, 2, 3]),
    "for k in d.keys():\n    s.append(str(k))\n    del d[k]": ("123", []),
}


@pytest.mark.parametrize("loop", LOOPS)
def test_loops(loop):
    said, left = LOOPS[loop]
    assert value_of(f"{START}{loop}\nx = ''.join(s), d.keys()") == (said, left)


def test_other_containers_stay_what_they_are():
    text = "a = [3, 1]\nfor each in a:\n    if each == 3: a.pop()\nx = a"
    assert value_of(text) == [3]
    with pytest.raises(RuntimeError, match="dictionary changed size"):
        value_of("x = {1: 2, 3: 4}\nfor k in x: del x[k]")


def test_loops_that_change_nothing_stay_as_they_are():
    text = "for k in d.items(): e[k] = del_(d[k])\nfor k in f(): g.pop(k)"
    tree = ast.parse(text)
    assert ast.dump(ChangingDictionaries().visit(tree)) == ast.dump(ast.parse(text))
