"""The guide on one's own images, docs/images.md, as far as it can be run."""

import re
from pathlib import Path

import pytest

from lenet import train
from lenet.commands.train_flags import parse_options
from tests.image_folders import write_folder

GUIDE = (Path(__file__).parent.parent / "docs" / "images.md").read_text()
CLASSES = dict.fromkeys(("airplane", "frog", "ship", "truck"), 40)


@pytest.fixture
def photos(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LENET_DATA_DIR", str(tmp_path / "data"))
    for k, name in enumerate(("source-a", "source-b")):
        write_folder(tmp_path / "photos" / name, CLASSES, seed=k)


def example(number):
    """Return what a piece of Python in the guide is, and what it prints there."""
    pairs = re.findall(
        r"^```python\n(.*?)^```\n+```text\n(.*?)^```$", GUIDE, flags=re.MULTILINE | re.DOTALL
    )
    return pairs[number]


def test_the_augmentation_that_it_shows_prints_what_it_shows(capsys):
    code, printed = example(0)
    exec(compile(code, "images.md", "exec"), {})
    assert capsys.readouterr().out == printed


def test_the_example_of_photographs_runs(photos, capsys):
    code, _ = example(1)
    exec(compile(code, "images.md", "exec"), {})
    shape, name, path = re.fullmatch(r"(\(.*\)) (\w+) (\S+)\n", capsys.readouterr().out).groups()
    assert shape == "(50, 3, 32, 32)"
    assert f"\n{shape} " in GUIDE
    assert path.split("/")[2] == name


def test_the_commands_are_understood(photos):
    commands = re.findall(r"^lenet[- ]train (.*)$", GUIDE, flags=re.MULTILINE)
    commands = [command for command in commands if "--image_dir photos/" in command]
    assert len(commands) == 4
    for command in commands:
        arguments = parse_options(command.split())
        assert [str(folder) for folder in arguments.image_dir] == [
            "photos/source-a",
            "photos/source-b",
        ]


def test_the_refusal_that_it_shows_is_what_is_said(photos, capsys):
    flags = "--dataset folder --image_dir photos/source-a --image_size 20 --out_dir none"
    assert train.main(flags.split()) == 1
    assert capsys.readouterr().err in GUIDE
