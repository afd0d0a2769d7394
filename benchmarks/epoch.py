"""What an augmented epoch takes beyond its bare steps: `python -m benchmarks.epoch`.

Steps on CIFAR-10 run in turns: bare, on augmented batches that were made before, and as `lenet-train`
runs them, which makes the batches meanwhile; and batches are made alone. The learning rate is zero after
a warm-up, so that all turns do the same work. Prints medians and their ratio.

The augmentation is that of ``--data_augm --ncrops 2``, or the one that the flags of `lenet-train` say:

    python -m benchmarks.epoch --rotate -15 to 15 --flip h --noise 0.1 --augment random
"""

import argparse
import statistics
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import numpy as np

from benchmarks.machine import describe_machine
from lenet.augment.transforms import TRANSFORMS
from lenet.commands.flags import add_flags, options_of
from lenet.compile.backends import select_backend
from lenet.compile.threads import default_threads
from lenet.data.dataset import prefetch
from lenet.input_pipeline import load_dataset
from lenet.training import loop
from lenet.training.build import build_network
from lenet.training.functions import compile_functions, symbolic_step
from lenet.training.settings import Settings

STEPS = 60


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data_dir", type=Path, metavar="DIR", help="see lenet-train")
    parser.add_argument("--turns", type=int, default=9, metavar="N", help="of each (default 9)")
    add_flags(parser, *(kind.name for kind in TRANSFORMS), "--augment", "--fill")
    arguments = parser.parse_args(argv)
    augmentation = options_of(vars(arguments)).augmentation
    mode = select_backend("c", default_threads()).mode
    dataset = load_dataset("cifar10", arguments.data_dir)
    settings = Settings(
        nepochs=1, data_augm=not augmentation, patience=1, augmentation=augmentation
    )
    rng = np.random.default_rng(0)
    network = build_network(dataset, settings, rng)
    functions = compile_functions(network, symbolic_step(network, settings), mode)

    def batches(steps: int) -> Iterator[loop.Batch]:
        return islice(loop.training_batches(dataset, settings, rng), steps)

    loop.averages(functions.train_model, batches(300))
    for rate in (functions.learning_rate, functions.momentum):
        rate.set_value(rate.get_value() * 0)
    made = list(batches(STEPS))

    def as_trained() -> None:
        with closing(prefetch(batches(STEPS))) as source:
            loop.averages(functions.train_model, source)

    turns: dict[str, Callable[[], object]] = {
        "bare step": lambda: loop.averages(functions.train_model, made),
        "step as trained": as_trained,
        "batch alone": lambda: deque(batches(STEPS), maxlen=0),
    }
    seconds: dict[str, list[float]] = {name: [] for name in turns}
    for _ in range(arguments.turns):
        for name, turn in turns.items():
            start = time.perf_counter()
            turn()
            seconds[name].append((time.perf_counter() - start) / STEPS)
    print(describe_machine())
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    for name, median in medians.items():
        images = settings.batch_size
        print(f"{name}: median {1e3 * median:.2f} ms, {1e6 * median / images:.1f} us an image")
    print(f"ratio {medians['step as trained'] / medians['bare step']:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
