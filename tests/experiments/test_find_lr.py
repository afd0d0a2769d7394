"""The search for a learning rate, without a compiler."""

import shlex

import numpy as np
import pytensor
import pytest

from lenet.experiments import find_lr
from lenet.experiments.find_lr import Sweep, command_with, proposal
from tests.quick_runs import quick_train

SMALL = "--dataset mnist --lwidth 2 3 4 5 --batch_size 20 --initialiser he --find_lr"


@pytest.fixture(scope="module")
def search(tmp_path_factory):
    # Costs of the highest rates are beyond what plain Python takes for graphs within Ops.
    own_mode = pytensor.config.mode
    with (
        quick_train(tmp_path_factory.mktemp("data")) as run,
        pytensor.config.change_flags(mode=own_mode),
    ):
        yield run


def test_it_draws_the_cost_proposes_a_rate_and_trains_nothing(search, capsys, tmp_path):
    outputs = []
    for name in ("a", "b"):
        assert search(SMALL, "--out_dir", tmp_path / name) == 0
        output, errors = capsys.readouterr()
        assert errors == ""
        outputs.append(output.replace(f"{tmp_path / name}", "OUT"))
        assert [path.name for path in (tmp_path / name).iterdir()] == ["find_lr.png"]
    assert outputs[0] == outputs[1]
    assert outputs[0].count("OUT/find_lr.png") == 1
    typed = SMALL.removesuffix(" --find_lr")
    *_, command = outputs[0].splitlines()
    rate = float(command.split()[-1])
    assert command == f"  lenet-train {typed} --out_dir OUT --lr {rate:g}"
    assert find_lr.LOWEST < rate < find_lr.HIGHEST


def test_the_command_to_go_on_with_trains_in_the_same_folder(search, capsys, tmp_path):
    assert search(SMALL, "--nepochs 1 --out_dir", tmp_path / "run") == 0
    *_, command = capsys.readouterr().out.splitlines()
    assert search(*shlex.split(command)[1:]) == 0
    assert {"find_lr.png", "model.h5"} <= {path.name for path in (tmp_path / "run").iterdir()}


@pytest.mark.parametrize(
    "flags",
    ["--resume {}", "--folds 3", "--model_save_path {}/m.h5", "--tensorboard", "--show"],
)
def test_what_it_does_not_go_with_is_one_line(search, capsys, tmp_path, flags):
    train = search(SMALL.replace("--find_lr", ""), "--nepochs 1 --out_dir", tmp_path / "run")
    assert train == 0
    capsys.readouterr()
    assert search(SMALL, flags.format(tmp_path / "run")) == 1
    errors = capsys.readouterr().err
    assert errors.startswith(f"lenet-train: --find_lr does not go with {flags.split()[0]}")
    assert errors.count("\n") == 1


def test_a_run_is_not_repeated_as_a_search(search, capsys, tmp_path):
    assert search(SMALL.replace("--find_lr", ""), "--nepochs 1 --out_dir", tmp_path / "run") == 0
    assert (
        search("--find_lr --config", tmp_path / "run" / "config.json", "--out_dir", tmp_path / "s")
        == 0
    )
    assert [path.name for path in (tmp_path / "s").iterdir()] == ["find_lr.png"]


def test_half_the_rate_of_the_lowest_cost_is_proposed():
    """The oracle is a valley whose lowest point is known."""
    rates = np.geomspace(1e-6, 100, 161)  # twenty a decade
    valley = 2 - np.exp(-((np.log10(rates / 0.2) / 0.5) ** 2))
    noise = np.random.default_rng(0).normal(0, 0.02, len(rates))
    assert proposal(Sweep(rates, valley + noise)) == pytest.approx(0.1, abs=0.021)


def test_a_cost_that_does_not_fall_proposes_nothing():
    rates = np.geomspace(1e-6, 100, 161)
    assert proposal(Sweep(rates, np.full(161, 2.3))) is None
    assert proposal(Sweep(rates, np.geomspace(2.3, 2e6, 161))) is None


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (["--find_lr"], "lenet-train --lr 0.05"),
        (["--lr", "3", "--find_lr", "--nepochs", "2"], "lenet-train --nepochs 2 --lr 0.05"),
        (["--lr=3", "--out_dir", "a b", "--find_lr"], "lenet-train --out_dir 'a b' --lr 0.05"),
    ],
)
def test_the_command_has_the_rate_once(typed, expected):
    assert command_with(typed, 0.05) == expected
