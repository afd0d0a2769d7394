"""Fully connected layers, flattening and activations."""

import math
from dataclasses import dataclass
from typing import ClassVar

from pytensor.tensor.variable import TensorVariable

from lenet.layers.activations import Function
from lenet.layers.activations import activation as activation_named
from lenet.layers.base import Layer, SecondDerivatives, Shape, flattened
from lenet.layers.gauss_newton import before_activation, of_input, of_weights
from lenet.layers.initialisers import Rng, constant
from lenet.layers.initialisers import initialiser as initialiser_named


@dataclass
class Flatten(Layer):
    """Flattening of an image to a vector."""

    kind: ClassVar[str] = "flat"

    def set_up(self, rng: Rng) -> Shape:
        return (math.prod(self.input_shape),)

    def forward(self, input: TensorVariable) -> TensorVariable:
        return flattened(input, self.input_shape)

    def second_derivatives(
        self, input: TensorVariable, output_h: TensorVariable
    ) -> SecondDerivatives:
        return output_h.reshape((output_h.shape[0], *self.input_shape)), {}


@dataclass
class FullyConnected(Layer):
    """Fully connected layer: ``activation(input @ W + b)``.

    An image is flattened first.

    Parameters
    ----------
    units : int
        Length of the output.
    bias : bool
    activation : str or callable
    initialiser : str
    """

    units: int
    bias: bool = True
    activation: str | Function = "identity"
    initialiser: str = "glorot"
    kind: ClassVar[str] = "fc"

    def set_up(self, rng: Rng) -> Shape:
        self.expect_positive("units")
        self.function = activation_named(self.activation)
        n_in = math.prod(self.input_shape)
        draw = initialiser_named(self.initialiser)
        first = draw(rng, (n_in, self.units), n_in, self.units)
        self.W = self.parameter(first, "W", is_weight=True)
        self.b = self.parameter(constant(rng, (self.units,), 0), "b") if self.bias else None
        return (self.units,)

    def forward(self, input: TensorVariable) -> TensorVariable:
        return self.function(self.sums(input))

    def sums(self, input: TensorVariable) -> TensorVariable:
        """Return the pre-activations."""
        result = self.product(input, self.W)
        return result if self.b is None else result + self.b

    def product(self, input: TensorVariable, W: TensorVariable) -> TensorVariable:
        """Multiply the flattened input by weights."""
        return flattened(input, self.input_shape) @ W

    def second_derivatives(
        self, input: TensorVariable, output_h: TensorVariable
    ) -> SecondDerivatives:
        h = before_activation(self.activation, self.sums(input), output_h)
        found = {self.W: of_weights(self.product, input, self.W, h)}
        if self.b is not None:
            found[self.b] = h.sum(axis=0)
        return of_input(self.product, input, self.W, h), found


@dataclass
class Activation(Layer):
    """Activation function as a layer of its own.

    Parameters
    ----------
    function : str or callable
        See `lenet.layers.activations`.
    """

    function: str | Function = "relu"
    kind: ClassVar[str] = "act"

    def set_up(self, rng: Rng) -> Shape:
        activation_named(self.function)  # refuses a name that there is not
        return self.input_shape

    def forward(self, input: TensorVariable) -> TensorVariable:
        return activation_named(self.function)(input)

    def second_derivatives(
        self, input: TensorVariable, output_h: TensorVariable
    ) -> SecondDerivatives:
        return before_activation(self.function, input, output_h), {}
