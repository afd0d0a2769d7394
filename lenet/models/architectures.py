"""Architectures that `--model` names, as lists of layers."""

from collections.abc import Sequence

from lenet.layers import ConvPool, Dropout, FullyConnected, Layer, normalised
from lenet.models.lenet5_1998 import lenet5_1998

__all__ = ["MIN_LENET", "lenet", "lenet5_1998", "logistic", "mlp"]

MIN_LENET = 24


def lenet(
    n_classes: int,
    lwidth: Sequence[int],
    activation: str = "relu",
    pooling: str = "max",
    batch_norm: bool = False,
    dropout: float = 0.0,
    initialiser: str = "glorot",
) -> list[Layer]:
    """Return the documented LeNet-5, as a list of layers.

    ConvPool, ConvPool, Conv, fully connected, logistic regression.

    Parameters
    ----------
    n_classes : int
    lwidth : sequence of four int
        Maps of the three convolutions and units of the fully connected layer.
    activation, pooling, initialiser : str
        See `lenet.layers.activations`, `ConvPool` and `lenet.layers.initialisers`.
    batch_norm : bool
        Normalise each convolution and the fully connected layer before its activation.
    dropout : float
        Share of the last hidden units that a step of training leaves out.

    Notes
    -----
    Without options it is `lenet.Lenet5.Lenet5`: same names, same first weights, same cost.
    """
    if len(lwidth) != 4 or min(lwidth) < 1:
        raise ValueError(f"lwidth {tuple(lwidth)}: expected four positive integers")
    layers: list[Layer] = []
    for number, (maps, kernel, pool) in enumerate(
        zip(lwidth[:3], (5, 5, 3), (2, 2, 1), strict=True), 1
    ):
        convolution = ConvPool(
            maps,
            kernel,
            pool=pool,
            pooling=pooling,
            activation=activation,
            initialiser=initialiser,
            name=f"conv{number}",
        )
        layers += normalised(convolution) if batch_norm else [convolution]
    hidden = FullyConnected(lwidth[3], activation=activation, initialiser=initialiser, name="fc")
    layers += normalised(hidden) if batch_norm else [hidden]
    return layers + ([Dropout(dropout)] if dropout else []) + [output_layer(n_classes)]


def mlp(
    n_classes: int,
    hidden: Sequence[int],
    activation: str = "tanh",
    batch_norm: bool = False,
    dropout: float = 0.0,
    initialiser: str = "glorot",
) -> list[Layer]:
    """Return a multi-layer perceptron; see `lenet` for the options."""
    layers: list[Layer] = []
    for number, units in enumerate(hidden, 1):
        layer = FullyConnected(
            units, activation=activation, initialiser=initialiser, name=f"fc{number}"
        )
        layers += normalised(layer) if batch_norm else [layer]
        layers += [Dropout(dropout)] if dropout else []
    return [*layers, output_layer(n_classes)]


def logistic(n_classes: int) -> list[Layer]:
    """Return multi-class logistic regression, without hidden layers."""
    return [output_layer(n_classes)]


def output_layer(n_classes: int) -> FullyConnected:
    """Return the last layer, which begins at zero."""
    return FullyConnected(n_classes, initialiser="zeros", name="output")
