"""Symbolic layers: each takes an input and adds its part to the graph.

A layer's `output` is the symbolic result, `output_shape` its shape (None for a batch size that is left
open) and `params` its shared variables, named after the layer so that a printed graph reads well.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.tensor.variable import TensorVariable

from lenet.layers.initialisers import Rng, glorot
from lenet.layers.parameters import shared_parameter
from lenet.nnet import conv2d, pool_2d, relu
from lenet.nnet.geometry import conv_output_shape, pool_output_shape

Activation = Callable[[TensorVariable], TensorVariable]
Shape = tuple[int | None, ...]


def uniform_weights(
    rng: Rng, shape: Sequence[int], fan_in: float, fan_out: float, name: str
) -> SharedVariable:
    """Return new weights, as `lenet.layers.initialisers.glorot` draws them."""
    return shared_parameter(glorot(rng, shape, fan_in, fan_out), name)


class ConvPoolLayer:
    """Convolution, max-pooling, bias and activation, in this order.

    Parameters
    ----------
    rng : numpy.random.Generator or RandomState
        Source of the initial weights.
    input : TensorVariable, shape `image_shape`
    filter_shape : tuple of four int
        (maps, channels, filter rows, filter columns).
    image_shape : tuple of four int
        (batch, channels, rows, columns); the batch size may be None.
    poolsize : pair of int
        Window of the pooling; rows and columns that do not fill a window are left out.
    activation : callable or None
        Symbolic function; None leaves the output linear.
    name : str
        Prefix of the parameters' names.

    Attributes
    ----------
    W : SharedVariable, shape `filter_shape`
    b : SharedVariable, shape (maps,)
    params : list of SharedVariable
    output : TensorVariable, shape `output_shape`
    output_shape : tuple

    Raises
    ------
    ValueError
        If channels disagree or the image is too small for the filters or the pooling.
    """

    def __init__(
        self,
        rng: Rng,
        input: TensorVariable,
        filter_shape: Sequence[int],
        image_shape: Sequence[int | None],
        poolsize: Sequence[int] = (2, 2),
        activation: Activation | None = relu,
        name: str = "conv",
    ) -> None:
        maps, channels, *kernel = filter_shape
        convolved = layer_conv_shape(name, filter_shape, image_shape)
        pooled = pool_output_shape(convolved, poolsize, True, poolsize, (0,) * len(kernel))
        if min(pooled) < 1:
            raise ValueError(
                f"layer {name}: the convolution gives {convolved}, too small for a pooling of "
                f"{tuple(poolsize)}"
            )
        field = int(np.prod(kernel))
        self.input = input
        self.output_shape: Shape = (image_shape[0], maps, *pooled)
        self.W = uniform_weights(
            rng, filter_shape, channels * field, maps * field / np.prod(poolsize), f"{name}_W"
        )
        self.b = shared_parameter(np.zeros(maps), f"{name}_b")
        self.params = [self.W, self.b]
        output = conv2d(input, self.W, input_shape=image_shape, filter_shape=filter_shape)
        if tuple(poolsize) != (1, 1):
            output = pool_2d(output, ws=poolsize, ignore_border=True)
        self.output = activated(output + self.b.dimshuffle("x", 0, "x", "x"), activation, name)


class ConvLayer(ConvPoolLayer):
    """Convolution, bias and activation: a `ConvPoolLayer` without pooling.

    Parameters
    ----------
    rng, input, filter_shape, image_shape, activation, name
        See `ConvPoolLayer`.
    """

    def __init__(
        self,
        rng: Rng,
        input: TensorVariable,
        filter_shape: Sequence[int],
        image_shape: Sequence[int | None],
        activation: Activation | None = relu,
        name: str = "conv",
    ) -> None:
        super().__init__(rng, input, filter_shape, image_shape, (1, 1), activation, name)


class HiddenLayer:
    """Fully connected layer: ``activation(input @ W + b)``.

    Parameters
    ----------
    rng : numpy.random.Generator or RandomState
        Source of the initial weights; not used if `W` is given.
    input : TensorVariable, shape (batch, n_in)
    n_in, n_out : int
    W : SharedVariable, shape (n_in, n_out), optional
        Weights to use (and share) instead of new ones.
    b : SharedVariable, shape (n_out,), optional
        Likewise.
    activation : callable or None
        Symbolic function; None leaves the output linear.
    name : str
        Prefix of the parameters' names.

    Attributes
    ----------
    W, b : SharedVariable
    params : list of SharedVariable
    output : TensorVariable, shape (batch, n_out)
    output_shape : tuple
    """

    def __init__(
        self,
        rng: Rng,
        input: TensorVariable,
        n_in: int,
        n_out: int,
        W: SharedVariable | None = None,
        b: SharedVariable | None = None,
        activation: Activation | None = relu,
        name: str = "hidden",
    ) -> None:
        self.input = input
        self.output_shape: Shape = (input.type.shape[0], n_out)
        self.W = uniform_weights(rng, (n_in, n_out), n_in, n_out, f"{name}_W") if W is None else W
        self.b = shared_parameter(np.zeros(n_out), f"{name}_b") if b is None else b
        self.params = [self.W, self.b]
        self.output = activated(input @ self.W + self.b, activation, name)


def layer_conv_shape(
    name: str, filter_shape: Sequence[int], image_shape: Sequence[int | None]
) -> tuple[int, ...]:
    """Return the (rows, columns) of a layer's convolution, or say why there are none."""
    if len(filter_shape) != 4 or len(image_shape) != 4 or filter_shape[1] != image_shape[1]:
        raise ValueError(
            f"layer {name}: filter_shape {tuple(filter_shape)} does not fit image_shape "
            f"{tuple(image_shape)}; expected (maps, channels, rows, columns) and (batch, channels, "
            "rows, columns) with the same channels"
        )
    shape = conv_output_shape(image_shape[2:], filter_shape[2:], ((0, 0), (0, 0)), (1, 1), (1, 1))
    if min(shape) < 1:
        raise ValueError(
            f"layer {name}: an image of {tuple(image_shape[2:])} is smaller than the filters of "
            f"{tuple(filter_shape[2:])}"
        )
    return shape


def activated(linear: TensorVariable, activation: Activation | None, name: str) -> Any:
    """Apply the activation and name the result after the layer."""
    output = linear if activation is None else activation(linear)
    output.name = f"{name}_output"
    return output
