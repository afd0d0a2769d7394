"""Layers that behave in training otherwise than afterwards."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from lenet.initialisers import constant
from lenet.Layer import Rng, shared_parameter
from lenet.layers.base import Layer, Shape, Updates
from lenet.layers.convolution import Convolution
from lenet.layers.dense import Activation, FullyConnected
from lenet.nnet import batch_normalization_test, batch_normalization_train
from lenet.nnet.normalization import LEAST_EPSILON


@dataclass
class BatchNorm(Layer):
    """Batch normalisation: by the batch's mean and variance in training, by their running averages later.

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
        if not 0 <= self.momentum < 1 or not self.epsilon >= LEAST_EPSILON:
            raise ValueError(
                f"layer {self.name}: momentum {self.momentum} and epsilon {self.epsilon}, expected 0 to "
                f"below 1 and at least {LEAST_EPSILON}"
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
    """Return a layer whose output is normalised before its activation; the shift takes the bias's place."""
    return [
        replace(layer, activation="identity", bias=False),
        BatchNorm(name=f"{layer.name}_norm"),
        Activation(layer.activation, name=f"{layer.name}_act"),
    ]


@dataclass
class Dropout(Layer):
    """In training, sets a share of its input to zero, and divides the rest by what is left.

    Parameters
    ----------
    rate : float
        Share of zeros, from 0 to below 1.

    References
    ----------
    Srivastava, N. et al. (2014). Dropout: a simple way to prevent neural networks from overfitting. JMLR.
    """

    rate: float = 0.5
    kind: ClassVar[str] = "drop"
    is_constant: ClassVar[bool] = False

    def set_up(self, rng: Rng) -> Shape:
        if not 0 <= self.rate < 1:
            raise ValueError(f"layer {self.name}: rate {self.rate}, expected 0 to below 1")
        # One of its own, whose state is saved; an old RandomState cannot be spawned.
        seed = rng.integers(2**63) if isinstance(rng, np.random.Generator) else rng.randint(2**31)
        self.rng = pt.random.shared_rng(np.random.default_rng(int(seed)), name=f"{self.name}_rng")
        self.state = [self.rng]
        return self.input_shape

    def apply(self, input: TensorVariable, training: bool) -> tuple[TensorVariable, Updates]:
        if not training or self.rate == 0:
            return input, []
        next_rng, draws = pt.random.uniform(
            size=input.shape, dtype=input.dtype, rng=self.rng, return_next_rng=True
        )
        scale = np.asarray(1 / (1 - self.rate), input.dtype)
        return input * (draws >= self.rate) * scale, [(self.rng, next_rng)]
