"""Programs of several modules: which are found, where they go, what is told of them."""

from pathlib import Path

import pytest

from lenet import limits
from lenet.errors import CommandError
from lenet.porting.program import port_program
from lenet.porting.report import FORMATS, full_report, summary

SCRIPT = "import theano\nimport layers, os\nfrom tools import plot\nlayers.f(theano.shared(0))\n"
LAYERS = "import theano.tensor as T\nfrom tools import *\ndef f(x):\n    return T.inv(x)\n"
TOOLS = "plot = print\n"


@pytest.fixture
def folder(tmp_path):
    for name, text in {
        "main.py": SCRIPT,
        "layers.py": LAYERS,
        "tools.py": TOOLS,
        "other.py": SCRIPT,
    }.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_modules_beside_the_script_go_to_a_folder_with_it(folder):
    program = port_program([folder / "main.py"])
    assert [module.name for module in program.modules] == ["main.py", "layers.py", "tools.py"]
    assert program.targets[1] == folder / "main_pytensor" / "layers.py"
    assert program.report == folder / "main_pytensor" / "PORT.md"
    assert "T.reciprocal" in program.modules[1].ported.text
    assert program.modules[2].ported.text == TOOLS


def test_script_alone_lies_beside(folder):
    (folder / "layers.py").write_text("def f(x):\n    return x\n")
    program = port_program([folder / "main.py"])
    assert program.targets == [folder / "main_pytensor.py"]
    assert port_program([folder / "main.py"], folder / "new.py").targets == [folder / "new.py"]
    assert port_program([folder / "main.py"], folder).targets == [folder / "main.py"]
    new = port_program([folder / "main.py"], folder / "new")  # no file of that name without .py
    assert new.targets[0] == folder / "new" / "main.py"


def test_packages_and_relative_imports(tmp_path):
    package = tmp_path / "models" / "deep"
    package.mkdir(parents=True)
    (tmp_path / "models" / "__init__.py").write_text("from .base import Base\n")
    (tmp_path / "models" / "base.py").write_text("import theano\nBase = theano.shared\n")
    (package / "__init__.py").write_text("")
    (package / "net.py").write_text("from ..base import Base\nfrom . import parts\n")
    (package / "parts.py").write_text("import theano\n")
    (tmp_path / "run.py").write_text("from models.deep.net import Base\n")
    program = port_program([tmp_path / "run.py"])
    assert {module.name for module in program.modules} == {
        *("run.py", "models/__init__.py", "models/base.py"),
        *("models/deep/__init__.py", "models/deep/net.py", "models/deep/parts.py"),
    }


@pytest.mark.parametrize("is_namespace", [False, True])
def test_absolute_imports_within_a_package(tmp_path, monkeypatch, is_namespace):
    package = tmp_path / "pkg"
    package.mkdir()
    if not is_namespace:
        (package / "__init__.py").write_text("")
    (package / "a.py").write_text("from pkg.b import f\nimport pkg.c, os.path\ng = f\n")
    (package / "b.py").write_text("import theano\nf = theano.shared\n")
    (package / "c.py").write_text("from ....... import nothing\n")
    (tmp_path / "main.py").write_text("from pkg.a import g\n")
    names = {"main.py", "pkg/a.py", "pkg/b.py", "pkg/c.py"}
    names |= set() if is_namespace else {"pkg/__init__.py"}
    program = port_program([tmp_path / "main.py"])
    assert {module.name for module in program.modules} == names
    monkeypatch.chdir(tmp_path)
    program = port_program([Path("main.py")])
    assert {module.name for module in program.modules} == names


def test_modules_that_stay_go_with_a_script_to_another_folder(tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "d.py").write_text("import theano\nfrom helper import load\nimport lib.more\n")
    (tmp_path / "helper.py").write_text("load = open\n")
    (tmp_path / "lib" / "more.py").write_text("")
    program = port_program([tmp_path / "d.py"], tmp_path / "sub" / "new.py")
    below = [str(target.relative_to(tmp_path / "sub")) for target in program.targets]
    assert below == ["new.py", "helper.py", "lib/more.py"]
    assert [module.is_changed for module in program.modules] == [True, False, False]
    assert program.report == tmp_path / "sub" / "new.md"
    assert port_program([tmp_path / "d.py"]).targets == [tmp_path / "d_pytensor.py"]


def test_folder_and_several_programs(folder, tmp_path):
    (folder / ".hidden.py").write_text("(")
    program = port_program([folder], folder / "out")
    assert [module.name for module in program.modules][:2] == ["layers.py", "main.py"]
    assert program.targets[0] == folder / "out" / "layers.py"
    several = port_program([folder / "main.py", folder / "other.py"], folder / "out")
    assert [module.name for module in several.modules][:2] == ["main.py", "other.py"]


@pytest.mark.parametrize(
    ("name", "main", "stays"),
    [
        ("compat.py", "from compat import imsave\n", True),
        ("compat.py", "from compat import *\nimsave('a', 0)\n", True),
        ("compat.py", "import compat as c\nc.imsave('a', 0)\n", True),
        ("compat.py", "import compat\ncompat.imread('a')\n", False),
        ("compat.py", "from compat import numpy\n", False),
        ("compat/__init__.py", "import compat\n", True),
    ],
)
def test_import_of_what_is_gone_stays_where_a_module_takes_it_from_another(
    tmp_path, name, main, stays
):
    (tmp_path / "main.py").write_text(main)
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("from scipy.misc import imsave\n")
    module = port_program([tmp_path / "main.py"], tmp_path / "out").modules[1].ported
    assert ("from scipy.misc import imsave" in module.text) == stays
    assert len(module.left) == stays


@pytest.mark.parametrize(
    ("scripts", "output", "message"),
    [
        (["none.py"], None, "no such file"),
        (["main.py", "other.py"], None, "expected -o"),
        (["main.py"], "out.py", "a program of 3 modules goes to a folder, not to a file"),
        (["empty"], None, "no Python programs"),
    ],
)
def test_wrong_arguments(folder, scripts, output, message):
    (folder / "empty").mkdir()
    with pytest.raises(CommandError, match=message):
        port_program([folder / name for name in scripts], output and folder / output)


def test_too_many_modules(folder, monkeypatch):
    monkeypatch.setattr(limits, "PROGRAM_MODULES", 2)
    with pytest.raises(CommandError, match="more than 2 modules"):
        port_program([folder / "main.py"])


def test_moved_program_is_told_that_it_is(folder):
    (folder / "layers.py").write_text("import theano\nprint(__file__)\n")
    program = port_program([folder / "main.py"])
    assert "# PORT: this file lies in another folder" in program.modules[1].ported.text


def test_reports(folder):
    (folder / "layers.py").write_text("import theano\nx = '```'; y = theano.unknown('<b>')\n")
    program = port_program([folder / "main.py"])
    text = summary(program, program.report)
    assert "layers.py:2: theano.unknown" in text
    assert "1 left to do" in text
    for suffix in FORMATS:
        report = full_report(program, suffix)
        assert "theano.unknown" in report
        assert ("&lt;b&gt;" in report) == (suffix == ".html")
    assert "- import theano\n+ import pytensor" in full_report(program, ".md")
    assert "````diff" in full_report(program, ".md")


def test_lines_of_python_2_are_those_of_the_original(tmp_path):
    pytest.importorskip("fissix")
    path = tmp_path / "old.py"
    path.write_text("import os\n\nprint 'a'\nimport theano\nx = theano.unknown(3)\n")
    ported = port_program([path], is_python2=True).modules[0].ported
    assert [change.line for change in ported.changes] == [3, 4]
    assert [change.line for change in ported.left] == [5]


def test_modules_beside_a_script_of_python_2_are_in_no_package(tmp_path):
    pytest.importorskip("fissix")
    inner = tmp_path / "pack"
    inner.mkdir()
    for folder in (tmp_path, inner):  # whatever __init__.py says of the folder of a script
        (folder / "__init__.py").touch()
    (tmp_path / "main.py").write_text("import theano, helper\nfrom pack import net\nprint 1\n")
    (tmp_path / "helper.py").write_text("import pack\n")
    (inner / "net.py").write_text("import other\n")
    (inner / "other.py").write_text("print 2\n")
    program = port_program([tmp_path / "main.py"], is_python2=True)
    texts = {module.name: module.ported.text for module in program.modules}
    assert "import helper\n" in texts["main.py"]
    assert "from pack import net\n" in texts["main.py"]
    assert texts["helper.py"] == "import pack\n"
    assert texts["pack/net.py"] == "from . import other\n"
    assert texts["pack/other.py"] == "print(2)\n"
