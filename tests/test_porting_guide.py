"""The porting guide is true: its code prints what it says, and its names exist."""

import difflib
import os
import re
import subprocess
import sys
import warnings
from importlib import import_module
from pathlib import Path

import pytensor
import pytest

from lenet.__main__ import main
from lenet.theano_compat import install, uninstall
from lenet.theano_compat.python2.hints import REMEDY

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "porting.md").read_text()
SECTIONS = {text.split("\n", 1)[0]: text for text in re.split(r"^## ", GUIDE, flags=re.MULTILINE)}
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
PYTHON_SECTIONS = [title for title, text in SECTIONS.items() if "```python" in text]
ABBREVIATIONS = {"T": "theano.tensor", "pt": "pytensor.tensor", "nnet": "lenet.nnet"}
PROGRAMS = ROOT / "tests" / "theano_compat" / "programs"


@pytest.fixture
def theano_names():
    install()
    with pytensor.config.change_flags(floatX="float64"):
        yield
    uninstall()


def printed_and_promised(section, capsys):
    """Run the blocks of a section; return what each printed, and the text blocks after them."""
    namespace = {"__name__": "guide"}
    blocks = BLOCK.findall(section)
    printed, promised = [], []
    for (language, text), (following, output) in zip(blocks, [*blocks[1:], ("", "")], strict=True):
        if language == "python":
            exec(compile(text, "porting.md", "exec"), namespace)
            printed.append(capsys.readouterr().out)
            promised.append(output if following == "text" else "")
    return printed, promised


@pytest.mark.parametrize("title", PYTHON_SECTIONS)
def test_code_prints_what_the_guide_says(title, capsys):
    # The default linker, whatever other tests have left.
    with pytensor.config.change_flags(floatX="float64", linker="auto"):
        try:
            printed, promised = printed_and_promised(SECTIONS[title], capsys)
        finally:
            uninstall()
    assert any(promised)
    assert printed == promised


def rows(section, columns):
    """Return the cells of all table rows of a section that have so many columns."""
    lines = [line for line in section.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split(" |")] for line in lines]
    return [row for row in cells if len(row) == columns and row[0].startswith("`")]


def names_in(cell):
    return [full_name(name) for name in re.findall(r"`([^`]+)`", cell)]


def full_name(name):
    first, _, rest = name.partition(".")
    return f"{ABBREVIATIONS.get(first, first)}.{rest}"


def resolve(name):
    """Return what a dotted name stands for: attributes of the longest part that can be imported."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found = import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            found = getattr(found, part)
        return found
    raise ModuleNotFoundError(name)


@pytest.mark.usefixtures("theano_names")
@pytest.mark.parametrize("column", [0, 1], ids=["old", "new"])
def test_names_of_the_table_exist(column):
    table = rows(SECTIONS["Old names and new names"], 3)
    names = [name for row in table for name in names_in(row[column])]
    assert len(names) > 70
    with warnings.catch_warnings():
        # Later versions of PyTensor 3 warn of the places that earlier ones have; the table says so.
        warnings.simplefilter("ignore", DeprecationWarning)
        for name in names:
            resolve(name)


def test_each_row_of_the_table_says_what_to_do():
    table = rows(SECTIONS["Old names and new names"], 3)
    assert all(names_in(row[0]) for row in table)
    assert all(names_in(row[1]) or row[2] for row in table)


@pytest.mark.usefixtures("theano_names")
@pytest.mark.parametrize(
    ("name", "message"),
    [(*names_in(row[0]), row[1]) for row in rows(SECTIONS["What is not served"], 2)],
)
def test_missing_names_say_what_the_guide_says(name, message):
    with pytest.raises(AttributeError) as caught:
        resolve(name)
    assert str(caught.value).partition(": ")[2] == message


def test_python2_message():
    assert REMEDY.format(file="SCRIPT") in " ".join(
        SECTIONS["What is not served"].replace("`", "").split()
    )


def test_the_shown_difference_is_all_there_is():
    versions = [(PROGRAMS / f"lenet_{name}.py").read_text() for name in ("before", "after")]
    before, after = (text.splitlines()[1:] for text in versions)  # without the docstring
    lines = [*difflib.unified_diff(before, after, n=0, lineterm="")][2:]
    changes = [line for line in lines if not line.startswith("@@") and line[1:].strip()]
    (shown,) = (
        text for kind, text in BLOCK.findall(SECTIONS["A port, line by line"]) if kind == "diff"
    )
    assert changes == shown.splitlines()


@pytest.mark.slow
@pytest.mark.parametrize("runner", [("-m", "lenet.theano_compat"), ()], ids=["before", "after"])
def test_both_programs_print_what_the_guide_says(runner):
    script = PROGRAMS / f"lenet_{'before' if runner else 'after'}.py"
    # Compiling takes longer than running.
    flags = f"{os.environ.get('PYTENSOR_FLAGS', '')},gcc__cxxflags=-O0 -g0,floatX=float64"
    done = subprocess.run(
        [sys.executable, *runner, str(script)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTENSOR_FLAGS": flags.strip(","), "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    blocks = BLOCK.findall(SECTIONS["A port, line by line"])
    assert done.stdout == dict(blocks)["text"]


def test_the_command_says_what_the_guide_says(tmp_path, monkeypatch, capsys):
    (tmp_path / "lenet_before.py").write_text((PROGRAMS / "lenet_before.py").read_text())
    monkeypatch.chdir(tmp_path)
    blocks = BLOCK.findall(SECTIONS["Ported by a command"])
    (command, shown) = (text for kind, text in blocks[:2])
    assert main(command.split()[1:]) == 0
    assert capsys.readouterr().out == shown
