"""Names of Python 2 that mean something else in Python 3, or that 2to3 writes."""

import builtins

import pytest

from lenet.theano_compat.python2.keywords import NAMES, PREFIX, hidden
from tests.theano_compat.python2.programs import value_of

pytest.importorskip("fissix", reason="needs fissix: pip install -e .[python2]")

# Each value is what Python 2.7.18 gives.
PROGRAMS = {
    "def f(async=3, await=1): return async + await\nx = f(async=4), f(**{'await': 2})": (5, 5),
    "class C: pass\nc = C()\nc.async = 1\nx = c.async, getattr(c, 'async'), sorted(vars(c))": (
        *(1, 1, ["async"]),
    ),
    "nonlocal = 'async: %s'\nasync, text = 2, 'nonlocal'\nx = nonlocal % async, text": (
        *("async: 2", "nonlocal"),
    ),
    "class async(object): kind = 1\ndef await(): return async.kind\nx = await(), async.__name__": (
        *(1, "async"),
    ),
    "def f():\n    global async\n    async = 5\nf()\nx = async  # async": 5,
    "from __builtin__ import False, True\nx = False, True is (1 == 1), not True": (
        *(False, True, False),
    ),
    "True, False = 1, 0\nx = repr(True), False + 2": ("1", 2),
    "try:\n    True\nexcept NameError:\n    True = 1\nx = True is (1 == 1)": True,
    "def f(a, True=7): return a, True\nx = f(1), f(1, 2)": ((1, 7), (1, 2)),
    "def f(str, n): return unicode(str), str(1) if n else isinstance(str, basestring)\nx = f(0.1 + 0.2, 0)": (
        *("0.3", False),
    ),
    "def f(int, chr=7): return long(int) + chr, unichr(65)\nx = f(4.5), int('3')": ((11, "A"), 3),
    "def f(d):\n    n = max(d.itervalues())\n    iter = 3\n    return n + iter\nx = f({1: 2}), list(iter([1]))": (
        *(5, [1]),
    ),
    "def f(list, d):\n    return [d.keys(), list[0], range(2) + list]\nx = f([7], {1: 2}), list((1, 2))": (
        *([[1], 7, [0, 1, 7]], [1, 2]),
    ),
    "class C: iter = 1\ndef f(iter=2): return C.iter, iter\nx = f(iter=4), list({1: 2}.iterkeys())": (
        *((1, 4), [1]),
    ),
    "def f(range):\n    return [range[i] for i in xrange(2)]\nx = f('abc'), range(2) + [3]": (
        ["a", "b"],
        [0, 1, 3],
    ),
    "def f(n):\n    range = n\n    return sum(xrange(range))\nx = f(4), map(xrange, [1])[0][0]": (
        6,
        0,
    ),
    "def f():\n    repr = 1\n    return repr, `1`\nx = f(), map(repr, [2])": ((1, "1"), ["2"]),
    "class C(object):\n    def f(self, d, list): return d.keys() + list\nx = C().f({1: 2}, [7])": [
        1,
        7,
    ],
    "True = 1\nclass C(object):\n    def f(self): return True\nx = C().f()": 1,
    "basestring, n = basestring, 1\nunicode = unicode; long = long\nx = isinstance('a', basestring), unicode('a', 'utf8'), long(3)": (
        *(True, "a", 3),
    ),
    "class C: unicode, long = 1, 2\nx = C.unicode, C().long, sorted(vars(C))[-1], unicode('a')": (
        *(1, 2, "unicode", "a"),
    ),
    "x = dict(a=True, b=False), True == 1, [True, False]": (
        *({"a": True, "b": False}, True, [True, False]),
    ),
}


@pytest.fixture(autouse=True)
def names_in_builtins(monkeypatch):
    """Let programs import the names, as from the runner's built-in functions."""
    for name, value in NAMES.items():
        monkeypatch.setattr(builtins, name, value, raising=False)


@pytest.mark.parametrize(("program", "value"), PROGRAMS.items(), ids=range(len(PROGRAMS)))
def test_values(program, value):
    assert value_of(program, xrange=range) == value


def test_a_variable_is_named_as_what_asks():
    names = {f"{PREFIX}input": lambda: "7"}
    assert value_of("def f():\n    input = raw_input()\n    return input\nx = f()", **names) == "7"


def test_most_programs_are_not_read_for_it():
    def never(readline):
        raise AssertionError

    text = "f(a=True, b=False)\nwhile True:\n    break\nfrom a import b\n"
    assert hidden(text, never, 1) is text
