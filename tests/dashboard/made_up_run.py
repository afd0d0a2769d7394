"""A run that is prepared and not trained: a test says what each epoch brings."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytensor

from lenet.compile.backends import Backend
from lenet.dashboard.dashboard import Dashboard
from lenet.experiments.one_run import prepare
from lenet.input_pipeline import load_digits
from lenet.training.functions import Functions
from lenet.training.loop import EpochResult
from lenet.training.options import RunOptions


class MadeUpRun:
    """A run on scikit-learn's digits, and its dashboard.

    Parameters
    ----------
    class_names : sequence of str, optional
    options
        Of `RunOptions`.
    """

    def __init__(self, class_names=(), **options):
        dataset = load_digits()
        if class_names:
            dataset = replace(dataset, class_names=tuple(class_names))
        given = {
            "dataset": "digits",
            "model": "logistic",
            "nepochs": 3,
            "threads": 1,
            "batch_size": 100,
        }
        asked = RunOptions(**{**given, "out_dir": Path("made-up"), **options})
        with pytensor.config.change_flags(floatX="float32"):
            self.run = prepare(dataset, asked, Backend(None, "none"))
        self.valid = dataset.valid
        self.shares = np.zeros((len(self.valid.labels), 10), np.float32)
        self.shares[np.arange(len(self.shares)), self.valid.labels] = 0.75
        self.dashboard = Dashboard(0)

    def begin(self):
        self.dashboard.begin(self.run)
        functions = Functions(None, lambda *_: [0, 0, self.shares], None, None, None, [], [])
        self.functions = self.dashboard.functions(functions)

    def train(self, steps=4, done=4):
        """Make some steps of an epoch, and return what makes the next ones."""
        batches = self.dashboard.show(iter_of(steps), len(self.run.results) + 1, steps)
        for _ in range(done):
            next(batches)
        return batches

    def end_epoch(self, **numbers):
        """Validate by `shares`, and show the epoch."""
        self.functions.validate_model(self.valid.images, self.valid.labels)
        epoch = len(self.run.results) + 1
        wrong = float((self.shares.argmax(axis=1) != self.valid.labels).mean())
        given = dict.fromkeys(("cost", "training_error", "validation_cost"), 1 / epoch)
        given |= {
            "validation_error": wrong,
            "test_error": 0.25,
            "learning_rate": 0.1,
            "momentum": 0.9,
        }
        given |= {"epoch": epoch, "seconds": 60.0, "images_per_second": 1000.0, **numbers}
        self.run.results.append(EpochResult(**given))
        self.dashboard.after_epoch(self.run.results[-1])


def iter_of(steps):
    """Yield steps, as a generator that can be closed."""
    yield from range(steps)
