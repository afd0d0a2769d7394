import os
import subprocess
import sys
from pathlib import Path

import pytensor
import pytest

from lenet.graph import command as graph

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def floatx_put_back():
    """Commands choose, once and for all, float32."""
    with pytensor.config.change_flags(floatX="float32"):
        yield


@pytest.mark.parametrize("command", graph.COMMANDS)
def test_every_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as end:
        graph.main([command, "--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    assert text.startswith(f"usage: lenet-graph {command} ")
    assert "examples:\n  lenet-graph" in text
    assert max(map(len, text.splitlines())) <= 110


def test_the_commands_are_listed(capsys):
    with pytest.raises(SystemExit) as end:
        graph.main(["--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    for name, command in graph.COMMANDS.items():
        assert f"  {name:<9}{command.summary}\n" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "lenet-graph: error: the following arguments are required: COMMAND"),
        (["paint"], "lenet-graph: error: argument COMMAND: invalid choice: 'paint'"),
        (["print", "--lwidth", "0"], "lenet-graph print: error: argument --lwidth: expected a pos"),
        (
            ["print", "--lwidth", *"12345"],
            "lenet-graph print: error: argument --lwidth: expected at",
        ),
        (["draw", "--format", "gif"], "lenet-graph draw: error: argument --format: invalid choice"),
        (["profile", "--steps", "0"], "lenet-graph profile: error: argument --steps: expected a"),
        (["trace", "--index", "-1"], "lenet-graph trace: error: argument --index: expected an"),
        (["check", "--only", "all"], "lenet-graph check: error: argument --only: invalid choice"),
        (["nan", "--lr", "0"], "lenet-graph nan: error: argument --lr: expected a positive number"),
        (["doctor", "--fix"], "lenet-graph doctor: error: unrecognized arguments: --fix"),
    ],
    ids=lambda value: "-".join(value[:2]) if isinstance(value, list) else "",
)
def test_a_wrong_flag_is_one_line_and_status_2(arguments, message, capsys):
    with pytest.raises(SystemExit) as end:
        graph.main(arguments)
    assert end.value.code == 2
    errors = capsys.readouterr().err
    assert errors.count("\n") == 1
    assert errors.startswith(message)


def test_a_missing_model_is_one_line_and_status_1(capsys, tmp_path):
    assert graph.main(["print", "--model_save_path", str(tmp_path / "none.h5")]) == 1
    errors = capsys.readouterr().err
    assert errors.count("\n") == 1
    assert errors.startswith(f"lenet-graph print: {tmp_path / 'none.h5'}: No such file")


def test_a_broken_package_sends_to_the_doctor(tmp_path):
    (tmp_path / "h5py.py").write_text("raise ImportError('bad\\nshared object')")
    result = subprocess.run(
        [sys.executable, "-m", "lenet.graph", "print"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    expected = "bad shared object: a package is missing or broken; see lenet-graph doctor"
    assert result.stderr == f"lenet-graph: {expected}\n"
