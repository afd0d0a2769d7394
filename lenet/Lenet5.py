"""Documented LeNet-5: three convolutions, fully connected, logistic regression."""

from collections.abc import Sequence

from pytensor.tensor.variable import TensorVariable

from lenet.Layer import AppliedLayer, ConvLayer, ConvPoolLayer, HiddenLayer
from lenet.layers.initialisers import Rng
from lenet.LogisticRegression import LogisticRegression
from lenet.models.architectures import MIN_LENET, lenet
from lenet.models.classifier import Classifier
from lenet.nnet.geometry import with_shape

N_CLASSES = 10
KINDS: tuple[type[AppliedLayer], ...] = (
    ConvPoolLayer,
    ConvPoolLayer,
    ConvLayer,
    HiddenLayer,
    LogisticRegression,
)


class Lenet5:
    """LeNet-5 with ReLU and max-pooling, for square images of ten classes.

    A `Classifier` of the layers of `lenet.models.architectures.lenet`, which `lenet-train` trains:
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
        if size < MIN_LENET:
            raise ValueError(
                f"images of {size}x{size} pixels are too small for this network, which needs at "
                f"least {MIN_LENET}x{MIN_LENET}"
            )
        image_shape = (batch_size, channels, size, size)
        if input.ndim == 4:
            images = with_shape(input, image_shape)
        else:
            # Not -1, which would have the size of a batch calculated: JAX must know it beforehand.
            n_images = input.shape[0] if batch_size is None else batch_size
            images = input.reshape((n_images, *image_shape[1:]))
        model = Classifier(
            lenet(N_CLASSES, lwidth), images, label, rng, image_shape[1:], l2_pen=l2_pen
        )
        outputs = list(model.outputs.values())
        self.layers = [
            kind.of(layer, before, after, batch_size)
            for kind, layer, before, after in zip(
                KINDS, model.layers, [images, *outputs[:-1]], outputs, strict=True
            )
        ]
        self.params = model.params
        self.p_y_given_x, self.y_pred = model.p_y_given_x, model.y_pred
        self.L2_sq, self.cost, self.errors = model.L2_sq, model.cost, model.errors
