"""Command line: train LeNet on a data set.

    python lenet/train.py --dataset cifar10 --data_augm --ncrops 2

works from any folder, as do ``python -m lenet.train`` and the installed ``lenet-train``. PyTensor and
matplotlib are imported only once the arguments are known to be good.
"""

import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if __name__ == "__main__" and not __package__:
    # A script's folder comes first on the path: the package's own, where `lenet` is not found.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from lenet.commands.device_flags import number_of_hosts, runs_among_hosts
from lenet.commands.train_flags import PROGRAM, is_quiet, named, parse_options, parse_places
from lenet.errors import CommandError
from lenet.runs.names import LOCK
from lenet.terminal import complain, quiet, run_command
from lenet.training.options import RunOptions

if TYPE_CHECKING:
    from lenet.compile.backends import Backend
    from lenet.data.dataset import Dataset
    from lenet.experiments.watcher import Watcher


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Returns
    -------
    int
        0; 1 if training failed, with the reason on standard error; 130 after Ctrl-C. Wrong arguments
        raise SystemExit with status 2, as argparse does.
    """
    started = time.perf_counter()
    with quiet(is_quiet(argv)):
        return run_command(PROGRAM, lambda: run(argv, started))


def run(argv: Sequence[str] | None, started: float) -> int:
    """Train here or with other hosts, and return the exit status; see `train`."""
    asked = parse_places(argv)
    typed = (PROGRAM, *(sys.argv[1:] if argv is None else argv))
    if not runs_among_hosts(asked):
        options = replace(parse_options(argv), typed=typed)
        return train(named(options), started, free_name=options.out_dir is None)

    from lenet.distributed.hosts import train_among_hosts

    def complete(run: Path | None) -> RunOptions:
        return named(replace(parse_options(argv, run=run), typed=typed))

    return train_among_hosts(PROGRAM, asked, complete, train, started)


def train(options: RunOptions, started: float, free_name: bool = False) -> int:
    """Train as the options say and return the exit status.

    Parameters
    ----------
    options : RunOptions
        With an `out_dir`.
    started : float
        When the command began, by `time.perf_counter`.
    free_name : bool
        If there is a folder called `out_dir`, make another; it was not asked for by name.

    Raises
    ------
    BackendError, CheckpointError, CommandError, DataError, OSError
        For what the user can put right.
    """
    if options.find_lr and number_of_hosts(options) > 1:
        raise CommandError("--find_lr is for one host; start it on one of them, alone")

    from lenet.compile.backends import select_backend

    backend = select_backend(options.backend, options.threads, options.devices)
    if backend.warning:
        complain(PROGRAM, backend.warning)

    from lenet.commands.chosen_dataset import chosen_dataset
    from lenet.runs.lock import locked
    from lenet.runs.writer import refuse_model_path, refuse_other_run

    is_new = options.resume is None
    with ExitStack() as stack:
        if not is_new:
            stack.enter_context(locked(options.folder))
        elif not free_name:
            if (options.folder / LOCK).exists():
                with locked(options.folder):
                    pass  # nobody has it
            refuse_other_run(options.folder)
        refuse_model_path(options.model_save_path)
        watcher = stack.enter_context(watcher_of(options))
        dataset = chosen_dataset(options)
        for problem in dataset.problems:
            complain(PROGRAM, f"left out: {problem}")
        for warning in dataset.warnings:
            complain(PROGRAM, warning)
        if number_of_hosts(options) > 1:
            from lenet.distributed.same_files import require_same_images, require_same_network

            require_same_images(dataset)
            if is_new:
                require_same_network(options.init_from)
        folds = options.folds if options.fold is None else None
        if folds is not None:
            from lenet.data.folds import fold_of

            # What cannot be split is refused before anything is written.
            fold_of(dataset, folds, 1, options.seed, options.epsilon)
        if is_new:
            folder = stack.enter_context(locked(options.folder, free_name))
            options = replace(options, out_dir=folder)
            refuse_other_run(folder)  # one that has begun meanwhile
        if options.find_lr:
            from lenet.experiments.find_lr import find_learning_rate

            return find_learning_rate(dataset, options, backend)
        if folds is None:
            return train_and_show(dataset, options, backend, started, watcher)

        from lenet.experiments.folds import cross_validate

        return cross_validate(
            options,
            folds,
            lambda of_fold: train_and_show(dataset, of_fold, backend, time.perf_counter(), watcher),
        )


def train_and_show(
    dataset: "Dataset", options: RunOptions, backend: "Backend", started: float, watcher: "Watcher"
) -> int:
    """Train on a data set, write the network's page if wanted, and return the status."""
    from lenet.experiments.one_run import images_of_run, train_on

    status = train_on(dataset, options, backend, started, watcher)
    if not options.show:
        return status

    from lenet.commands.run_page import write_run_page

    return write_run_page(PROGRAM, options, images_of_run(dataset, options), backend, status)


def watcher_of(options: RunOptions) -> "Watcher":
    """Return the page of a run that the options ask for, or what does nothing.

    Of several hosts, the first one alone serves it.

    Raises
    ------
    CommandError
        If another program has its port.
    """
    from lenet.experiments.watcher import Watcher

    if options.dashboard is None:
        return Watcher()
    if number_of_hosts(options) > 1:
        from lenet.distributed.hosts import is_writer

        if not is_writer():
            return Watcher()
    from lenet.dashboard.dashboard import Dashboard

    return Dashboard(options.dashboard)


if __name__ == "__main__":
    sys.exit(main())
