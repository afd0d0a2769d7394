"""Cross-validation: a run for each fold, and what they have reached together."""

import statistics
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from lenet.errors import CommandError
from lenet.files import make_folder, write_atomically
from lenet.report.class_metrics import error_interval
from lenet.report.curves import compare_curves
from lenet.runs.kept_predictions import kept_predictions
from lenet.runs.lock import locked
from lenet.runs.names import CONFIG, FOLDS, FOLDS_CURVES, fold_folder
from lenet.runs.reader import Run, UnreadableRunError, read_config
from lenet.runs.writer import refuse_other_run, write_config
from lenet.terminal import FAILED, INTERRUPTED, complain, say
from lenet.text import csv_lines, percent, shown, table
from lenet.training.options import RunOptions

PROGRAM = "lenet-train"
MEASURED = ("validation_error", "test_error")


def cross_validate(options: RunOptions, folds: int, train_fold: Callable[[RunOptions], int]) -> int:
    """Train each of the folds, compare them, and return the exit status.

    A fold that fails does not keep the others from being trained.

    Parameters
    ----------
    options : RunOptions
        With `resume`, folds go on from where they are.
    folds : int
        How many there are.
    train_fold : callable
        Trains as the options for one fold say, and returns the exit status. The lock on its folder is
        held meanwhile; whoever calls holds that on `out_dir`.

    Raises
    ------
    CommandError
        If flags do not go together, or the folder holds another run.
    """
    folder = options.folder
    if options.model_save_path is not None:
        raise CommandError(
            "--model_save_path does not go with --folds: each has a model.h5 of its own"
        )
    if options.resume is None:
        refuse_other_run(folder)
    else:
        there, _ = read_config(folder / CONFIG)
        if there.get("folds") != folds:
            raise CommandError(
                f"--folds {folds}: {folder} holds a run with --folds {there.get('folds')}; leave "
                "it out, or start anew"
            )
    make_folder(folder)
    write_config(folder, options.flags(), options.typed)
    failed: list[int] = []
    status = 0
    for fold in range(1, folds + 1):
        say(f"fold {fold} of {folds}\n")
        try:
            of_fold = options_of_fold(options, fold)
            with locked(of_fold.folder):
                status = train_fold(of_fold)
        except KeyboardInterrupt:
            status = INTERRUPTED
        if status == INTERRUPTED:
            break
        if status:
            failed.append(fold)
        say("")
    runs = finished_runs(folder, folds, failed)
    if runs:
        summarise(folder, runs)
    if status == INTERRUPTED:
        complain(PROGRAM, f"interrupted in fold {fold}; go on with --resume {folder}")
        return INTERRUPTED
    if failed:
        numbers = ", ".join(map(str, failed))
        complain(PROGRAM, f"{len(failed)} of {folds} folds have failed: {numbers}")
        return FAILED
    return 0


def options_of_fold(options: RunOptions, fold: int) -> RunOptions:
    """Return the options for one fold, a run in a folder of its own."""
    folder = fold_folder(options.folder, fold)
    is_begun = options.resume is not None and (folder / CONFIG).exists()
    return replace(options, fold=fold, out_dir=folder, resume=folder if is_begun else None)


def finished_runs(folder: Path, folds: int, failed: list[int]) -> dict[int, Run]:
    """Return the runs of folds that have ended or at least have a model, by number."""
    runs = {}
    for fold in range(1, folds + 1):
        try:
            if fold not in failed:
                runs[fold] = Run.load(fold_folder(folder, fold))
        except UnreadableRunError:
            continue  # not begun, or without an epoch
    return runs


def summarise(folder: Path, runs: Mapping[int, Run]) -> None:
    """Print the folds' results, their mean and spread, and write them into files.

    The spread is the standard deviation of the folds, as a sample of all that there might be. Intervals are of
    the test images of a fold, and of those of all folds together.
    """
    kept = {str(fold): kept_predictions(run) for fold, run in runs.items()}
    tested = {name: (each.wrong, len(each.is_right)) for name, each in kept.items() if each}
    errors: dict[str, tuple[float | None, float]] = {
        str(fold): (run.validation_error, run.test_error) for fold, run in runs.items()
    }
    columns = [[getattr(run, name) for run in runs.values()] for name in MEASURED]
    errors["mean"] = (statistics.mean(columns[0]), statistics.mean(columns[1]))
    if len(runs) > 1:
        errors["spread"] = (statistics.stdev(columns[0]), statistics.stdev(columns[1]))
    if len(tested) == len(runs) > 1:
        together = [sum(column) for column in zip(*tested.values(), strict=True)]
        tested["all"] = (together[0], together[1])
        errors["all"] = (None, together[0] / together[1])
    header = ("fold", "validation_error", "test_error", "test_images", "test_low", "test_high")
    unknown = (None, None, None)
    rows = [
        (
            name,
            *values,
            *((tested[name][1], *error_interval(*tested[name])) if name in tested else unknown),
        )
        for name, values in errors.items()
    ]
    write_atomically(folder / FOLDS, csv_lines([header, *rows]).encode())
    named = [(f"fold {fold}", run.metrics) for fold, run in runs.items()]
    write_atomically(folder / FOLDS_CURVES, compare_curves({"all folds": named}))
    heading = ["fold", "validation error %", "test error %", *(["95 % interval"] if tested else [])]
    texts = [[name, *map(percent, values)] for name, values in errors.items()]
    if tested:
        for text in texts:
            found = tested.get(text[0])
            text.append("" if found is None else " to ".join(map(percent, error_interval(*found))))
    say(table([heading, *texts]))
    say(f"all folds: {shown(folder / FOLDS)}, {shown(folder / FOLDS_CURVES)}")
