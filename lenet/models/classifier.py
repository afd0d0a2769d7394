"""Classifier: network of layers with cost, errors and predictions."""

from collections.abc import Callable, Sequence
from functools import partial

import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from lenet.layers.base import Layer, Shape, Updates
from lenet.layers.initialisers import Rng
from lenet.layers.sequential import Sequential
from lenet.models.losses import cross_entropy, l1_penalty, l2_penalty
from lenet.nnet import softmax
from lenet.text import plain_table, shape_text, table


class Classifier:
    """Classifier: layers whose last output has one score for each class.

    The class of the largest score is predicted.

    Parameters
    ----------
    layers : sequence of Layer
    input : TensorVariable, shape (batch, *input_shape)
        Images as floating-point numbers.
    label : TensorVariable, integer, shape (batch,)
    rng : numpy.random.Generator or RandomState
        Source of the initial weights, and of the seeds of dropout.
    input_shape : tuple of int
        (channels, rows, columns).
    loss : callable (scores, labels) -> scalar
        See `lenet.models.losses`.
    l1_pen, l2_pen : float
        Weights of the penalties.
    image_weights : TensorVariable, optional, shape (batch,)
        How much each image counts in training, 1 on average.
    freeze : sequence of str
        Names of layers that do not learn. They do in training what they do afterwards: batch normalisation goes by
        its averages, which stay. A name is also for the layers named after it, as "conv1_norm" after "conv1".
    mixture : (TensorVariable, TensorVariable), optional
        For training on mixtures of two images, of which `label` is that of the larger part: the labels of the smaller
        parts, integer, and the shares of the larger ones, shape (batch,). The cost is mixed likewise.

    Attributes
    ----------
    network : Sequential
    layers : list of Layer
    params, state : list of SharedVariable
        What can be trained, and what training can change otherwise.
    trained : list of SharedVariable
        Those of `params` that are in no frozen layer.
    frozen : set of str
        Names of the layers that are frozen.
    cost, errors : TensorVariable, scalar
        As in training: loss and penalties, and the fraction of wrong predictions.
    updates : list of (SharedVariable, TensorVariable)
        New values of `state` after a step.
    test_cost, test_errors : TensorVariable, scalar
        Likewise, as the network behaves after training.
    outputs : dict of str to TensorVariable
        What each layer gives after training.
    scores, p_y_given_x, y_pred : TensorVariable
        Scores, probabilities and most probable class, after training.
    L2_sq, L1 : TensorVariable, scalar
        Sums of the squared and of the absolute weights of all layers but the last and the frozen: of these, it would
        be a constant, which no step can lower.

    Raises
    ------
    ValueError
        If the last layer gives no scores, or a layer to freeze is unknown, or all of them are.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        input: TensorVariable,
        label: TensorVariable,
        rng: Rng,
        input_shape: Shape,
        loss: Callable[..., TensorVariable] = cross_entropy,
        l1_pen: float = 0.0,
        l2_pen: float = 0.001,
        image_weights: TensorVariable | None = None,
        freeze: Sequence[str] = (),
        mixture: tuple[TensorVariable, TensorVariable] | None = None,
    ) -> None:
        self.network = Sequential(layers, input_shape, rng)
        if len(self.network.output_shape) != 1:
            raise ValueError(
                f"the last layer gives {self.network.output_shape}, expected one score for each class"
            )
        self.layers = self.network.layers
        self.params, self.state = self.network.params, self.network.state
        self.frozen = frozen_layers(self.layers, freeze)
        learning = [layer for layer in self.layers if layer.name not in self.frozen]
        self.trained = [param for layer in learning for param in layer.params]
        if freeze and not self.trained:
            raise ValueError("all layers are frozen, and none is left to learn; freeze fewer")
        last = self.layers[-1]
        hidden = [weight for layer in learning if layer is not last for weight in layer.weights]
        self.L2_sq = l2_penalty(hidden) if hidden else pt.constant(0.0)
        self.L1 = l1_penalty(hidden) if hidden else pt.constant(0.0)
        self.L2_sq.name, self.L1.name = "L2_sq", "L1"

        self.outputs, _ = self.network.apply(input, training=False)
        self.scores = list(self.outputs.values())[-1]
        self.p_y_given_x = softmax(self.scores)
        self.p_y_given_x.name = "p_y_given_x"
        self.y_pred = pt.argmax(self.p_y_given_x, axis=1)
        self.y_pred.name = "y_pred"

        def measures(
            scores: TensorVariable, loss: Callable[..., TensorVariable]
        ) -> tuple[TensorVariable, TensorVariable]:
            cost = loss(scores, label)
            if hidden and l2_pen:
                cost = cost + l2_pen * self.L2_sq
            if hidden and l1_pen:
                cost = cost + l1_pen * self.L1
            errors = pt.mean(pt.neq(pt.argmax(scores, axis=1), label))
            cost.name, errors.name = "cost", "errors"
            return cost, errors

        self.test_cost, self.test_errors = measures(self.scores, loss)
        self.cost, self.errors = self.test_cost, self.test_errors
        self.updates: Updates = []
        if image_weights is not None:
            loss = partial(loss, image_weights=image_weights)
        if mixture is not None:
            loss = partial(mixed_loss, loss, *mixture)
        elif image_weights is None and all(layer.is_constant for layer in learning):
            return
        outputs, self.updates = self.network.apply(input, training=True, frozen=self.frozen)
        self.cost, self.errors = measures(list(outputs.values())[-1], loss)

    @property
    def layer_rows(self) -> list[tuple[str, str, str]]:
        """The layers as a table with a header: name, output shape, number of parameters."""
        found = [
            (self._shown_name(layer), shape_text(layer.output_shape), layer.n_parameters)
            for layer in self.layers
        ]
        return [
            ("layer", "output", "parameters"),
            *((name, shape, f"{number:,}") for name, shape, number in found),
            ("total", "", f"{sum(number for *_, number in found):,}"),
        ]

    def _shown_name(self, layer: Layer) -> str:
        """Return the name of a layer, and whether it has numbers that do not learn."""
        is_frozen = layer.params and layer.name in self.frozen
        return f"{layer.name} (frozen)" if is_frozen else layer.name

    def __repr__(self) -> str:
        return table(self.layer_rows)

    def _repr_html_(self) -> str:
        return plain_table(self.layer_rows)


def frozen_layers(layers: Sequence[Layer], freeze: Sequence[str]) -> set[str]:
    """Return the names of all layers that some names freeze; see `Classifier`.

    Raises
    ------
    ValueError
        If a name is that of no layer with numbers to learn.
    """
    known = [layer.name for layer in layers if layer.params]
    for name in freeze:
        if name not in known:
            raise ValueError(f"no layer {name!r} to freeze: expected some of {', '.join(known)}")
    return {
        layer.name
        for layer in layers
        for name in freeze
        if layer.name == name or layer.name.startswith(f"{name}_")
    }


def mixed_loss(
    loss: Callable[..., TensorVariable],
    partners: TensorVariable,
    shares: TensorVariable,
    scores: TensorVariable,
    labels: TensorVariable,
) -> TensorVariable:
    """Return the loss of mixtures of images, shares of the losses of both labels."""
    return loss(scores, labels, image_weights=shares) + loss(
        scores, partners, image_weights=1 - shares
    )
