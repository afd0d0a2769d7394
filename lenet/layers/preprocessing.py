"""Preprocessing of images: rescaling, normalisation and padding."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from lenet.layers.base import Layer, SecondDerivatives, Shape, channelwise
from lenet.layers.initialisers import Rng
from lenet.layers.parameters import shared_parameter


@dataclass
class Rescale(Layer):
    """Linear rescaling of the range 0 to 1 to `low` to `high`.

    Parameters
    ----------
    low, high : float
    """

    low: float
    high: float
    kind: ClassVar[str] = "scale"

    def forward(self, input: TensorVariable) -> TensorVariable:
        span, low = (np.asarray(value, input.dtype) for value in (self.high - self.low, self.low))
        return input * span + low

    def second_derivatives(
        self, input: TensorVariable, output_h: TensorVariable
    ) -> SecondDerivatives:
        return output_h * np.asarray((self.high - self.low) ** 2, output_h.dtype), {}


@dataclass
class Normalise(Layer):
    """Normalisation of each channel: ``(input - shift) * scale``.

    See `lenet.data.statistics`.

    Parameters
    ----------
    shift, scale : sequence of float
        One number for each channel.
    """

    shift: Sequence[float]
    scale: Sequence[float]
    kind: ClassVar[str] = "normal"

    def set_up(self, rng: Rng) -> Shape:
        self.expect(3, "(channels, rows, columns)")
        for name in ("shift", "scale"):
            numbers = np.asarray(getattr(self, name), float)
            if numbers.shape != self.input_shape[:1] or not np.isfinite(numbers).all():
                raise ValueError(
                    f"layer {self.name}: {name} {getattr(self, name)}, expected a number for each of "
                    f"{self.input_shape[0]} channels"
                )
        # Variables: as constants they would be written into the code, which every other data set would
        # have compiled anew.
        self.numbers = [
            shared_parameter(getattr(self, name), f"{self.name}_{name}")
            for name in ("shift", "scale")
        ]
        return self.input_shape

    def forward(self, input: TensorVariable) -> TensorVariable:
        shift, scale = (channelwise(vector, 4).astype(input.dtype) for vector in self.numbers)
        return (input - shift) * scale

    def second_derivatives(
        self, input: TensorVariable, output_h: TensorVariable
    ) -> SecondDerivatives:
        scale = channelwise(self.numbers[1], 4).astype(output_h.dtype)
        return output_h * scale**2, {}


@dataclass
class Pad(Layer):
    """Padding of images on all sides to a larger size.

    Of an odd margin, the larger half is below and right.

    Parameters
    ----------
    size : int
        Rows and columns of the result.
    value : float
        What the margin is filled with.
    """

    size: int
    value: float = 0.0
    kind: ClassVar[str] = "pad"

    def set_up(self, rng: Rng) -> Shape:
        self.expect(3, "(channels, rows, columns)")
        channels, *image = self.input_shape
        if max(image) > self.size:
            raise ValueError(
                f"layer {self.name}: images of {' x '.join(map(str, image))} pixels, expected at most "
                f"{self.size} x {self.size}"
            )
        starts = [(self.size - length) // 2 for length in image]
        self.inside = (
            ...,
            *(slice(first, first + n) for first, n in zip(starts, image, strict=True)),
        )
        return (channels, self.size, self.size)

    def forward(self, input: TensorVariable) -> TensorVariable:
        if self.input_shape == self.output_shape:
            return input
        value = np.asarray(self.value, input.dtype)
        margin = pt.full((input.shape[0], *self.output_shape), value)
        return margin[self.inside].set(input)

    def second_derivatives(
        self, input: TensorVariable, output_h: TensorVariable
    ) -> SecondDerivatives:
        return output_h[self.inside], {}
