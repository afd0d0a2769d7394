"""What an augmented epoch takes beyond its bare steps: `python -m benchmarks.epoch`.

Steps on CIFAR-10 run in turns: bare, on augmented batches that were made before, and as `lenet-train`
runs them, which makes the batches meanwhile. The learning rate is zero after a warm-up, so that all
turns do the same work. Prints medians and their ratio.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import numpy as np

from benchmarks.machine import describe_machine
from lenet import training
from lenet.backends import default_threads, select_backend
from lenet.input_pipeline import load_dataset, prefetch

STEPS = 60


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data_dir", type=Path, metavar="DIR", help="see lenet-train")
    parser.add_argument("--turns", type=int, default=9, metavar="N", help="of each (default 9)")
    arguments = parser.parse_args(argv)
    mode = select_backend("c", default_threads()).mode
    dataset = load_dataset("cifar10", arguments.data_dir)
    settings = training.Settings(1, 0.01, 0.9, 0.001, (16, 31, 64, 128), 500, True, 2, 1)
    rng = np.random.default_rng(0)
    network = training.build_network(dataset, settings, rng)
    functions = training.compile_functions(network, settings, mode)

    def batches(steps: int) -> Iterator[training.Batch]:
        return islice(training.training_batches(dataset, settings, rng), steps)

    training.averages(functions.train_model, batches(300))
    for rate in (functions.learning_rate, functions.momentum):
        rate.set_value(rate.get_value() * 0)
    made = list(batches(STEPS))
    seconds: dict[str, list[float]] = {"bare": [], "as trained": []}
    for _ in range(arguments.turns):
        for name, turns in seconds.items():
            start = time.perf_counter()
            with (
                closing(prefetch(batches(STEPS)))
                if name == "as trained"
                else closing(item for item in made) as source
            ):
                training.averages(functions.train_model, source)
            turns.append((time.perf_counter() - start) / STEPS)
    print(describe_machine())
    medians = {name: statistics.median(turns) for name, turns in seconds.items()}
    for name, median in medians.items():
        print(f"{name}: median {1e3 * median:.2f} ms a step")
    print(f"ratio {medians['as trained'] / medians['bare']:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
