import argparse

import pytest

from lenet.augment.compose import Augmentation
from lenet.augment.transforms import (
    TRANSFORMS,
    Brightness,
    Crop,
    Cutout,
    Elastic,
    Flip,
    Noise,
    Range,
    Rotate,
    Scale,
    Shift,
)
from lenet.commands.base import Parser
from lenet.commands.flags import add_flags, options_of, run_flags, values_of_file
from lenet.errors import CommandError


def parsed(*argv):
    parser = Parser(prog="test")
    add_flags(parser, *(kind.name for kind in TRANSFORMS), "--augment", "--fill")
    return parser.parse_args(argv)


def augmentation_in(arguments):
    return options_of(vars(arguments)).augmentation


def composed(text):
    return augmentation_in(parsed(*text.split()))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("--rotate 90 -90 45", (Rotate((90, -90, 45)),)),
        ("--rotate -30 to 30.5", (Rotate(Range(-30, 30.5)),)),
        ("--flip v", (Flip("v"),)),
        ("--noise 0.2", (Noise(0.2),)),
        ("--shift 3", (Shift(3),)),
        ("--scale 0.5 2", (Scale((0.5, 2)),)),
        ("--crop 20", (Crop(20),)),
        ("--brightness 0.5 to 2", (Brightness(Range(0.5, 2)),)),
        ("--cutout", (Cutout(0.5),)),
        ("--cutout 8", (Cutout(8),)),
        ("--elastic 20 3", (Elastic(20, 3),)),
        ("--elastic 20", (Elastic(20, 4),)),
        (
            "--cutout 0.2 --noise --elastic --brightness --shift --scale --rotate --flip --crop",
            (
                *(Crop(0.875), Flip("h"), Rotate(Range(-15, 15)), Scale(Range(0.9, 1.1))),
                *(Shift(0.1), Elastic(34, 4), Brightness(Range(0.7, 1.3)), Noise(0.1)),
                Cutout(0.2),
            ),
        ),
    ],
    ids=str,
)
def test_flags_compose_an_augmentation(text, expected):
    assert composed(text) == Augmentation(expected, "each", "edge")


def test_how_they_go_together_is_chosen():
    chosen = composed("--flip both --augment random --fill background")
    assert chosen == Augmentation((Flip("both"),), "random", "background")


def test_defaults_of_flags_are_those_of_python():
    alone = composed("--crop --scale --shift --elastic --brightness --noise --flip")
    assert set(alone.transforms) == {
        *(Crop(), Scale(), Shift(), Elastic(), Brightness(), Noise(), Flip()),
    }


def test_a_range_may_be_one_text_as_in_a_file():
    assert augmentation_in(parsed("--rotate=-30 to 30")).transforms == (Rotate(Range(-30, 30)),)


@pytest.mark.parametrize(
    "text",
    [
        "--rotate 90 -90 45 --noise 0.1 --elastic --augment random",
        "--rotate -30 to 30 --flip both --crop --shift 2 --fill background",
        "--scale --brightness 0.5 1.5",
    ],
)
def test_flags_that_are_written_down_give_the_same_again(text):
    arguments = parsed(*text.split())
    again = argparse.Namespace(
        **values_of_file(Parser(prog="test"), vars(arguments), "config.json")
    )
    assert augmentation_in(again) == augmentation_in(arguments)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("--rotate 400", "--rotate 400: expected numbers from -360 to 360"),
        ("--rotate left", "--rotate left: expected numbers, or a range such as 0.5 to 2"),
        ("--rotate 30 to -30", "--rotate 30 to -30: expected numbers, .* the lower first"),
        ("--rotate 1 to 2 3", "--rotate 1 to 2 3: expected numbers, or a range"),
        ("--scale 0", "--scale 0: expected numbers from 0.1 to 10"),
        ("--brightness to", "--brightness to: expected numbers, or a range"),
        ("--noise -0.1", "--noise -0.1: expected a share above 0, at most 1"),
        ("--crop 0", "--crop 0: expected whole pixels, or below 1 a share of the side"),
        ("--shift 2.5", "--shift 2.5: expected whole pixels"),
        ("--elastic 1 2 3", "--elastic 1 2 3: expected one number or two"),
        ("--elastic 1 to 3", "--elastic 1 to 3: expected one number or two"),
        ("--elastic -1", "--elastic: alpha is -1, expected above 0"),
    ],
    ids=str,
)
def test_impossible_values_are_one_clear_line(text, message):
    with pytest.raises(CommandError, match=message) as error:
        composed(text)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--flip", "diagonal"], "--flip: invalid choice: 'diagonal'"),
        (["--noise", "much"], "--noise: expected a number, got 'much'"),
        (["--shift", "nan"], "--shift: expected a number, got 'nan'"),
        (["--augment", "all"], "--augment: invalid choice: 'all'"),
        (["--fill", "red"], "--fill: invalid choice: 'red'"),
    ],
    ids=str,
)
def test_values_of_another_kind_are_errors_of_the_parser(argv, message, capsys):
    with pytest.raises(SystemExit):
        parsed(*argv)
    assert message in capsys.readouterr().err


def test_help_warns_of_flipped_digits():
    help_text = run_flags()["flip"].options["help"]
    assert "Letters and digits become other symbols" in help_text
