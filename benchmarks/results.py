"""Published results, and what we get: `python -m benchmarks.results [NAME ...]`.

Each is one command of `lenet-train` on real data, run once for each of three seeds; what counts is the mean
test error of the model with the lowest validation error. Without names, all are run; `--list` shows them.
The data are found or downloaded as `lenet-train` does it, whose output goes to standard error. Exits with 1
if a mean is above the error that was to be reached, and as `lenet-train` does if a training fails.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import describe_machine, train_command
from benchmarks.timing import table
from lenet.runs.reader import Run

SEEDS = (1, 2, 3)
HEADER = ("name", "published by", "at most %", "mean %", "seeds", "s a run", "command")


@dataclass(frozen=True)
class Published:
    """A result that somebody has published, or that is to be reached.

    Attributes
    ----------
    source : str
        Whose result it is.
    error : float
        Test error in percent, at most.
    flags : str
        Of `lenet-train`.
    """

    source: str
    error: float
    flags: str


@dataclass(frozen=True)
class Reached:
    """What our trainings have brought.

    Attributes
    ----------
    name : str
        One of `RESULTS`.
    errors : tuple of float
        Test error of each seed, in percent.
    seconds : tuple of float
        How long each training took, from the command to its end.
    """

    name: str
    errors: tuple[float, ...]
    seconds: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Mean test error in percent."""
        return statistics.mean(self.errors)

    @property
    def falls_short(self) -> bool:
        """Whether the mean is above the published error, or no number."""
        return not self.mean <= RESULTS[self.name].error

    def row(self) -> list[str]:
        """Return the cells below `HEADER`."""
        published = RESULTS[self.name]
        return [
            self.name,
            published.source,
            f"{published.error:g}",
            f"{self.mean:.3f}",
            ", ".join(f"{error:.2f}" for error in self.errors),
            f"{statistics.median(self.seconds):.0f}",
            f"`lenet-train {published.flags}`",
        ]


RESULTS = {
    "lenet5-1998": Published(
        "LeCun et al. 1998: 0.95 %; NumPy LeNet-5: 1.4 %",
        1.1,
        "--dataset mnist --recipe lenet5-1998",
    ),
    **{
        f"{pooling}-{activation}": Published(
            f"LeNet-5, {pooling} pooling, {activation}, batches of 256",
            error,
            f"--dataset mnist --recipe table --pooling {pooling} --activation {activation}",
        )
        for pooling, activation, error in (
            ("max", "relu", 0.93),
            ("max", "leaky_relu", 1.0),
            ("max", "tanh", 1.04),
            ("avg", "leaky_relu", 1.08),
            ("avg", "relu", 2.0),
            ("avg", "tanh", 2.04),
        )
    },
    "mnist-best": Published("our own best", 0.6, "--dataset mnist --recipe best"),
    "mnist-20000": Published(
        "a CNN from scratch, 20 000 + 5 000 examples: 8 %",
        1.5,
        "--dataset mnist --recipe best --nepochs 10 --num_examples 20000 --val_examples 5000",
    ),
    "logistic": Published(
        "Theano's tutorial, logistic_sgd: 7.49 %", 7.6, "--dataset mnist --recipe logistic"
    ),
    "mlp": Published("Theano's tutorial, mlp: 1.65 %", 1.7, "--dataset mnist --recipe mlp"),
    "cifar10-best": Published("our own best", 20.0, "--dataset cifar10 --recipe best"),
}


def main(argv: list[str] | None = None) -> int:
    arguments = parse_arguments(argv)
    if arguments.list:
        print("\n".join(f"{name:15} lenet-train {r.flags}" for name, r in RESULTS.items()))
        return 0
    options = [
        f"--{name}={value}"
        for name, value in (("data_dir", arguments.data_dir), ("threads", arguments.threads))
        if value is not None
    ]
    found = []
    for name in arguments.names or RESULTS:
        found.append(reach(name, arguments.seeds, options))
        print(f"{name}: {found[-1].mean:.3f} %", flush=True)
    print(f"\n{describe_machine()}\n")
    print(table(HEADER, [reached.row() for reached in found]))
    return int(any(reached.falls_short for reached in found))


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    """Return the arguments, the names among them known."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="of --list (default: all)")
    parser.add_argument("--list", action="store_true", help="show the names and their commands")
    parser.add_argument("--seeds", nargs="+", type=int, default=list(SEEDS), metavar="N")
    parser.add_argument("--data_dir", metavar="DIR", help="see lenet-train")
    parser.add_argument("--threads", metavar="N", help="see lenet-train")
    arguments = parser.parse_args(argv)
    unknown = sorted(set(arguments.names) - set(RESULTS))
    if unknown:
        parser.error(f"no result {unknown[0]!r}; expected some of {', '.join(RESULTS)}")
    return arguments


def reach(name: str, seeds: list[int], options: list[str]) -> Reached:
    """Train once for each seed, with further options of `lenet-train`."""
    flags = RESULTS[name].flags.split()
    runs = [train([*flags, *options, f"--seed={seed}"]) for seed in seeds]
    errors, seconds = zip(*runs, strict=True)
    return Reached(name, errors, seconds)


def train(
    flags: list[str], start: Callable[..., subprocess.Popen] = train_command
) -> tuple[float, float]:
    """Run one training and return its test error in percent, and how many seconds it took.

    Parameters
    ----------
    flags : list of str
        Of `lenet-train`.
    start : callable (flags, **options) -> subprocess.Popen
        Starts the program that trains.

    Raises
    ------
    SystemExit
        With the status of a training that failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        out_dir = Path(folder, "run")
        started = time.perf_counter()
        status = start([*flags, f"--out_dir={out_dir}"], stdout=sys.stderr).wait()
        if status:
            raise SystemExit(status)
        return 100 * Run.load(out_dir).test_error, time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
