"""Pooling layers, and the trainable subsampling of 1998."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from lenet.layers.activations import Function
from lenet.layers.activations import activation as activation_named
from lenet.layers.base import Layer, SecondDerivatives, Shape, channelwise
from lenet.layers.gauss_newton import before_activation, before_pooling
from lenet.layers.initialisers import Rng, constant
from lenet.nnet import pool_2d, pool_3d
from lenet.nnet.geometry import integers, pool_output_shape

Size = int | Sequence[int]


def pooling_mode(layer: Any) -> str:
    """Return the `mode` of `pool_2d` for a layer's kind of pooling."""
    modes = {"max": "max", "avg": "average_exc_pad"}
    if layer.pooling not in modes:
        raise ValueError(
            f"layer {layer.name}: pooling {layer.pooling!r}, expected one of {', '.join(modes)}"
        )
    return modes[layer.pooling]


def pooled_shape(
    layer: Layer, image: Sequence[int], window: Shape, stride: Shape, pad: Shape
) -> Shape:
    """Return the output sizes of a pooling; ValueError if there are none."""
    pooled = pool_output_shape(image, window, True, stride, pad)
    if min(pooled) < 1:
        raise ValueError(
            f"layer {layer.name}: an image of {tuple(image)} is too small for a pooling of {window}"
        )
    return tuple(pooled)


@dataclass
class MaxPool(Layer):
    """Max-pooling.

    Parameters
    ----------
    size : int or pair of int (three for volumes)
        Rows and columns of the window; what does not fill a window is left out.
    stride : int or sequence of int, optional
        By default the window's size.
    padding : int or sequence of int
        Rows and columns around the image, which never are the maximum.
    """

    size: Size = 2
    stride: Size | None = None
    padding: Size = 0
    kind: ClassVar[str] = "pool"
    pooling: ClassVar[str] = "max"

    def set_up(self, rng: Rng) -> Shape:
        channels, *image = self.input_shape
        if len(image) not in (2, 3):
            self.expect(3, "(channels, rows, columns)")
        self.window = integers("size", self.size, len(image))
        self.steps = (
            self.window if self.stride is None else integers("stride", self.stride, len(image))
        )
        self.pad = integers("padding", self.padding, len(image), least=0)
        if any(pad >= length for pad, length in zip(self.pad, self.window, strict=True)):
            raise ValueError(
                f"layer {self.name}: padding {self.pad}, expected less than the window of {self.window}"
            )
        return (channels, *pooled_shape(self, image, self.window, self.steps, self.pad))

    def forward(self, input: TensorVariable) -> TensorVariable:
        return self.pooled(input, pooling_mode(self))

    def pooled(self, input: TensorVariable, mode: str) -> TensorVariable:
        """Pool the windows, with a `mode` of `pool_2d`."""
        function = pool_2d if len(self.window) == 2 else pool_3d
        return function(
            input,
            ws=self.window,
            ignore_border=True,
            stride=self.steps,
            pad=self.pad,
            mode=mode,
        )

    def second_derivatives(
        self, input: TensorVariable, output_h: TensorVariable
    ) -> SecondDerivatives:
        return before_pooling(self.forward(input), input, output_h), {}


@dataclass
class AvgPool(MaxPool):
    """Average pooling, zeros of the padding left out; see `MaxPool`."""

    pooling: ClassVar[str] = "avg"

    def second_derivatives(
        self, input: TensorVariable, output_h: TensorVariable
    ) -> SecondDerivatives:
        counts = self.pooled(pt.ones_like(input), "sum")
        return super().second_derivatives(input, output_h / counts)


@dataclass
class Subsampling(Layer):
    """Trainable subsampling: ``activation(coefficient * sum of a window + bias)``.

    Each map has one coefficient and one bias.

    Parameters
    ----------
    size : int or pair of int
        Rows and columns of the windows, which lie side by side.
    activation : str or callable

    References
    ----------
    LeCun, Y., Bottou, L., Bengio, Y. and Haffner, P. (1998). Gradient-based learning applied to document
    recognition. Proceedings of the IEEE 86(11), section II.B.
    """

    size: Size = 2
    activation: str | Function = "identity"
    kind: ClassVar[str] = "sub"

    def set_up(self, rng: Rng) -> Shape:
        self.expect(3, "(channels, rows, columns)")
        channels, *image = self.input_shape
        self.window = integers("size", self.size, 2)
        self.function = activation_named(self.activation)
        shape = pooled_shape(self, image, self.window, self.window, (0, 0))
        # The mean, to begin with.
        first = constant(rng, (channels,), 1 / math.prod(self.window))
        self.W = self.parameter(first, "W")
        self.b = self.parameter(constant(rng, (channels,), 0), "b")
        return (channels, *shape)

    def forward(self, input: TensorVariable) -> TensorVariable:
        return self.function(self.sums(self.window_sums(input)))

    def window_sums(self, input: TensorVariable) -> TensorVariable:
        """Return the sums of the windows."""
        return pool_2d(input, ws=self.window, ignore_border=True, mode="sum")

    def sums(self, window_sums: TensorVariable) -> TensorVariable:
        """Return the pre-activations."""
        return window_sums * channelwise(self.W, 4) + channelwise(self.b, 4)

    def second_derivatives(
        self, input: TensorVariable, output_h: TensorVariable
    ) -> SecondDerivatives:
        window_sums = self.window_sums(input)
        h = before_activation(self.activation, self.sums(window_sums), output_h)
        # A coefficient meets the sum of a window, not its numbers one by one.
        found = {self.W: (window_sums**2 * h).sum(axis=(0, 2, 3)), self.b: h.sum(axis=(0, 2, 3))}
        return before_pooling(window_sums, input, h * channelwise(self.W, 4) ** 2), found
