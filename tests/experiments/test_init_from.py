"""Runs that begin with a trained network, through the command line and in plain Python."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from lenet.commands.train_flags import parse_options
from lenet.runs import checkpoint
from lenet.runs.names import CONFIG, LAST, MODEL
from lenet.runs.writer import write_config
from tests.quick_runs import quick_train

SMALL = "--dataset mnist --batch_size 20 --threads 1"
WIDTHS = "--lwidth 2 3 4 5 --batch_norm"
MLP = "--model mlp --hidden 4 --batch_norm --normalize zscore --seed 5 --nepochs 1"


@pytest.fixture(scope="module")
def train(tmp_path_factory):
    with quick_train(tmp_path_factory.mktemp("data")) as run:
        yield run


@pytest.fixture(scope="module")
def perceptron(train, tmp_path_factory):
    """Return the folder of a run that takes little time."""
    folder = tmp_path_factory.mktemp("perceptron") / "run"
    assert train(SMALL, MLP, "--out_dir", folder) == 0
    return folder


@pytest.fixture(scope="module")
def source(train, tmp_path_factory):
    """Return the folder of a run of another seed."""
    folder = tmp_path_factory.mktemp("source") / "run"
    assert train(SMALL, WIDTHS, "--seed 5 --nepochs 1 --out_dir", folder) == 0
    return folder


def numbers(path):
    saved = checkpoint.load(path)
    return {**saved.parameters, **saved.groups["state"], **saved.groups["memory"]}


def flags_of(folder):
    return json.loads((folder / CONFIG).read_text())["flags"]


def test_a_run_says_what_it_begins_with_and_keeps_what_is_frozen(train, source, capsys, tmp_path):
    folder = tmp_path / "run"
    assert (
        train(SMALL, "--init_from", source, "--freeze conv1 conv2 --nepochs 1 --out_dir", folder)
        == 0
    )
    output = capsys.readouterr().out
    parts = [
        f"{name}{part}" for name in ("conv1", "conv2", "conv3", "fc") for part in ("", "_norm")
    ]
    assert f"begins    {', '.join(parts)}, output of {source}\n" in output
    assert "conv2_norm (frozen)" in output
    assert "conv3_norm (frozen)" not in output
    before, after = numbers(source / MODEL), numbers(folder / MODEL)
    for name, value in before.items():
        is_frozen = name.startswith(("conv1", "conv2"))
        assert np.array_equal(after[name], value) == is_frozen, name
    kept = {name.partition("_")[0] for name in numbers(folder / LAST) if name.endswith("_step")}
    assert kept == {"conv3", "fc", "output"}


def test_an_interrupted_run_reaches_the_same_bits_without_the_network(
    train, perceptron, capsys, tmp_path
):
    """Nor does it need its normalisation, which is in the run's own checkpoint."""
    here, whole, part = (tmp_path / name for name in ("moved", "whole", "part"))
    shutil.copytree(perceptron, here)
    begin = [SMALL, "--init_from", here, "--freeze fc1 --num_examples 40"]
    assert train(*begin, "--nepochs 2 --out_dir", whole) == 0
    assert train(*begin, "--nepochs 1 --out_dir", part) == 0
    shutil.rmtree(here)
    capsys.readouterr()
    assert train("--resume", part, "--nepochs 2") == 0
    assert "begins " not in capsys.readouterr().out
    expected = numbers(whole / LAST)
    for name, value in numbers(part / LAST).items():
        np.testing.assert_array_equal(value, expected[name])
    before, after = (
        json.loads(checkpoint.load(folder / MODEL).attributes["architecture"])[0]
        for folder in (perceptron, part)
    )
    assert after["layer"] == "Normalise"
    assert before == after
    # And its config has all that repeats it.
    flags = flags_of(whole)
    assert (flags["init_from"], flags["freeze"]) == (str(here), ["fc1"])
    assert (flags["model"], flags["hidden"], flags["batch_norm"]) == ("mlp", [4], True)
    assert flags["normalize"] == "pretrained"


def test_a_config_repeats_a_run(perceptron, tmp_path):
    """With all that was found out when it began."""
    begin = options_of(SMALL, "--normalize pretrained --freeze fc1 --init_from", perceptron)
    write_config(tmp_path, begin.flags())
    again = options_of("--config", tmp_path / CONFIG)
    assert replace(again, config=None) == begin


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ("--init_from {0}/none", "--init_from: {0}/none: No such file or directory"),
        ("--init_from {1} --freeze conv9", "no layer 'conv9' to freeze: expected some of conv1, "),
        (
            "--init_from {1} --model mlp",
            "--init_from {1}: none of its layers fits the network (fc1: ",
        ),
        (
            "--resume {1} --init_from mnist",
            "--init_from does not go with --resume: the run has begun",
        ),
        ("--normalize pretrained", "--normalize pretrained is that of the network of --init_from"),
        ("--init_from {0}/text", "--init_from: {0}/text: "),
    ],
)
def test_what_cannot_be_is_one_line_and_leaves_nothing(
    train, source, capsys, tmp_path, flags, message
):
    (tmp_path / "text").write_text("no network")
    folder = tmp_path / "run"
    given = "" if "--resume" in flags else f"{SMALL} --out_dir {folder}"
    assert train(given, flags.format(tmp_path, source)) == 1
    errors = capsys.readouterr().err
    assert message.format(tmp_path, source) in errors
    assert errors.startswith("lenet-train: ")
    assert errors.count("\n") == 1
    assert not folder.exists() or not any(folder.iterdir())


def options_of(*flags):
    return parse_options([word for part in flags for word in str(part).split()])


def test_the_network_wins_over_recipes_and_flags_win_over_it(source, tmp_path):
    found = options_of("--dataset digits --recipe table --init_from", source)
    assert (found.lwidth, found.batch_norm, found.batch_size) == ((2, 3, 4, 5), True, 256)
    found = options_of("--dataset digits --no_batch_norm --lwidth 7 --init_from", source)
    assert (found.lwidth, found.batch_norm) == ((7, 31, 64, 128), False)
    config = tmp_path / "flags.toml"
    config.write_text("lwidth = [8]\n")
    found = options_of("--dataset digits --init_from", source, "--config", config)
    assert (found.lwidth, found.batch_norm) == ((8, 31, 64, 128), True)


def test_ones_own_images_get_the_shape_that_the_network_takes(source):
    found = options_of("photographs --init_from", source)
    assert (found.image_size, found.channels, found.batch_norm) == (28, 1, True)
    found = options_of("photographs --channels 3 --init_from mnist-1998")
    assert (found.image_size, found.channels, found.model) == (28, 3, "lenet5-1998")
    assert found.batch_norm is False
