"""Imports of what lies beside a package's module, by its bare name."""

import ast
import importlib

import pytest

from lenet.theano_compat.python2 import sources as python2_sources
from lenet.theano_compat.python2.imports import BareImports

pytest.importorskip("fissix", reason="needs fissix: pip install -e .[python2]")


@pytest.fixture
def folder(tmp_path):
    """A package with a module, and another with one."""
    for name in ("__init__", "a", "inner/__init__", "inner/b"):
        path = tmp_path / "package" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    return tmp_path / "package"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("import a", "from . import a"),
        ("import a as c", "from . import a as c"),
        ("import inner.b as c", "from .inner import b as c"),
        ("import inner.b", "from .inner import b as _imported\nfrom . import inner"),
        ("import os, a, inner", "import os\nfrom . import a\nfrom . import inner"),
        ("from inner.b import x", "from .inner.b import x"),
        ("import os.path", "import os.path"),
        ("from . import a", "from . import a"),
    ],
)
def test_what_lies_beside_a_module_comes_first(folder, line, expected):
    assert ast.unparse(BareImports(folder).visit(ast.parse(line))) == expected


def test_modules_of_a_package_find_each_other(folder, monkeypatch, python2_process):
    (folder / "inner" / "b.py").write_text("half = 7 / 2\n")
    (folder / "a.py").write_text(
        "import inner.b as first\nimport inner.b\nfrom inner import b\n"
        "halves = [first.half, inner.b.half, b.half]\nprint halves\n"
    )
    (folder / "string.py").write_text("x = 3\n")
    (folder / "bare.py").write_text("import string\nx = string.x\n")
    (folder / "absolute.py").write_text(
        "from __future__ import absolute_import, division\nimport string\nx = string.digits\n"
    )
    monkeypatch.syspath_prepend(folder.parent)
    python2_sources.install_python2(folder.parent)
    assert importlib.import_module("package.a").halves == [3, 3, 3]
    assert importlib.import_module("package.bare").x == 3
    assert importlib.import_module("package.absolute").x == "0123456789"


def test_names_that_a_module_gives_are_found(tmp_path, monkeypatch, python2_process):
    folder = tmp_path / "with_compat"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "compat.py").write_text(
        "import sys\nif sys.version_info[0] == 2:\n    basestring = basestring\nelse:\n    basestring = str\n"
    )
    (folder / "old.py").write_text(
        "try:\n    unicode = unicode\nexcept NameError:\n    print 'none'\n"
    )
    (folder / "a.py").write_text(
        "from compat import (\n    basestring, sys)\nfrom old import unicode as text\nimport old, compat\n"
        "x = [isinstance('a', basestring), text is unicode, old.unicode(7), compat.basestring]\nprint x\n"
    )
    monkeypatch.syspath_prepend(folder.parent)
    python2_sources.install_python2(folder.parent)
    assert importlib.import_module("with_compat.a").x == [True, True, "7", str]
