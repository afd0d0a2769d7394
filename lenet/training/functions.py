"""Graph of the training step, and compiled functions that train and evaluate.

References
----------
The functions' names are those of Theano's deep-learning tutorial, "Convolutional Neural Networks (LeNet)".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pytensor
from pytensor.compile.mode import Mode
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.replace import clone_replace
from pytensor.tensor.type import TensorType
from pytensor.tensor.variable import TensorVariable

from lenet.data.dataset import Split, batches
from lenet.layers.parameters import shared_parameter
from lenet.layers.rbf import RBF
from lenet.models.classifier import Classifier
from lenet.models.network import Network
from lenet.optim.averaging import AVERAGES
from lenet.optim.updates import Updates, state_of
from lenet.training.build import updates_of
from lenet.training.second_derivatives import second_derivatives
from lenet.training.settings import Settings


@dataclass(frozen=True)
class Step:
    """A symbolic training step, with the shared variables that steer it.

    Attributes
    ----------
    inputs : list of TensorVariable
        See `lenet.models.network.Network.batch`.
    outputs : list of TensorVariable
        Cost and errors.
    updates : list of (SharedVariable, TensorVariable)
        New values of the parameters that are not frozen, of the model's state and of what the update rule remembers.
    learning_rate, momentum : SharedVariable
    optimizer_state : list of SharedVariable
        What the update rule keeps from step to step; with an average, also the weights that are trained.
    estimate : list of (SharedVariable, TensorVariable)
        New values of the optimizer state before each epoch, if anything does; see `lenet.optim.sdlm`.
    """

    inputs: list[TensorVariable]
    outputs: list[TensorVariable]
    updates: Updates
    learning_rate: SharedVariable
    momentum: SharedVariable
    optimizer_state: list[SharedVariable]
    estimate: Updates


@dataclass(frozen=True)
class Functions:
    """The compiled functions, and the shared variables that steer them.

    Attributes
    ----------
    train_model, validate_model, test_model : callable
        ``(images, labels) -> [cost, errors]``, means over one batch; `train_model`, which takes what else the network's
        batches have, then makes a step.
        The other two are one and the same, and also return the probability of each class.
    learning_rate, momentum : SharedVariable
    params : list of SharedVariable
        What is trained.
    optimizer_state : list of SharedVariable
        What the update rule keeps from step to step.
    before_epoch : callable or None
        ``(images, labels) -> []``: what is to be done before each epoch, on a few training images.
    outputs : callable or None
        ``images -> outputs`` of a network that ends with distances, whose probabilities do not tell them.
    """

    train_model: Callable[..., list[np.ndarray]]
    validate_model: Callable[[np.ndarray, np.ndarray], list[np.ndarray]]
    test_model: Callable[[np.ndarray, np.ndarray], list[np.ndarray]]
    learning_rate: SharedVariable
    momentum: SharedVariable
    params: list[SharedVariable]
    optimizer_state: list[SharedVariable]
    before_epoch: Callable[[np.ndarray, np.ndarray], list[np.ndarray]] | None = None
    outputs: Callable[[np.ndarray], np.ndarray] | None = None

    def evaluated(self, split: Split, batch_size: int) -> tuple[np.ndarray, np.ndarray | None]:
        """Return class probabilities of images, and the outputs if they are distances.

        Parameters
        ----------
        split : Split
            At least one image.
        batch_size : int
            Images to classify at a time.
        """
        probabilities, outputs = [], []
        for images, labels in batches(split, batch_size):  # of which one at a time is in memory
            probabilities.append(self.test_model(images, labels)[2])
            if self.outputs is not None:
                outputs.append(self.outputs(images))
        return np.concatenate(probabilities), np.concatenate(outputs) if outputs else None


def symbolic_step(network: Network, settings: Settings) -> Step:
    """Return the training step of a network.

    Raises
    ------
    ValueError
        If the update rule is not made for the loss or for one of the layers.
    """
    model = network.model
    learning_rate = shared_parameter(settings.lr, "learning_rate")
    momentum = shared_parameter(settings.mom, "momentum")
    trained = trained_variables(model, settings.average)
    cost, errors = of_trained([model.cost, model.errors], trained)
    params = [trained.get(param, param) for param in model.trained]
    updates = updates_of(settings, cost, params, learning_rate, momentum)
    optimizer_state = state_of(updates, params)
    estimate: Updates = []
    if settings.update == "sdlm":
        bends = second_derivatives(
            model, network.scaled, settings.loss_name, settings.rubbish_distance
        )
        curvatures = of_trained([bends[param] for param in model.trained], trained)
        estimate = list(zip(optimizer_state, curvatures, strict=True))
    changes = of_trained([new for _, new in model.updates], trained)
    updates += [
        (trained.get(variable, variable), new)
        for (variable, _), new in zip(model.updates, changes, strict=True)
    ]
    if settings.average:
        averages = {variable: average for average, variable in trained.items()}
        updates = AVERAGES[settings.average](updates, averages, **settings.average_options)
        optimizer_state = state_of(updates, [*model.params, *model.state])
    return Step(
        inputs=network.batch,
        outputs=[cost, errors],
        updates=updates,
        learning_rate=learning_rate,
        momentum=momentum,
        optimizer_state=optimizer_state,
        estimate=estimate,
    )


def trained_variables(model: Classifier, average: str) -> dict[SharedVariable, SharedVariable]:
    """Return the variables that are trained where a model keeps averages of them.

    So whatever validates, saves or draws the model finds the averages in it.

    Parameters
    ----------
    model : Classifier
    average : str
        One of `lenet.optim.averaging.AVERAGES`, or empty for none. Of an exponential moving average, the statistics
        of batch normalisation are averaged, too; slow weights go with those of the steps that led to them.

    Returns
    -------
    dict of SharedVariable to SharedVariable
        Of each variable of the model one of the same name and value, which belongs to the optimizer's state.
    """
    averaged: list[SharedVariable] = []
    if average:
        averaged += model.trained
    if average == "ema":
        averaged += [state for state, _ in model.updates if isinstance(state.type, TensorType)]
    return {
        variable: shared_parameter(variable.get_value(), variable.name) for variable in averaged
    }


def of_trained(
    graphs: list[TensorVariable], trained: Mapping[SharedVariable, SharedVariable]
) -> list[TensorVariable]:
    """Return graphs of a model's variables as graphs of those that are trained."""
    return list(clone_replace(graphs, dict(trained))) if trained and graphs else graphs


def compile_functions(network: Network, step: Step, mode: Mode) -> Functions:
    """Compile the functions that train and evaluate a network."""
    model = network.model
    train_model = pytensor.function(
        step.inputs, step.outputs, updates=step.updates, mode=mode, name="train_model"
    )
    images_and_labels = [network.images, network.labels]
    evaluate = pytensor.function(
        images_and_labels,
        [model.test_cost, model.test_errors, model.p_y_given_x],
        mode=mode,
        name="validate_model",
    )
    estimate = None
    if step.estimate:
        estimate = pytensor.function(
            images_and_labels,
            [],
            updates=step.estimate,
            mode=mode,
            name="estimate_second_derivatives",
            on_unused_input="ignore",
        )
    return Functions(
        train_model,
        evaluate,
        evaluate,
        step.learning_rate,
        step.momentum,
        model.trained,
        step.optimizer_state,
        estimate,
        outputs_of(network, mode),
    )


def outputs_of(network: Network, mode: Mode | None) -> Callable[[np.ndarray], np.ndarray] | None:
    """Return a function from images to distances, compiled when it is first used.

    It is None if the network does not end with `RBF`.
    """
    if not isinstance(network.model.layers[-1], RBF):
        return None
    compiled: list[Callable[[np.ndarray], np.ndarray]] = []

    def outputs(images: np.ndarray) -> np.ndarray:
        if not compiled:
            inputs, scores = [network.images], network.model.scores
            compiled.append(pytensor.function(inputs, scores, mode=mode, name="outputs"))
        return compiled[0](images)

    return outputs
