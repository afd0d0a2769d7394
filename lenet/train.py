"""Command line: train LeNet on a data set.

    python lenet/train.py --dataset cifar10 --data_augm --ncrops 2

works from any folder, as do ``python -m lenet.train`` and the installed ``lenet-train``. PyTensor and
matplotlib are imported only once the arguments are known to be good.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

if __name__ == "__main__" and not __package__:
    # A script's folder comes first on the path: the package's own, where `lenet` is not found.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from lenet.command_line import (
    FAILED,
    INTERRUPTED,
    CommandError,
    Parser,
    add_flags,
    complain,
    parse,
    run_command,
    say,
)

PROGRAM = "lenet-train"
MODEL, METRICS, CONFIG, CURVE = "model.h5", "metrics.csv", "config.json", "learning_curve.png"

DESCRIPTION = """\
Train LeNet (two convolutions with max-pooling, a third convolution, a fully connected layer and
logistic regression) on small images, with momentum and an L2 penalty. Learning rate and momentum
shrink by 5 % every 10 epochs. The model with the lowest validation error is kept."""
EPILOG = """\
examples:
  lenet-train --dataset cifar10 --data_augm --ncrops 2
  lenet-train --dataset digits --nepochs 20 --lwidth 8 16 --out_dir runs/small
  lenet-train --dataset mnist --lr 0.05 --batch_size 100 --threads 4

the default network is --lwidth 16 31 64 128; the default --out_dir is runs/<time>-<dataset>."""


class RunError(CommandError):
    """A folder that cannot take the files of a new run."""


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = Parser(prog=PROGRAM, description=DESCRIPTION, epilog=EPILOG)
    add_flags(parser, "--data_augm", "--dataset", "--nepochs", "--lr", "--mom", "--l2_pen")
    add_flags(parser, "--lwidth", "--ncrops")
    group = parser.add_argument_group("further options")
    add_flags(group, "--batch_size", "--seed", "--data_dir")
    group.add_argument(
        "--out_dir",
        type=Path,
        metavar="DIR",
        help=f"new folder for {MODEL}, {METRICS}, {CURVE} and {CONFIG} (default: "
        "runs/<time>-<dataset> below the current folder)",
    )
    add_flags(group, "--backend", "--threads", "--patience")
    return parser


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return the checked arguments, with four widths, a number of threads and an output folder."""
    arguments = parse(make_parser(), argv)
    if arguments.out_dir is None:
        arguments.out_dir = Path("runs", f"{time.strftime('%Y%m%d-%H%M%S')}-{arguments.dataset}")
    return arguments


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Returns
    -------
    int
        0; 1 if training failed, with the reason on standard error; 130 after Ctrl-C. Wrong arguments
        raise SystemExit with status 2, as argparse does.
    """
    started = time.perf_counter()
    arguments = parse_arguments(argv)
    return run_command(PROGRAM, lambda: train(arguments, started))


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
    BackendError, DataError, RunError, OSError
        For what the user can put right.
    """
    from lenet.backends import select_backend, versions

    refuse_other_run(arguments.out_dir)
    backend = select_backend(arguments.backend, arguments.threads)
    if backend.warning:
        complain(PROGRAM, backend.warning)

    import numpy as np

    from lenet import checkpoint, report, training
    from lenet.input_pipeline import load_dataset

    dataset = load_dataset(arguments.dataset, arguments.data_dir)
    settings = training.Settings(
        **{field.name: getattr(arguments, field.name) for field in fields(training.Settings)}
    )
    seeds = np.random.SeedSequence(arguments.seed).spawn(2)
    weights_rng, batches_rng = map(np.random.default_rng, seeds)
    network = training.build_network(dataset, settings, weights_rng)

    out_dir: Path = arguments.out_dir
    out_dir.mkdir(parents=True, exist_ok=True)
    installed = versions()
    config = json.dumps({"flags": vars(arguments), "versions": installed}, indent=2, default=str)
    checkpoint.write_atomically(out_dir / CONFIG, f"{config}\n".encode())
    metrics = report.MetricsFile(out_dir / METRICS)

    say(report.plan(dataset, settings))
    say(f"backend   {backend.description}, {arguments.threads} threads, seed {arguments.seed}")
    say(f"results   {out_dir}\n")
    say(f"{report.network_table(network.model)}\n")
    functions = training.compile_functions(network, settings, backend.mode)

    results: list[training.EpochResult] = []
    status = 0
    try:
        for result in training.run_epochs(
            functions, dataset, settings, batches_rng, progress_since(started)
        ):
            if result.is_best:
                checkpoint.save(
                    out_dir / MODEL,
                    network.model,
                    dataset=dataset.name,
                    lwidth=settings.lwidth,
                    size=dataset.size,
                    channels=dataset.channels,
                    class_names=dataset.class_names,
                    epoch=result.epoch,
                    validation_error=result.validation_error,
                    test_error=result.test_error,
                    lenet_version=installed["lenet"],
                    pytensor_version=installed["pytensor"],
                )
            metrics.write(result)
            if not results:
                say(report.EPOCH_HEADER)
            results.append(result)
            say(report.epoch_line(result))
        if result.epoch < settings.nepochs:
            say(f"stopped early: patience is over after {result.epoch} epochs")
    except training.DivergenceError as error:
        complain(PROGRAM, error)
        status = FAILED
    except KeyboardInterrupt:
        reason = "interrupted" if results else "interrupted before the end of the first epoch"
        complain(PROGRAM, reason)
        status = INTERRUPTED
    finally:
        if results:
            report.save_learning_curve(out_dir / CURVE, results, f"LeNet on {dataset.name}")
    if results:
        say(report.summary_line(report.best_of(results)))
    return status


def refuse_other_run(out_dir: Path) -> None:
    """Raise `RunError` if a folder holds the files of a run."""
    for name in (MODEL, METRICS, CONFIG, CURVE):
        if (out_dir / name).exists():
            raise RunError(
                f"{out_dir} already holds a run ({name}): choose another --out_dir or remove it"
            )


def progress_since(started: float) -> Callable[..., Generator[Any, None, None]]:
    """Return a function that shows the progress through an epoch, and once the time to step one."""

    def progress(batches: Iterable[Any], epoch: int, steps: int) -> Generator[Any, None, None]:
        from tqdm import tqdm

        with tqdm(
            total=steps, desc=f"epoch {epoch}", unit="step", leave=False, disable=None
        ) as bar:
            for step, batch in enumerate(batches):
                yield batch  # whoever takes the next batch has made a step with this one
                bar.update()
                if epoch == 1 and step == 0:
                    with bar.external_write_mode():
                        say(f"first step {time.perf_counter() - started:.1f} s after the command")

    return progress


if __name__ == "__main__":
    sys.exit(main())
