"""Order of things of different types, as Python 2 had it."""

import numpy as np
import pytest

from lenet.theano_compat.python2.order import COMPARISONS, compare
from tests.theano_compat.python2.programs import value_of

pytest.importorskip("fissix", reason="needs fissix: pip install -e .[python2]")

# Each value is what Python 2.7.18 gives.
PROGRAMS = {
    "x = [None < 3, 3 > None, None >= 0, None <= None, True > None]": [1, 1, 0, 1, 1],
    "x = ['a' > 1, 1 < '', u'a' >= 1.5, [] < 'a', {} > [], () > 'z', len > 3, [1] > 9]": [
        *(True, True, True, True, False, True, True, True)
    ],
    "x = [(1, 'a') < (1, 2), [1, None] < [1, 0], (1,) < (1, None), {1: 2} > {}, {1: 2} < {1: 'a'}]": [
        *(False, True, True, True, True)
    ],
    "x = [1 < 2 < 'a', 0 < None, None < 1 == 1, 3 in [3] > 2]": [True, False, True, True],
    "best = None\nfor each in (0.5, 0.7, 0.6):\n    if each > best: best = each\nx = best": 0.7,
    "x = sorted([3, 'a', None, 1.5, 'B', 2])": [None, 1.5, 2, 3, "B", "a"],
    "x = sorted((v for v in (3, None, 2)), reverse=True)": [3, 2, None],
    "x = sorted([(1, None), (1, 2), (0, 'x')])": [(0, "x"), (1, None), (1, 2)],
    "x = sorted(['b', 2, None], key=lambda v: v)": [None, 2, "b"],
    "x = [('b', None), ('a', 3), (None, 2)]\nx.sort()": [(None, 2), ("a", 3), ("b", None)],
    "x = ['b', None, 'a']\nx.sort(key=lambda v: v, reverse=True)": ["b", "a", None],
    "x = [max([None, 3, 1]), min([None, 3]), max(None, 2), max(iter([1, 'a'])), max([1], key=abs)]": [
        *(3, None, 2, "a", 1)
    ],
    "def max(*values): return 'own'\nx = max(1, None)": "own",
    "class A: pass\na = A()\nx = [a < a, a <= a, (a < 3) == (a > 3), a > 3]": [0, 1, 0, 1],
}


@pytest.mark.parametrize("text", PROGRAMS)
def test_things_of_any_types_are_compared(text):
    assert value_of(text) == PROGRAMS[text]


def test_what_python_2_does_not_compare_either():
    for a, b in ((1j, 2), (None, 1j), (np.arange(2), "a")):
        with pytest.raises(TypeError):
            COMPARISONS["lt"](a, b)

    class Symbol:
        def __lt__(self, other):
            raise TypeError("of its own")

    with pytest.raises(TypeError, match="of its own"):
        COMPARISONS["lt"](Symbol(), 3)
    with pytest.raises(TypeError, match="of its own"):
        value_of("x = sorted([s, s])", s=Symbol())


def test_numbers_of_numpy():
    assert [
        compare(np.float64(3), None),
        compare(None, np.int64(-1)),
        compare("a", np.float32(2)),
    ] == [*(1, -1, 1)]
    assert COMPARISONS["gt"](np.arange(3), 1).tolist() == [False, False, True]


def test_symbols_compare_themselves(theano):
    x = theano.tensor.dvector()
    larger = value_of("x = s > 1", s=x)
    assert larger.eval({x: [0.0, 2.0]}, mode="FAST_COMPILE").tolist() == [False, True]


def test_the_program_is_asked_once_and_in_order():
    text = "said = []\ndef say(v):\n    said.append(v)\n    return v\nsay(1) < say(2) < say(3)\nx = said"
    assert value_of(text) == [1, 2, 3]
