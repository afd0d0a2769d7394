"""Names that outlive what gave them a value, and generators that end."""

import ast

import pytest

from lenet.theano_compat.python2.scopes import Leaks
from tests.theano_compat.python2.programs import value_of

pytest.importorskip("fissix", reason="needs fissix: pip install -e .[python2]")

# Each value is what Python 2.7.18 gives.
PROGRAMS = {
    "class C:\n    def __init__(self): self.a, self.b = 1, 2\n    def f(self): return [(n, eval(n)) for n in ['self.a', 'self.b']]\nx = C().f()": [
        *(("self.a", 1), ("self.b", 2)),
    ],
    "def f(a):\n    return [[eval('a + i + j') for j in range(2)] for i in range(2) if eval('i + a')]\nx = f(0), f(3)": (
        *([[1, 2]], [[3, 4], [4, 5]]),
    ),
    "def f(a, b): return [locals()[n] for n in 'ab'], [vars()['b'] for n in 'a']\nx = f(1, 2)": (
        *([1, 2], [2]),
    ),
    "def f(a): return [eval(n, {'b': a}) for n in eval('a') and ['b']]\nx = f(3)": [3],
    "a = 5\nx = [eval('a') for i in range(2)]": [5, 5],
    "def f(a):\n    try: return list(eval('a') for i in range(2))\n    except NameError: return 'as in Python 2'\nx = f(1)": (
        "as in Python 2"
    ),
    "[i for i in range(5)]\nx = i": 4,
    "x = 100\ny = [x for x in range(3)]\nx = x, y": (2, [0, 1, 2]),
    "def f():\n    s = [i * i for i in range(4) if i]\n    return i, s\nx = f()": (3, [1, 4, 9]),
    "m = [[j + k for k in range(2)] for j in range(3)]\nx = j, k, m": (
        2,
        1,
        [[0, 1], [1, 2], [2, 3]],
    ),
    "[(a, b) for a, (b, c) in [(1, (2, 3)), (4, (5, 6))]]\nx = a, b, c": (4, 5, 6),
    "x = 'kept'\ny = list(x for x in range(3)), set([x for x in []]), dict((x, x) for x in 'a')": "kept",
    "i = 7\ndef f():\n    return [i for i in range(3)]\nx = f(), i": ([0, 1, 2], 7),
    "def f():\n    global i\n    return [i for i in range(3)]\nx = f(), i": ([0, 1, 2], 2),
    "x = [sum([i for i in range(n)]) for n in range(4)], i": ([0, 0, 1, 3], 2),
    "x = list(sum([i for i in range(i)]) for i in range(4))\ni = 5\nx += [i]": [0, 0, 1, 3, 5],
    "x = [j for j in [i for i in range(3)]]\nx += [j]": [0, 1, 2, 2],
    "class C:\n    y = [n for n in (1, 2)]\n    def f(self):\n        [n for n in (3, 4)]\n        return n\nx = C().f()": 4,
    "f = lambda: [[i for i in range(3)], i]\nx = f()": [[0, 1, 2], 2],
    "try:\n    raise IOError(2, 'gone')\nexcept IOError, e:\n    pass\nx = e.errno": 2,
    "def f():\n    try:\n        int('a')\n    except ValueError, e:\n        m = e.message[:7]\n    return m, str(e)[:7]\nx = f()": (
        *("invalid", "invalid"),
    ),
    "def f():\n    'Count.'\n    for i in range(5):\n        if i == 2: raise StopIteration\n        yield i\nx = list(f()), f.__doc__": (
        *([0, 1], "Count."),
    ),
    "def f(it):\n    while True: yield it.next(), it.next()\nx = list(f(iter(range(5))))": [
        (0, 1),
        (2, 3),
    ],
    "def f():\n    def g(): raise StopIteration('x')\n    yield 1\n    try: g()\n    except StopIteration, e: yield e.args\nx = list(f())": [
        *(1, ("x",))
    ],
}


@pytest.mark.parametrize("text", PROGRAMS)
def test_names_and_generators(text):
    assert value_of(text) == PROGRAMS[text]


@pytest.mark.parametrize(
    "text",
    [
        "y = [i for i in range(3)]\nfor j in y: k = [j for j in y]",
        "def f(i):\n    return [i for i in range(3)]",
        "try: f()\nexcept ValueError as e: print(e)",
        "def f():\n    yield 1",
    ],
)
def test_a_program_that_does_not_use_them_stays_as_it_is(text):
    tree = ast.parse(text)
    assert ast.dump(Leaks(tree).visit(tree)) == ast.dump(ast.parse(text))
