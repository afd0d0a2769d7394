"""Training: the epochs, the schedule and early stopping.

References
----------
Early stopping and its constants are those of Theano's deep-learning tutorial, "Convolutional Neural
Networks (LeNet)".
"""

import math
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, fields

import numpy as np
import pytensor
from pytensor.compile.sharedvalue import SharedVariable

from lenet.augment.mixup import mixed_batches
from lenet.data.dataset import Dataset, batches, prefetch
from lenet.optim.schedules import Schedule
from lenet.training.build import augmentation_of
from lenet.training.functions import Functions
from lenet.training.health import divergence_advice
from lenet.training.second_derivatives import sample
from lenet.training.settings import Settings

PATIENCE_INCREASE = 2
IMPROVEMENT_THRESHOLD = 0.995
RECALL = "recall_"  # and the number of a class: what that of an epoch is called

Batch = tuple[
    np.ndarray, ...
]  # images and labels; see `lenet.augment.mixup` for what mixtures have besides
Batches = Generator[Batch, None, None]
Evaluate = Callable[..., list[np.ndarray]]
Show = Callable[[Batches, int, int], Batches]


@dataclass(frozen=True)
class EpochResult:
    """Results of one epoch.

    Errors are fractions between 0 and 1.

    Attributes
    ----------
    epoch : int
        Counted from 1.
    cost, training_error : float
        Means over the epoch's training images, each before the step it served. The error of a mixture is that of its
        larger part.
    validation_cost, validation_error : float
    test_error : float or None
        Measured if, and only if, what is monitored is the lowest so far, by default the validation error; NaN
        without test images.
    learning_rate, momentum : float
    seconds : float
        Of the whole epoch.
    images_per_second : float
        Of its training alone.
    recalls : tuple of float
        The fraction of the validation images of each class that are recognised; NaN for a class without any. Empty
        if it is not known, as in runs of earlier versions.
    monitored : float or None
        What the best epoch has the lowest of, if that is not the validation error.
    """

    epoch: int
    cost: float
    training_error: float
    validation_cost: float
    validation_error: float
    test_error: float | None
    learning_rate: float
    momentum: float
    seconds: float
    images_per_second: float
    recalls: tuple[float, ...] = ()
    monitored: float | None = None

    @property
    def numbers(self) -> dict[str, float | None]:
        """The attributes by name; each recall by itself, with the number of its class."""
        numbers = {name: getattr(self, name) for name in NUMBERS}
        return numbers | {f"{RECALL}{k}": recall for k, recall in enumerate(self.recalls)}

    @property
    def lowest(self) -> float:
        """Value of the monitored quantity, which is lowest in the best epoch."""
        return self.validation_error if self.monitored is None else self.monitored

    @property
    def is_best(self) -> bool:
        """Whether what is monitored is the lowest so far."""
        return self.test_error is not None


# Attributes of an epoch that are one number each.
NUMBERS = tuple(each.name for each in fields(EpochResult) if each.name != "recalls")


class DivergenceError(ArithmeticError):
    """The cost or a parameter has become infinite or not a number."""


class EarlyStopping:
    """Patience that grows with success.

    At least `patience` iterations (steps) are made. Each time the validation error falls by 0.5 % of
    its lowest value or more, at least twice the iterations so far.

    Parameters
    ----------
    patience : int
    best_error : float
        The lowest so far.
    """

    def __init__(self, patience: int, best_error: float = math.inf) -> None:
        self.patience = patience
        self.best_error = best_error

    def is_best(self, validation_error: float, iteration: int) -> bool:
        """Take note of a validation error, and return whether it is the lowest so far."""
        if validation_error >= self.best_error:
            return False
        if validation_error < self.best_error * IMPROVEMENT_THRESHOLD:
            self.patience = max(self.patience, iteration * PATIENCE_INCREASE)
        self.best_error = validation_error
        return True

    def is_over(self, iteration: int) -> bool:
        """Return whether patience has come to its end."""
        return iteration >= self.patience


@dataclass
class Progress:
    """State of a training run, beside its shared variables.

    It is all that a run needs, beside them, to go on as if never interrupted.

    Attributes
    ----------
    epoch : int
        Epochs done.
    patience : int
    best_error : float
        See `EarlyStopping`.
    batches_rng : numpy.random.Generator
        Order and augmentation of the training images.
    """

    batches_rng: np.random.Generator
    epoch: int = 0
    patience: int = 0
    best_error: float = math.inf


def run_epochs(
    functions: Functions,
    dataset: Dataset,
    settings: Settings,
    progress: Progress,
    show: Show = lambda batches, epoch, steps: batches,
) -> Generator[EpochResult, None, None]:
    """Train, and yield the result of each epoch until all are done or patience ends.

    Parameters
    ----------
    functions : Functions
    dataset : Dataset
    settings : Settings
    progress : Progress
        Where to begin. Whenever an epoch's result is yielded, it says how far training has come.
    show : callable (batches, epoch, steps) -> batches
        Passes on the training batches of an epoch, to show how far they are; both are generators.

    Raises
    ------
    DivergenceError
        If the numbers are no longer finite.
    """
    settings = settings.fitted_to(dataset)
    stopping = EarlyStopping(progress.patience or settings.patience, progress.best_error)
    steps = steps_per_epoch(dataset, settings)
    schedule = settings.make_schedule()
    while progress.epoch < settings.nepochs and not stopping.is_over(progress.epoch * steps):
        epoch, start = progress.epoch + 1, time.perf_counter()
        if functions.before_epoch is not None:
            functions.before_epoch(*sample(dataset.train))

        # Closed, not left to the garbage collector: an error must find the terminal tidy.
        with (
            closing(
                prefetch(training_batches(dataset, settings, progress.batches_rng))
            ) as made_ahead,
            closing(show(made_ahead, epoch, steps)) as shown,
        ):
            step = ScheduledStep(functions, settings, schedule, epoch - 1, steps)
            cost, training_error = averages(step, shown)
        trained = time.perf_counter()
        recognised = Recognised(functions.validate_model, dataset.n_classes)
        validation_cost, validation_error = averages(
            recognised, batches(dataset.valid, settings.batch_size)
        )
        if not is_finite([cost, validation_cost], functions.params):
            raise DivergenceError(
                f"training has diverged in epoch {epoch}: the cost or a weight is not a finite "
                f"number any more; {divergence_advice(settings, images_per_epoch(dataset, settings))}"
            )
        test_error = None
        monitored = {
            "error": validation_error,
            "balanced_error": recognised.balanced_error,
            "cost": validation_cost,
        }[settings.monitor]
        if stopping.is_best(monitored, epoch * steps):
            _, test_error = averages(
                functions.test_model, batches(dataset.test, settings.batch_size)
            )
        progress.epoch = epoch
        progress.patience, progress.best_error = stopping.patience, stopping.best_error
        yield EpochResult(
            epoch=epoch,
            cost=cost,
            training_error=training_error,
            validation_cost=validation_cost,
            validation_error=validation_error,
            test_error=test_error,
            learning_rate=step.first_learning_rate,
            momentum=step.first_momentum,
            seconds=time.perf_counter() - start,
            images_per_second=images_per_epoch(dataset, settings) / (trained - start),
            recalls=tuple(recognised.recalls.tolist()),
            monitored=None if settings.monitor == "error" else monitored,
        )


class Recognised:
    """An evaluating function that counts the images of each class that are recognised.

    Parameters
    ----------
    function : callable
        ``(images, labels) -> [cost, errors, probabilities]``.
    n_classes : int
    """

    def __init__(self, function: Evaluate, n_classes: int) -> None:
        self.function = function
        self.counts = np.zeros((2, n_classes), int)  # recognised, and all

    def __call__(self, images: np.ndarray, labels: np.ndarray) -> list[np.ndarray]:
        """Return what the function returns."""
        results = self.function(images, labels)
        right = np.asarray(results[2]).argmax(axis=1) == labels
        for counts, found in zip(self.counts, (labels[right], labels), strict=True):
            counts += np.bincount(found, minlength=len(counts))
        return results

    @property
    def recalls(self) -> np.ndarray:
        """Recall of each class, a fraction; NaN for a class without images."""
        recognised, images = self.counts
        return np.where(images > 0, recognised / np.maximum(images, 1), np.nan)

    @property
    def balanced_error(self) -> float:
        """Mean of the errors of the classes that have images."""
        return float(1 - np.nanmean(self.recalls))


class ScheduledStep:
    """The training function, with learning rate and momentum as the schedule has them.

    Parameters
    ----------
    functions : Functions
    settings : Settings
    schedule : Schedule
    epochs_done : int
    steps : int
        Of an epoch.
    """

    def __init__(
        self,
        functions: Functions,
        settings: Settings,
        schedule: Schedule,
        epochs_done: int,
        steps: int,
    ) -> None:
        self.functions, self.settings, self.schedule = functions, settings, schedule
        self.epochs_done, self.steps, self.step = epochs_done, steps, 0
        self.first_learning_rate, self.first_momentum = self.steer(float(epochs_done))

    def steer(self, progress: float) -> tuple[float, float]:
        """Set learning rate and momentum for a number of epochs done, and return them."""
        learning_rate = self.settings.lr * self.schedule.learning_rate(progress)
        momentum = self.settings.mom * self.schedule.momentum(progress)
        for shared, value in (
            (self.functions.learning_rate, learning_rate),
            (self.functions.momentum, momentum),
        ):
            shared.set_value(np.asarray(value, pytensor.config.floatX))
        return learning_rate, momentum

    def __call__(self, *batch: np.ndarray) -> list[np.ndarray]:
        """Make a step and return cost and errors before it."""
        if self.schedule.per_step and self.step:
            self.steer(self.epochs_done + self.step / self.steps)
        self.step += 1
        return self.functions.train_model(*batch)


def images_per_epoch(dataset: Dataset, settings: Settings) -> int:
    """Return the number of images, augmented ones included, that an epoch trains on."""
    return len(dataset.train.labels) * augmentation_of(settings, dataset).appearances


def steps_per_epoch(dataset: Dataset, settings: Settings) -> int:
    """Return the number of batches, the last of which may be smaller, of an epoch."""
    return math.ceil(images_per_epoch(dataset, settings) / settings.batch_size)


def training_batches(
    dataset: Dataset, settings: Settings, rng: np.random.Generator
) -> Iterator[Batch]:
    """Return one epoch's batches of training images, shuffled, augmented and mixed."""
    made = augmentation_of(settings, dataset).batches(dataset.train, settings.batch_size, rng)
    return made if settings.mixup is None else mixed_batches(made, settings.mixup, rng)


def averages(function: Evaluate, batches: Iterable[Batch]) -> tuple[float, float]:
    """Return mean cost and mean error over all images.

    They do not depend on the sizes of the batches.

    The first cost that is not finite ends the pass and is what is returned. Without images, both are NaN.
    """
    totals, n = np.zeros(2), 0
    for batch in batches:
        # NumPy's warnings of overflow say less of a divergence than its error will.
        with np.errstate(over="ignore", invalid="ignore"):
            means = np.array([float(mean) for mean in function(*batch)[:2]])
        n_images = len(batch[0])
        totals += n_images * means
        n += n_images
        if not math.isfinite(means[0]):
            break
    if not n:
        return math.nan, math.nan
    cost, errors = totals / n
    return float(cost), float(errors)


def is_finite(costs: Iterable[float], params: Iterable[SharedVariable]) -> bool:
    """Return whether all costs and parameters are finite numbers."""
    return all(map(math.isfinite, costs)) and all(
        np.isfinite(param.get_value(borrow=True)).all() for param in params
    )
