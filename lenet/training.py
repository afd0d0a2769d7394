"""Training: the compiled functions, the schedule, the epochs and early stopping.

References
----------
The functions' names, early stopping and its constants are those of Theano's deep-learning tutorial,
"Convolutional Neural Networks (LeNet)".
"""

import math
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.compile.mode import Mode
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.tensor.variable import TensorVariable

from lenet.architectures import SMALLEST_LENET
from lenet.augmentation import appearances, augmented_batches
from lenet.Classifier import Classifier
from lenet.input_pipeline import Dataset, batches, prefetch
from lenet.Layer import shared_parameter
from lenet.layers.base import Layer, Shape
from lenet.schedules import Schedule
from lenet.sdlm import sample, second_derivatives
from lenet.settings import Settings
from lenet.updates import Updates, state_of

PATIENCE_INCREASE = 2
IMPROVEMENT_THRESHOLD = 0.995

Batch = tuple[np.ndarray, np.ndarray]
Batches = Generator[Batch, None, None]
Show = Callable[[Batches, int, int], Batches]


@dataclass(frozen=True)
class Network:
    """A symbolic network and its inputs.

    Attributes
    ----------
    images : TensorVariable, uint8, shape (batch, channels, size, size)
    labels : TensorVariable, int32, shape (batch,)
    scaled : TensorVariable, floating point
        The images as the first layer sees them.
    model : Classifier
    """

    images: TensorVariable
    labels: TensorVariable
    scaled: TensorVariable
    model: Classifier


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
        New values of the parameters, of the model's state and of what the update rule remembers.
    learning_rate, momentum : SharedVariable
    memory : list of SharedVariable
        What the update rule remembers.
    """

    inputs: list[TensorVariable]
    outputs: list[TensorVariable]
    updates: Updates
    learning_rate: SharedVariable
    momentum: SharedVariable
    memory: list[SharedVariable]


@dataclass(frozen=True)
class Functions:
    """The compiled functions, and the shared variables that steer them.

    Attributes
    ----------
    train_model, validate_model, test_model : callable
        ``(images, labels) -> [cost, errors]``, means over one batch; `train_model` then makes a step.
        The other two are one and the same, and also return the probability of each class.
    learning_rate, momentum : SharedVariable
    params : list of SharedVariable
        What is trained.
    memory : list of SharedVariable
        What the update rule remembers.
    before_epoch : callable or None
        ``(images, labels) -> []``: what is to be done before each epoch, on a few training images.
    """

    train_model: Callable[[np.ndarray, np.ndarray], list[np.ndarray]]
    validate_model: Callable[[np.ndarray, np.ndarray], list[np.ndarray]]
    test_model: Callable[[np.ndarray, np.ndarray], list[np.ndarray]]
    learning_rate: SharedVariable
    momentum: SharedVariable
    params: list[SharedVariable]
    memory: list[SharedVariable]
    before_epoch: Callable[[np.ndarray, np.ndarray], list[np.ndarray]] | None = None


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
    """How far a run has come: all that it needs, beside shared variables, to go on as if never interrupted.

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


def build_network(dataset: Dataset, settings: Settings, rng: np.random.Generator) -> Network:
    """Return the symbolic network for the images of a data set, with new weights.

    Raises
    ------
    ValueError
        If the network is not made for images of that size.
    """
    if settings.model == "lenet" and dataset.size < SMALLEST_LENET:
        raise ValueError(
            f"images of {dataset.size}x{dataset.size} pixels are too small for --model lenet, which "
            f"needs at least {SMALLEST_LENET}x{SMALLEST_LENET}"
        )
    layers = settings.layers(len(dataset.class_names))
    return network_of_layers(
        layers,
        (dataset.channels, dataset.size, dataset.size),
        rng,
        loss=settings.loss_function(),
        l1_pen=settings.l1_pen,
        l2_pen=settings.l2_pen,
    )


def network_of_layers(
    layers: Sequence[Layer], image_shape: Shape, rng: np.random.Generator, **options: Any
) -> Network:
    """Return the symbolic network of some layers, with new weights; `Classifier` has the options."""
    images = pt.tensor("images", dtype="uint8", shape=(None, *image_shape))
    labels = pt.ivector("labels")
    # Bytes travel, the graph scales them: a batch of floats is four to eight times as large.
    scaled = images.astype(pytensor.config.floatX) / np.asarray(255, pytensor.config.floatX)
    model = Classifier(layers, scaled, labels, rng, image_shape, **options)
    return Network(images, labels, scaled, model)


def symbolic_step(network: Network, settings: Settings) -> Step:
    """Return the training step of a network."""
    model = network.model
    learning_rate = shared_parameter(settings.lr, "learning_rate")
    momentum = shared_parameter(settings.mom, "momentum")
    updates = settings.updates(model.cost, model.params, learning_rate, momentum)
    return Step(
        inputs=[network.images, network.labels],
        outputs=[model.cost, model.errors],
        updates=updates + model.updates,
        learning_rate=learning_rate,
        momentum=momentum,
        memory=state_of(updates, model.params),
    )


def compile_functions(network: Network, settings: Settings, mode: Mode) -> Functions:
    """Compile the functions that train and evaluate a network."""
    step, model = symbolic_step(network, settings), network.model
    train_model = pytensor.function(
        step.inputs, step.outputs, updates=step.updates, mode=mode, name="train_model"
    )
    evaluate = pytensor.function(
        step.inputs,
        [model.test_cost, model.test_errors, model.p_y_given_x],
        mode=mode,
        name="validate_model",
    )
    return Functions(
        train_model,
        evaluate,
        evaluate,
        step.learning_rate,
        step.momentum,
        model.params,
        step.memory,
        compile_estimate(network, step, settings, mode) if settings.update == "sdlm" else None,
    )


def compile_estimate(
    network: Network, step: Step, settings: Settings, mode: Mode
) -> Callable[[np.ndarray, np.ndarray], list[np.ndarray]]:
    """Compile the function that estimates how much the cost bends; see `lenet.sdlm`."""
    found = second_derivatives(
        network.model, network.scaled, settings.loss_name, settings.rubbish_distance
    )
    bends = [found[param] for param in network.model.params]
    return pytensor.function(
        step.inputs,
        [],
        updates=list(zip(step.memory, bends, strict=True)),
        mode=mode,
        name="estimate_second_derivatives",
        on_unused_input="ignore",
    )


def run_epochs(
    functions: Functions,
    dataset: Dataset,
    settings: Settings,
    progress: Progress,
    show: Show = lambda batches, epoch, steps: batches,
) -> Iterator[EpochResult]:
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
            step = SteeredStep(functions, settings, schedule, epoch - 1, steps)
            cost, training_error = averages(step, shown)
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
        )


class SteeredStep:
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

    def __call__(self, images: np.ndarray, labels: np.ndarray) -> list[np.ndarray]:
        """Make a step and return cost and errors before it."""
        if self.schedule.per_step and self.step:
            self.steer(self.epochs_done + self.step / self.steps)
        self.step += 1
        return self.functions.train_model(images, labels)


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
            means = np.array([float(mean) for mean in function(images, labels)[:2]])
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
