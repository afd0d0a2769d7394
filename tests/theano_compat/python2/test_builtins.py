"""Functions of Python, and methods of classes, as Python 2 called them."""

import pytest

from tests.theano_compat.python2.programs import value_of

pytest.importorskip("fissix", reason="needs fissix: pip install -e .[python2]")

# Each value is what Python 2.7.18 gives.
PROGRAMS = {
    "x = map(None, [1, 2], [3, 4]), map(None, [1]), map(lambda a, b: (a, b), [1, 2], [3]), map(str, [0.1 * 3])": (
        *([(1, 3), (2, 4)], [1], [(1, 3), (2, None)], ["0.3"]),
    ),
    "x = filter(lambda c: c != 'a', 'banana'), filter(None, (0, 1)), filter(lambda v: v > 1, xrange(3))": (
        *("bnn", (1,), [2]),
    ),
    "x = zip([1, 2], 'ab'), zip(*[(1, 2), (3, 4)]), zip()": (
        *([(1, "a"), (2, "b")], [(1, 3), (2, 4)], []),
    ),
    "def zip(a): return a\nx = zip(3)": 3,
    "x = str(1 / 3.), str(2.), str(1e20), str(1e16), str(-0.1), str(float('nan')), str(3), str('a')": (
        *("0.333333333333", "2.0", "1e+20", "1e+16", "-0.1", "nan", "3", "a"),
    ),
    "import math\nx = math.floor(7.5) / 2, math.ceil(2.1), math.floor(7), int(math.ceil(7 / 2))": (
        *(3.5, 3.0, 7.0, 3),
    ),
    "from math import floor, ceil\nx = floor(5.5) / 2, ceil(-0.5), ceil(float('inf'))": (
        *(2.5, 0.0, float("inf")),
    ),
    "import numpy\nx = numpy.floor([1.5]).tolist(), numpy.ceil(1.5)": ([1.0], 2.0),
    "import types\nclass A: pass\na = A()\na.f = types.MethodType(lambda self: 3, a, A)\nx = a.f()": 3,
    "import numpy\nx = numpy.arange(2, dtype='uint8').tostring() == '\\x00\\x01'": True,
    "class C:\n    def f(self): return 1\nx = C.f.im_func is C.__dict__['f'], C().f.im_func is C.f": (
        *(True, True),
    ),
    "x = '%s %5s %d %.2f %s' % (1 / 3., 2., 2.5, 0.125, [0.1 + 0.2])": (
        "0.333333333333   2.0 2 0.12 [0.30000000000000004]"
    ),
    "x = '%s' % 1e16, '%(a)s' % {'a': 0.1 + 0.2}, '%s' % 7, '%r' % 0.1, '%s' % 'a'": (
        *("1e+16", "0.3", "7", "0.1", "a"),
    ),
    "a = 7\nx = a % 4, '%d%%' % 3.9": (3, "3%"),
    "import numpy as np\nx = np.divide(7, 2), np.divide(np.arange(3), 2).tolist(), np.divide(1., 2)": (
        *(3, [0, 0, 1], 0.5),
    ),
    "import xml.etree.ElementTree as ET\nx = ET.tostring(ET.fromstring('<a/>')) + 'b'": "<a />b",
    "x = '{:<6}|{:>4}|{:d} {n}'.format((1, 2), None, 3, n=[])": "(1, 2)|None|3 []",
    "class A:\n    def format(self, x): return x\nx = A().format(3)": 3,
    "from types import MethodType\nclass A: pass\nA.f = MethodType(lambda self: 4, None, A)\nx = A().f()": 4,
    "import struct\nx = struct.unpack('>2B', '\\x01\\xff'), struct.pack('>2s', 'ab') + 'c'": (
        *((1, 255), "abc"),
    ),
    "import base64, zlib\nx = base64.b64encode('abc') + zlib.decompress(zlib.compress('d'))": "YWJjd",
    "import array\na = array.array('B', '\\x01')\na.fromstring('\\x02')\nx = a.tolist(), a.tostring() == '\\x01\\x02'": (
        *([1, 2], True),
    ),
    "x = bytes('a') + 'b', bytearray('ab')[1]": ("ab", 98),
    "class N(object):\n    def next(self): return 1\nclass M(N):\n    def next(self, n=2): return n\nm = M()\nx = m.next(), m.next(3), next(m), N.next(m)": (
        *(2, 3, 2, 1),
    ),
    "class N(object):\n    def __init__(self): self.next = lambda: 5\nclass M(object):\n    next = 7\nx = N().next(), M.next, M().next": (
        *(5, 7, 7),
    ),
    "f = iter('ab').next\nx = f(), f(), list(iter(iter([1, 2, 0]).next, 0))": ("a", "b", [1, 2]),
    "class N(object):\n    def __iter__(self): return self\n    def next(self):\n        raise StopIteration\nx = list(N())": [],
    "class N(object):\n    def next(self): return 1\nclass M(N):\n    def next(self): return N.next(self) + 1\nm = M()\nx = m.next(), next(m)": (
        *(2, 2),
    ),
}
SLICES = """
class Part(object):
    def __init__(self): self.said = []
    def __len__(self): return 9
    def __getslice__(self, i, j): return i, min(j, 99)
    def __getitem__(self, i): return i
    def __setslice__(self, i, j, v): self.said.append((i, j, v))
    def __delslice__(self, i, j): self.said.append((i, j))
class Words(list):
    def __getslice__(self, i, j): return Words(list.__getslice__(self, i, j))
    def __setslice__(self, i, j, v): super(Words, self).__setslice__(i, j, [v])
p, w = Part(), Words('abc')
p[1:2] = 3
del p[:-1]
w[:2] = 'x'
x = p[1:3], p[:], p[-2:], p[4], p[::2], p.said, type(w[1:]).__name__, w, type(w[::1]).__name__
"""


@pytest.mark.parametrize("text", PROGRAMS)
def test_functions(text):
    assert value_of(text) == PROGRAMS[text]


def test_classes_with_methods_of_slices():
    assert value_of(SLICES) == (
        *((1, 3), (0, 99), (7, 99), 4, slice(None, None, 2)),
        *([(1, 2, 3), (0, 8)], "Words", ["x", "c"], "list"),
    )


def test_print_writes_twelve_digits_and_no_blank_before_a_line(capsys):
    value_of("print 1 / 3., [0.1], 2.0,\nprint 'a'\nprint 'b\\n',\nprint 'c'\nx = 1")
    assert capsys.readouterr().out == "0.333333333333 [0.1] 2.0 a\nb\nc\n"


def test_open_files_are_files(tmp_path, monkeypatch, python2_process):
    from lenet.theano_compat.python2.sources import install_python2

    install_python2(tmp_path)
    monkeypatch.chdir(tmp_path)
    text = "f = file('a', 'w')\nprint >>f, 'b',\nx = isinstance(f, file), isinstance(3, file)\nf.close()"
    assert value_of(text) == (True, False)
    assert (tmp_path / "a").read_text().strip() == "b"


def test_arrays_are_printed_as_by_numpy_1_13(tmp_path, python2_process, capsys):
    from lenet.theano_compat.python2.sources import install_python2

    install_python2(tmp_path)
    value_of("import numpy\nprint numpy.array([0.5, 2]), [numpy.float64(0.5)]\nx = 1")
    assert capsys.readouterr().out == "[ 0.5  2. ] [0.5]\n"


def test_a_number_in_an_array_has_the_digits_of_a_float(tmp_path, python2_process, capsys):
    from lenet.theano_compat.python2.sources import install_python2

    install_python2(tmp_path)
    value_of(
        "import numpy\nx = numpy.array(3.41, 'float32')\nprint x, str(x), 'a %s' % x, numpy.array(3)"
    )
    # 3.41 of 32 bits, as a float of 64.
    assert capsys.readouterr().out == "3.41000008583 3.41000008583 a 3.41000008583 3\n"


MODULES = {
    "import json\nx = json.loads(json.dumps({'a': 1}, encoding='utf-8'), encoding='utf-8')": {
        "a": 1
    },
    "from contextlib import contextmanager, nested\n@contextmanager\ndef c(v): yield v\nwith nested(c(1), c(2)) as x: pass": (
        *(1, 2),
    ),
    "import new\nclass A: pass\na = A()\na.f = new.instancemethod(lambda self: 3, a, A)\nx = a.f(), new.module('m').__name__": (
        *(3, "m"),
    ),
    "from types import *\nx = isinstance('a', StringType), isinstance([], ListType), DictType is dict": (
        *(True, True, True),
    ),
}


@pytest.mark.parametrize("text", MODULES)
def test_modules(text, tmp_path, python2_process):
    from lenet.theano_compat.python2.sources import install_python2

    install_python2(tmp_path)
    assert value_of(text) == MODULES[text]


STREAMS = {
    "from StringIO import StringIO\ns = StringIO('a,b\\nc\\n')\nx = s.read(2), s.readline(), s.next(), list(s), s.len": (
        *("a,", "b\n", "c\n", [], 6),
    ),
    "import StringIO\ns = StringIO.StringIO()\nprint >>s, 'a', 1\nx = s.getvalue()": "a 1\n",
    "import cStringIO, cPickle\ns = cStringIO.StringIO()\ncPickle.dump([1], s)\ns.seek(0)\nx = cPickle.load(s)": [
        1
    ],
    "import cPickle, StringIO\nx = cPickle.load(StringIO.StringIO(cPickle.dumps((1, 'a'))))": (
        1,
        "a",
    ),
    "import StringIO, struct\ns = StringIO.StringIO()\ns.write('ab')\ns.write(struct.pack('>i', 258))\ns.reset()\nx = s.read(2), struct.unpack('>i', s.read())": (
        *("ab", (258,)),
    ),
    "import StringIO, zipfile\ns = StringIO.StringIO()\nz = zipfile.ZipFile(s, 'w')\nz.writestr('a', 'b')\nz.close()\n"
    "x = zipfile.ZipFile(StringIO.StringIO(s.getvalue())).read('a')": b"b",
}


@pytest.mark.parametrize("text", STREAMS)
def test_files_in_memory(text):
    assert value_of(text) == STREAMS[text]
