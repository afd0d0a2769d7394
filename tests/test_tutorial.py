"""The tutorial and its notebook are true: the commands are accepted, the notebook runs."""

import importlib
import re
import shlex
from pathlib import Path

import pytest

from lenet.__main__ import COMMANDS
from lenet.commands.base import parse
from lenet.commands.course_runs import planned_runs
from tests.notebooks import pictures, printed, run_notebook

ROOT = Path(__file__).parent.parent
TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text()
NOTEBOOK = ROOT / "docs" / "tutorial.ipynb"


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", TUTORIAL, flags=re.MULTILINE | re.DOTALL)


LINES = [line for block in blocks("sh") for line in block.replace("\\\n", "").splitlines()]


@pytest.mark.parametrize("line", LINES)
def test_each_command_is_accepted(line):
    program, name, *argv = shlex.split(line)
    assert program == "lenet"
    assert name in COMMANDS
    module = COMMANDS[name].module if name != "train" else "lenet.commands.train_flags"
    assert parse(importlib.import_module(module).make_parser(), argv)


def test_the_tutorial_shows_what_it_promises():
    shown = {line.split()[1] for line in LINES}
    assert shown >= {"explore", "train", "evaluate", "predict", "course", "compare", "export"}
    assert any("--folds" in line for line in LINES)


def test_lists_of_runs_are_accepted(tmp_path):
    lists = blocks("toml")
    assert lists
    for number, text in enumerate(lists):
        path = tmp_path / f"{number}.toml"
        path.write_text(text)
        assert planned_runs(path, ["--image_dir=photos"], tmp_path / "out")


def test_every_linked_file_exists():
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", TUTORIAL)
    local = [link for link in links if "://" not in link]
    assert local
    assert not [link for link in local if not (ROOT / "docs" / link).exists()]


def test_pictures_are_small():
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+\.png)\)", TUTORIAL)
    assert pictures
    assert max((ROOT / "docs" / picture).stat().st_size for picture in pictures) < 150_000


@pytest.mark.slow
def test_the_notebook_runs(tmp_path, monkeypatch):
    code = run_notebook(NOTEBOOK, tmp_path, monkeypatch)
    text = printed(code)
    assert "all of it as a page: explore.html" in text
    assert "all folds: runs/folds/folds.csv" in text
    (rows,) = re.findall(r"^run +training +validation .*\n((?:.+\n)+)", text, re.MULTILINE)
    names = [row.split()[0] for row in rows.splitlines()]
    assert names == ["mlp", "mlp-augmented", "lenet5", "lenet5-batch-norm"]
    assert pictures(code) == 3
