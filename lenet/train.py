"""Command line: train LeNet on a data set.

    python lenet/train.py --dataset cifar10 --data_augm --ncrops 2

works from any folder, as do ``python -m lenet.train`` and the installed ``lenet-train``. PyTensor and
matplotlib are imported only once the arguments are known to be good.
"""

import argparse
import json
import math
import os
import sys
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, NoReturn

DEFAULT_WIDTHS = (16, 31, 64, 128)
DEFAULT_SEED = 23455
MODEL, METRICS, CONFIG, CURVE = "model.h5", "metrics.csv", "config.json", "learning_curve.png"
FAILED, INTERRUPTED = 1, 130

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


class RunError(Exception):
    """A folder that cannot take the files of a new run."""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, without the usage before it."""

    def error(self, message: str) -> NoReturn:
        """Exit with status 2."""
        self.exit(2, f"{self.prog}: error: {message} (see --help)\n")


def number(
    convert: Callable[[str], Any], expected: str, is_valid: Callable[[Any], bool]
) -> Callable[[str], Any]:
    """Return a function that turns an argument into a number, or says what was expected."""

    def parse(text: str) -> Any:
        try:
            value = convert(text)
        except ValueError:
            value = math.nan
        if not is_valid(value):
            raise argparse.ArgumentTypeError(f"expected {expected}, got {text!r}")
        return value

    return parse


positive_int = number(int, "a positive integer", lambda value: value >= 1)
natural = number(int, "an integer of at least 0", lambda value: value >= 0)
positive = number(float, "a positive number", lambda value: 0 < value < math.inf)
non_negative = number(float, "a number of at least 0", lambda value: 0 <= value < math.inf)
fraction = number(float, "a number from 0 to below 1", lambda value: 0 <= value < 1)


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    from lenet.backends import BACKENDS, MAX_THREADS
    from lenet.input_pipeline import DATASETS

    parser = Parser(
        prog="lenet-train",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add(
        "--data_augm",
        action="store_true",
        help="train on random crops and mirror images of the training images too; digits (mnist, "
        "digits) are cropped, but not mirrored (default: off)",
    )
    add(
        "--dataset",
        choices=DATASETS,
        default="cifar10",
        help="images to learn (default: %(default)s)",
    )
    add(
        "--nepochs",
        type=positive_int,
        default=100,
        metavar="N",
        help="passes over the training images, at most (default: %(default)s)",
    )
    add(
        "--lr",
        type=positive,
        default=0.01,
        metavar="RATE",
        help="learning rate of the first ten epochs (default: %(default)s)",
    )
    add(
        "--mom",
        type=fraction,
        default=0.9,
        metavar="MOMENTUM",
        help="momentum of the first ten epochs (default: %(default)s)",
    )
    add(
        "--l2_pen",
        type=non_negative,
        default=0.001,
        metavar="WEIGHT",
        help="weight of the L2 penalty (default: %(default)s)",
    )
    add(
        "--lwidth",
        type=positive_int,
        nargs="+",
        default=list(DEFAULT_WIDTHS),
        metavar="N",
        help="Choose layer width for each layer. Use : --lwidth 1 2 3 4 max 4 arguments. "
        "First 3 are conv layer and last is fc",
    )
    add(
        "--ncrops",
        type=natural,
        default=2,
        metavar="N",
        help="random crops of each training image in an epoch; no effect without --data_augm "
        "(default: %(default)s)",
    )
    add = parser.add_argument_group("further options").add_argument
    add(
        "--batch_size",
        type=positive_int,
        default=500,
        metavar="N",
        help="images in a batch (default: %(default)s)",
    )
    add(
        "--seed",
        type=natural,
        default=DEFAULT_SEED,
        metavar="N",
        help="decides the first weights, the order of the images and their crops: the same command "
        "gives the same model (default: %(default)s)",
    )
    add(
        "--data_dir",
        type=Path,
        metavar="DIR",
        help="folder that has, or gets, the data sets (default: the environment variable "
        "LENET_DATA_DIR, else data/ of the checkout, else the user's cache folder)",
    )
    add(
        "--out_dir",
        type=Path,
        metavar="DIR",
        help=f"new folder for {MODEL}, {METRICS}, {CURVE} and {CONFIG} (default: "
        "runs/<time>-<dataset> below the current folder)",
    )
    add(
        "--backend",
        choices=BACKENDS,
        default="c",
        help="what PyTensor compiles to: the C++ kernels of this package, JAX or Numba "
        "(default: %(default)s)",
    )
    add(
        "--threads",
        type=number(
            int, f"an integer from 1 to {MAX_THREADS}", lambda value: 1 <= value <= MAX_THREADS
        ),
        metavar="N",
        help="threads of the C++ kernels; the result does not depend on it (default: "
        "OMP_NUM_THREADS, else all CPUs)",
    )
    add(
        "--patience",
        type=positive_int,
        default=10_000,
        metavar="STEPS",
        help="stop early after this many steps, or twice the steps to the last improvement of the "
        "validation error by 0.5 %%, whichever is more (default: %(default)s)",
    )
    return parser


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return the checked arguments, with four widths, a number of threads and an output folder."""
    from lenet.backends import BackendError, default_threads

    parser = make_parser()
    arguments = parser.parse_args(argv)
    widths = tuple(arguments.lwidth)
    if len(widths) > len(DEFAULT_WIDTHS):
        parser.error(
            f"argument --lwidth: expected at most {len(DEFAULT_WIDTHS)} numbers, got {len(widths)}"
        )
    arguments.lwidth = widths + DEFAULT_WIDTHS[len(widths) :]
    if arguments.threads is None:
        try:
            arguments.threads = default_threads()
        except BackendError as error:
            parser.error(str(error))
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
    from lenet.backends import BackendError
    from lenet.input_pipeline import DataError

    try:
        return train(arguments, started)
    except (BackendError, DataError, RunError) as error:
        complain(error)
    except OSError as error:
        complain(f"{error.filename}: {error.strerror}" if error.filename else error)
    except MemoryError:
        complain("not enough memory: choose a smaller --lwidth or --batch_size")
    except KeyboardInterrupt:
        complain("interrupted")
        return INTERRUPTED
    return FAILED


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
        complain(backend.warning)

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
        complain(error)
        status = FAILED
    except KeyboardInterrupt:
        complain("interrupted" if results else "interrupted before the end of the first epoch")
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


def say(text: str) -> None:
    """Print at once, even into a pipe.

    Raises
    ------
    OSError
        Naming standard output, if that is a closed pipe or a full disk.
    """
    try:
        print(text, flush=True)
    except OSError as error:
        # What is still in the buffer goes nowhere, lest the interpreter fails on it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise OSError(error.errno, error.strerror, "standard output") from error


def complain(reason: object) -> None:
    """Print one line on standard error."""
    print(f"lenet-train: {reason}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    if not __package__:
        # A script's folder comes first on the path: the package's own, where `lenet` is not found.
        sys.path[0] = str(Path(__file__).resolve().parents[1])
    sys.exit(main())
