"""Python's `imp`, as it was documented."""

import sys

import pytest

from lenet.theano_compat.old_names import imp_module as imp
from lenet.theano_compat.python2.sources import Python2Finder


@pytest.fixture
def plugin(tmp_path):
    (tmp_path / "plugin_of_imp.py").write_text("number = 3\n")
    yield tmp_path / "plugin_of_imp.py"
    sys.modules.pop("plugin_of_imp", None)


def test_a_file_becomes_a_module(plugin):
    module = imp.load_source("plugin_of_imp", str(plugin))
    assert module.number == 3
    assert sys.modules["plugin_of_imp"] is module


def test_a_module_is_found_and_loaded(plugin):
    file, path, description = imp.find_module("plugin_of_imp", [str(plugin.parent)])
    with file:
        assert (path, description) == (str(plugin), (".py", "r", imp.PY_SOURCE))
        assert imp.load_module("plugin_of_imp", file, path, description).number == 3


def test_a_package_is_found_and_loaded(tmp_path):
    package = tmp_path / "package_of_imp"
    package.mkdir()
    (package / "__init__.py").write_text("number = 4\n")
    file, path, description = imp.find_module("package_of_imp", [str(tmp_path)])
    assert (file, path, description[2]) == (None, str(package), imp.PKG_DIRECTORY)
    assert imp.load_module("package_of_imp", file, path, description).number == 4
    del sys.modules["package_of_imp"]


def test_what_is_not_there():
    with pytest.raises(ImportError, match="no_such_module"):
        imp.find_module("no_such_module")
    with pytest.raises(FileNotFoundError):
        imp.load_source("no_such_module", "/no/such/module.py")
    assert "no_such_module" not in sys.modules


def test_a_module_that_fails_is_not_kept(tmp_path):
    (tmp_path / "failing_of_imp.py").write_text("1 / 0\n")
    with pytest.raises(ZeroDivisionError):
        imp.load_source("failing_of_imp", str(tmp_path / "failing_of_imp.py"))
    assert "failing_of_imp" not in sys.modules


def test_endings_of_files():
    assert (".py", "r", imp.PY_SOURCE) in imp.get_suffixes()


def test_a_file_below_a_program_for_python_2_is_converted(tmp_path, monkeypatch):
    pytest.importorskip("fissix", reason="needs fissix: pip install -e .[python2]")
    path = tmp_path / "plugin_for_python_2.py"
    path.write_text("number = [0xFFL, 5]\nif not number:\n    print 'none'\n")
    monkeypatch.setattr(sys, "meta_path", [Python2Finder(tmp_path), *sys.meta_path])
    assert imp.load_source("plugin_for_python_2", str(path)).number == [255, 5]
    del sys.modules["plugin_for_python_2"]
