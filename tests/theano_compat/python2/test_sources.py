"""Programs for Python 2, converted in memory."""

import ast
import builtins
import importlib
import os
import pickle
import sys

import numpy as np
import pytest

from lenet.python2_division import divide, divide_in_place
from lenet.theano_compat.python2 import sources as python2_sources
from lenet.theano_compat.python2.sources import convert
from lenet.theano_compat.python2.trees import NAMES
from tests.theano_compat.python2.programs import value_of

pytest.importorskip("fissix", reason="needs fissix: pip install -e .[python2]")


PROGRAMS = {
    "x = 7 / 2": 3,
    "x = iter([7j]).next().imag": 7.0,
    "def f(i):\n    while 1: yield i.next().upper()\nx = ''.join(f(iter('ab')))": "AB",
    "class C:\n    def next(self): return 'a'\nx = C().next().upper()": "A",
    "x = -7 / 2": -4,
    "x = 7. / 2": 3.5,
    "x = 7\nx /= 2": 3,
    "from __future__ import division\nx = 7 / 2": 3.5,
    "y = [9, 9]\ny[1] /= 2\nx = y": [9, 4],
    "x = [k / 2 for k in xrange(4)]": [0, 0, 1, 1],
    "x = map(str, range(2)) + ['2']": ["0", "1", "2"],
    "x = {'a': 1}.has_key('a')": True,
    "x = {'a': 1}.keys()[0]": "a",
    "x = 010 + 10L": 18,
    "x = `3` if 1 <> 2 else ''": "3",
    "x = reduce(lambda a, b: a + b, (1, 2, 3))": 6,
    "x = sum([1, 2]) / len([1, 2])": 1,
    "try:\n\traise ValueError, 'no'\nexcept ValueError, e:\n        x = e.args[0]": "no",
    "def f((a, b)):\n    return a - b\nx = f((3, 1))": 2,
    "import cPickle\nx = cPickle.loads(cPickle.dumps(3))": 3,
    "x = (lambda n: n / 2)(5)": 2,
    "# -*- coding: latin-1 -*-\nx = 'a'": "a",
    "x = 1": 1,
    "import subprocess, sys\nx = subprocess.check_output([sys.executable, '-c', 'print(1)']).split('\\n')": [
        "1",
        "",
    ],
    "from subprocess import PIPE, Popen\nx = Popen('cat', stdin=PIPE, stdout=PIPE).communicate('ab')[0]": "ab",
    "import subprocess as s\nx = s.Popen(['cat'], stdin=s.PIPE, stdout=s.PIPE, text=True).communicate('ab')": (
        "ab",
        None,
    ),
    "exec 'x = 7 / 2'": 3,
    "n = {}\nexec 'print >>f, 7' in dict(globals(), f=__import__('sys').stderr), n\nx = n": {},
    "x = eval(' 7 / 2\\n')": 3,
    "def eval(text): return text\nx = eval('7 / 2')": "7 / 2",
    "def f():\n    a = 3\n    return eval('range(a)[a / 2]')\nx = f()": 1,
    "exec compile('x = xrange(5)[4 / 3:][0]', 'f', 'exec')": 1,
    "try:\n    eval('1 +')\nexcept SyntaxError, e:\n    x = e.filename": "<string>",
    "class C:\n    def __div__(self, n): return n + 1\nx = C() / 2": 3,
    "class C:\n    __rdiv__ = lambda self, n: n\nx = 2 / C()": 2,
    "from __future__ import division\nclass C:\n    def __div__(self, n): return n + 1\nx = C() / 2": 3,
    "x = [1, 3, 2]\nx.sort(cmp=lambda a, b: b - a)": [3, 2, 1],
    "x = [1, 3, 2]\nx.sort(lambda a, b: b - a)": [3, 2, 1],
    "import numpy\nx = numpy.sort(numpy.array([[3, 1], [2, 5]]), axis=0).tolist()": [
        [2, 1],
        [3, 5],
    ],
    "import numpy\ny = numpy.array([2, 1])\ny.sort(0)\nx = y.tolist()": [1, 2],
    "x = [{1: 2}.has_key(1), {}.has_key(1)]": [True, False],
    """class Table:
    def has_key(self, name): return name == 3
    def iteritems(self): return iter([(1, 2)])
x = [Table().has_key(3), dict(Table().iteritems())]""": [True, {1: 2}],
    "x = sorted([1, 3, 2], lambda a, b: b - a)": [3, 2, 1],
    "x = sorted([1, 3, 2], key=lambda n: -n)": [3, 2, 1],
    "x = sorted([1, 3, 2], cmp=lambda a, b: b - a, key=lambda n: -n)": [1, 2, 3],
    "x = sorted([1, 3, 2], lambda a, b: b - a, None, True)": [1, 2, 3],
    "def f(a, b): return b - a\nx = sorted([1, 3, 2], f, lambda n: -n, reverse=True)": [3, 2, 1],
    "x = sorted([1, -3, 2], None, abs, 1)": [-3, 2, 1],
    "x = sorted([1, 3, 2], cmp=lambda a, b: b - a, key=None)": [3, 2, 1],
    "x = [1, -3, 2]\nx.sort(lambda a, b: b - a, key=abs, reverse=True)": [1, 2, -3],
    "x = [1, -3, 2]\nx.sort(None, lambda n: n * n, True)": [-3, 2, 1],
    "x = sorted(*[[1, 3, 2]])": [1, 2, 3],
    "def f(a, b): return b - a\nx = [1, 3, 2]\nx.sort(f)": [3, 2, 1],
    "import numpy\ny = numpy.array([[3, 1], [2, 5]])\ny.sort(0)\ny.sort(-1)\nx = y.tolist()": [
        [1, 2],
        [3, 5],
    ],
    "x = [round(v) for v in (0.5, 2.5, -0.5, 2.4, 7)]": [1.0, 3.0, -1.0, 2.0, 7.0],
    "x = [round(0.125, 2), round(-25, -1), round(2.675, 2)]": [0.13, -30.0, 2.67],
    "x = [repr(round(float(v))) for v in ('inf', '-1e300', 'nan')]": ["inf", "-1e+300", "nan"],
    "def round(n): return str(n)\nx = round(2)": "2",
}


@pytest.mark.parametrize("text", PROGRAMS)
def test_a_program_means_what_it_meant(text):
    assert value_of(text) == PROGRAMS[text]
    assert type(value_of(text)) is type(PROGRAMS[text])


@pytest.mark.parametrize(
    "text", ["print 'a', 3", "print('a')", "import sys\nprint >>sys.stdout, 'a', 3"]
)
def test_statements_print(text, capsys):
    exec(compile(convert(text.encode(), "old.py"), "old.py", "exec"), {**NAMES})
    assert capsys.readouterr().out in ("a 3\n", "a\n")


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_byte_that_is_no_utf8_is_a_letter_of_latin_1(encoding):
    text = f"# coding: {encoding}\n# 360\N{DEGREE SIGN}\nx = ord('\N{DEGREE SIGN}'), 7 / 2\n"
    names = {**NAMES}
    exec(compile(convert(text.encode("latin-1"), "old.py"), "old.py", "exec"), names)
    assert names["x"] == (0xB0, 3)


def test_letters_of_utf8_stay_beside_other_bytes():
    text = b"# coding: utf-8\nx = '\xc3\xa9' # \xb0\n"
    names = {**NAMES}
    exec(compile(convert(text, "old.py"), "old.py", "exec"), names)
    assert names["x"] == "\N{LATIN SMALL LETTER E WITH ACUTE}"


def test_no_blank_comes_after_the_end_of_a_line(capsys):
    text = "print 'a\\n', 1, 2.5\nprint 'b\\n',\nprint 'c'\n"
    exec(compile(convert(text.encode(), "old.py"), "old.py", "exec"), {**NAMES})
    assert capsys.readouterr().out == "a\n1 2.5\nb\nc\n"


def test_a_program_for_python_3_stays_as_it_is(capsys):
    text = "import sys\nprint('a', end='', file=sys.stdout)\nasync def f(*, a: int = 3): ...\n"
    exec(compile(convert(text.encode(), "new.py"), "new.py", "exec"), {**NAMES})
    assert capsys.readouterr().out == "a"


@pytest.mark.parametrize("text", ["x = (1", "def f(:\n    pass", "a b c"])
def test_what_is_neither_is_named(text):
    with pytest.raises(SyntaxError, match="neither Python 2 nor Python 3") as caught:
        convert(text.encode(), "old.py")
    assert caught.value.filename == "old.py"


@pytest.mark.parametrize("kind", ["int32", "uint8", "bool"])
def test_arrays_of_integers_are_divided_as_integers(kind):
    array = np.array([1, 0, 1], kind)
    assert divide(array, np.array([1], kind)).dtype != np.float64
    assert divide(array.astype(float), array + 1).dtype == np.float64


def test_arrays_are_divided_where_they_are():
    whole, real = np.array([7, 8]), np.array([7.0, 8.0])
    assert divide_in_place(whole, 2) is whole
    assert divide_in_place(real, 2) is real
    assert (whole.tolist(), real.tolist()) == ([3, 4], [3.5, 4])


def test_symbols_of_integers_are_divided_as_integers(theano):
    n, x = theano.tensor.lscalar(), theano.tensor.dscalar()
    assert divide(n, 2).eval({n: 7}) == 3
    assert divide(x, 2).eval({x: 7.0}) == 3.5


def test_positions_are_those_of_the_program():
    tree = convert(b"a = 1\nx = (2 /\n     a)\n", "old.py")
    assert {node.lineno for node in ast.walk(tree) if isinstance(node, ast.Call)} == {2}


def test_scripts_import_absolutely_even_beside_an_init_file(tmp_path):
    for name in ("__init__", "beside_it"):
        (tmp_path / f"{name}.py").write_text("")
    imports = [
        next(node for node in convert(b"import beside_it", str(tmp_path / "x.py"), inside).body)
        for inside in (False, True)
    ]
    assert [type(each) for each in imports] == [ast.Import, ast.ImportFrom]


def test_modules_beside_a_program_are_converted_and_nothing_is_written(
    tmp_path, monkeypatch, python2_process
):
    (tmp_path / "old_helpers").mkdir()
    (tmp_path / "old_helpers" / "__init__.py").write_text("import parts\nhalf = parts.half\n")
    (tmp_path / "old_helpers" / "parts.py").write_text("def half(n):\n\treturn n / 2\nprint 3\n")
    (tmp_path / "new.pkl").write_bytes(b"\x80\x02U\x02\xe9t.")
    monkeypatch.syspath_prepend(tmp_path)
    python2_sources.install_python2(tmp_path)
    helpers = importlib.import_module("old_helpers")
    assert helpers.half(7) == 3
    assert builtins.cmp(1, 2) == -1
    assert builtins.cPickle is pickle
    with builtins.file(tmp_path / "new.pkl", "rb") as file:
        assert pickle.load(file) == "\xe9t"
    assert not list(tmp_path.rglob("*.pyc"))
    # Others stay Python 3's.
    assert type(importlib.import_module("decimal").__loader__) is not python2_sources.Python2Loader


def test_packages_of_the_path_are_converted_if_python_3_cannot_read_them(
    tmp_path, monkeypatch, python2_process
):
    for folder, name, line in (
        ("libraries", "of_python2", "print 'old'"),
        ("libraries", "of_python3", "print('new')"),
        ("libraries", "with_bare_imports", "import beside_it"),
        ("libraries", "with_other_imports", "import json, absent_one\nfrom . import beside_it"),
        ("libraries", "with_own_name", "import other"),
        (
            "libraries",
            "with_absolute_imports",
            "from __future__ import annotations\nimport beside_it",
        ),
        ("libraries", "with_newer_parts", "import beside_it"),
        ("libraries", "with_tests/tests", "import beside_it"),
        ("libraries/dist-packages", "installed", "import beside_it"),
        ("added", "added_later", "from beside_it import x"),
    ):
        package = tmp_path / folder / name
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("half = 7 / 2\n")
        (package / "other.py").write_text(f"{line}\n")
        (package / "beside_it.py").write_text("x = 1\n")
        (package / "json.py").write_text("")
    for name, line in (
        ("of_its_name", "from of_its_name import a_half, of_its_name"),
        ("of_its_modules", "from of_its_modules import other"),
    ):
        package = tmp_path / "libraries" / name
        package.mkdir()
        (package / "__init__.py").write_text(f"{line}\nhalf = 7 / 2\n")
        (package / f"{name}.py").write_text(f"a_half = {name} = 1\n")
        (package / "other.py").write_text("")
    repository = tmp_path / "repository-master"
    repository.mkdir()
    (repository / "__init__.py").write_text("print 'old'\nhalf = 7 / 2\n")
    (tmp_path / "libraries" / "linked").symlink_to(repository)
    newer = tmp_path / "libraries" / "with_newer_parts" / "newer.py"
    newer.write_text("from __future__ import annotations\n")
    (tmp_path / "libraries" / "with_tests" / "__init__.py").write_text("half = 7 / 2\n")
    folders = [str(tmp_path / "libraries"), str(tmp_path / "libraries" / "dist-packages")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(folders))
    for folder in folders:
        monkeypatch.syspath_prepend(folder)
    python2_sources.install_python2(tmp_path / "program")
    monkeypatch.syspath_prepend(tmp_path / "added")
    for name, half in (
        ("of_python2", 3),
        ("of_python3", 3.5),
        ("with_bare_imports", 3),
        ("with_other_imports", 3.5),
        ("with_own_name", 3.5),
        ("of_its_name", 3),
        ("of_its_modules", 3.5),
        ("linked", 3),
        ("with_absolute_imports", 3.5),
        ("with_newer_parts", 3.5),
        ("with_tests", 3.5),
        ("installed", 3.5),
        ("added_later", 3),
    ):
        assert importlib.import_module(name).half == half
    assert importlib.import_module("with_bare_imports.other").beside_it.x == 1


@pytest.mark.parametrize("by_hand", [False, True])
def test_packages_of_a_folder_that_the_program_lies_in_are_the_program_s(
    tmp_path, monkeypatch, python2_process, by_hand
):
    (tmp_path / "in_repository.py").write_text("half = 7 / 2\n")
    if not by_hand:
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        monkeypatch.syspath_prepend(tmp_path)
    python2_sources.install_python2(tmp_path / "examples" / "first")
    if by_hand:
        monkeypatch.syspath_prepend(tmp_path)
    assert importlib.import_module("in_repository").half == 3
    sys.modules.pop("in_repository")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # 2to3's open file
def test_files_that_are_executed(tmp_path):
    (tmp_path / "classes.py").write_text("print 'run'\nx = zip((1, 2), (3, 4))[7 / 6]\n")
    assert value_of(f"execfile({str(tmp_path / 'classes.py')!r})") == (2, 4)


def test_a_program_s_log_has_nothing_of_the_conversion(tmp_path, caplog):
    caplog.set_level("DEBUG", logger=None)
    convert(b"print 'a'\n", str(tmp_path / "program.py"))
    assert not caplog.records


def test_without_a_converter_the_extra_is_named(monkeypatch):
    python2_sources.converter.cache_clear()
    for name in ("fissix", "lib2to3"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(python2_sources.MissingConverterError, match="extra python2"):
        convert(b"x = 1", "old.py")
    python2_sources.converter.cache_clear()


def test_symbols_round_themselves():
    class Symbol:
        def __round__(self, ndigits=None):
            return ndigits

    names = {**NAMES, "s": Symbol()}
    code = compile(convert(b"x = [round(s), round(s, 2)]", "old.py"), "old.py", "exec")
    exec(code, names)
    assert names["x"] == [None, 2]


def test_bounds_may_be_floats():
    program = """import numpy
n = numpy.round(4 * 0.7)
x, rows = range(4), numpy.eye(4)
rows[n:, :numpy.float32(2)] = 7
x = [x[:n], x[n:], x[n:0:-1], rows[3].tolist()]"""
    assert value_of(program) == [[0, 1, 2], [3], [3, 2, 1], [7, 7, 0, 1]]
    with pytest.raises(TypeError, match="slice indices"):
        value_of("x = range(4)[:2.5]")
    assert value_of("import numpy\nx = numpy.arange(9)[: 0.9 * 3]").tolist() == [0, 1]
