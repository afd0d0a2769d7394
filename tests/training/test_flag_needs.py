"""Flags without effect are refused if they were typed, and only then."""

import pytest

from lenet.commands.train_flags import parse_options
from lenet.errors import CommandError
from lenet.runs.writer import write_config


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ("--ncrops 3", "--ncrops 3 has no effect without --data_augm"),
        ("--ncrops 3 --recipe best --no_data_augm", "--ncrops 3 has no effect without --data_augm"),
        (
            "--mom 0.5 --update adam",
            "--mom 0.5 has no effect without --update momentum or nesterov",
        ),
        ("--mom 0.5 --recipe lenet5-1998", "--mom 0.5 has no effect without"),
        ("--rubbish_distance 2", "--rubbish_distance 2.0 has no effect without --loss map"),
        ("--augment random", "--augment random has no effect without a transform: --"),
        ("--fill background --data_augm", "--fill background has no effect without a transform"),
        (
            "--dataset digits --data_augm --ncrops 0",
            "--data_augm --ncrops 0 has no effect on digits, whose images are not mirrored",
        ),
    ],
)
def test_a_flag_that_changes_nothing_is_refused(flags, message):
    with pytest.raises(CommandError, match=f"^{message}"):
        parse_options(flags.split())


@pytest.mark.parametrize(
    "flags",
    [
        "--ncrops 3 --data_augm",
        "--ncrops 0 --data_augm --dataset cifar10",
        "--mom 0.5 --update nesterov",
        "--rubbish_distance 2 --model lenet5-1998 --loss map",
        "--augment random --rotate",
        "--ncrops 2 --mom 0.9 --update sgd",
    ],
)
def test_flags_with_an_effect_and_defaults_are_taken(flags):
    parse_options(flags.split())


def test_the_flags_of_a_run_or_a_file_may_have_no_effect(tmp_path):
    text = 'ncrops = 3\nmom = 0.5\nupdate = "adam"\nfill = "background"'
    (tmp_path / "flags.toml").write_text(text)
    options = parse_options(["--config", str(tmp_path / "flags.toml")])
    assert (options.ncrops, options.mom, options.fill) == (3, 0.5, "background")
    write_config(tmp_path, options.flags())
    for flag in (["--config", str(tmp_path / "config.json")], ["--resume", str(tmp_path)]):
        again = parse_options([*flag, "--nepochs", "3"])
        assert (again.ncrops, again.mom, again.nepochs) == (3, 0.5, 3)
        with pytest.raises(CommandError, match="--ncrops 4 has no effect without --data_augm"):
            parse_options([*flag, "--ncrops", "4"])
