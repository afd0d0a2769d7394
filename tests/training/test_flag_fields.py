import argparse
from dataclasses import dataclass

import pytest

from lenet.commands.base import Parser
from lenet.training.flag_fields import (
    flag,
    flags_of,
    fraction,
    natural,
    non_negative,
    option,
    positive,
    positive_int,
)
from lenet.training.settings import initialiser


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
    assert initialiser(text) == text


def test_an_initialiser_that_there_is_not_is_refused():
    with pytest.raises(argparse.ArgumentTypeError, match="initialiser 'x': expected one of glorot"):
        initialiser("x")


@pytest.mark.parametrize(
    ("convert", "good", "bad"),
    [
        (
            positive_int,
            {"1": 1, "20": 20, str(2**63 - 1): 2**63 - 1},
            ["0", "-1", "1.5", "x", "", str(2**63), "9" * 5000],
        ),
        (natural, {"0": 0, "7": 7}, ["-1", "1e3"]),
        (positive, {"1e-3": 1e-3}, ["0", "-1", "nan", "inf"]),
        (non_negative, {"0": 0.0, "2.5": 2.5}, ["-0.1", "nan", "inf"]),
        (fraction, {"0": 0.0, "0.99": 0.99}, ["1", "-0.1", "nan"]),
    ],
    ids=["positive int", "natural", "positive", "non-negative", "fraction"],
)
def test_numbers_have_their_range(convert, good, bad):
    assert {text: convert(text) for text in good} == good
    for text in bad:
        with pytest.raises(argparse.ArgumentTypeError, match=f"expected an? .*, got '{text}'"):
            convert(text)


@dataclass
class Toy:
    """Fields of each kind."""

    number: int = flag(1, "how many", type=natural, metavar="N")
    name: str = flag("", "which", "group", choices=("a", "b"))
    several: tuple[int, ...] = flag((1,), "some", nargs="+", type=natural, collect=tuple)
    three: list[float] | None = flag(None, "three", nargs=3, type=float)
    options: dict[str, float] = flag({}, "more", nargs="+", type=option, collect=dict)
    switch: bool = flag(False, "on or off")
    alone: str | None = flag(None, "which", nargs="?", choices=("h", "v"), const="h")
    range: list[str] | None = flag(
        None, "from to", nargs="*", collect=lambda given: list(given) or ["0", "to", "1"]
    )
    place: str = "no flag"


FLAGS = flags_of(Toy)


def test_fields_without_help_are_no_flags():
    assert [*FLAGS] == [
        *("number", "name", "several", "three", "options", "switch", "alone", "range")
    ]
    assert FLAGS["name"].group == "group"
    assert FLAGS["options"].default == {}


@pytest.mark.parametrize(
    ("name", "given", "argv"),
    [
        ("number", 7, ["7"]),
        ("number", "7", ["7"]),
        ("name", "b", ["b"]),
        ("several", [3, 4], ["3", "4"]),
        ("several", 3, ["3"]),
        ("three", [1, 2.5, 3], ["1", "2.5", "3"]),
        ("options", {"a": 0.5, "b": True}, ["a=0.5", "b=true"]),
        ("number", [7], ["7"]),
        ("alone", True, []),
        ("range", True, []),
        ("range", "1 to 2", ["1 to 2"]),
    ],
)
def test_a_file_and_the_command_line_mean_the_same(name, given, argv):
    parser = Parser(prog="test")
    for each in FLAGS.values():
        each.add_to(parser)
    assert FLAGS[name].of_file(given) == getattr(parser.parse_args([f"--{name}", *argv]), name)


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("number", -1, "expected an integer of at least 0, got '-1'"),
        ("number", True, "expected an integer of at least 0, got 'true'"),
        ("name", "c", "expected one of a, b, got 'c'"),
        ("several", [1, "x"], "got 'x'"),
        ("three", [1, 2], "expected 3 of them, got 2"),
        ("switch", 1, "expected true or false, got 1"),
        ("options", {"a": "x"}, "expected NAME=NUMBER, got 'a=x'"),
    ],
)
def test_a_wrong_value_of_a_file_is_refused(name, given, message):
    with pytest.raises(ValueError, match=message):
        FLAGS[name].of_file(given)


@pytest.mark.parametrize(
    ("name", "given"),
    [("number", [1, 2]), ("number", {"a": 1}), ("several", [[1]]), ("options", {"a": {"b": 1}})],
)
def test_what_no_flag_could_be_is_of_another_type(name, given):
    with pytest.raises(TypeError, match="expected a number or a text"):
        FLAGS[name].of_file(given)


def test_a_default_of_argparse_is_that_of_the_field():
    parser = Parser(prog="test")
    for each in FLAGS.values():
        each.add_to(parser)
    assert Toy(**vars(parser.parse_args([]))) == Toy()
