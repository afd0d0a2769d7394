"""Cross-validation: a run for each fold, and what they have reached together."""

import argparse
import statistics
from collections.abc import Callable, Mapping
from pathlib import Path

from lenet.errors import CommandError
from lenet.files import make_folder, write_atomically
from lenet.report.curves import compare_curves
from lenet.runs.lock import locked
from lenet.runs.names import CONFIG, FOLDS, FOLDS_CURVES
from lenet.runs.reader import Run, UnreadableRunError, read_config
from lenet.runs.writer import refuse_other_run, write_config
from lenet.terminal import FAILED, INTERRUPTED, complain, say
from lenet.text import csv_lines, percent, shown, table

PROGRAM = "lenet-train"


def cross_validate(
    arguments: argparse.Namespace, train_fold: Callable[[argparse.Namespace], int]
) -> int:
    """Train each of the folds, compare them, and return the exit status.

    A fold that fails does not keep the others from being trained.

    Parameters
    ----------
    arguments : argparse.Namespace
        Of `lenet-train`, with `folds`; with `resume`, folds go on from where they are.
    train_fold : callable
        Trains as the arguments for one fold say, and returns the exit status. The lock on its folder is
        held meanwhile; whoever calls holds that on `out_dir`.

    Raises
    ------
    CommandError
        If flags do not go together, or the folder holds another run.
    """
    folder: Path = arguments.out_dir
    if arguments.model_save_path is not None:
        raise CommandError(
            "--model_save_path does not go with --folds: each has a model.h5 of its own"
        )
    if arguments.resume is None:
        refuse_other_run(folder)
    else:
        there, _ = read_config(folder / CONFIG)
        if there.get("folds") != arguments.folds:
            raise CommandError(
                f"--folds {arguments.folds}: {folder} holds a run with --folds {there.get('folds')}; leave "
                "it out, or start anew"
            )
    make_folder(folder)
    write_config(folder, vars(arguments))
    failed: list[int] = []
    status = 0
    for fold in range(1, arguments.folds + 1):
        say(f"fold {fold} of {arguments.folds}\n")
        try:
            of_fold = arguments_of_fold(arguments, fold)
            with locked(of_fold.out_dir):
                status = train_fold(of_fold)
        except KeyboardInterrupt:
            status = INTERRUPTED
        if status == INTERRUPTED:
            break
        if status:
            failed.append(fold)
        say("")
    runs = finished_runs(folder, arguments.folds, failed)
    if runs:
        summarise(folder, runs)
    if status == INTERRUPTED:
        complain(PROGRAM, f"interrupted in fold {fold}; go on with --resume {folder}")
        return INTERRUPTED
    if failed:
        numbers = ", ".join(map(str, failed))
        complain(PROGRAM, f"{len(failed)} of {arguments.folds} folds have failed: {numbers}")
        return FAILED
    return 0


def arguments_of_fold(arguments: argparse.Namespace, fold: int) -> argparse.Namespace:
    """Return the arguments for one fold, a run in a folder of its own."""
    folder = arguments.out_dir / f"fold-{fold}"
    is_begun = arguments.resume is not None and (folder / CONFIG).exists()
    changes = {"fold": fold, "out_dir": folder, "resume": folder if is_begun else None}
    return argparse.Namespace(**{**vars(arguments), **changes})


def finished_runs(folder: Path, folds: int, failed: list[int]) -> dict[int, Run]:
    """Return the runs of the folds that have come to an end or at least to a model, by number."""
    runs = {}
    for fold in range(1, folds + 1):
        try:
            if fold not in failed:
                runs[fold] = Run.load(folder / f"fold-{fold}")
        except UnreadableRunError:
            continue  # not begun, or without an epoch
    return runs


def summarise(folder: Path, runs: Mapping[int, Run]) -> None:
    """Print what the folds have reached, their mean and their spread, and write it into files.

    The spread is the standard deviation of the folds, as a sample of all that there might be.
    """
    errors = {str(fold): (run.validation_error, run.test_error) for fold, run in runs.items()}
    columns = list(zip(*errors.values(), strict=True))
    errors["mean"] = tuple(map(statistics.mean, columns))
    if len(runs) > 1:
        errors["spread"] = tuple(map(statistics.stdev, columns))
    header = ("fold", "validation_error", "test_error")
    rows = [(name, *values) for name, values in errors.items()]
    write_atomically(folder / FOLDS, csv_lines([header, *rows]).encode())
    named = [(f"fold {fold}", run.metrics) for fold, run in runs.items()]
    write_atomically(folder / FOLDS_CURVES, compare_curves(named))
    texts = [[name, *map(percent, values)] for name, values in errors.items()]
    say(table([["fold", "validation error %", "test error %"], *texts]))
    say(f"all folds: {shown(folder / FOLDS)}, {shown(folder / FOLDS_CURVES)}")
