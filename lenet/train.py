"""Command line: train LeNet on a data set.

    python lenet/train.py --dataset cifar10 --data_augm --ncrops 2

works from any folder, as do ``python -m lenet.train`` and the installed ``lenet-train``. PyTensor and
matplotlib are imported only once the arguments are known to be good.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if __name__ == "__main__" and not __package__:
    # A script's folder comes first on the path: the package's own, where `lenet` is not found.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from lenet.augmentation_flags import add_augmentation_flags, augmentation_of
from lenet.command_line import Parser, parse
from lenet.device_flags import add_device_flags, check_devices, runs_among_hosts
from lenet.errors import CommandError
from lenet.files import leftovers
from lenet.flags import add_flags
from lenet.optim.schedules import Schedule
from lenet.presets import add_preset_flags, with_presets
from lenet.runs.flag_text import LEFT_OUT, arguments_of
from lenet.runs.names import CONFIG, LOCK, WRITTEN
from lenet.runs.reader import read_config
from lenet.terminal import complain, run_command, say
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


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Returns
    -------
    int
        0; 1 if training failed, with the reason on standard error; 130 after Ctrl-C. Wrong arguments
        raise SystemExit with status 2, as argparse does.
    """
    started = time.perf_counter()
    return run_command(PROGRAM, lambda: run(argv, started))


def run(argv: Sequence[str] | None, started: float) -> int:
    """Train here, or together with other hosts, and return the exit status; see `train`."""
    argv = with_presets(sys.argv[1:] if argv is None else argv, PROGRAM)
    arguments = parse(make_parser(), argv)
    complete = partial(completed, argv=argv)
    if not runs_among_hosts(arguments):
        has_name = arguments.out_dir is not None or arguments.resume is not None
        return train(complete(arguments), started, free_name=not has_name)

    from lenet.distributed.hosts import train_among_hosts

    return train_among_hosts(PROGRAM, arguments, complete, train, started)


def train(arguments: argparse.Namespace, started: float, free_name: bool = False) -> int:
    """Train as the arguments say and return the exit status.

    Parameters
    ----------
    arguments : argparse.Namespace
        See `parse_arguments`.
    started : float
        When the command began, by `time.perf_counter`.
    free_name : bool
        If there is a folder called `out_dir`, make another; it was not asked for by name.

    Raises
    ------
    BackendError, CheckpointError, CommandError, DataError, OSError
        For what the user can put right.
    """
    from lenet.compile.backends import select_backend

    backend = select_backend(arguments.backend, arguments.threads, arguments.devices)
    if backend.warning:
        complain(PROGRAM, backend.warning)

    from lenet.chosen_dataset import chosen_dataset
    from lenet.experiments.one_run import train_on
    from lenet.runs.lock import locked
    from lenet.runs.writer import refuse_model_path, refuse_other_run

    is_new = arguments.resume is None
    with ExitStack() as stack:
        if not is_new:
            stack.enter_context(locked(arguments.out_dir))
        elif not free_name:
            if (arguments.out_dir / LOCK).exists():
                with locked(arguments.out_dir):
                    pass  # nobody has it
            refuse_other_run(arguments.out_dir)
        refuse_model_path(arguments.model_save_path)
        settings = settings_of(arguments)
        dataset = chosen_dataset(arguments, settings)
        for problem in dataset.problems:
            complain(PROGRAM, f"left out: {problem}")
        if arguments.coordinator is not None:
            from lenet.distributed.same_images import require_same_images

            require_same_images(dataset)
        of_all_folds = arguments.folds is not None and arguments.fold is None
        if of_all_folds:
            from lenet.data.folds import fold_of

            # What cannot be dealt out is refused before anything is written.
            fold_of(dataset, arguments.folds, 1, arguments.seed, arguments.epsilon)
        if is_new:
            arguments.out_dir = stack.enter_context(locked(arguments.out_dir, free_name))
            refuse_other_run(arguments.out_dir)  # one that has begun meanwhile
        if not of_all_folds:
            return train_on(dataset, settings, backend, arguments, started)

        from lenet.experiments.folds import cross_validate

        return cross_validate(
            arguments,
            lambda of_fold: train_on(dataset, settings, backend, of_fold, time.perf_counter()),
        )


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


if __name__ == "__main__":
    sys.exit(main())
