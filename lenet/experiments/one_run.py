"""A training run, from the images in memory to the report in its folder."""

import time
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lenet.compile.backends import Backend
from lenet.data.dataset import Dataset, limited
from lenet.data.folds import fold_of
from lenet.data.indexed_images import IndexedImages
from lenet.errors import CommandError
from lenet.experiments.best_model import completed
from lenet.experiments.watcher import Watcher
from lenet.files import make_folder, remove_leftovers, write_atomically
from lenet.models.network import Network
from lenet.report import console, run_page
from lenet.report.augmentation import write_augmentation_picture
from lenet.report.class_metrics import imbalance
from lenet.report.dataset import image_rows, parts_text
from lenet.runs.checkpoint import Checkpoint, load
from lenet.runs.kept_epochs import KeptEpochs
from lenet.runs.metrics import MetricsFile
from lenet.runs.names import AUGMENTATION, EPOCHS, EVENTS, IMAGES, LAST, METRICS, MODEL, REPORT
from lenet.runs.tensorboard import EventFile
from lenet.runs.transfer import (
    Transfer,
    pretrained_layers,
    source_of,
    take_layers,
    with_normalisation,
)
from lenet.runs.writer import RunWriter, resumed, write_config
from lenet.seeds import BATCHES, EXAMPLES, WEIGHTS, generator
from lenet.terminal import FAILED, INTERRUPTED, complain, progress_bar, say
from lenet.text import counted, csv_lines, shown
from lenet.training.build import build_network
from lenet.training.functions import Step, compile_functions, symbolic_step
from lenet.training.health import can_be_judged, diagnosis
from lenet.training.loop import (
    Batches,
    DivergenceError,
    EpochResult,
    Progress,
    run_epochs,
    steps_per_epoch,
)
from lenet.training.options import RunOptions

PROGRAM = "lenet-train"


@dataclass
class Prepared:
    """A run that may begin, or go on.

    Attributes
    ----------
    dataset : Dataset
        The images that it trains, validates and tests on.
    options : RunOptions
    backend : Backend
    network : Network
    step : Step
    progress : Progress
    results : list of EpochResult
        Of the epochs so far.
    transfer : Transfer or None
        What the network has taken from a trained one, if it is about to begin with one.
    """

    dataset: Dataset
    options: RunOptions
    backend: Backend
    network: Network
    step: Step
    progress: Progress
    results: list[EpochResult]
    transfer: Transfer | None = None

    @property
    def model_path(self) -> Path:
        """Path of the best model."""
        return self.options.model_save_path or self.options.folder / MODEL


# A number beyond floatX becomes infinite: training then says that it has diverged.
@np.errstate(over="ignore")
def train_on(
    dataset: Dataset,
    options: RunOptions,
    backend: Backend,
    started: float,
    watcher: Watcher = Watcher(),  # noqa: B008, which has no state
) -> int:
    """Train on a data set, or on the parts of the fold that the options name.

    Parameters
    ----------
    dataset : Dataset
    options : RunOptions
        Whoever calls holds the lock on their `out_dir`.
    backend : Backend
    started : float
        When the command began, by `time.perf_counter`.
    watcher : Watcher
        Looks on.

    Returns
    -------
    int
        The exit status.

    Raises
    ------
    CheckpointError, CommandError, DataError, OSError
        For what the user can put right.
    """
    run = prepare(dataset, options, backend)
    examples = announce(run, watcher)
    functions = compile_functions(run.network, run.step, backend.mode)
    writer = RunWriter(
        folder=options.folder,
        model_path=run.model_path,
        dataset=run.dataset,
        settings=run.options,
        network=run.network,
        functions=watcher.functions(functions),
        metrics=MetricsFile(options.folder / METRICS, run.results, run.dataset.n_classes),
        events=EventFile(options.folder / EVENTS, run.results) if options.tensorboard else None,
        epochs=kept_epochs(run) if options.show else None,
        best_epoch=console.best_of(run.results).epoch if run.results else 0,
    )
    progress = progress_since(started)

    def show(batches: Batches, epoch: int, steps: int) -> Batches:
        return watcher.show(progress(batches, epoch, steps), epoch, steps)

    status = train_epochs(writer, run.progress, run.results, show, [watcher.after_epoch])
    watcher.before_report()
    status = finish(writer, status, run.results, run.options, examples)
    watcher.end(status)
    return status


def prepare(dataset: Dataset, options: RunOptions, backend: Backend) -> Prepared:
    """Prepare a run: choose images, build the network and its training step.

    Where a run goes on, its state is restored.

    Raises
    ------
    CheckpointError, CommandError, DataError
        If the options do not go with the images, or with the run to go on with.
    """
    dataset = images_of_run(dataset, options)
    source, is_begun = source_of_run(options)
    options = with_normalisation(options, source, dataset).fitted_to(dataset)
    weights_rng, batches_rng = (generator(options.seed, key) for key in (WEIGHTS, BATCHES))
    try:
        options.augmentation.check(dataset.train.images.shape[2:])
        network = build_network(dataset, options, weights_rng, pretrained=pretrained_layers(source))
    except ValueError as error:
        raise CommandError(f"{dataset.name}: {error}") from error
    transfer = None
    if source is not None and options.init_from is not None and not is_begun:
        transfer = take_layers(network, dataset.class_names, source, options.init_from)
    try:
        step = symbolic_step(
            network, options
        )  # whose averages begin with the weights that there are
    except ValueError as error:
        raise CommandError(str(error)) from error
    progress = Progress(batches_rng)
    results: list[EpochResult] = []
    if options.resume is not None:
        results = resumed(options.folder, network, step.optimizer_state, progress, dataset.origin)
    return Prepared(dataset, options, backend, network, step, progress, results, transfer)


def images_of_run(dataset: Dataset, options: RunOptions) -> Dataset:
    """Return the images of a data set that a run has in its parts."""
    if options.fold is not None and options.folds is not None:
        dataset = fold_of(dataset, options.folds, options.fold, options.seed, options.epsilon)
    return limited(dataset, options.num_examples, options.val_examples)


def kept_epochs(run: Prepared) -> KeptEpochs:
    """Return the epochs that a run has kept, and how its network is now."""
    return KeptEpochs.begun(run.options.folder / EPOCHS, run.network.model, run.progress.epoch)


def source_of_run(options: RunOptions) -> tuple[Checkpoint | None, bool]:
    """Return the trained network that a run begins with, and whether it has begun.

    Then it is the checkpoint of the run, which goes on. Without ``--init_from`` there is none.

    Raises
    ------
    CheckpointError
        If it cannot be read.
    """
    if options.init_from is None:
        return None, False
    is_begun = options.resume is not None and (options.folder / LAST).exists()
    own = load(options.folder / LAST) if is_begun else None
    return source_of(options.init_from, own), is_begun


def announce(run: Prepared, watcher: Watcher) -> bytes | None:
    """Make the folder of a run, and return a picture of augmented images.

    It says what the run is about to do.

    Raises
    ------
    OSError
        Naming the file that cannot be written.
    """
    options, dataset, folder = run.options, run.dataset, run.options.folder
    for directory in (folder, run.model_path.parent):
        make_folder(directory)
    remove_leftovers(run.model_path.parent, [run.model_path.name])
    write_config(folder, options.flags(), options.typed)
    say(console.plan(dataset, options))
    if options.recipe:
        say(f"recipe    {options.recipe}")
    say(
        f"backend   {run.backend.description}, {counted(options.threads, 'thread')}, seed {options.seed}"
    )
    if run.transfer is not None:
        say("begins    " + "\n          ".join(map(shown, run.transfer.lines)))
    say(f"results   {shown(folder)}")
    examples_rng = generator(options.seed, EXAMPLES)
    examples = write_augmentation_picture(folder, dataset, options.augmentation, examples_rng)
    if examples is not None:
        say(f"          {shown(folder / AUGMENTATION)} shows images beside their versions")
    watcher.begin(run)
    if dataset.origin:
        if isinstance(dataset.train.images, IndexedImages):  # which have a file each
            write_atomically(folder / IMAGES, csv_lines(image_rows(dataset)).encode())
        say(parts_text(dataset))
    unequal = imbalance(dataset.train.labels, dataset.class_names)
    if unequal and not options.class_weights:
        complain(PROGRAM, f"{unequal}; see --class_weights balanced")
    say("")
    say(f"{run.network.model!r}\n")
    if options.resume is not None:
        say(f"{going_on(run.progress.epoch, options.nepochs)}\n")
    return examples


def train_epochs(
    folder: RunWriter,
    progress: Progress,
    results: list[EpochResult],
    show: Callable[..., Generator[Any, None, None]],
    callbacks: Sequence[Callable[[EpochResult], None]] = (),
) -> int:
    """Train the missing epochs, keep and print each, and return the exit status.

    Parameters
    ----------
    folder : RunWriter
    progress : Progress
    results : list of EpochResult
        Of the epochs so far; those of the new ones are added.
    show : callable
        See `lenet.training.run_epochs`.
    callbacks : sequence of callable
        Each is given the result of an epoch that is written.
    """
    nepochs, heading = folder.settings.nepochs, f"{console.EPOCH_HEADER}\n"
    before = progress.epoch
    steps = steps_per_epoch(folder.dataset, folder.settings)
    told = progress.epoch > 1 and can_be_judged(progress.epoch, steps)
    try:
        for result in run_epochs(folder.functions, folder.dataset, folder.settings, progress, show):
            folder.write_epoch(result, progress)
            results.append(result)
            say(f"{heading}{console.epoch_line(result)}")
            heading = ""
            for callback in callbacks:
                callback(result)
            if not told and progress.epoch > 1 and can_be_judged(progress.epoch, steps):
                told = True
                problem = diagnosis_of(folder, results) if progress.epoch < nepochs else None
                if problem:
                    complain(PROGRAM, f"after {progress.epoch} epochs, {problem}")
        if progress.epoch < nepochs:
            nothing = "nothing to do, " if progress.epoch == before else ""
            say(
                f"{nothing}stopped early: patience is over after {counted(progress.epoch, 'epoch')}"
            )
    except DivergenceError as error:
        complain(PROGRAM, error)
        return FAILED
    except KeyboardInterrupt:
        reason = f"interrupted; go on with --resume {folder.folder}"
        complain(PROGRAM, reason if results else "interrupted before the end of the first epoch")
        return INTERRUPTED
    return 0


def finish(
    folder: RunWriter,
    status: int,
    results: Sequence[EpochResult],
    options: RunOptions,
    examples: bytes | None,
) -> int:
    """Print and write what a run has reached, if anything, and return its exit status.

    Parameters
    ----------
    folder : RunWriter
    status : int
        Of the training.
    results : sequence of EpochResult
    options : RunOptions
    examples : bytes or None
        A picture of the training images' versions, for the page.
    """
    if not results:
        return status
    try:
        best = console.best_of(results)
        say(console.summary_line(best, folder.settings.monitor))
        say(console.intervals_line(best, folder.dataset))
        problem = None if status == FAILED else diagnosis_of(folder, results)
        warning = problem or console.unrecognised_line(best, folder.dataset, folder.settings)
        if warning:
            say(f"Warning: {warning}")
        fit = completed(folder)
        run_page.write_pictures(
            folder.folder,
            folder.model_path,
            folder.dataset,
            folder.network,
            folder.functions,
            results,
            options.flags(),
            folder.settings.batch_size,
            examples,
            fit,
            problem,
        )
        say(f"all of it as a page: {shown(folder.folder / REPORT)}")
    except KeyboardInterrupt:
        if status != INTERRUPTED:  # else it has been said
            complain(PROGRAM, f"interrupted; --resume {folder.folder} writes its report")
        return INTERRUPTED
    return status


def diagnosis_of(folder: RunWriter, results: Sequence[EpochResult]) -> str | None:
    """Return what is wrong with a run and what may help; None if it learns."""
    steps = steps_per_epoch(folder.dataset, folder.settings)
    return diagnosis(results, folder.dataset, folder.settings, folder.network, steps)


def going_on(epochs: int, wanted: int) -> str:
    """Return what happens to a run of which some epochs are done, in a line."""
    if epochs >= wanted:
        done = f"all {epochs} epochs are" if epochs > 1 else "its one epoch is"
        return f"nothing to do: {done} done already; a larger --nepochs goes on"
    return f"going on after epoch {epochs}" if epochs else "beginning anew: no epoch was finished"


def progress_since(started: float) -> Callable[..., Generator[Any, None, None]]:
    """Return a callback that shows the progress through an epoch.

    It also shows, once, the time to step one.
    """
    told = False

    def progress(batches: Iterable[Any], epoch: int, steps: int) -> Generator[Any, None, None]:
        nonlocal told
        with progress_bar(total=steps, desc=f"epoch {epoch}", unit="step") as bar:
            for batch in batches:
                yield batch  # whoever takes the next batch has made a step with this one
                bar.update()
                if not told:
                    told = True
                    with bar.external_write_mode():
                        say(f"first step {time.perf_counter() - started:.1f} s after the command")

    return progress
