"""Train a small network on several numbers of devices, and print what it costs: a process of its own.

XLA has to be told of CPU devices before JAX looks for any, so no test can do this in its own process.
"""

import json
import sys
from dataclasses import replace

import numpy as np

from lenet.compile.backends import select_backend


def main(numbers):
    costs = {}
    for n in sorted(numbers, reverse=True):  # what XLA makes at first is enough for all
        backend = select_backend("jax", 1, n)
        costs[n] = train(backend.mode)
    print(json.dumps(costs))


def train(mode):
    """Return costs and errors of each epoch, plain and refined.

    No batch is a multiple of four, and the last has two images.
    """
    refined = {"average": "ema", "mixup": 1.0, "clip_norm": 1.0}
    return [*train_with(mode), *train_with(mode, **refined)]


def train_with(mode, **changes):
    from lenet.data.dataset import Split, limited
    from lenet.input_pipeline import load_digits
    from lenet.training.build import build_network
    from lenet.training.functions import compile_functions, symbolic_step
    from lenet.training.loop import Progress, run_epochs
    from tests.toy_settings import toy_settings

    # Wide enough that dropout leaves a unit of the last layer: without any, classes tie and rounding decides.
    settings = toy_settings(
        lr=0.1, lwidth=(4, 4, 6, 8), batch_size=14, batch_norm=True, dropout=0.5, **changes
    )
    digits = limited(load_digits(), 30, 14)
    digits = replace(digits, test=Split(*(part[:14] for part in digits.test)))
    network = build_network(digits, settings, np.random.default_rng(1))
    step = symbolic_step(network, settings)
    functions = compile_functions(network, step, mode)
    progress = Progress(np.random.default_rng(2))
    return [
        [result.cost, result.training_error, result.validation_cost, result.validation_error]
        for result in run_epochs(functions, digits, settings, progress)
    ]


if __name__ == "__main__":
    main([int(number) for number in sys.argv[1:]])
