"""Train with the documented recipe and report the error: `python -m benchmarks.accuracy NAME`.

mnist              MNIST, all defaults, 20 epochs
cifar10            CIFAR-10, all defaults, 60 epochs
cifar10-augmented  CIFAR-10, --data_augm --ncrops 2, 10 epochs

The data are found or downloaded as `lenet-train` does it; further arguments go to it (--data_dir,
--seed, --backend, ...). Exits with 1 if the test error is above the limit printed beside it.
"""

import argparse
import csv
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.machine import describe_machine, train_command

EXPERIMENTS = {
    "mnist": (["--dataset", "mnist", "--nepochs", "20"], 1.6),
    "cifar10": (["--dataset", "cifar10", "--nepochs", "60"], 36.0),
    "cifar10-augmented": (
        ["--dataset", "cifar10", "--data_augm", "--ncrops", "2", "--nepochs", "10"],
        None,
    ),
}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("experiment", choices=EXPERIMENTS)
    arguments, rest = parser.parse_known_args(argv)
    flags, limit = EXPERIMENTS[arguments.experiment]
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        status = train_command([*flags, *rest, "--out_dir", folder]).wait()
        seconds = time.perf_counter() - started
        if status:
            return status
        with (Path(folder) / "metrics.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
    best = min(rows, key=lambda row: float(row["validation_error"]))
    error = 100 * float(best["test_error"])
    speeds = sorted(float(row["images_per_second"]) for row in rows)
    print(f"\n{describe_machine()}")
    print(
        f"{arguments.experiment}: test error {error:.2f} % "
        f"(limit {'none' if limit is None else f'{limit} %'}), best epoch {best['epoch']} of "
        f"{len(rows)}, {speeds[len(speeds) // 2]:.0f} images/s (median epoch), {seconds:.0f} s in all"
    )
    return int(limit is not None and error > limit)


if __name__ == "__main__":
    sys.exit(main())
