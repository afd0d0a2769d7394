"""Health of a training run: whether it learns, and else what may help.

What is advised was measured: each flag on failing runs of MNIST and of scikit-learn's digits.

References
----------
LeCun, Y., Bottou, L., Orr, G. and Müller, K.-R. (1998). Efficient BackProp. In Neural Networks: Tricks of
the Trade. Springer. (How large a step may be.)
Lu, L., Shin, Y., Su, Y. and Karniadakis, G. (2020). Dying ReLU and initialization: Theory and numerical
examples. Communications in Computational Physics 28(5).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pytensor
from pytensor.compile.mode import Mode

from lenet.data.dataset import Dataset, Split
from lenet.models.network import Network
from lenet.text import listed, percent
from lenet.training.choices import FOREIGN
from lenet.training.defaults import first_weights, learning_rate
from lenet.training.settings import Settings

if TYPE_CHECKING:
    from lenet.training.loop import EpochResult

# A run is judged after so many epochs, or before if it has made so many steps.
EPOCHS, STEPS = 3, 100
# Probability of taking a run that guesses for one that learns.
FALSE_PRAISE = 0.001
# An error above this share of that of guessing is hardly better, however certain it is.
HARDLY_BETTER = 0.9
GROWTH = 1.05  # of the cost, over that of the first epoch
SLOW = 0.05  # share by which the cost of a run that hardly moves has fallen since the first epoch
# Measured: weights of digits diverge by steps and first weights beyond these.
MAX_SHIFT, LARGE_WEIGHTS = 10.0, 0.3
# Above these, a penalty or a learning rate is the first to be doubted.
USUAL_PENALTY, LARGE_RATE = 0.1, 1.0
MUCH = 3  # times the usual rate, from where on it is too large whatever the cost does
FEW_STEPS = 50  # of an epoch
LEAST_BATCH = 8
SAMPLE = 100  # images that tell whether units are dead


def can_be_judged(epochs: int, steps: int) -> bool:
    """Return whether so many epochs of so many steps are time enough to learn."""
    return epochs >= EPOCHS or epochs * steps >= STEPS


def diagnosis(
    results: Sequence["EpochResult"],
    dataset: Dataset,
    settings: Settings,
    network: Network,
    steps: int,
) -> str | None:
    """Return what is wrong with a run and what may help; None if it learns.

    It costs next to nothing for a run that learns: the network is looked at only if the results are bad.

    Parameters
    ----------
    results : sequence of EpochResult
    dataset : Dataset
    settings : Settings
    network : Network
    steps : int
        Of an epoch.
    """
    if not can_be_judged(len(results), steps):
        return None
    first, last = results[0], results[-1]
    growing = last.cost > GROWTH * first.cost
    lowest = min(result.validation_error for result in results)
    guess = guessing_error(dataset.valid.labels)
    guessing = is_guessing(lowest, len(dataset.valid.labels), guess, len(results))
    if not guessing and not growing:
        return None
    found = []
    if guessing:
        found.append(
            f"hardly better than guessing (lowest validation error {percent(lowest)} %; with always "
            f"the same answer, {percent(guess)} %)"
        )
    if growing:
        found.append(
            f"the cost has grown from {first.cost:.4g} in epoch {first.epoch} to {last.cost:.4g} in epoch "
            f"{last.epoch}"
        )
    dead = dead_layers(network, dataset.train)
    if dead:
        found.append(f"all units of {listed(dead, 3)} are dead (0 for each of {SAMPLE} images)")
    if last.training_error < HARDLY_BETTER * guessing_error(dataset.train.labels) and not growing:
        found.append(
            f"but not of training images ({percent(last.training_error)} %), which are learnt by heart: "
            "try --data_augm or more images"
        )
        return ", ".join(found)
    slow = first.cost - last.cost < SLOW * abs(first.cost)
    return f"{', and '.join(found)}; {advice(settings, growing, bool(dead), slow, steps)}"


def advice(settings: Settings, growing: bool, dead: bool, slow: bool, steps: int) -> str:
    """Return why a run may not learn, and the flags that most likely help.

    Parameters
    ----------
    settings : Settings
    growing, dead, slow : bool
        Whether the cost grows, a layer is dead, and the cost has hardly fallen.
    steps : int
        Of an epoch.
    """
    usual = learning_rate(settings)
    rate = settings.lr
    weights = fitting_weights(settings)
    if settings.initialiser == "zeros":
        return f"weights that begin with 0 stay 0: try --initialiser {weights}"
    if max(settings.l2_pen, settings.l1_pen) >= USUAL_PENALTY:
        return "the penalty outweighs the images: try --l2_pen 0.001 and no --l1_pen"
    if settings.normalize == "none":
        return "bytes up to 255 are large inputs: try --normalize zscore"
    flags, why = [], ""
    if growing or dead or rate > MUCH * usual or (rate > usual and not slow):
        why = "steps may be too large: "
        flags.append(f"--lr {usual if rate > usual else rate / 10:.2g} (or --find_lr)")
    elif rate < usual:
        flags.append(f"--lr {usual:g} (or --find_lr)")
    if weights and not settings.initialiser.startswith(weights):
        flags.append(f"--initialiser {weights}")
    if steps < FEW_STEPS and settings.batch_size > LEAST_BATCH:
        flags.append(f"--batch_size {max(LEAST_BATCH, settings.batch_size * steps // FEW_STEPS)}")
    return f"{why}try {', '.join(flags or ['--update adamw --lr 0.001'])}"


def fitting_weights(settings: Settings) -> str:
    """Return the first weights that suit a model; empty if it begins with zeros."""
    return "" if "initialiser" in FOREIGN[settings.model] else first_weights(settings)


def guessing_error(labels: np.ndarray) -> float:
    """Return the error of answering with the largest class."""
    return 1 - int(np.bincount(labels).max()) / len(labels)


def is_guessing(error: float, n: int, guess: float, epochs: int = 1) -> bool:
    """Return whether an error is within chance of guessing, or hardly below.

    Parameters
    ----------
    error : float
        The lowest of some epochs, a fraction.
    n : int
        Images of which it is the error.
    guess : float
        The error of guessing.
    epochs : int
        Each of them could have been lucky.
    """
    from scipy.special import bdtr

    if epochs * bdtr(0, n, guess) > FALSE_PRAISE:
        return False  # so few images could all be right by chance: they tell nothing
    by_chance = epochs * bdtr(round(error * n), n, guess) > FALSE_PRAISE
    return bool(by_chance or error > HARDLY_BETTER * guess)


def dead_layers(network: Network, split: Split) -> list[str]:
    """Return the hidden layers of which all units are 0 for all images of a sample.

    The graph is run as it is, by NumPy: nothing is compiled, for any backend.
    """
    images = split.images[
        np.linspace(0, len(split.labels) - 1, min(SAMPLE, len(split.labels))).astype(int)
    ]
    # The last layer gives scores, which may be 0 and begin so.
    outputs = dict(list(network.model.outputs.items())[:-1])
    as_they_are = Mode(linker="py", optimizer=None)
    function = pytensor.function(
        [network.images], list(outputs.values()), mode=as_they_are, on_unused_input="ignore"
    )
    with np.errstate(all="ignore"):  # of a run that is about to diverge
        values = function(np.asarray(images))
    return [name for name, value in zip(outputs, values, strict=True) if not np.any(value)]


def divergence_advice(settings: Settings, images: int) -> str:
    """Return what may help a training whose numbers are no longer finite.

    Parameters
    ----------
    settings : Settings
    images : int
        Those of an epoch.
    """
    if settings.batch_norm and 1 in (settings.batch_size, images % settings.batch_size):
        return (
            f"--batch_norm needs two images at least in each batch, and of {images:,} in batches of "
            f"{settings.batch_size} one is alone: choose another --batch_size or more images"
        )
    return too_large(settings) or f"try a smaller learning rate than --lr {settings.lr:g}"


def too_large(settings: Settings) -> str | None:
    """Return the penalty that is to blame, and not the rate, with advice; or None."""
    rate, most = settings.lr, largest_stable(settings)
    if settings.l2_pen > USUAL_PENALTY and most and 2 * rate * settings.l2_pen > most / 2:
        return (
            f"--l2_pen {settings.l2_pen:g} is too large: weights grow at every step from "
            f"{most / 2 / rate:.3g} on, with --lr {rate:g}; try the default, 0.001"
        )
    if settings.l1_pen > USUAL_PENALTY and most and rate * settings.l1_pen > MAX_SHIFT:
        return (
            f"--l1_pen {settings.l1_pen:g} is too large: with --lr {rate:g}, each step changes each "
            f"weight by {rate * settings.l1_pen:.3g}; try 0.0001"
        )
    if rate > LARGE_RATE:
        return None
    if deviation_of(settings.initialiser) > LARGE_WEIGHTS:
        return f"the first weights of --initialiser {settings.initialiser} are large: try he"
    if settings.normalize == "none":
        return "--normalize none gives the network bytes up to 255: try --normalize zscore"
    return None


def largest_stable(settings: Settings) -> float:
    """Return the rate times curvature at which a rule stops being stable; 0 for any.

    An L2 penalty has the curvature 2 x l2_pen. Rules that scale their steps do not diverge by it.

    References
    ----------
    Polyak, B. (1987). Introduction to optimization, section 3.2. Nesterov's follows from the roots of
    ``z**2 - (1 + m)(1 - c)z + m(1 - c)``, where ``c`` is rate times curvature and ``m`` the momentum.
    """
    momentum = settings.mom
    match settings.update:
        case "sgd":
            return 2.0
        case "momentum":
            return 2 * (1 + momentum)
        case "nesterov":
            return 2 * (1 + momentum) / (1 + 2 * momentum)
    return 0.0


def deviation_of(initialiser: str) -> float:
    """Return the standard deviation of ``normal:SD``; 0 for others."""
    name, _, number = initialiser.partition(":")
    return float(number) if name == "normal" else 0.0
