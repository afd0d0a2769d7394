"""Numbers that no run is made for: each flag takes them, or says in one line that it does not."""

import argparse
from pathlib import Path

import pytest

from lenet.commands.train_flags import make_parser
from lenet.training.flag_fields import address
from tests.quick_runs import quick_train

NUMBERS = (str(2**63), str(2**80), "1e300", "nan", "inf", "-1")
BASE = "--dataset mnist --nepochs 1 --batch_size 20 --threads 1"
MLP, LENET = "--model mlp --hidden 2", "--lwidth 1 1 1 2"
OPTIONS = {
    "--average_options": [("ema", "decay"), ("lookahead", "steps"), ("lookahead", "rate")],
    "--update_options": [
        ("adam", "epsilon"),
        ("adam", "beta1"),
        ("adamw", "weight_decay"),
        ("rmsprop", "rho"),
        ("sdlm", "mu"),
    ],
    "--schedule_options": [
        ("exponential", "multiplier"),
        ("step", "gamma"),
        ("step", "every"),
        ("cosine", "final"),
        ("one_cycle", "rise"),
        ("one_cycle", "start"),
        ("one_cycle", "low_momentum"),
    ],
}
# What a flag needs beside it to have an effect, if not a perceptron.
BESIDE = {
    "--lwidth": "",
    "--hidden": "--model mlp",
    "--ncrops": f"{MLP} --data_augm",
    "--rubbish_distance": "--model lenet5-1998 --loss map",
    "--devices": f"{MLP} --backend jax",
    "--num_hosts": f"{MLP} --backend jax --coordinator 127.0.0.1:1 --host_index 0",
    "--host_index": f"{MLP} --backend jax --coordinator 127.0.0.1:1 --num_hosts 2",
    "--fold": f"{MLP} --folds 2",
}


def takes_numbers(action: argparse.Action) -> bool:
    if action.choices or action.nargs == 0:
        return False
    return action.nargs == "*" or action.type not in (None, Path, address)


def cases():
    for action in make_parser()._actions:
        flag = action.option_strings[0] if action.option_strings else ""
        if flag in OPTIONS:
            rule = flag.removesuffix("_options")
            for name, option in OPTIONS[flag]:
                for number in NUMBERS:
                    yield f"{MLP} {rule} {name} {flag} {option}={number}"
        elif takes_numbers(action):
            for number in NUMBERS:
                several = " ".join(
                    [number] * (action.nargs if isinstance(action.nargs, int) else 1)
                )
                value = f"normal:{number}" if flag == "--initialiser" else several
                yield f"{BESIDE.get(flag, MLP)} {flag} {value}"


@pytest.fixture(scope="module")
def command(tmp_path_factory):
    with quick_train(tmp_path_factory.mktemp("data")) as command:
        yield command


@pytest.mark.parametrize("flags", list(cases()))
def test_a_number_is_taken_or_refused_in_one_line(command, capsys, tmp_path, flags):
    try:
        status = command(BASE, flags, "--out_dir", tmp_path / "run")
    except SystemExit as end:
        status = end.code
    errors = capsys.readouterr().err
    assert status in (0, 1, 2)
    assert errors.count("\n") == (status > 0), errors


def test_quiet_says_nothing_of_a_training_but_what_is_wrong(command, capsys, tmp_path):
    flags = f"{BASE} --model mlp --hidden 2 --quiet"
    assert command(flags, "--out_dir", tmp_path / "run") == 0
    assert capsys.readouterr() == ("", "")
    assert (tmp_path / "run" / "model.h5").exists()
    assert command(flags, "--hidden 3 --lr 1e300", "--out_dir", tmp_path / "other") == 1
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors.startswith("lenet-train: training has diverged")
