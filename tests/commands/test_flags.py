import argparse
import re
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from lenet import train
from lenet.commands import compare, evaluate, export, flags, predict
from lenet.commands.base import Parser
from lenet.commands.flags import add_flags, flag_options, option
from lenet.graph import command as graph
from lenet.layers import ConvPool
from lenet.layers.activations import ACTIVATIONS
from lenet.layers.initialisers import INITIALISERS
from lenet.models import lenet5_1998
from lenet.models.losses import LOSSES
from lenet.models.rbf_losses import RBF_LOSSES
from lenet.optim.schedules import SCHEDULES, options_of
from lenet.optim.updates import hyper_parameters
from lenet.training.settings import MODELS, UPDATE_RULES

TESTS = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("written", "known"),
    [
        (flags.MODELS, MODELS),
        (flags.ACTIVATIONS, ACTIVATIONS),
        (flags.INITIALISERS, INITIALISERS),
        (flags.CONNECTIONS, lenet5_1998.CONNECTIONS),
        (flags.OUTPUTS, lenet5_1998.OUTPUTS),
        (flags.LOSSES, LOSSES | RBF_LOSSES),
        (flags.UPDATES, UPDATE_RULES),
        (flags.SCHEDULES, SCHEDULES),
    ],
    ids=[
        *("models", "activations", "initialisers", "connections", "outputs", "losses", "updates"),
        "schedules",
    ],
)
def test_names_written_out_are_those_that_there_are(written, known):
    assert len(set(written)) == len(written)
    assert set(written) == set(known)


def test_poolings_written_out_are_those_that_layers_know():
    with pytest.raises(ValueError, match=f"expected one of {', '.join(flags.POOLINGS)}$"):
        ConvPool(1, pooling="none").initialise(np.random.default_rng(0), (1, 8, 8), "conv1")


def test_help_names_every_option_of_update_rules_and_schedules():
    options = flag_options()
    for rule in UPDATE_RULES.values():
        for name in set(hyper_parameters(rule)) - {"momentum"}:
            assert name in options["--update_options"]["help"]
    for schedule in SCHEDULES:
        for name in options_of(schedule):
            assert name in options["--schedule_options"]["help"]


def test_every_flag_explains_itself():
    for action in train.make_parser()._actions:
        assert action.help
        assert len(action.option_strings) == 1 or action.dest == "help"
    # A lonely percent sign would be an error of argparse's.
    assert "%" in train.make_parser().format_help()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("beta1=0.9", ("beta1", 0.9)),
        ("every=3", ("every", 3)),
        ("every=3.0", ("every", 3)),
        ("multiplier=-5e-2", ("multiplier", -0.05)),
        ("linear=true", ("linear", True)),
        ("linear=false", ("linear", False)),
        ("epsilon=1e300", ("epsilon", 1e300)),
    ],
)
def test_an_option_has_a_name_and_a_number(text, expected):
    name, value = option(text)
    assert (name, value) == expected
    assert type(value) is type(expected[1])


@pytest.mark.parametrize(
    "text", ["beta1", "beta1=", "=1", "beta1=x", "beta1=nan", "beta1=inf", "a b=1", "1a=2", ""]
)
def test_an_option_without_name_or_number_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match=r"expected NAME=NUMBER, got '"):
        option(text)


@pytest.mark.parametrize("text", ["he", "zeros", "normal:0.05", ""])
def test_an_initialiser_is_known_by_name(text):
    assert flags.initialiser(text) == text


def test_an_initialiser_that_there_is_not_is_refused():
    with pytest.raises(argparse.ArgumentTypeError, match="initialiser 'x': expected one of glorot"):
        flags.initialiser("x")


@pytest.mark.parametrize(
    ("convert", "good", "bad"),
    [
        (
            flags.positive_int,
            {"1": 1, "20": 20, str(2**63 - 1): 2**63 - 1},
            ["0", "-1", "1.5", "x", "", str(2**63), "9" * 5000],
        ),
        (flags.natural, {"0": 0, "7": 7}, ["-1", "1e3"]),
        (flags.positive, {"1e-3": 1e-3}, ["0", "-1", "nan", "inf"]),
        (flags.non_negative, {"0": 0.0, "2.5": 2.5}, ["-0.1", "nan", "inf"]),
        (flags.fraction, {"0": 0.0, "0.99": 0.99}, ["1", "-0.1", "nan"]),
    ],
    ids=["positive int", "natural", "positive", "non-negative", "fraction"],
)
def test_numbers_have_their_range(convert, good, bad):
    assert {text: convert(text) for text in good} == good
    for text in bad:
        with pytest.raises(argparse.ArgumentTypeError, match=f"expected an? .*, got '{text}'"):
            convert(text)


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        ([], False),
        (["--batch_norm"], True),
        (["--batch_norm", "--no_batch_norm"], False),
        (["--no_batch_norm", "--batch_norm"], True),
    ],
    ids=["none", "switch", "contrary", "switch again"],
)
def test_the_last_of_a_switch_and_its_contrary_wins(argv, expected):
    parser = Parser(prog="test")
    add_flags(parser, "--batch_norm", "--lr")
    assert vars(parser.parse_args(argv)) == {"batch_norm": expected, "lr": 0.01}


COMMANDS = {
    "train": (train, ["**/*.py"]),
    "predict": (predict, ["commands/test_predict.py"]),
    "evaluate": (evaluate, ["commands/test_evaluate.py"]),
    "compare": (compare, ["commands/test_compare.py"]),
    "export": (export, ["commands/test_export.py"]),
}
COMMANDS |= {
    f"graph {name}": (import_module(f"lenet.graph.{command.module}"), ["graph/*.py"])
    for name, command in graph.COMMANDS.items()
}


def parser_of(module):
    if hasattr(module, "make_parser"):
        return module.make_parser()
    parser = Parser(prog="test")
    module.add_arguments(parser)
    return parser


@pytest.mark.parametrize("name", COMMANDS)
def test_no_flag_is_without_a_test_of_its_command(name):
    module, patterns = COMMANDS[name]
    files = {path for pattern in patterns for path in TESTS.glob(pattern)} - {Path(__file__)}
    words = set(re.findall(r"--\w+", "".join(path.read_text() for path in files)))
    flags = {flag for action in parser_of(module)._actions for flag in action.option_strings}
    contraries = {flag for flag in flags if f"--{flag.removeprefix('--no_')}" in flags - {flag}}
    assert flags - {"-h", "--help"} - contraries - words == set()
