"""Learning-rate range test: the cost while the rate rises, and a proposal.

References
----------
Smith, L. N. (2017). Cyclical learning rates for training neural networks. WACV, section 3.3;
arXiv:1506.01186 (2015).
"""

import math
import shlex
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import pytensor
from scipy.ndimage import gaussian_filter1d

from lenet.compile.backends import Backend
from lenet.data.dataset import Dataset, prefetch
from lenet.errors import CommandError
from lenet.experiments.one_run import prepare
from lenet.files import make_folder, write_atomically
from lenet.report import console
from lenet.report.rate_curve import rate_curve
from lenet.runs.names import RATE_CURVE
from lenet.terminal import progress_bar, say
from lenet.text import shown
from lenet.training.functions import Functions, compile_functions
from lenet.training.loop import Batch, steps_per_epoch, training_batches
from lenet.training.options import RunOptions
from lenet.training.second_derivatives import sample
from lenet.training.settings import Settings

STEPS = 250
LOWEST, HIGHEST = 1e-6, 100.0
SMOOTHING = 4.0  # standard deviation, in steps
# The sweep ends where three costs in a row are this many times the first one: from there it only grows.
MAX_GROWTH = 4.0
LEAST_FALL = 0.02  # share of the first cost by which the lowest one must be below it
# Where the cost is lowest, steps are nearly too large. On MNIST by sgd, momentum, rmsprop and adam, half of that
# rate trained better than a third or a tenth of it, and than the rate of the steepest fall.
SHARE_OF_LOWEST = 0.5


@dataclass(frozen=True)
class Sweep:
    """Costs of the steps of a range test.

    Attributes
    ----------
    rates, costs : ndarray of float, shape (steps,)
        The learning rate of each step, and the cost of its batch before it; finite numbers.
    """

    rates: np.ndarray
    costs: np.ndarray

    @property
    def smoothed(self) -> np.ndarray:
        """The costs, smoothed over steps on both sides, so that nothing lags behind."""
        return gaussian_filter1d(self.costs, SMOOTHING, mode="nearest")


def find_learning_rate(dataset: Dataset, options: RunOptions, backend: Backend) -> int:
    """Sweep the learning rate, draw the cost over it, and propose one.

    Nothing else is trained, and nothing is kept but the picture.

    Parameters
    ----------
    dataset : Dataset
    options : RunOptions
        Those of the run that the rate is for. Whoever calls holds the lock on their `out_dir`.
    backend : Backend

    Returns
    -------
    int
        The exit status.

    Raises
    ------
    CommandError
        If the options do not go with the images, or no learning rate lowers the cost.
    OSError
        Naming the file that cannot be written.
    """
    run = prepare(dataset, options, backend)
    options = run.options
    say(console.plan(run.dataset, options))
    functions = compile_functions(run.network, run.step, backend.mode)
    found = sweep(functions, run.dataset, options, run.progress.batches_rng)
    rate = proposal(found)
    make_folder(options.folder)
    path = options.folder / RATE_CURVE
    title = f"{options.model} on {run.dataset.name}, {options.update}"
    write_atomically(path, rate_curve(found.rates, found.costs, found.smoothed, rate, title))
    picture = f"the cost over the learning rate: {shown(path)}"
    if rate is None:
        raise CommandError(
            f"no learning rate from {LOWEST:g} to {HIGHEST:g} lowers the cost; {picture}; try other "
            "first weights, such as --initialiser he, or --normalize zscore"
        )
    say(
        f"\nproposed  --lr {rate:g}, by {len(found.rates)} steps from {LOWEST:g} to {found.rates[-1]:.2g}"
    )
    say(picture)
    say(f"go on with\n  {command_with(options.typed[1:], rate)}")
    return 0


def sweep(
    functions: Functions, dataset: Dataset, settings: Settings, rng: np.random.Generator
) -> Sweep:
    """Make steps at rates that rise exponentially, until the cost has grown for good.

    Parameters
    ----------
    functions : Functions
        The network is changed by the steps.
    dataset : Dataset
    settings : Settings
    rng : numpy.random.Generator
        Order and augmentation of the training images.
    """
    rates = np.geomspace(LOWEST, HIGHEST, STEPS)
    costs: list[float] = []
    functions.momentum.set_value(np.asarray(settings.mom, pytensor.config.floatX))
    steps = steps_per_epoch(dataset, settings)
    with (
        closing(prefetch(endless_batches(dataset, settings, rng))) as made_ahead,
        closing(progress_bar(rates.tolist(), desc="learning rate", unit="step")) as shown_rates,
    ):
        for step, (rate, batch) in enumerate(zip(shown_rates, made_ahead, strict=False)):
            if functions.before_epoch is not None and step % steps == 0:
                functions.before_epoch(*sample(dataset.train))
            functions.learning_rate.set_value(np.asarray(rate, pytensor.config.floatX))
            with np.errstate(over="ignore", invalid="ignore"):
                costs.append(float(functions.train_model(*batch)[0]))
            if not math.isfinite(costs[-1]):
                costs.pop()
                break
            if min(costs[-3:]) > MAX_GROWTH * costs[0]:
                break
    return Sweep(rates[: len(costs)], np.array(costs))


def endless_batches(
    dataset: Dataset, settings: Settings, rng: np.random.Generator
) -> Iterator[Batch]:
    """Yield the batches of one epoch after another."""
    while True:
        yield from training_batches(dataset, settings, rng)


def command_with(typed: Sequence[str], rate: float) -> str:
    """Return the command that was typed, with a rate in place of the search."""
    kept, words = [], iter(typed)
    for word in words:
        if word == "--lr":
            next(words, None)
        elif word != "--find_lr" and not word.startswith("--lr="):
            kept.append(word)
    return shlex.join(["lenet-train", *kept, "--lr", f"{rate:g}"])


def proposal(found: Sweep) -> float | None:
    """Return half the rate of the lowest smoothed cost; None if it does not fall.

    Rounded to one digit: the curve does not tell more.
    """
    smoothed = found.smoothed
    lowest = int(smoothed.argmin())
    if not smoothed[lowest] < (1 - LEAST_FALL) * smoothed[0]:
        return None
    return float(f"{SHARE_OF_LOWEST * found.rates[lowest]:.1g}")
