"""The documented network: ConvPool, ConvPool, Conv, fully connected, logistic regression."""

import math
from collections.abc import Sequence

import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from lenet.Layer import ConvLayer, ConvPoolLayer, HiddenLayer
from lenet.layers.initialisers import Rng
from lenet.LogisticRegression import LogisticRegression

SMALLEST_SIZE = 24
N_CLASSES = 10


class Lenet5:
    """LeNet-5 with ReLU and max-pooling, for square images of ten classes.

    5x5 convolution and 2x2 pooling, twice; 3x3 convolution; fully connected; logistic regression.

    Parameters
    ----------
    input : TensorVariable, floating point
        Images, shape (batch, channels, size, size) or flattened to (batch, channels * size ** 2).
    label : TensorVariable, integer, shape (batch,)
    rng : numpy.random.Generator or RandomState
        Source of the initial weights.
    lwidth : sequence of four int
        Maps of the three convolutions and units of the fully connected layer.
    size : int
        Side of the images in pixels, at least 24.
    channels : int
        1 for gray, 3 for colour.
    batch_size : int or None
        None leaves it open; a number lets the compiler count on it.
    l2_pen : float
        Weight of the L2 penalty.

    Attributes
    ----------
    layers : list
        The five layers, from input to output.
    params : list of SharedVariable
        W and b of each layer, in this order.
    L2_sq : TensorVariable, scalar
        Sum of the squared weights (not biases) of the first four layers.
    cost : TensorVariable, scalar
        Mean negative log-likelihood ``+ l2_pen * L2_sq``.
    errors : TensorVariable, scalar
        Fraction of wrong predictions.
    p_y_given_x, y_pred : TensorVariable
        Probabilities and most probable class.

    Raises
    ------
    ValueError
        If `lwidth` has not four positive entries, or `size` is too small.
    """

    def __init__(
        self,
        input: TensorVariable,
        label: TensorVariable,
        rng: Rng,
        lwidth: Sequence[int],
        size: int = 28,
        channels: int = 1,
        batch_size: int | None = 500,
        l2_pen: float = 0.001,
    ) -> None:
        if len(lwidth) != 4 or min(lwidth) < 1:
            raise ValueError(f"lwidth {tuple(lwidth)}: expected four positive integers")
        if size < SMALLEST_SIZE:
            raise ValueError(
                f"images of {size}x{size} pixels are too small for this network, which needs at "
                f"least {SMALLEST_SIZE}x{SMALLEST_SIZE}"
            )
        image_shape = (batch_size, channels, size, size)
        # Not -1, which would have the size of a batch calculated: JAX must know it beforehand.
        n_images = input.shape[0] if batch_size is None else batch_size
        images = input if input.ndim == 4 else input.reshape((n_images, *image_shape[1:]))
        conv1 = ConvPoolLayer(rng, images, (lwidth[0], channels, 5, 5), image_shape, name="conv1")
        conv2 = ConvPoolLayer(
            rng, conv1.output, (lwidth[1], lwidth[0], 5, 5), conv1.output_shape, name="conv2"
        )
        conv3 = ConvLayer(
            rng, conv2.output, (lwidth[2], lwidth[1], 3, 3), conv2.output_shape, name="conv3"
        )
        n_in = math.prod(conv3.output_shape[1:])  # type: ignore[arg-type]
        fc = HiddenLayer(rng, conv3.output.reshape((n_images, n_in)), n_in, lwidth[3], name="fc")
        output = LogisticRegression(fc.output, lwidth[3], N_CLASSES)

        self.layers: list[ConvPoolLayer | HiddenLayer | LogisticRegression]
        self.layers = [conv1, conv2, conv3, fc, output]
        self.params = [param for layer in self.layers for param in layer.params]
        self.p_y_given_x, self.y_pred = output.p_y_given_x, output.y_pred
        self.L2_sq = pt.add(*((layer.W**2).sum() for layer in self.layers[:-1]))
        self.L2_sq.name = "L2_sq"
        self.cost = output.negative_log_likelihood(label) + l2_pen * self.L2_sq
        self.cost.name = "cost"
        self.errors = output.errors(label)
        self.errors.name = "errors"
