"""Lists of slices as indices, as NumPy took them when programs were written."""

import ast
import importlib
import subprocess
import sys

import numpy as np
import pytest

from lenet.theano_compat.old_names import changed_programs
from lenet.theano_compat.old_names.changed_programs import is_to_change
from lenet.theano_compat.old_names.list_indices import AS_INDEX, as_index, with_tuples

TURN = """\
def turned(x):
    index = [slice(None, None, -1) for _ in range(x.ndim)]
    index[-1:] = [slice(None)]
    return x[index]
"""
SET = """\
index = 2 * [slice(None)]
index[1] = 0
x[index] = 7
x[index] += 1
"""
X = np.arange(6.0).reshape(2, 3)


def run(text, **names):
    scope = {AS_INDEX: as_index, **names}
    exec(compile(with_tuples(ast.parse(text)), "program", "exec"), scope)
    return scope


def test_a_list_of_slices_turns_an_array_around():
    np.testing.assert_array_equal(run(TURN)["turned"](X), X[::-1])


class TestListsMadeElsewhere:
    """Lists that a function fills and returns, kept in an attribute."""

    TEXT = """
class Part:
    def __init__(self, data):
        self.where = self.places(2)
        self.first, self.all = data[self.where], data[self.whole()]
    def places(self, last):
        found = list()
        found.append(slice(0, 1))
        found.insert(1, slice(last))
        return found
    def whole(self):
        return [Ellipsis]
part = Part(x)
new = x[[slice(1), None]]
"""

    def test_are_indices(self):
        scope = run(self.TEXT, x=X)
        np.testing.assert_array_equal(scope["part"].first, X[:1, :2])
        np.testing.assert_array_equal(scope["part"].all, X)
        assert scope["new"].shape == (1, 1, 3)

    def test_need_no_call_of_slice(self):
        assert is_to_change(b"index = [Ellipsis]\ny = x[index]\n")
        assert not is_to_change(b"index = [1]\nif a is Ellipsis:\n    y = x[index]\n")


def test_lists_of_new_axes():
    text = "y = x[[np.newaxis] * (4 - len(x.shape))]"
    assert run(text, x=X, np=np)["y"].shape == (1, 1, 2, 3)


def test_elements_are_set():
    np.testing.assert_array_equal(run(SET, x=X.copy())["x"], [[8, 1, 2], [8, 4, 5]])


@pytest.mark.parametrize(
    "index", ["[slice(1, 2), 0]", "[slice(1, 2)] + [0]", "[Ellipsis, slice(2)]"]
)
def test_lists_may_be_written_out(index):
    expected = X[tuple(eval(index))]
    np.testing.assert_array_equal(run(f"y = x[{index}]", x=X)["y"], expected)


def test_other_indices_stay():
    text = "names = [slice]\nkey = [1, 0]\ny = x[key]\nz = {'a': 1}['a']\n"
    assert ast.unparse(with_tuples(ast.parse(text))) == ast.unparse(ast.parse(text))
    assert as_index([1, 0]) == [1, 0]
    assert as_index([[1], [0]]) == [[1], [0]]
    assert as_index("a") == "a"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TURN, True),
        (SET, True),
        ("x[[slice(1), 0]]", True),
        ("x[[numpy.newaxis] * (3 - x.ndim)]", True),
        ("index = 2 * [newaxis]\nx[index]", True),
        ("x[numpy.newaxis, [0, 1]]", False),
        ("index = [\n    slice(1), 0\n]\nx[index]", True),
        ("index = [slice(1), 0]\nx[tuple(index)]", False),
        ("index = [1, 0]\nx[index]", False),
        ("index = slice(1)\nx[index]", False),
        ("index = [\n\n    0,\n    slice(1)]\nx[ index ]", True),
        ("text = 'x[[slice(1), 0]]'", False),
        ("x[[slice(1), 0]] = =", False),
        ("x[[slice(1), 0]]\0", False),
    ],
)
def test_only_programs_that_do_so_are_parsed(text, expected):
    assert is_to_change(text.encode()) is expected


def test_long_lists_are_read_at_once():
    """The time of a search by patterns grew with more than the square of the size."""
    text = "slice(1)\n\nx = [" + "[0], " * 20_000 + "]\n"
    assert not is_to_change(text.encode())


def run_program(*arguments, start=("-m", "lenet.theano_compat")):
    command = [sys.executable, *start, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


PROGRAM = """\
import numpy as np
from turning import turned
index = [slice(0, 1), slice(None)]
print(turned(np.eye(2)).tolist() + np.eye(2)[index].tolist())
"""


def test_what_comes_with_lenet_or_python_is_not_read(monkeypatch):
    """To parse it at each start took longer than to import it."""
    monkeypatch.setattr(changed_programs, "is_to_change", lambda source: 1 / 0)
    for name in ("numpy.lib", "pytensor.scan.basic", "lenet.nnet", "json", "json.decoder"):
        path = importlib.import_module(name.rpartition(".")[0] or name)
        finder = changed_programs.ChangedProgramsFinder()
        assert finder.find_spec(name, getattr(path, "__path__", None)) is None


def test_a_module_is_read_whatever_its_name(tmp_path):
    (tmp_path / "calendar.py").write_text(TURN)
    (tmp_path / "program.py").write_text(PROGRAM.replace("turning", "calendar"))
    done = run_program(tmp_path / "program.py")
    assert done.stdout == "[[0.0, 1.0], [1.0, 0.0], [1.0, 0.0]]\n"


@pytest.mark.parametrize("flag", [[], ["--python2"]])
def test_scripts_and_their_modules_do_so(tmp_path, flag):
    (tmp_path / "turning.py").write_text(TURN)
    (tmp_path / "program.py").write_text(PROGRAM)
    done = run_program(*flag, tmp_path / "program.py")
    assert (done.stdout, done.stderr) == ("[[0.0, 1.0], [1.0, 0.0], [1.0, 0.0]]\n", "")


def test_an_error_in_such_a_module_is_pythons_own(tmp_path):
    (tmp_path / "turning.py").write_text(TURN + "x = = 1\n")
    (tmp_path / "program.py").write_text(PROGRAM)
    done = run_program(tmp_path / "program.py")
    assert done.returncode == 1
    assert "SyntaxError" in done.stderr


# Python's own limit of depth, which ``python -m lenet.theano_compat`` raises.
SHALLOW = ["-c", "import sys; from lenet.theano_compat.runner import main; sys.exit(main())"]
LONG_SUM = "a = " + " + ".join(["'a'"] * 900) + "\n"


@pytest.mark.parametrize("text", ["", "import numpy\nprint(numpy.eye(2)[[slice(1), 0]])\n"])
def test_sums_may_be_long(tmp_path, text):
    (tmp_path / "program.py").write_text(LONG_SUM + text + "print(len(a))\n")
    done = run_program(tmp_path / "program.py", start=SHALLOW)
    assert (done.stdout, done.stderr) == ("[1.]\n900\n" if text else "900\n", "")


def test_a_program_too_deep_for_python_is_refused_as_by_python(tmp_path):
    (tmp_path / "program.py").write_text("a = " + " + ".join(["'a'"] * 50_000))
    done = run_program(tmp_path / "program.py", start=SHALLOW)
    assert done.returncode == 1
    assert "RecursionError" in done.stderr
    assert "runner.py" not in done.stderr
