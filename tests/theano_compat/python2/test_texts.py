"""Text that was bytes, and names and methods that Python 2 had."""

import builtins
import gzip
import pickle

import numpy as np
import pytest

from lenet.theano_compat.python2 import sources as python2_sources
from lenet.theano_compat.python2.data import CONVERTED, Data
from lenet.theano_compat.python2.methods import call_method, decoded
from lenet.theano_compat.python2.sources import convert

pytest.importorskip("fissix", reason="needs fissix: pip install -e .[python2]")


@pytest.fixture
def value_of(tmp_path, monkeypatch, python2_process):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lines").write_bytes("a b\nc \xe9\n".encode())
    with gzip.open("lines.gz", "wb") as file:
        file.write(b"a b\nc d\n")
    python2_sources.install_python2(tmp_path)

    def value_of(text):
        names = {}
        exec(compile(convert(text.encode(), "old.py"), "old.py", "exec"), names)
        return names["x"]

    yield value_of
    CONVERTED.discard("old.py")


PROGRAMS = {
    "x = 'a'.decode('utf-8') + u'b'.encode('utf-8') + unicode('c', 'utf8') + unicode('d')": "abcd",
    "x = u'a\\xe9'.encode('ascii', 'ignore') + 'b'": "ab",
    "x = '6162'.decode('hex') + 'ab'.encode('hex')": "ab6162",
    "x = 'a,b.'.translate(None, ',.')": "ab",
    "x = [line.strip().split(' ') for line in open('lines', 'rb')]": [["a", "b"], ["c", "\xe9"]],
    "f = open('lines', 'rb')\nx = f.readline() + f.read()\nf.close()": b"a b\nc \xc3\xa9\n",
    "f = open('lines', 'rb')\nx = [each.split(' ')[0] for each in f.readlines()]\nf.close()": [
        "a",
        "c",
    ],
    "import gzip\nf = gzip.open('z', 'wb')\nf.write('a b\\n')\nf.close()\n"
    "f = gzip.open('z')\nx = [each.split(' ') for each in f.readlines()]\nf.close()": [
        ["a", "b\n"]
    ],
    "import gzip\nx = gzip.open('lines.gz').read().split('\\n')[1]": "c d",
    "import gzip\nf = gzip.open('new.gz', 'wb')\nf.write('a b')\nf.close()\nx = gzip.open('new.gz').read()": "a b",
    "import csv\nx = list(csv.reader(open('lines', 'rb'), delimiter=' '))": [
        ["a", "b"],
        ["c", "\xe9"],
    ],
    "f = open('lines', 'rb')\nx = [ord(c) for c in f.read(3)]\nf.close()": [97, 32, 98],
    "f = open('new', 'w', 0)\nf.write('a')\nf.close()\nx = 1": 1,
    "import os\nf = os.fdopen(os.open('new', os.O_WRONLY | os.O_CREAT), 'w', 0)\nprint >>f, 'a'\nf.close()\nx = 1": 1,
    "import string\nx = string.join(string.split('a b'), '-') + string.letters[:1] + string.lower('C')": "a-bac",
    "import sys, os\nreload(sys)\nsys.setdefaultencoding('utf8')\nx = os.errno.ENOENT": 2,
    "import itertools as it\nx = list(it.izip(it.imap(abs, [-1]), [2]))": [(1, 2)],
    "from itertools import izip as z\nx = list(z('a', 'b'))": [("a", "b")],
    "import random\nx = sorted(random.sample(set([1, 2]), 2))": [1, 2],
    "import random\nx = [1, 2, 3]\nrandom.shuffle(x, lambda: 0.)": [2, 3, 1],
    "import hashlib, md5\nx = hashlib.md5('a').hexdigest() == md5.new('a').hexdigest()": True,
    "import hashlib, md5\nm = md5.new()\nm.update('a'.encode('utf-8'))\nk = m.copy()\nk.update('b')\n"
    "x = m.hexdigest() == hashlib.md5('a').hexdigest(), k.digest() == hashlib.new('md5', 'ab').digest()": (
        *(True, True),
    ),
    "import hashlib\nx = [ord(c) for c in hashlib.md5('a').digest()[:2]]": [12, 193],
    "import hmac, hashlib\nh = hmac.new('key', digestmod=hashlib.md5)\nh.update('msg')\nk = h.copy()\nk.update('!')\n"
    "x = h.hexdigest(), ord(h.digest()[0]), hmac.compare_digest(k.digest(), hmac.new('key', 'msg!', hashlib.md5).digest())": (
        *("18e3548c59ad40dd03907b7aeee71d67", 24, True),
    ),
    "import zlib, bz2\nc, d = zlib.compressobj(), zlib.decompressobj()\n"
    "x = d.decompress(c.compress('ab') + c.flush()) + '-' + bz2.decompress(bz2.compress('c')), zlib.crc32('ab') & 0xffffffff": (
        *("ab-c", 2659403885),
    ),
    "import struct\ns = struct.Struct('<2si')\nx = s.size, s.unpack(s.pack('ab', 3)), s.pack('ab', 3)[:2] + '.'": (
        *(6, ("ab", 3), "ab."),
    ),
    "import base64, binascii as b\nx = base64.urlsafe_b64encode('a?>b') + base64.b32encode(s='ab') + b.b2a_base64('ab').strip()": (
        "YT8-Yg==MFRA====YWI="
    ),
    "import socket\na, b = socket.socketpair()\na.sendall('a b')\nx = b.recv(9).split(' ')\n"
    "f = a.makefile('wb')\nf.write('c\\n')\nf.close()\ng = b.makefile('rb')\nx += g.readline().split('\\n')\n"
    "[each.close() for each in (a, b, g)]": ["a", "b", "c", ""],
    "import os\nr, w = os.pipe()\nos.write(w, 'a b')\nx = os.read(r, 9).split(' ')\nos.close(r)\nos.close(w)": [
        "a",
        "b",
    ],
    "import ctypes\nx = ctypes.c_char_p('ab').value": b"ab",
    "import numpy as np\nx = np.arange(2, dtype='int8').tostring()": b"\x00\x01",
    "import numpy as np\na = np.zeros((2, 2))\na.itemset((0, 1), 5)\na.itemset(3, 7)\nx = a.tolist()": [
        [0, 5],
        [0, 7],
    ],
    "import array\na = array.array('B')\na.fromstring('ab')\nx = a.tostring()": b"ab",
    "try:\n    raise ValueError('a', 2)\nexcept ValueError, e:\n    x = e[1], e.message": (2, ""),
    "try:\n    raise ValueError, 'a'\nexcept ValueError, e:\n    x = e.message": "a",
    "class C:\n    def __init__(self, n): self.n = n\n    def __cmp__(self, other): return cmp(self.n, other.n)\n"
    "x = [c.n for c in sorted([C(2), C(1)])], C(1) == C(1), C(1) >= C(2), len({C(1): 0})": (
        [1, 2],
        True,
        False,
        1,
    ),
    "from sets import Set\nfrom UserDict import UserDict\nx = len(Set([1, 1])) + len(UserDict())": 1,
    "x = len(buffer('abc', 1))": 2,
    "import numpy as np\nx = len(np.array([[1], [1, 2]])), np.asarray([[1, 2]]).ndim": (2, 2),
    "import numpy as np\nx = np.sum(n for n in range(3)), np.sum([1, 2])": (3, 3),
    "import os, operator\nl = []\nos.path.walk('.', lambda a, folder, names: a.append(len(names)), l)\nx = l, operator.div(7, 2)": (
        [2],
        3,
    ),
    "x = reduce(lambda a, b: a + b, ['a', 'b']).upper() + intern('c')": "ABc",
    "range = xrange\nx = [list(range(2)), apply(dict, (), {'a': 1})]": [[0, 1], {"a": 1}],
    "class A(object):\n    __slots__ = ['kept', 'given']\n    given = 3\nx = A()\nx.kept = 1\nx = x.kept, x.given": (
        1,
        3,
    ),
    "class A(object):\n    class __metaclass__(type):\n        def __init__(c, *names): c.made = names[0]\n"
    "class B(A): pass\nx = A.made, B.made": ("A", "B"),
    "class A(object):\n    def __new__(c, *n, **k): return super(A, c).__new__(c, *n, **k)\n"
    "    def __init__(self, *n, **k): self.n, self.k = n, k\nx = A(1, name=2)\nx = x.n, x.k": (
        (1,),
        {"name": 2},
    ),
    "class A(int):\n    def __new__(c, n): return int.__new__(c, n + 1)\nx = A(1)": 2,
}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # files left open
@pytest.mark.parametrize("text", PROGRAMS)
def test_a_program_means_what_it_meant(value_of, text):
    assert value_of(text) == PROGRAMS[text]


def test_libraries_read_plain_bytes(value_of):
    with builtins.open("lines", "rb") as file:
        assert type(file.readline()) is bytes
    with builtins.file("lines", "rb") as file:
        assert np.fromfile(file, "uint8", 3).tolist() == [97, 32, 98]


def test_bytes_that_are_text():
    data = Data(b"a\xc3\xa9")
    assert (data == "a\xe9", data == b"a\xc3\xa9", data != "a", hash(data) == hash("a\xe9")) == (
        True,
    ) * 4
    assert ("-" + data, data + "-", data + b"-") == ("-a\xe9", "a\xe9-", b"a\xc3\xa9-")
    assert (data[0], data[-1], data[1:], "\xe9" in data) == ("a", b"\xa9", "\xe9", True)
    assert f"{data!s}-" == "a\xe9-"
    assert Data(b",").join(["a", data]) == "a,a\xe9"
    assert pickle.loads(Data(pickle.dumps(3))) == 3


def test_other_methods_are_called_as_they_are():
    class Model:
        def encode(self, x, scale=1):
            return x * scale

    assert call_method(Model(), "encode", 2, scale=3) == 6
    assert call_method(b"a", "decode", "ascii") == "a"
    assert decoded(b"a", "ascii") == "a"
    with pytest.raises(AttributeError, match="decode"):
        call_method(3, "decode")
