"""Python's `imp`, as it was documented."""

import importlib.util
import py_compile
import sys
import sysconfig
from pathlib import Path

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


def test_what_is_built_in_is_found_and_loaded():
    file, path, description = imp.find_module("sys")
    assert (file, path, description[2]) == (None, None, imp.C_BUILTIN)
    assert imp.load_module("sys", file, path, description) is sys


def test_files_of_other_kinds(plugin):
    compiled = py_compile.compile(str(plugin), imp.cache_from_source(str(plugin)))
    assert Path(compiled).read_bytes().startswith(imp.get_magic())
    assert imp.get_tag() in compiled
    assert imp.load_compiled("plugin_of_imp", compiled).number == 3
    plugin.rename(plugin.with_name("__init__.py"))
    assert imp.load_package("plugin_of_imp", str(plugin.parent)).number == 3
    imp.acquire_lock()
    assert imp.lock_held()
    imp.release_lock()


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="Python's own is gone since 3.12")
@pytest.mark.filterwarnings("ignore:the imp module is deprecated:DeprecationWarning")
def test_names_are_those_of_pythons_own():
    # Python's file, whatever programs for Python 2 import by that name.
    path = Path(sysconfig.get_path("stdlib"), "imp.py")
    spec = importlib.util.spec_from_file_location("imp_of_python", path)
    own = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(own)
    rare = {"NullImporter", "SourcelessFileLoader", "create_dynamic", "get_frozen_object"}
    modules = {"importlib", "machinery", "os", "sys", "tokenize", "types", "util", "warnings"}
    names = {name for name in dir(own) if not name.startswith("_")}
    assert names - rare - modules == set(imp.__all__)
    numbers = [name for name in imp.__all__ if name.isupper()]
    assert [getattr(own, name) for name in numbers] == [getattr(imp, name) for name in numbers]


def test_endings_of_files():
    assert (".py", "r", imp.PY_SOURCE) in imp.get_suffixes()


def test_a_file_below_a_program_for_python_2_is_converted(tmp_path, monkeypatch):
    pytest.importorskip("fissix", reason="needs fissix: pip install -e .[python2]")
    path = tmp_path / "plugin_for_python_2.py"
    path.write_text("number = [0xFFL, 5]\nif not number:\n    print 'none'\n")
    monkeypatch.setattr(sys, "meta_path", [Python2Finder(tmp_path), *sys.meta_path])
    assert imp.load_source("plugin_for_python_2", str(path)).number == [255, 5]
    del sys.modules["plugin_for_python_2"]
