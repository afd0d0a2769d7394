import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from lenet.layers import (
    RBF,
    Activation,
    AvgPool,
    BatchNorm,
    Conv2d,
    Conv3d,
    ConvPool,
    Dropout,
    Flatten,
    FullyConnected,
    MaxPool,
    Normalise,
    Pad,
    Rescale,
    Residual,
    Subsampling,
)
from lenet.nnet import softmax
from tests.nnet.modes import MODES

TINY = 1e-6
IMAGE = (2, 4, 5)
LAYERS = {
    "convolution": Conv2d(3, 2, activation="squash"),
    "padded, strided convolution": Conv2d(2, 3, padding="half", stride=2, activation="tanh"),
    "groups": Conv2d(4, 2, groups=2, bias=False),
    "connections": Conv2d(3, 2, connections=[[1, 0], [0, 1], [1, 1]], activation="sigmoid"),
    "convolution and maxima": ConvPool(2, 2, activation="tanh"),
    "convolution without pooling": ConvPool(2, 2, pool=1),
    "fully connected": FullyConnected(3, activation="squash"),
    "without bias": FullyConnected(3, bias=False),
    "maxima": MaxPool(2),
    "overlapping maxima": MaxPool(2, stride=1),
    "means": AvgPool(2),
    "means with a margin": AvgPool(2, stride=1, padding=1),
    "subsampling": Subsampling(2, activation="squash"),
    "activation": Activation("squash"),
    "flat": Flatten(),
    "range": Rescale(-0.1, 1.175),
    "channels": Normalise([0.5, -0.25], [2.0, 0.5]),
    "margin": Pad(7),
}
VOLUME = {"convolution of volumes": Conv3d(2, 2, activation="tanh")}


def compiled(layer, shape):
    """Return a layer and its function ``(input, output_h) -> [output, input_h, *parameters_h]``."""
    layer.initialise(np.random.default_rng(1), shape, "layer")
    # Biases of zero would hide a mistake.
    for param in layer.params:
        param.set_value(
            param.get_value() + np.random.default_rng(2).normal(0, 0.1, param.get_value().shape)
        )
    x, h = (
        pt.tensor(name, shape=(None, *s)) for name, s in (("x", shape), ("h", layer.output_shape))
    )
    input_h, found = layer.second_derivatives(x, h)
    outputs = [layer.forward(x), input_h, *(found[param] for param in layer.params)]
    return pytensor.function([x, h], outputs, mode=MODES["python"])


def differences(output_at, value):
    """Return the derivatives of an output with respect to all numbers of an array, (*value, *output)."""
    slopes = []
    for index in np.ndindex(value.shape):
        step = np.zeros_like(value)
        step[index] = TINY
        slopes.append((output_at(value + step) - output_at(value - step)) / (2 * TINY))
    return np.reshape(slopes, (*value.shape, *slopes[0].shape))


@pytest.mark.parametrize("name", [*LAYERS, *VOLUME])
def test_second_derivatives_go_back_by_the_squares_of_derivatives(name):
    layer, shape = ({**LAYERS, **VOLUME}[name], IMAGE if name in LAYERS else (1, 3, 3, 4))
    with pytensor.config.change_flags(floatX="float64"):
        function = compiled(layer, shape)
    rng = np.random.default_rng(3)
    x, h = rng.normal(size=(2, *shape)), rng.random((2, *layer.output_shape))
    _, input_h, *parameters_h = function(x, h)

    by_hand = np.zeros_like(x)
    for image in range(len(x)):
        only = slice(image, image + 1)
        slopes = differences(lambda v, only=only: function(v[None], h[only])[0], x[image])
        by_hand[image] = (slopes**2 * h[only]).sum(axis=tuple(range(-h.ndim, 0)))
    np.testing.assert_allclose(input_h, by_hand, rtol=1e-6, atol=1e-8)

    for param, found in zip(layer.params, parameters_h, strict=True):
        now = param.get_value()

        def output_at(value, param=param):
            param.set_value(value)
            return function(x, h)[0]

        slopes = differences(output_at, now)
        param.set_value(now)
        expected = (slopes**2 * h).sum(axis=tuple(range(-h.ndim, 0)))
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)


def test_means_after_a_convolution_count_each_position_by_itself():
    joint = ConvPool(2, 2, pooling="avg", activation="tanh")
    with pytensor.config.change_flags(floatX="float64"):
        function = compiled(joint, IMAGE)
        parts = [Conv2d(2, 2, bias=False), AvgPool(2)]
        for part, shape in zip(parts, (IMAGE, (2, 3, 4)), strict=True):
            part.initialise(np.random.default_rng(1), shape, "part")
        parts[0].W.set_value(joint.W.get_value())
        x, h = pt.tensor4("x"), pt.tensor4("h")
        convolved = parts[0].forward(x)
        sums = parts[1].forward(convolved) + joint.b.dimshuffle("x", 0, "x", "x")
        sums_h = (1 - pt.tanh(sums) ** 2) ** 2 * h
        convolved_h, _ = parts[1].second_derivatives(convolved, sums_h)
        input_h, found = parts[0].second_derivatives(x, convolved_h)
        separate = pytensor.function(
            [x, h], [input_h, found[parts[0].W], sums_h.sum(axis=(0, 2, 3))], mode=MODES["python"]
        )
    rng = np.random.default_rng(3)
    values = rng.normal(size=(2, *IMAGE)), rng.random((2, *joint.output_shape))
    for one, other in zip(function(*values)[1:], separate(*values), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10)


@pytest.mark.parametrize("rubbish", [0.0, 0.02, 1.0], ids=["none", "some", "much"])
def test_those_of_distances_are_exact(rubbish):
    codes = np.random.default_rng(4).choice([-1.0, 1.0], (3, 4))
    layer = RBF(codes.tolist())
    with pytensor.config.change_flags(floatX="float64"):
        layer.initialise(np.random.default_rng(0), (4,), "rbf")
        x, s = pt.matrix("x"), pt.matrix("s")
        found = layer.criterion_second_derivatives(x, s)
        function = pytensor.function([x, s], found, mode=MODES["python"])
    x = np.random.default_rng(5).normal(0, 0.5, (2, 4))

    def costs(x):
        distances = ((x[:, None] - codes) ** 2).sum(axis=2)
        return distances[:, 0] + np.log(rubbish + np.exp(-distances).sum(axis=1))

    weights = np.exp(-((x[:, None] - codes) ** 2).sum(axis=2))
    shares = weights / (rubbish + weights.sum(axis=1, keepdims=True))
    for column, step in enumerate(1e-4 * np.eye(4)):
        bend = (costs(x + step) - 2 * costs(x) + costs(x - step)) / 1e-8
        np.testing.assert_allclose(function(x, shares)[:, column], bend, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (BatchNorm(), "layer here: second derivatives do not go through BatchNorm; choose another"),
        (Dropout(), "do not go through Dropout"),
        (Residual([Conv2d(2, 3, padding="half")]), "do not go through Residual"),
        (RBF([[1.0] * 40]), "do not go through RBF"),
        (Activation("softmax"), "functions of one unit, not softmax"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_layers_without_say_so(layer, message):
    layer.initialise(np.random.default_rng(0), IMAGE, "here")
    x = pt.tensor4("x")
    with pytest.raises(ValueError, match=message):
        layer.second_derivatives(x, softmax(x.flatten(2)).reshape(x.shape))
