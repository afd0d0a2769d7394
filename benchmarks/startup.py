"""Seconds from the command to its first training step: `python -m benchmarks.startup`.

Each run is a new process of ``lenet/train.py --dataset digits --nepochs 1``: cold with an empty
PyTensor compile directory, warm with one that a run before has filled. Prints each run and medians.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile

from benchmarks.machine import describe_machine, train_command


def seconds_to_first_step(compiledir: str) -> float:
    """Run the command once and return what it says of its first step."""
    flags = ",".join(
        filter(None, [os.environ.get("PYTENSOR_FLAGS"), f"base_compiledir={compiledir}"])
    )
    with tempfile.TemporaryDirectory() as folder:
        process = train_command(
            ["--dataset", "digits", "--nepochs", "1", "--out_dir", folder],
            env={**os.environ, "PYTENSOR_FLAGS": flags},
            stdout=subprocess.PIPE,
            text=True,
        )
        output, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"the command failed with status {process.returncode}")
    (seconds,) = re.findall(r"first step ([\d.]+) s after the command", output)
    return float(seconds)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cold", type=int, default=3, metavar="N", help="cold runs (default 3)")
    parser.add_argument("--warm", type=int, default=7, metavar="N", help="warm runs (default 7)")
    arguments = parser.parse_args(argv)
    cold = []
    for _ in range(arguments.cold):
        with tempfile.TemporaryDirectory() as compiledir:
            cold.append(seconds_to_first_step(compiledir))
    with tempfile.TemporaryDirectory() as compiledir:
        seconds_to_first_step(compiledir)
        warm = [seconds_to_first_step(compiledir) for _ in range(arguments.warm)]
    print(describe_machine())
    for name, seconds in (("cold", cold), ("warm", warm)):
        runs = " ".join(f"{s:.1f}" for s in seconds)
        print(f"{name}: median {statistics.median(seconds):.1f} s to the first step ({runs})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
