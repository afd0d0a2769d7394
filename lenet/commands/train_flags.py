"""Flags of `lenet-train`: their parser, what a run to go on with adds to them, and settings."""

import argparse
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from lenet.commands.augmentation_flags import add_augmentation_flags, augmentation_of
from lenet.commands.base import Parser, parse
from lenet.commands.device_flags import add_device_flags, check_devices
from lenet.commands.flags import add_flags
from lenet.commands.presets import add_preset_flags, with_presets
from lenet.errors import CommandError
from lenet.files import leftovers
from lenet.optim.schedules import Schedule
from lenet.runs.flag_text import LEFT_OUT, arguments_of
from lenet.runs.names import CONFIG, LOCK, WRITTEN
from lenet.runs.reader import read_config
from lenet.terminal import say
from lenet.text import shown

if TYPE_CHECKING:
    from lenet.training.settings import Settings

PROGRAM = "lenet-train"

DESCRIPTION = """\
Train LeNet (two convolutions with max-pooling, a third convolution, a fully connected layer and
logistic regression) on small images, with momentum and an L2 penalty. Learning rate and momentum
shrink by 5 % every 10 epochs. The model with the lowest validation error is kept."""
EPILOG = """\
examples:
  lenet-train --dataset cifar10 --data_augm --ncrops 2
  lenet-train --dataset digits --nepochs 20 --lwidth 8 16 --out_dir runs/small
  lenet-train --dataset mnist --lr 0.05 --batch_size 100 --threads 4
  lenet-train --dataset mnist --recipe best --no_data_augm
  lenet-train --resume runs/small --nepochs 40

the default network is --lwidth 16 31 64 128; the default --out_dir is runs/<time>-<dataset>."""


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = Parser(prog=PROGRAM, description=DESCRIPTION, epilog=EPILOG)
    add_flags(parser, "--data_augm", "--dataset", "--nepochs", "--lr", "--mom", "--l2_pen")
    add_flags(parser, "--lwidth", "--ncrops")
    group = parser.add_argument_group("one's own images")
    add_flags(group, "--image_dir", "--image_size", "--channels", "--stretch", "--split")
    add_flags(group, "--epsilon", "--strict", "--cache_dir")
    group = parser.add_argument_group("the network")
    add_flags(group, "--model", "--hidden", "--activation", "--pooling", "--batch_norm")
    add_flags(group, "--dropout", "--initialiser", "--connections", "--output")
    group = parser.add_argument_group("what is learnt, and how")
    add_flags(group, "--loss", "--rubbish_distance", "--label_smoothing", "--l1_pen")
    add_flags(group, "--class_weights")
    add_flags(group, "--update", "--update_options")
    add_flags(group, "--schedule", "--schedule_options", "--warmup", "--batch_size", "--patience")
    group = parser.add_argument_group("images")
    add_flags(group, "--num_examples", "--val_examples", "--data_dir", "--normalize")
    add_flags(group, "--folds", "--fold")
    add_augmentation_flags(parser)
    group = parser.add_argument_group("presets and results")
    add_preset_flags(group)
    group.add_argument(
        "--resume",
        type=Path,
        metavar="RUN",
        help="go on with a run that was interrupted, given its folder, to the very same weights as if it "
        "had not been; its flags are those of the run, but for what is given beside this",
    )
    group.add_argument(
        "--out_dir",
        type=Path,
        metavar="DIR",
        help="new folder for the files of the run (default: runs/<time>-<dataset> below the current "
        "folder)",
    )
    group.add_argument(
        "--model_save_path",
        type=Path,
        metavar="FILE",
        help="where the best model goes (default: model.h5 in --out_dir)",
    )
    add_flags(group, "--tensorboard")
    group = parser.add_argument_group("computation")
    add_flags(group, "--seed", "--backend", "--threads")
    add_device_flags(parser)
    return parser


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return the checked arguments, with those of presets, and an output folder.

    Raises
    ------
    CommandError, OSError
        If a preset, or the run to go on with, cannot be read.
    """
    argv = with_presets(sys.argv[1:] if argv is None else argv, PROGRAM)
    return completed(parse(make_parser(), argv), argv)


def completed(arguments: argparse.Namespace, argv: Sequence[str]) -> argparse.Namespace:
    """Return arguments with those of the run to go on with, if any, and an output folder.

    Parameters
    ----------
    arguments : argparse.Namespace
        Of `argv`; its `resume` counts.
    argv : sequence of str
        The command line, with presets.

    Raises
    ------
    CommandError
        If the run cannot be read, or arguments do not go together.
    """
    folder: Path | None = arguments.resume
    if folder is not None:
        left = killed_at_start(folder)
        flags = flags_of_run(folder) if left is None else flags_left(left)
        arguments = parse(make_parser(), [*flags, *argv])
        arguments.out_dir, arguments.resume = folder, folder if left is None else None
        if left is not None:
            whose = "its flags" if flags else "the flags of this command alone"
            say(
                f"beginning anew, with {whose}: {shown(folder)} was left before it had its {CONFIG}\n"
            )
    if arguments.out_dir is None:
        arguments.out_dir = Path("runs", f"{time.strftime('%Y%m%d-%H%M%S')}-{arguments.dataset}")
    try:
        Schedule(
            arguments.schedule, arguments.nepochs, arguments.warmup, arguments.schedule_options
        )
    except ValueError as error:
        raise CommandError(str(error)) from error
    augmentation_of(arguments)
    check_devices(arguments)
    return arguments


def flags_of_run(folder: Path) -> list[str]:
    """Return the flags of a run to go on with, presets resolved, as they are written.

    Raises
    ------
    CommandError
        If there is no run, or its flags are damaged.
    """
    return flags_in(folder / CONFIG)


def flags_in(path: Path) -> list[str]:
    """Return the flags in the config.json of a run to go on with; see `flags_of_run`."""
    flags, _ = read_config(path)
    # Unlike a repetition, it goes on with the file of its best model.
    kept = {k: v for k, v in flags.items() if k == "model_save_path" or k not in LEFT_OUT}
    return arguments_of(kept, str(path))


def killed_at_start(folder: Path) -> list[Path] | None:
    """Return what a process has left that was killed before a run had any file; None if there is a run."""
    if not folder.is_dir() or any((folder / name).exists() for name in WRITTEN):
        return None
    left = list(leftovers(folder, [CONFIG]))
    return left if left or (folder / LOCK).exists() else None


def flags_left(left: Sequence[Path]) -> list[str]:
    """Return the flags of a run in what is left of its config.json, if that is whole; else none."""
    for path in left:
        with suppress(CommandError):
            return flags_in(path)
    return []


def settings_of(arguments: argparse.Namespace) -> "Settings":
    """Return the settings that the arguments name.

    Raises
    ------
    CommandError
        If two of them do not go together.
    """
    from lenet.training.settings import Settings

    names = (field.name for field in fields(Settings) if field.name != "augmentation")
    values = {name: getattr(arguments, name) for name in names}
    try:
        return Settings(**values, augmentation=augmentation_of(arguments))
    except ValueError as error:
        raise CommandError(str(error)) from error
