"""Command line: train LeNet on a data set.

    python lenet/train.py --dataset cifar10 --data_augm --ncrops 2

works from any folder, as do ``python -m lenet.train`` and the installed ``lenet-train``. PyTensor and
matplotlib are imported only once the arguments are known to be good.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

if __name__ == "__main__" and not __package__:
    # A script's folder comes first on the path: the package's own, where `lenet` is not found.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from lenet.commands.base import parse
from lenet.commands.device_flags import number_of_hosts, runs_among_hosts
from lenet.commands.presets import with_presets
from lenet.commands.train_flags import PROGRAM, completed, make_parser, settings_of
from lenet.runs.names import LOCK
from lenet.terminal import complain, run_command


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

    from lenet.commands.chosen_dataset import chosen_dataset
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
        if number_of_hosts(arguments) > 1:
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


if __name__ == "__main__":
    sys.exit(main())
