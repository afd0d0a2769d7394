"""``six`` for programs that import it where it is not installed."""

import pickle
import sys
import urllib.request

import pytest

from lenet.theano_compat.bundled_six import SixFinder


@pytest.fixture(autouse=True)
def bundled(monkeypatch):
    """Let the bundled ``six`` come before one that may be installed."""
    monkeypatch.setattr(sys, "meta_path", [SixFinder(), *sys.meta_path])
    before = {name: sys.modules.pop(name) for name in list(sys.modules) if is_six(name)}
    yield
    for name in filter(is_six, list(sys.modules)):
        del sys.modules[name]
    sys.modules.update(before)


def is_six(name):
    return name.split(".")[0] == "six"


def test_modules_that_moved():
    import six.moves.cPickle as pickles  # noqa: N813
    from six.moves.urllib.request import urlopen

    assert pickles is pickle
    assert urlopen is urllib.request.urlopen
    assert pickle.__spec__.name == "pickle"


def test_names_that_moved():
    import six
    from six.moves import range as lazy_range
    from six.moves import xrange

    assert xrange is lazy_range is range
    assert six.PY3
    assert isinstance("text", six.string_types)


def test_what_it_lacks_is_missing():
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'six.moves.tkinter'"):
        import six.moves.tkinter  # noqa: F401
