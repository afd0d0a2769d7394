"""A training run, from the images in memory to the report in its folder."""

import argparse
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lenet.compile.backends import Backend
from lenet.data.dataset import Dataset, limited
from lenet.data.folds import fold_of
from lenet.errors import CommandError
from lenet.files import make_folder, remove_leftovers, write_atomically
from lenet.report import console, run_page
from lenet.report.augmentation import write_augmentation_picture
from lenet.report.dataset import image_rows, parts_text
from lenet.runs.metrics import MetricsFile
from lenet.runs.names import AUGMENTATION, EVENTS, IMAGES, METRICS, MODEL, REPORT
from lenet.runs.tensorboard import EventFile
from lenet.runs.writer import RunFolder, resumed, write_config
from lenet.seeds import BATCHES, EXAMPLES, WEIGHTS, generator
from lenet.terminal import FAILED, INTERRUPTED, complain, say
from lenet.text import csv_lines, shown
from lenet.training.build import build_network
from lenet.training.functions import compile_functions, symbolic_step
from lenet.training.loop import DivergenceError, EpochResult, Progress, run_epochs
from lenet.training.settings import Settings

PROGRAM = "lenet-train"


# A number beyond floatX becomes infinite: training then says that it has diverged.
@np.errstate(over="ignore")
def train_on(
    dataset: Dataset,
    settings: Settings,
    backend: Backend,
    arguments: argparse.Namespace,
    started: float,
) -> int:
    """Train on a data set, or on the parts of the fold that the arguments name.

    Parameters
    ----------
    dataset : Dataset
    settings : Settings
    backend : Backend
    arguments : argparse.Namespace
        Of `lenet-train`; whoever calls holds the lock on their `out_dir`.
    started : float
        When the command began, by `time.perf_counter`.

    Returns
    -------
    int
        The exit status.

    Raises
    ------
    CheckpointError, CommandError, DataError, OSError
        For what the user can put right.
    """
    out_dir: Path = arguments.out_dir
    if arguments.fold is not None:
        fold = (arguments.folds, arguments.fold)
        dataset = fold_of(dataset, *fold, arguments.seed, arguments.epsilon)
    dataset = limited(dataset, arguments.num_examples, arguments.val_examples)
    weights_rng, batches_rng, examples_rng = (
        generator(arguments.seed, key) for key in (WEIGHTS, BATCHES, EXAMPLES)
    )
    progress = Progress(batches_rng)
    try:
        settings.augmentation.check(dataset.train.images.shape[2:])
        net = build_network(dataset, settings, weights_rng)
    except ValueError as error:
        raise CommandError(f"{dataset.name}: {error}") from error
    try:
        step = symbolic_step(net, settings)
    except ValueError as error:
        raise CommandError(str(error)) from error
    results: list[EpochResult] = []
    if arguments.resume is not None:
        results = resumed(out_dir, net, step.memory, progress, dataset.origin)

    model_path: Path = arguments.model_save_path or out_dir / MODEL
    for directory in (out_dir, model_path.parent):
        make_folder(directory)
    remove_leftovers(model_path.parent, [model_path.name])
    write_config(out_dir, vars(arguments))
    say(console.plan(dataset, settings))
    say(f"backend   {backend.description}, {arguments.threads} threads, seed {arguments.seed}")
    say(f"results   {shown(out_dir)}")
    examples = write_augmentation_picture(out_dir, dataset, settings.augmentation, examples_rng)
    if examples is not None:
        say(f"          {shown(out_dir / AUGMENTATION)} shows images beside their versions")
    if dataset.origin:
        write_atomically(out_dir / IMAGES, csv_lines(image_rows(dataset)).encode())
        say(parts_text(dataset))
    say("")
    say(f"{console.network_table(net.model)}\n")
    if arguments.resume is not None:
        say(f"{going_on(progress.epoch, settings.nepochs)}\n")
    functions = compile_functions(net, step, backend.mode)
    folder = RunFolder(
        folder=out_dir,
        model_path=model_path,
        dataset=dataset,
        settings=settings,
        network=net,
        functions=functions,
        metrics=MetricsFile(out_dir / METRICS, results),
        events=EventFile(out_dir / EVENTS, results) if arguments.tensorboard else None,
    )
    show = progress_since(started)
    return finish(
        folder, train_epochs(folder, progress, results, show), results, arguments, examples
    )


def train_epochs(
    folder: RunFolder,
    progress: Progress,
    results: list[EpochResult],
    show: Callable[..., Generator[Any, None, None]],
) -> int:
    """Train the epochs that are missing, keep and print each, and return the exit status.

    Parameters
    ----------
    folder : RunFolder
    progress : Progress
    results : list of EpochResult
        Of the epochs so far; those of the new ones are added.
    show : callable
        See `lenet.training.run_epochs`.
    """
    nepochs, heading = folder.settings.nepochs, f"{console.EPOCH_HEADER}\n"
    try:
        for result in run_epochs(folder.functions, folder.dataset, folder.settings, progress, show):
            folder.keep(result, progress)
            results.append(result)
            say(f"{heading}{console.epoch_line(result)}")
            heading = ""
        if progress.epoch < nepochs:
            say(f"stopped early: patience is over after {progress.epoch} epochs")
    except DivergenceError as error:
        complain(PROGRAM, error)
        return FAILED
    except KeyboardInterrupt:
        reason = f"interrupted; go on with --resume {folder.folder}"
        complain(PROGRAM, reason if results else "interrupted before the end of the first epoch")
        return INTERRUPTED
    return 0


def finish(
    folder: RunFolder,
    status: int,
    results: Sequence[EpochResult],
    arguments: argparse.Namespace,
    examples: bytes | None,
) -> int:
    """Print and write what a run has reached, if anything, and return its exit status.

    Parameters
    ----------
    folder : RunFolder
    status : int
        Of the training.
    results : sequence of EpochResult
    arguments : argparse.Namespace
    examples : bytes or None
        A picture of the training images' versions, for the page.
    """
    if not results:
        return status
    try:
        say(console.summary_line(console.best_of(results)))
        run_page.write_pictures(
            folder.folder,
            folder.model_path,
            folder.dataset,
            folder.network,
            folder.functions,
            results,
            vars(arguments),
            folder.settings.batch_size,
            examples,
        )
        say(f"all of it as a page: {shown(folder.folder / REPORT)}")
    except KeyboardInterrupt:
        if status != INTERRUPTED:  # else it has been said
            complain(PROGRAM, f"interrupted; --resume {folder.folder} writes its report")
        return INTERRUPTED
    return status


def going_on(epochs: int, wanted: int) -> str:
    """Return what happens to a run of which some epochs are done, in a line."""
    if epochs >= wanted:
        return f"all {epochs} epochs are done already; a larger --nepochs goes on"
    return f"going on after epoch {epochs}" if epochs else "beginning anew: no epoch was finished"


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
