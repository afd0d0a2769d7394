"""Published results, and what we get: `python -m benchmarks.results [NAME ...]`.

Each is one command of `lenet-train` on real data, run once for each of three seeds; what counts is the mean
test error of the model with the lowest validation error. Without names, all are run; `--list` shows them.
The data are found or downloaded as `lenet-train` does it; further arguments go to it (--data_dir,
--threads, ...). Exits with 1 if a mean is above the published error, or above what is to be reached.
"""

import argparse
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import describe_machine, train_command
from benchmarks.timing import table
from lenet.runs import Run

SEEDS = (1, 2, 3)


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


TABLE_256 = "--dataset mnist --recipe table"
RESULTS = {
    "lenet5-1998": Published(
        "LeCun et al. 1998: 0.95 %; NumPy LeNet-5: 1.4 %",
        1.1,
        "--dataset mnist --model lenet5-1998 --recipe lenet5-1998",
    ),
    **{
        f"{pooling}-{activation}": Published(
            f"LeNet-5, {pooling} pooling, {activation}, batches of 256",
            error,
            f"{TABLE_256} --pooling {pooling} --activation {activation}",
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
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="of --list (default: all)")
    parser.add_argument("--list", action="store_true", help="show the names and their commands")
    parser.add_argument("--seeds", nargs="+", type=int, default=list(SEEDS), metavar="N")
    arguments, rest = parser.parse_known_args(argv)
    unknown = sorted(set(arguments.names) - set(RESULTS))
    if unknown:
        parser.error(f"no result {unknown[0]!r}; expected some of {', '.join(RESULTS)}")
    if arguments.list:
        print("\n".join(f"{name:16} lenet-train {r.flags}" for name, r in RESULTS.items()))
        return 0
    rows, failed = [], False
    for name in arguments.names or RESULTS:
        published = RESULTS[name]
        errors, seconds = [], []
        for seed in arguments.seeds:
            error, elapsed = train([*published.flags.split(), "--seed", str(seed), *rest])
            errors.append(error)
            seconds.append(elapsed)
        mean = statistics.mean(errors)
        failed |= mean > published.error
        rows.append(
            [
                name,
                published.source,
                f"{published.error:g}",
                f"{mean:.2f}",
                " ".join(f"{error:.2f}" for error in errors),
                f"{statistics.median(seconds):.0f}",
                f"`lenet-train {published.flags}`",
            ]
        )
        print(table(HEADER, rows[-1:]), flush=True)
    print(f"\n{describe_machine()}\n")
    print(table(HEADER, rows))
    return int(failed)


HEADER = ["name", "published by", "at most %", "mean %", "seeds", "s a run", "command"]


def train(flags: list[str]) -> tuple[float, float]:
    """Run one training and return its test error in percent, and how many seconds it took."""
    with tempfile.TemporaryDirectory() as folder:
        out_dir = Path(folder, "run")
        started = time.perf_counter()
        status = train_command([*flags, "--out_dir", str(out_dir)]).wait()
        if status:
            raise SystemExit(status)
        return 100 * Run.load(out_dir).test_error, time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
