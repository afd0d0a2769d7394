"""Batch normalisation."""

from dataclasses import dataclass, replace
from typing import ClassVar

from pytensor.tensor.variable import TensorVariable

from lenet.layers.base import Layer, Shape, Updates
from lenet.layers.convolution import Convolution
from lenet.layers.dense import Activation, FullyConnected
from lenet.layers.initialisers import Rng, constant
from lenet.layers.parameters import shared_parameter
from lenet.nnet import batch_normalization_test, batch_normalization_train
from lenet.nnet.normalization import MIN_EPSILON


@dataclass
class BatchNorm(Layer):
    """Batch normalisation.

    By the batch's mean and variance in training, by their running averages afterwards.

    Parameters
    ----------
    momentum : float
        Share that the running averages keep in a step.
    epsilon : float
        Added to the variance.

    References
    ----------
    Ioffe, S. and Szegedy, C. (2015). Batch normalization. ICML.
    """

    momentum: float = 0.9
    epsilon: float = 1e-4
    kind: ClassVar[str] = "norm"
    is_constant: ClassVar[bool] = False

    def set_up(self, rng: Rng) -> Shape:
        if not 0 <= self.momentum < 1 or not self.epsilon >= MIN_EPSILON:
            raise ValueError(
                f"layer {self.name}: momentum {self.momentum} and epsilon {self.epsilon}, expected 0 to "
                f"below 1 and at least {MIN_EPSILON}"
            )
        channels = self.input_shape[0]
        self.axes = "per-activation" if len(self.input_shape) == 1 else "spatial"
        self.gamma = self.parameter(constant(rng, (channels,), 1), "gamma")
        self.beta = self.parameter(constant(rng, (channels,), 0), "beta")
        self.mean = shared_parameter(constant(rng, (channels,), 0), f"{self.name}_mean")
        self.variance = shared_parameter(constant(rng, (channels,), 1), f"{self.name}_variance")
        self.state = [self.mean, self.variance]
        return self.input_shape

    def apply(self, input: TensorVariable, training: bool) -> tuple[TensorVariable, Updates]:
        scale = (self.gamma, self.beta)
        running = (self.mean, self.variance)
        if not training:
            normal = batch_normalization_test(input, *scale, *running, self.axes, self.epsilon)
            return normal, []
        output, _, _, *new = batch_normalization_train(
            input, *scale, self.axes, self.epsilon, 1 - self.momentum, *running
        )
        return output, list(zip(running, new, strict=True))


def normalised(layer: Convolution | FullyConnected) -> list[Layer]:
    """Return a layer with batch normalisation before its activation.

    The shift takes the bias's place.
    """
    return [
        replace(layer, activation="identity", bias=False),
        BatchNorm(name=f"{layer.name}_norm"),
        Activation(layer.activation, name=f"{layer.name}_act"),
    ]
