"""Training: the compiled functions, the schedule, the epochs and early stopping.

References
----------
The functions' names, early stopping and its constants are those of Theano's deep-learning tutorial,
"Convolutional Neural Networks (LeNet)".
"""

import math
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.compile.mode import Mode
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.tensor.variable import TensorVariable

from lenet.augmentation import appearances, augmented_batches
from lenet.input_pipeline import Dataset, batches, prefetch
from lenet.Layer import shared_parameter
from lenet.Lenet5 import Lenet5
from lenet.updates import Updates, momentum

DECAY = 0.95
EPOCHS_PER_DECAY = 10
PATIENCE_INCREASE = 2
IMPROVEMENT_THRESHOLD = 0.995

Batch = tuple[np.ndarray, np.ndarray]
Batches = Generator[Batch, None, None]
Progress = Callable[[Batches, int, int], Batches]


@dataclass(frozen=True)
class Settings:
    """What decides a training run, but for its data and random numbers.

    Attributes
    ----------
    nepochs : int
        Epochs at most.
    lr, mom : float
        Learning rate and momentum of the first epochs; see `decayed`.
    l2_pen : float
        Weight of the L2 penalty.
    lwidth : tuple of four int
        Widths of the layers; see `Lenet5`.
    batch_size : int
        Images in a batch; the last one of an epoch may be smaller.
    data_augm : bool
        Train on crops and mirror images as well.
    ncrops : int
        Random crops of each image in an epoch; without `data_augm` it has no effect.
    patience : int
        Iterations to do at least; see `EarlyStopping`.
    """

    nepochs: int
    lr: float
    mom: float
    l2_pen: float
    lwidth: tuple[int, ...]
    batch_size: int
    data_augm: bool
    ncrops: int
    patience: int


@dataclass(frozen=True)
class Network:
    """A symbolic network and its inputs.

    Attributes
    ----------
    images : TensorVariable, uint8, shape (batch, channels, size, size)
    labels : TensorVariable, int32, shape (batch,)
    model : Lenet5
    """

    images: TensorVariable
    labels: TensorVariable
    model: Lenet5


@dataclass(frozen=True)
class Step:
    """A symbolic training step, with the shared variables that steer it.

    Attributes
    ----------
    inputs : list of TensorVariable
        Images and labels.
    outputs : list of TensorVariable
        Cost and errors.
    updates : list of (SharedVariable, TensorVariable)
        New values of the parameters and of the steps before.
    learning_rate, momentum : SharedVariable
    """

    inputs: list[TensorVariable]
    outputs: list[TensorVariable]
    updates: Updates
    learning_rate: SharedVariable
    momentum: SharedVariable


@dataclass(frozen=True)
class Functions:
    """The compiled functions, and the shared variables that steer them.

    Attributes
    ----------
    train_model, validate_model, test_model : callable
        ``(images, labels) -> [cost, errors]``, means over one batch; `train_model` then makes a step.
        The other two are one and the same.
    learning_rate, momentum : SharedVariable
    params : list of SharedVariable
        What is trained.
    """

    train_model: Callable[[np.ndarray, np.ndarray], list[np.ndarray]]
    validate_model: Callable[[np.ndarray, np.ndarray], list[np.ndarray]]
    test_model: Callable[[np.ndarray, np.ndarray], list[np.ndarray]]
    learning_rate: SharedVariable
    momentum: SharedVariable
    params: list[SharedVariable]


@dataclass(frozen=True)
class EpochResult:
    """What one epoch has brought. Errors are fractions between 0 and 1.

    Attributes
    ----------
    epoch : int
        Counted from 1.
    cost, training_error : float
        Means over the epoch's training images, each before the step it served.
    validation_cost, validation_error : float
    test_error : float or None
        Measured if, and only if, the validation error is the lowest so far.
    learning_rate, momentum : float
    seconds : float
        Of the whole epoch.
    images_per_second : float
        Of its training alone.
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

    @property
    def is_best(self) -> bool:
        """Whether the validation error is the lowest so far."""
        return self.test_error is not None


class DivergenceError(ArithmeticError):
    """The cost or a parameter has become infinite or not a number."""


class EarlyStopping:
    """Patience that grows with success.

    At least `patience` iterations (steps) are made. Each time the validation error falls by 0.5 % of
    its lowest value or more, at least twice the iterations so far.

    Parameters
    ----------
    patience : int
    """

    def __init__(self, patience: int) -> None:
        self.patience = patience
        self.best_error = math.inf

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


def build_network(dataset: Dataset, settings: Settings, rng: np.random.Generator) -> Network:
    """Return the symbolic network for the images of a data set, with new weights."""
    shape = (None, dataset.channels, dataset.size, dataset.size)
    images = pt.tensor("images", dtype="uint8", shape=shape)
    labels = pt.ivector("labels")
    # Bytes travel, the graph scales them: a batch of floats is four to eight times as large.
    scaled = images.astype(pytensor.config.floatX) / np.asarray(255, pytensor.config.floatX)
    model = Lenet5(
        scaled,
        labels,
        rng,
        settings.lwidth,
        dataset.size,
        dataset.channels,
        batch_size=None,
        l2_pen=settings.l2_pen,
    )
    return Network(images, labels, model)


def symbolic_step(network: Network, settings: Settings) -> Step:
    """Return the training step of a network."""
    model = network.model
    learning_rate = shared_parameter(settings.lr, "learning_rate")
    momentum_ = shared_parameter(settings.mom, "momentum")
    updates = momentum(model.cost, model.params, learning_rate, momentum_)
    inputs, outputs = [network.images, network.labels], [model.cost, model.errors]
    return Step(inputs, outputs, updates, learning_rate, momentum_)


def compile_functions(network: Network, settings: Settings, mode: Mode) -> Functions:
    """Compile the functions that train and evaluate a network."""
    step = symbolic_step(network, settings)
    train_model, evaluate = (
        pytensor.function(step.inputs, step.outputs, updates=updates, mode=mode, name=name)
        for updates, name in ((step.updates, "train_model"), (None, "validate_model"))
    )
    params = network.model.params
    return Functions(train_model, evaluate, evaluate, step.learning_rate, step.momentum, params)


def run_epochs(
    functions: Functions,
    dataset: Dataset,
    settings: Settings,
    rng: np.random.Generator,
    progress: Progress = lambda batches, epoch, steps: batches,
) -> Iterator[EpochResult]:
    """Train, and yield the result of each epoch until all are done or patience ends.

    Parameters
    ----------
    functions : Functions
    dataset : Dataset
    settings : Settings
    rng : numpy.random.Generator
        Order and augmentation of the training images.
    progress : callable (batches, epoch, steps) -> batches
        Passes on the training batches of an epoch, to show how far they are; both are generators.

    Raises
    ------
    DivergenceError
        If the numbers are no longer finite.
    """
    stopping = EarlyStopping(settings.patience)
    steps = steps_per_epoch(dataset, settings)
    for epoch in range(1, settings.nepochs + 1):
        start = time.perf_counter()
        learning_rate, momentum_ = decayed(settings.lr, epoch), decayed(settings.mom, epoch)
        functions.learning_rate.set_value(np.asarray(learning_rate, pytensor.config.floatX))
        functions.momentum.set_value(np.asarray(momentum_, pytensor.config.floatX))

        # Closed, not left to the garbage collector: an error must find the terminal tidy.
        with (
            closing(prefetch(training_batches(dataset, settings, rng))) as made_ahead,
            closing(progress(made_ahead, epoch, steps)) as shown,
        ):
            cost, training_error = averages(functions.train_model, shown)
        trained = time.perf_counter()
        validation_cost, validation_error = averages(
            functions.validate_model, batches(dataset.valid, settings.batch_size)
        )
        if not is_finite([cost, validation_cost], functions.params):
            raise DivergenceError(
                f"training has diverged in epoch {epoch}: the cost or a weight is not a finite "
                f"number any more; try a smaller learning rate than --lr {settings.lr:g}"
            )
        test_error = None
        if stopping.is_best(validation_error, epoch * steps):
            _, test_error = averages(
                functions.test_model, batches(dataset.test, settings.batch_size)
            )
        yield EpochResult(
            epoch=epoch,
            cost=cost,
            training_error=training_error,
            validation_cost=validation_cost,
            validation_error=validation_error,
            test_error=test_error,
            learning_rate=learning_rate,
            momentum=momentum_,
            seconds=time.perf_counter() - start,
            images_per_second=images_per_epoch(dataset, settings) / (trained - start),
        )
        if stopping.is_over(epoch * steps):
            return


def decayed(value: float, epoch: int) -> float:
    """Return a learning rate or momentum as it is in an epoch: 5 % smaller after every ten."""
    return value * DECAY ** ((epoch - 1) // EPOCHS_PER_DECAY)


def images_per_epoch(dataset: Dataset, settings: Settings) -> int:
    """Return the number of images, augmented ones included, that an epoch trains on."""
    n = len(dataset.train.labels)
    return appearances(n, settings.ncrops, dataset.mirror) if settings.data_augm else n


def steps_per_epoch(dataset: Dataset, settings: Settings) -> int:
    """Return the number of batches, the last of which may be smaller, of an epoch."""
    return math.ceil(images_per_epoch(dataset, settings) / settings.batch_size)


def training_batches(
    dataset: Dataset, settings: Settings, rng: np.random.Generator
) -> Iterator[Batch]:
    """Return one epoch's batches of the training images, shuffled and, if asked for, augmented."""
    if not settings.data_augm:
        return batches(dataset.train, settings.batch_size, rng)
    return augmented_batches(
        dataset.train, settings.batch_size, rng, ncrops=settings.ncrops, mirror=dataset.mirror
    )


def averages(
    function: Callable[[np.ndarray, np.ndarray], list[np.ndarray]], batches: Iterable[Batch]
) -> tuple[float, float]:
    """Return mean cost and mean error over all images, whatever the sizes of the batches.

    The first cost that is not finite ends the pass and is what is returned.
    """
    totals, n = np.zeros(2), 0
    for images, labels in batches:
        # NumPy's warnings of overflow say less of a divergence than its error will.
        with np.errstate(over="ignore", invalid="ignore"):
            means = np.array([float(mean) for mean in function(images, labels)])
        totals += len(labels) * means
        n += len(labels)
        if not math.isfinite(means[0]):
            break
    cost, errors = totals / n
    return float(cost), float(errors)


def is_finite(costs: Iterable[float], params: Iterable[SharedVariable]) -> bool:
    """Return whether all costs and parameters are finite numbers."""
    return all(map(math.isfinite, costs)) and all(
        np.isfinite(param.get_value(borrow=True)).all() for param in params
    )
