"""``python -m lenet.theano_compat SCRIPT``."""

import os
import signal
import subprocess
import sys
import time

import pytest

from lenet.theano_compat.python2.data import CONVERTED
from lenet.theano_compat.python2.hints import python2_hint, python2_syntax
from lenet.theano_compat.runner import help_of, main
from tests.children import child, finish


def test_script_runs_as_by_python(run_script, tmp_path):
    (tmp_path / "beside.py").write_text("value = 3")
    text = """\
import pickle, sys
import beside
import theano
class Model: pass
assert type(pickle.loads(pickle.dumps(Model()))) is Model
assert sys.modules["__main__"].Model is Model
print(__name__, __file__, sys.argv, sys.path[0], beside.value, theano.__version__)
"""
    done = run_script(text, "-n", "4")
    path = tmp_path / "program.py"
    assert done.stdout.split() == [
        "__main__",
        str(path),
        f"['{path}',",
        "'-n',",
        "'4']",
        str(tmp_path.resolve()),
        "3",
        "1.0.5",
    ]
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("import sys; sys.exit(7)", 7),
        ("raise SystemExit", 0),
        ("raise SystemExit('over')", 1),
        ("1/0", 1),
        ("raise KeyboardInterrupt", 130),
    ],
    ids=["number", "nothing", "text", "exception", "Ctrl-C"],
)
def test_exit_status(run_script, text, status):
    assert run_script(text).returncode == status


def test_exception_shows_only_the_scripts_frames(run_script, tmp_path):
    done = run_script("def f():\n    raise ValueError('mine')\nf()\n")
    lines = done.stderr.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert [line for line in lines if "File" in line] == [
        f'  File "{tmp_path / "program.py"}", line 3, in <module>',
        f'  File "{tmp_path / "program.py"}", line 2, in f',
    ]
    assert lines[-1] == "ValueError: mine"


def test_ctrl_c(tmp_path):
    path = tmp_path / "program.py"
    path.write_text("import time\nprint('ready', flush=True)\ntime.sleep(60)\n")
    command = [sys.executable, "-m", "lenet.theano_compat", str(path)]
    with child(command) as process:
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        status, _, errors = finish(process)
    assert status == 130
    assert errors.splitlines()[-1] == "KeyboardInterrupt"


def test_missing_script(capsys, tmp_path):
    assert main([str(tmp_path / "none.py")]) == 2
    assert capsys.readouterr().err.endswith("none.py': No such file or directory\n")


@pytest.mark.parametrize("program", [["program.py"], ["-m", "program"]])
@pytest.mark.parametrize("flags", [[], ["--no_old_names"]])
def test_a_folder_that_can_keep_no_compiled_code_is_named(program, flags, tmp_path):
    (tmp_path / "program.py").write_text("print('run')")
    done = subprocess.run(
        [sys.executable, "-m", "lenet.theano_compat", *flags, *program],
        cwd=tmp_path,
        env={**os.environ, "PYTENSOR_FLAGS": "base_compiledir=program.py/below"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("theano_compat: compiled code cannot be kept in ")
    assert done.stderr.count("\n") == 1


def test_option_of_python_is_no_script(capsys):
    assert main(["-O", "program.py"]) == 2
    assert "python -O -m lenet.theano_compat" in capsys.readouterr().err


def test_lines_are_seen_at_once_if_asked_for(tmp_path):
    program = tmp_path / "program.py"
    program.write_text("import os\nprint('last words')\nos._exit(0)\n")  # without a flush
    for flags, expected in (((), ""), (("-u",), "last words\n")):
        command = [sys.executable, "-m", "lenet.theano_compat", *flags, str(program)]
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        assert done.stdout == expected


def test_usage(capsys):
    usage = help_of("python -m lenet.theano_compat")
    assert main([]) == 2
    assert capsys.readouterr() == ("", usage)
    assert main(["--help"]) == 0
    assert capsys.readouterr() == (usage, "")


@pytest.fixture(autouse=True)
def converted():
    """What has been converted: nothing yet, whatever tests before have."""
    before = set(CONVERTED)
    CONVERTED.clear()
    yield CONVERTED
    CONVERTED.clear()
    CONVERTED.update(before)


def test_no_remedy_is_named_that_has_been_tried(converted):
    error = SyntaxError("invalid syntax", ("old.py", 1, 1, "print 'a'"))
    old = failure_of("{}.iteritems()")
    converted.add("old.py")
    assert (python2_syntax(error), python2_hint(*old)) == ("", "")
    converted.clear()
    converted.add("other.py")
    for hint in (python2_syntax(error), python2_hint(*old)):
        assert hint.endswith("written for Python 2; convert it first, with 2to3 -w old.py")


def test_what_is_neither_python_2_nor_3(tmp_path, capsys):
    path = tmp_path / "neither.py"
    path.write_text("for = print 'a'\n")
    pytest.importorskip("fissix", reason="needs fissix: pip install -e .[python2]")
    assert main(["--python2", str(path)]) == 1
    told = capsys.readouterr().err
    assert "neither Python 2 nor Python 3" in told
    assert "written for" not in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    "line",
    [
        'print "loss", 3',
        "print x",
        "if x: print x",
        "exec code",
        "try: pass\nexcept ValueError, e: pass",
        'raise ValueError, "no"',
        "if a <> b: pass",
        "a = `b`",
        "mode = 0777",
        "n = 10L",
        'text = ur"text"',
    ],
)
def test_python2_syntax(line):
    with pytest.raises(SyntaxError) as caught:
        compile(f"\n{line}\n", "old.py", "exec")
    number = 2 + line.count("\n")
    assert python2_syntax(caught.value).startswith(f"old.py:{number}: {line.splitlines()[-1]}: ")
    assert python2_syntax(caught.value).endswith(
        "--python2, or convert it first, with 2to3 -w old.py"
    )


@pytest.mark.parametrize("line", ["x = (1", "def f(:", "print('a'", "a b"])
def test_other_syntax_errors_are_not_python2(line):
    with pytest.raises(SyntaxError) as caught:
        compile(line, "new.py", "exec")
    assert python2_syntax(caught.value) == ""


@pytest.mark.parametrize(
    "line",
    [
        "xrange(3)",
        "import sys; print >>sys.stderr, 3",
        "raw_input()",
        "import cPickle",
        "import urllib; urllib.urlretrieve",
        "from itertools import izip",
        "{}.iteritems()",
        "{}.has_key(1)",
        "range(3).append(1)",
        "{}.keys()[0]",
        "len(map(abs, []))",
        "zip([], [])[0]",
        "(x for x in ()).next()",
    ],
)
def test_python2_names(line):
    assert python2_hint(*failure_of(line)).startswith("old.py:1: ")


@pytest.mark.parametrize("line", ["undefined", "import nonsense_module", "{}.nonsense()", "1/0"])
def test_other_errors_are_not_python2(line):
    assert python2_hint(*failure_of(line)) == ""


def failure_of(line):
    try:
        exec(compile(line, "old.py", "exec"), {})
    except Exception as error:
        return error, error.__traceback__
    raise AssertionError(f"{line} does not fail")


def test_python2_script(run_script, tmp_path):
    done = run_script('x = 1\nprint "x is", x\n')
    path = tmp_path / "program.py"
    assert done.returncode == 1
    assert done.stderr.startswith(f'{path}:2: print "x is", x: the program is written for Python 2')
    assert len(done.stderr.splitlines()) == 1


def test_python2_module_of_a_script(run_script, tmp_path):
    (tmp_path / "helpers.py").write_text("def f():\n    print 3\n")
    done = run_script("import helpers\n")
    assert done.stderr.startswith(f"{tmp_path.resolve() / 'helpers.py'}:2: print 3: ")


def test_a_program_for_python_2_runs_as_it_stands(run_script, tmp_path):
    (tmp_path / "helpers.py").write_text("def half(n):\n\treturn n / 2\n")
    text = """\
import cPickle
import theano, theano.tensor as T
from helpers import half
x = T.dvector()
f = theano.function([x], x[:half(5)] / 2, mode="FAST_COMPILE")
print "half of", 5, "is", half(5)
print f([1, 2, 3]), cPickle.HIGHEST_PROTOCOL > 0
"""
    path = tmp_path / "program.py"
    done = run_script(text)
    assert "--python2" in done.stderr
    path.write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "lenet.theano_compat", "--python2", str(path)],
        capture_output=True,
        text=True,
        env={"HOME": str(tmp_path), **os.environ},
        check=False,
    )
    assert done.stdout == "half of 5 is 2\n[ 0.5  1. ] True\n", done.stderr
    assert sorted(each.name for each in tmp_path.iterdir() if each.suffix == ".py") == [
        "helpers.py",
        "program.py",
    ]


def test_a_module_of_a_package_for_python_2(tmp_path):
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "helpers.py").write_text("def half(n):\n    return n / 2\n")
    (package / "main.py").write_text(
        "import sys\nimport helpers\nprint helpers.half(5), sys.argv[1:]\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "lenet.theano_compat", "--python2", "-m", "package.main", "word"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("2 ['word']\n", "")


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ("range(3 / 2)", "write //"),
        ("import io; io.BytesIO().write('a')", "'wb' or 'rb' for bytes"),
    ],
)
def test_what_2to3_leaves_has_advice_of_its_own(line, remedy):
    assert python2_hint(*failure_of(line)).endswith(remedy)


@pytest.mark.parametrize(
    ("line", "is_told"),
    [("range(3.0)", False), ("range(3.)", False), ("range(n)", True), ("range(3.0 / 2)", True)],
)
def test_a_float_that_is_written_is_of_no_division(line, is_told, tmp_path):
    script = tmp_path / "old.py"
    script.write_text(line)
    with pytest.raises(TypeError) as caught:
        exec(compile(line, str(script), "exec"), {"n": 3 / 2})
    assert ("write //" in python2_hint(caught.value, caught.tb)) == is_told


def test_numpy_has_its_old_names(run_script):
    text = """\
import numpy as np
print(np.float, np.asarray([1], dtype=np.int).dtype, np.cast["float32"](3).dtype, np.product([2, 3]))
"""
    assert run_script(text).stdout == "<class 'float'> int64 float32 6\n"


def test_a_thousand_layers_have_a_gradient(run_script):
    done = run_script("""\
import theano, theano.tensor as T
x = y = T.vector()
for _ in range(1000):
    y = T.tanh(y * 2)
print(T.grad(y.sum(), x))
""")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("program", ["lenet.theano_compat", "lenet.commands.theano"])
@pytest.mark.parametrize("flags", [[], ["--python2"]])
def test_long_expressions_are_read(flags, program, tmp_path):
    if flags and sys.version_info >= (3, 13):
        pytest.importorskip("fissix", reason="needs fissix: pip install -e .[python2]")
    path = tmp_path / "long.py"
    path.write_text(f"x = {' + '.join(['1'] * 900)}\nassert x == 900\n")
    command = [sys.executable, "-m", program, *flags, str(path)]
    assert subprocess.run(command, capture_output=True, text=True, check=False).stderr == ""


def test_the_collector_does_not_walk_what_theano_is_made_of(run_script):
    done = run_script("""\
import gc
before = gc.get_freeze_count()
import theano
print(before, gc.get_freeze_count() > 50_000)
""")
    assert done.stdout == "0 True\n", done.stderr
