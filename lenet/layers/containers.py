"""Residual blocks: layers that hold others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from pytensor.tensor.variable import TensorVariable

from lenet.layers.activations import Function
from lenet.layers.activations import activation as activation_named
from lenet.layers.base import Layer, Shape, Updates
from lenet.layers.convolution import Conv2d
from lenet.layers.dense import FullyConnected
from lenet.layers.initialisers import Rng
from lenet.layers.sequential import Sequential


@dataclass
class Residual(Layer):
    """Residual block: ``activation(layers(input) + input)``.

    Where shapes differ, a linear layer adapts the input.

    Parameters
    ----------
    layers : sequence of Layer
    activation : str or callable

    References
    ----------
    He, K., Zhang, X., Ren, S. and Sun, J. (2016). Deep residual learning for image recognition. CVPR.
    """

    layers: Sequence[Layer]
    activation: str | Function = "relu"
    kind: ClassVar[str] = "res"

    @property
    def is_constant(self) -> bool:  # type: ignore[override]
        """Whether all layers inside do the same in training and afterwards."""
        return all(layer.is_constant for layer in self.layers)

    def set_up(self, rng: Rng) -> Shape:
        self.function = activation_named(self.activation)
        self.branch = Sequential(self.layers, self.input_shape, rng, f"{self.name}_")
        self.shortcut = (
            Sequential(self.adapters(), self.input_shape, rng) if self.adapters() else None
        )
        parts = [self.branch] if self.shortcut is None else [self.branch, self.shortcut]
        for part in parts:
            self.params += part.params
            self.weights += part.weights
            self.state += part.state
        if parts[-1].output_shape != self.branch.output_shape:
            raise ValueError(
                f"layer {self.name}: its layers make {self.branch.output_shape} of "
                f"{self.input_shape}, which no stride does"
            )
        return self.branch.output_shape

    def adapters(self) -> list[Layer]:
        """Return the shortcut's layers: none, a 1x1 convolution, or units."""
        before, after = self.input_shape, self.branch.output_shape
        name = f"{self.name}_shortcut"
        if before == after:
            return []
        if len(after) == 1:
            return [FullyConnected(after[0], bias=False, name=name)]
        stride = tuple(-(-n // m) for n, m in zip(before[1:], after[1:], strict=True))
        return [Conv2d(after[0], 1, stride=stride, bias=False, name=name)]

    def apply(self, input: TensorVariable, training: bool) -> tuple[TensorVariable, Updates]:
        outputs, updates = self.branch.apply(input, training)
        result, direct = list(outputs.values())[-1], input
        if self.shortcut is not None:
            adapted, _ = self.shortcut.apply(input, training)
            direct = list(adapted.values())[-1]
        return self.function(result + direct), updates
