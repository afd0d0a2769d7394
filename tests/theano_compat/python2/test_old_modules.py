"""Python 2's own modules under the names that they had."""

import base64
import copyreg
import importlib
import operator
import pickle
import string
import sys
import zipfile

import pytest

from lenet.theano_compat.python2 import sources as python2_sources
from lenet.theano_compat.python2.data import give_data
from lenet.theano_compat.python2.modules import restore_modules
from lenet.theano_compat.python2.old_modules import RENAMED
from tests.theano_compat.python2.programs import value_of

pytest.importorskip("fissix", reason="needs fissix: pip install -e .[python2]")

PROGRAMS = {
    "import os, Queue; q = Queue.Queue(); q.put(3); x = q.get()": 3,
    "def f():\n    import httplib, cPickle as p; return httplib.OK, p.loads(p.dumps(2))\nx = f()": (
        *(200, 2),
    ),
    "x = __import__('ConfigParser').ConfigParser().sections()": [],
    "from __builtin__ import len as size\nx = size('ab')": 2,
    "import commands; x = commands.getoutput('echo a')": "a",
    "import StringIO; s = StringIO.StringIO(); s.write('a'); x = s.getvalue()": "a",
    "from cStringIO import StringIO; x = StringIO('a\\nb').readline()": "a\n",
    "import urlparse; x = urlparse.urlparse('http://a/b').netloc": "a",
    "from urllib2 import quote, URLError; x = quote('a b'), issubclass(URLError, IOError)": (
        *("a%20b", True),
    ),
    "import exceptions, sets; x = exceptions.KeyError, sets.Set([1])": (KeyError, {1}),
    "try:\n    import no_such_module_at_all\nexcept ImportError:\n    x = 1": 1,
}


@pytest.mark.parametrize("text", PROGRAMS)
def test_modules_have_their_names(text):
    assert value_of(text) == PROGRAMS[text]


@pytest.mark.parametrize("name", sorted(set(RENAMED.values())))
def test_what_they_are_today_is_there(name):
    if name.startswith("tkinter") or name == "dbm.gnu":
        pytest.importorskip(name)
    importlib.import_module(name)


def test_a_program_s_own_module_comes_first(tmp_path, monkeypatch, python2_process):
    (tmp_path / "commands.py").write_text("half = 7 / 2\n")
    (tmp_path / "asks.py").write_text(
        "import commands, urllib\nhalf, quote = commands.half, urllib.quote\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    python2_sources.install_python2(tmp_path)
    asks = importlib.import_module("asks")
    assert asks.half == 3
    assert asks.quote("a b") == "a%20b"
    with pytest.raises(AttributeError, match="no_such_name"):
        importlib.import_module("urllib2").no_such_name  # noqa: B018


@pytest.mark.parametrize("is_first", [False, True])
def test_a_library_that_tries_them_does_what_python_3_does(
    is_first, tmp_path, monkeypatch, python2_process
):
    folder = tmp_path / "site-packages"
    folder.mkdir()
    (folder / "tries_it.py").write_text(
        "try:\n    from cPickle import loads\nexcept ImportError:\n    import copyreg\nfound = copyreg\n"
        "def made():\n    import StringIO\n    return StringIO\n"
    )
    text = "import cPickle, exceptions\n" if is_first else ""
    (tmp_path / "tries.py").write_text(
        f"{text}import tries_it\ntry:\n    import cPickle\nexcept ImportError:\n    cPickle = None\n"
        "import exceptions as again\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.syspath_prepend(folder)
    python2_sources.install_python2(tmp_path)
    for name in ("tries", "tries_it"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    tries = importlib.import_module("tries")
    assert tries.tries_it.found is copyreg
    assert tries.tries_it.made().StringIO  # which it does not try
    assert tries.cPickle is pickle
    assert tries.again is getattr(tries, "exceptions", tries.again)


def test_functions_that_modules_had(python2_process):
    restore_modules()
    assert (string.zfill(3, 5), string.zfill("ab", 1)) == ("00003", "ab")
    assert operator.isCallable(len)
    assert operator.sequenceIncludes([1], 1)
    assert operator.isSequenceType([])
    assert not operator.isMappingType([])
    assert operator.isNumberType(2.5)


def test_old_names_of_functions_take_text(monkeypatch):
    monkeypatch.setattr(base64, "encodestring", base64.encodebytes, raising=False)  # as the runner
    assert value_of("import base64; x = base64.encodestring('a').strip()") == "YQ=="


def test_what_archives_have_is_text_too(tmp_path, python2_process):
    restore_modules()
    give_data()
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a", b"one two\nthree")
    names = {"zipfile": zipfile, "path": tmp_path / "a.zip"}
    text = """
z = zipfile.ZipFile(path)
x = z.read('a').split(' '), [line for line in z.open('a')][0] == 'one two\\n', z.open('a').readline()
"""
    words, first, line = value_of(text, **names)
    assert (words, first, line) == (["one", "two\nthree"], True, "one two\n")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:  # as a library reads it
        assert type(archive.read("a")) is bytes
    assert type(pickle.loads(pickle.dumps(line))) is bytes
