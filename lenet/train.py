"""Command line: train LeNet on a data set.

    python lenet/train.py --dataset cifar10 --data_augm --ncrops 2

works from any folder, as do ``python -m lenet.train`` and the installed ``lenet-train``. PyTensor and
matplotlib are imported only once the arguments are known to be good.
"""

import argparse
import sys
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if __name__ == "__main__" and not __package__:
    # A script's folder comes first on the path: the package's own, where `lenet` is not found.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from lenet.augmentation_flags import add_augmentation_flags, augmentation_of
from lenet.command_line import (
    FAILED,
    INTERRUPTED,
    CommandError,
    Parser,
    complain,
    parse,
    run_command,
    say,
)
from lenet.device_flags import add_device_flags, check_devices, runs_among_hosts
from lenet.flags import add_flags
from lenet.presets import LEFT_OUT, add_preset_flags, arguments_of, with_presets
from lenet.run_files import AUGMENTATION, CONFIG, EVENTS, IMAGES, MODEL, REPORT
from lenet.runs import read_config
from lenet.schedules import Schedule
from lenet.text import csv_lines, shown

if TYPE_CHECKING:
    from lenet.backends import Backend
    from lenet.input_pipeline import Dataset
    from lenet.settings import Settings

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
        arguments = parse(make_parser(), [*flags_of_run(folder), *argv])
        arguments.resume = arguments.out_dir = folder
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
    flags, _ = read_config(folder / CONFIG)
    # Unlike a repetition, it goes on with the file of its best model.
    kept = {k: v for k, v in flags.items() if k == "model_save_path" or k not in LEFT_OUT}
    return arguments_of(kept, str(folder / CONFIG))


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
        return train(complete(arguments), started)

    from lenet.hosts import train_among_hosts

    return train_among_hosts(PROGRAM, arguments, complete, train, started)


def train(arguments: argparse.Namespace, started: float) -> int:
    """Train as the arguments say and return the exit status.

    Parameters
    ----------
    arguments : argparse.Namespace
        See `parse_arguments`.
    started : float
        When the command began, by `time.perf_counter`.

    Raises
    ------
    BackendError, CheckpointError, CommandError, DataError, OSError
        For what the user can put right.
    """
    from lenet.backends import select_backend

    backend = select_backend(arguments.backend, arguments.threads, arguments.devices)
    if backend.warning:
        complain(PROGRAM, backend.warning)

    from lenet.chosen_dataset import chosen_dataset
    from lenet.run_folder import refuse_other_run

    if arguments.resume is None:
        refuse_other_run(arguments.out_dir)
    if arguments.model_save_path is not None and arguments.model_save_path.is_dir():
        raise CommandError(
            f"--model_save_path {arguments.model_save_path}: a folder; expected the name of a file"
        )
    settings = settings_of(arguments)
    dataset = chosen_dataset(arguments, settings)
    for problem in dataset.problems:
        complain(PROGRAM, f"left out: {problem}")
    if arguments.coordinator is not None:
        from lenet.devices import require_same_images

        require_same_images(dataset)
    if arguments.folds is None or arguments.fold is not None:
        return train_on(dataset, settings, backend, arguments, started)

    from lenet.cross_validation import cross_validate
    from lenet.folds import fold_of

    # What cannot be dealt out is refused before anything is written.
    fold_of(dataset, arguments.folds, 1, arguments.seed, arguments.epsilon)
    return cross_validate(
        arguments,
        lambda of_fold: train_on(dataset, settings, backend, of_fold, time.perf_counter()),
    )


def train_on(
    dataset: "Dataset",
    settings: "Settings",
    backend: "Backend",
    arguments: argparse.Namespace,
    started: float,
) -> int:
    """Train on a data set, or on the parts of the fold that the arguments name; see `train`."""
    import numpy as np

    from lenet import report, training
    from lenet.augmentation_picture import write_augmentation_picture
    from lenet.checkpoint import write_atomically
    from lenet.dataset_report import image_rows, parts_text
    from lenet.event_files import EventFile
    from lenet.folds import fold_of
    from lenet.input_pipeline import limited
    from lenet.network import build_network
    from lenet.run_folder import RunFolder, metrics_file, resumed, write_config
    from lenet.run_report import write_pictures
    from lenet.training_functions import compile_functions, symbolic_step

    out_dir: Path = arguments.out_dir
    if arguments.fold is not None:
        fold = (arguments.folds, arguments.fold)
        dataset = fold_of(dataset, *fold, arguments.seed, arguments.epsilon)
    dataset = limited(dataset, arguments.num_examples, arguments.val_examples)
    seeds = np.random.SeedSequence(arguments.seed).spawn(3)
    weights_rng, batches_rng, examples_rng = map(np.random.default_rng, seeds)
    progress = training.Progress(batches_rng)
    try:
        settings.augmentation.check(dataset.train.images.shape[2:])
        network = build_network(dataset, settings, weights_rng)
    except ValueError as error:
        raise CommandError(f"{dataset.name}: {error}") from error
    try:
        step = symbolic_step(network, settings)
    except ValueError as error:
        raise CommandError(str(error)) from error
    results: list[training.EpochResult] = []
    if arguments.resume is not None:
        results = resumed(out_dir, network, step.memory, progress, dataset.origin)

    model_path: Path = arguments.model_save_path or out_dir / MODEL
    for directory in (out_dir, model_path.parent):
        directory.mkdir(parents=True, exist_ok=True)
    write_config(out_dir, vars(arguments))
    say(report.plan(dataset, settings))
    say(f"backend   {backend.description}, {arguments.threads} threads, seed {arguments.seed}")
    say(f"results   {shown(out_dir)}")
    examples = write_augmentation_picture(out_dir, dataset, settings.augmentation, examples_rng)
    if examples is not None:
        say(f"          {shown(out_dir / AUGMENTATION)} shows images beside their versions")
    if dataset.origin:
        write_atomically(out_dir / IMAGES, csv_lines(image_rows(dataset)).encode())
        say(parts_text(dataset))
    say("")
    say(f"{report.network_table(network.model)}\n")
    if arguments.resume is not None:
        say(f"{going_on(progress.epoch, settings.nepochs)}\n")
    functions = compile_functions(network, step, backend.mode)
    folder = RunFolder(
        folder=out_dir,
        model_path=model_path,
        dataset=dataset,
        settings=settings,
        network=network,
        functions=functions,
        metrics=metrics_file(out_dir, results),
        events=EventFile(out_dir / EVENTS, results) if arguments.tensorboard else None,
    )
    status, heading = 0, f"{report.EPOCH_HEADER}\n"
    try:
        for result in training.run_epochs(
            functions, dataset, settings, progress, progress_since(started)
        ):
            folder.keep(result, progress)
            results.append(result)
            say(f"{heading}{report.epoch_line(result)}")
            heading = ""
        if progress.epoch < settings.nepochs:
            say(f"stopped early: patience is over after {progress.epoch} epochs")
    except training.DivergenceError as error:
        complain(PROGRAM, error)
        status = FAILED
    except KeyboardInterrupt:
        reason = f"interrupted; go on with --resume {out_dir}"
        complain(PROGRAM, reason if results else "interrupted before the end of the first epoch")
        status = INTERRUPTED
    if results:
        say(report.summary_line(report.best_of(results)))
        write_pictures(
            out_dir,
            folder.model_path,
            dataset,
            network,
            functions,
            results,
            vars(arguments),
            settings.batch_size,
            examples,
        )
        say(f"all of it as a page: {shown(out_dir / REPORT)}")
    return status


def going_on(epochs: int, wanted: int) -> str:
    """Return what happens to a run of which some epochs are done, in a line."""
    if epochs >= wanted:
        return f"all {epochs} epochs are done already; a larger --nepochs goes on"
    return f"going on after epoch {epochs}" if epochs else "beginning anew: no epoch was finished"


def settings_of(arguments: argparse.Namespace) -> "Settings":
    """Return the settings that the arguments name.

    Raises
    ------
    CommandError
        If two of them do not go together.
    """
    from lenet.settings import Settings

    names = (field.name for field in fields(Settings) if field.name != "augmentation")
    values = {name: getattr(arguments, name) for name in names}
    try:
        return Settings(**values, augmentation=augmentation_of(arguments))
    except ValueError as error:
        raise CommandError(str(error)) from error


def progress_since(started: float) -> Callable[..., Generator[Any, None, None]]:
    """Return a function that shows the progress through an epoch, and once the time to step one."""
    told = False

    def progress(batches: Iterable[Any], epoch: int, steps: int) -> Generator[Any, None, None]:
        nonlocal told
        from tqdm import tqdm

        with tqdm(
            total=steps, desc=f"epoch {epoch}", unit="step", leave=False, disable=None
        ) as bar:
            for batch in batches:
                yield batch  # whoever takes the next batch has made a step with this one
                bar.update()
                if not told:
                    told = True
                    with bar.external_write_mode():
                        say(f"first step {time.perf_counter() - started:.1f} s after the command")

    return progress


if __name__ == "__main__":
    sys.exit(main())
