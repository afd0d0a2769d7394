"""Arrays of bytes, whose elements were text in Python 2."""

import numpy as np
import pytest

from lenet.theano_compat.python2.byte_arrays import NAMES, names_bytes
from tests.theano_compat.python2.programs import value_of

pytest.importorskip("fissix", reason="needs fissix: pip install -e .[python2]")

HEAD = "import numpy\na = numpy.array(['b c', 'd'], dtype='S5')\n"
# Each value is what Python 2.7.18 gives with NumPy 1.16.
VALUES = {
    "a[0] == 'b c', a[1] != 'd', 'c' in a[0]": (True, False, True),
    "a[0].split(), a[0].replace('b', 'x'), a[1].startswith('d')": (["b", "c"], "x c", True),
    "'%s, %s' % (a[0], a[1])": "b c, d",
    "a[0] + '!', {'d': 3}[a[1]], int(numpy.array(['12'], 'S4')[0])": ("b c!", 3, 12),
    "(a == 'd').tolist(), ('d' != a).tolist(), (a == ['d', 'd']).tolist()": (
        *([False, True], [True, False], [False, True]),
    ),
    "[each.upper() for each in a], sorted(a) == ['b c', 'd'], a.tolist() == ['b c', 'd']": (
        *(["B C", "D"], True, True),
    ),
    "','.join(a), '-'.join([a[1], 'e']), ''.join(each for each in a)": ("b c,d", "d-e", "b cd"),
    "numpy.array([('f', 1)], [('n', 'S4'), ('v', int)])['n'][0] == 'f'": True,
    "a.dtype.kind, (a[0] is None), a[:1].tolist() == ['b c']": ("S", False, True),
}


@pytest.mark.parametrize("text", VALUES)
def test_values(text):
    assert value_of(f"{HEAD}x = {text}", **NAMES) == VALUES[text]


def test_a_loop_and_a_file(tmp_path):
    program = "import os\nx = ''\nfor each in a:\n    x += each\nx = os.path.join('e', a[1]), x\n"
    assert value_of(HEAD + program, **NAMES) == ("e/d", "b cd")


def test_arrays_keep_their_bytes():
    array = value_of(f"{HEAD}a[1] = 'e'\nx = a[:]", **NAMES)
    np.testing.assert_array_equal(array, np.array([b"b c", b"e"], "S5"))


def test_programs_without_such_types_stay():
    assert not names_bytes(b"x = numpy.zeros(3, dtype='float32')[0]")
    assert not names_bytes(b"x = {'a': 1, 'S': 2}")
    for text in (b"a.astype('|S10')", b"a.astype('S')", b"zeros(3, 'a5')", b"numpy.string_('a')"):
        assert names_bytes(text)
