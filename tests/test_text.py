import ast
import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lenet import text
from lenet.text import csv_cell, csv_lines, json_text, shown, shown_lines

# Surrogates, too, which `st.text` leaves out by itself.
any_text = st.text(st.characters(codec=None) | st.characters(categories=["Cs", "Cc", "Cf"]))


@given(any_text)
@example("\x1b[31m\x07\x85\u2028\u202e\udc80\r\n")
def test_what_is_shown_is_one_printable_line(odd):
    line = shown(odd)
    assert line.isprintable()
    assert shown(line) == line
    # Escapes of Python, that stand for what they replace.
    assert "".join(c if c.isprintable() else ast.literal_eval(f"'{shown(c)}'") for c in odd) == odd
    assert shown_lines(odd).split("\n") == [shown(part) for part in odd.split("\n")]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("na\u00efve \u732b", "na\u00efve \u732b"),
        ("a\nb\tc", r"a\nb\tc"),
        (Path("a\x1b"), r"a\x1b"),
        ("\udcff", r"\udcff"),
        (ValueError("a\rb"), r"a\rb"),
        (3, "3"),
    ],
)
def test_shown(value, expected):
    assert shown(value) == expected


@given(st.recursive(any_text, lambda inner: st.lists(inner) | st.dictionaries(any_text, inner)))
def test_json_stands_for_the_same(content):
    written = json_text(json.dumps(content, ensure_ascii=False, indent=2))
    assert all(line.isprintable() for line in written.split("\n"))
    assert json.loads(written) == content


@given(any_text)
@example("=1+1")
@example("\t=1+1")
@example("@SUM(1)")
@example("-1")
@example("\N{FULLWIDTH EQUALS SIGN}1")
def test_cells_are_no_formulas(odd):
    ((cell,),) = csv.reader(io.StringIO(csv_lines([[f"x{odd}"]])))
    assert cell == f"x{shown(odd)}"
    cell = str(csv_cell(odd))
    assert cell.removeprefix("'") == shown(odd).removeprefix("'")
    if cell.startswith(tuple("=+-@\t\r")):
        float(cell)


def test_numbers_are_left_as_they_are():
    rows = [["a", -0.5, "-0.5", "+1e5", None, 3, "-", "-x", "=x", "'=x"]]
    assert csv_lines(rows) == "a,-0.5,-0.5,+1e5,,3,'-,'-x,'=x,'=x\n"


def who_prints():
    """Yield each call in the package that writes to a terminal by itself: file, function, call."""
    package = Path(text.__file__).parent
    for path in sorted(package.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                call = ast.unparse(node.func)
                name = str(path.relative_to(package))
                if call in ("print", "csv.writer", "csv.DictWriter") or call.endswith(
                    ("stdout.write", "stderr.write", "stdout.writelines", "stderr.writelines")
                ):
                    yield name, ast.unparse(node)


def test_nobody_prints_past_the_escapes():
    """Whoever prints or writes CSV has to use `terminal.say` or `complain`, or `csv_lines`."""
    own = {
        ("terminal.py", "print(shown_lines(text), flush=True)"),
        ("terminal.py", "print(shown(f'{program}: {reason}'), file=sys.stderr, flush=True)"),
        ("text.py", "csv.writer(lines, lineterminator='\\n')"),
        # What a notebook's cell comes to, which is the program's own.
        ("theano_compat/notebooks.py", "print(repr(value))"),
        # Into a pipe, for the process that has asked.
        ("hdf5.py", "print(error)"),
        # What a program's cell comes to.
        ("theano_compat/notebooks.py", "print(repr(value))"),
    }
    others = {
        (name, call)
        for name, call in who_prints()
        # What a program prints, or asks Theano or NumPy to, is its own; a constant needs no escapes.
        if not call.startswith("print(shown(")
        and not name.startswith(
            ("theano_compat/theano/", "theano_compat/python2/", "theano_compat/old_names/")
        )
        and not call.startswith(("print(help_of(program)", "print('"))
    }
    assert others - own == set()


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0, "0 epochs"), (1, "1 epoch"), (2, "2 epochs"), (1234, "1,234 epochs")],
)
def test_a_noun_agrees_with_its_number(number, expected):
    assert text.counted(number, "epoch") == expected


def test_the_nearest_name_or_all_of_them():
    names = ("mnist", "cifar10", "Folder")
    assert text.did_you_mean("MNIST", names) == "did you mean mnist?"
    assert text.did_you_mean("foldr", names) == "did you mean Folder?"
    assert text.did_you_mean("imagenet", names) == "expected one of mnist, cifar10, Folder"
