"""Convolutional layers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from pytensor.tensor.variable import TensorVariable

from lenet.layers.activations import Function
from lenet.layers.activations import activation as activation_named
from lenet.layers.base import Layer, SecondDerivatives, Shape, channelwise
from lenet.layers.gauss_newton import before_activation, before_pooling, of_input, of_weights
from lenet.layers.initialisers import Rng, constant
from lenet.layers.initialisers import initialiser as initialiser_named
from lenet.layers.pooling import pooled_shape, pooling_mode
from lenet.nnet import conv2d, conv3d, pool_2d
from lenet.nnet.geometry import conv_output_shape, integers, normalise_border_mode

Size = int | Sequence[int]
Padding = str | int | Sequence[int]


@dataclass
class Convolution(Layer):
    """Base class of convolutional layers; see `Conv2d`."""

    maps: int
    kernel: Size = 5
    stride: Size = 1
    padding: Padding = "valid"
    dilation: Size = 1
    groups: int = 1
    bias: bool = True
    activation: str | Function = "identity"
    initialiser: str = "glorot"
    connections: Sequence[Sequence[int]] | None = None
    kind: ClassVar[str] = "conv"
    spatial: ClassVar[int] = 2

    def set_up(self, rng: Rng) -> Shape:
        self.expect(self.spatial + 1, f"(channels, {'depth, ' * (self.spatial == 3)}rows, columns)")
        self.expect_positive("maps", "groups")
        self.function = activation_named(self.activation)
        channels, *image = self.input_shape
        kernel = integers("kernel", self.kernel, self.spatial)
        if channels % self.groups or self.maps % self.groups:
            raise ValueError(
                f"layer {self.name}: {channels} channels and {self.maps} maps cannot both be divided "
                f"into {self.groups} groups"
            )
        border = normalise_border_mode(self.padding, self.spatial)
        steps = integers("stride", self.stride, self.spatial)
        dilation = integers("dilation", self.dilation, self.spatial)
        self.geometry: dict[str, Any] = {
            "border_mode": self.padding,
            "subsample": steps,
            "filter_dilation": dilation,
        }
        convolved = conv_output_shape(image, kernel, border, steps, dilation)
        if min(convolved) < 1:
            raise ValueError(
                f"layer {self.name}: an image of {tuple(image)} is smaller than the filters of {kernel}"
            )
        self.filter_shape = (self.maps, channels // self.groups, *kernel)
        self.mask = self.connection_mask()
        self.W = self.parameter(self.first_filters(rng), "W", is_weight=True)
        self.b = self.parameter(constant(rng, (self.maps,), 0), "b") if self.bias else None
        return (self.maps, *convolved)

    def connection_mask(self) -> np.ndarray | None:
        """Return the table of connections as a mask of the filters."""
        if self.connections is None:
            return None
        table = np.asarray(self.connections, dtype=float)
        if table.shape != self.filter_shape[:2] or not np.isin(table, (0, 1)).all():
            raise ValueError(
                f"layer {self.name}: connections of shape {table.shape}, expected a table of zeros and "
                f"ones of shape {self.filter_shape[:2]} (maps, channels)"
            )
        return table.reshape(*table.shape, *[1] * self.spatial)

    def first_filters(self, rng: Rng) -> np.ndarray:
        """Draw the initial filters."""
        maps, channels, *kernel = self.filter_shape
        area = math.prod(kernel)
        if self.mask is not None:
            channels = self.mask.sum(axis=1).mean()
        draw = initialiser_named(self.initialiser)
        filters = draw(rng, self.filter_shape, channels * area, maps * area / self.window_area())
        return filters if self.mask is None else filters * self.mask

    def window_area(self) -> int:
        """Return the number of pooled positions of the convolution for each output."""
        return 1

    def convolved(self, input: TensorVariable, W: TensorVariable) -> TensorVariable:
        """Return the convolution with some filters, without bias and activation."""
        if self.mask is not None:
            W = W * self.mask.astype(W.dtype)
        function = conv2d if self.spatial == 2 else conv3d
        return function(
            input,
            W,
            input_shape=(None, *self.input_shape),
            filter_shape=self.filter_shape,
            num_groups=self.groups,
            **self.geometry,
        )

    def pooled(self, convolved: TensorVariable) -> TensorVariable:
        """Pool the convolution, before the bias is added."""
        return convolved

    def sums(self, pooled: TensorVariable) -> TensorVariable:
        """Add the bias: the pre-activations."""
        return pooled if self.b is None else pooled + channelwise(self.b, self.spatial + 2)

    def forward(self, input: TensorVariable) -> TensorVariable:
        sums = self.sums(self.pooled(self.convolved(input, self.W)))
        return self.function(sums)

    def second_derivatives(
        self, input: TensorVariable, output_h: TensorVariable
    ) -> SecondDerivatives:
        convolved = self.convolved(input, self.W)
        h = before_activation(self.activation, self.sums(self.pooled(convolved)), output_h)
        found = {} if self.b is None else {self.b: h.sum(axis=(0, *range(2, self.spatial + 2)))}
        h = self.before_pooling(convolved, h)
        found[self.W] = of_weights(self.convolved, input, self.W, h)
        return of_input(self.convolved, input, self.W, h), found

    def before_pooling(self, convolved: TensorVariable, h: TensorVariable) -> TensorVariable:
        """Back-propagate second derivatives through `pooled`."""
        return h

    @property
    def n_parameters(self) -> int:
        """Number of trained parameters, without filters that the mask holds at zero."""
        if self.mask is None:
            return super().n_parameters
        left_out = int((self.mask == 0).sum()) * math.prod(self.filter_shape[2:])
        return super().n_parameters - left_out


@dataclass
class Conv2d(Convolution):
    """Convolution of images, bias and activation.

    Parameters
    ----------
    maps : int
        Filters, and so channels of the output.
    kernel : int or pair of int
        Rows and columns of the filters.
    stride, dilation : int or pair of int
    padding : {"valid", "half", "full"}, int or pair of int
        As Theano's ``border_mode``; "half" keeps the size where filters are odd and the stride is 1.
    groups : int
    bias : bool
    activation : str or callable
        See `lenet.layers.activations`.
    initialiser : str
        See `lenet.layers.initialisers`.
    connections : nested sequence of 0 and 1, shape (maps, channels), optional
        Which maps see which channels; by default all see all.
    """


@dataclass
class Conv3d(Convolution):
    """Convolution of volumes, (channels, depth, rows, columns); see `Conv2d`."""

    spatial: ClassVar[int] = 3


@dataclass
class ConvPool(Convolution):
    """Convolution, pooling, bias and activation, in this order.

    A layer of the LeNet of Theano's tutorial.

    Parameters
    ----------
    pool : int or pair of int
        Window of the pooling; rows and columns that do not fill a window are left out.
    pooling : {"max", "avg"}
    others
        See `Conv2d`.
    """

    pool: Size = 2
    pooling: str = "max"
    activation: str | Function = "relu"

    def set_up(self, rng: Rng) -> Shape:
        self.window = integers("pool", self.pool, self.spatial)
        self.pooling_mode = pooling_mode(self)
        maps, *convolved = super().set_up(rng)
        return (maps, *pooled_shape(self, convolved, self.window, self.window, (0, 0)))

    def window_area(self) -> int:
        return math.prod(self.window)

    def pooled(self, convolved: TensorVariable) -> TensorVariable:
        if math.prod(self.window) == 1:
            return convolved
        return pool_2d(convolved, ws=self.window, ignore_border=True, mode=self.pooling_mode)

    def before_pooling(self, convolved: TensorVariable, h: TensorVariable) -> TensorVariable:
        if self.pooling == "avg":
            h = h * np.asarray(1 / self.window_area(), h.dtype)
        return before_pooling(self.pooled(convolved), convolved, h)
