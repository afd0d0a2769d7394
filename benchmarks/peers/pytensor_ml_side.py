"""pytensor-ml in PyTensor's default mode; `lenet_side` runs the same functions on our kernels."""

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor_ml.activations import ReLU
from pytensor_ml.layers import Conv2D, Flatten, Linear, MaxPool2D, Sequential
from pytensor_ml.pytensorf import function

from benchmarks.network import (
    L2_PEN,
    LEARNING_RATE,
    MOMENTUM,
    Problem,
    channels_last_weights,
)
from benchmarks.workers import Call


def layers_of(problem: Problem) -> list:
    """Return the layers, with the problem's weights."""
    (a, _), (b, _), (c, _) = problem.convolutions()
    (inputs, hidden), (_, classes) = problem.products()
    convolutions = [
        Conv2D(name, in_channels=filters[1], out_channels=filters[0], kernel_size=filters[2])
        for name, filters in (("a", a), ("b", b), ("c", c))
    ]
    products = [
        Linear("d", n_in=inputs, n_out=hidden),
        Linear("e", n_in=hidden, n_out=classes),
    ]
    weights = iter(channels_last_weights(problem))
    for layer in (*convolutions, *products):
        for param in (layer.W, layer.b):
            param.set_value(next(weights))
    return [*convolutions, *products]


def network_of(problem: Problem) -> tuple:
    """Return images, labels, scores and layers."""
    _, channels, size, _ = problem.image_shape
    images = pt.tensor("images", dtype="uint8", shape=(None, size, size, channels))
    layers = layers_of(problem)
    a, b, c, d, e = layers
    parts = (a, ReLU(), MaxPool2D(), b, ReLU(), MaxPool2D(), c, ReLU(), Flatten, d, ReLU(), e)
    scores = Sequential(*parts)(images.astype("float32") / np.float32(255))
    return images, pt.ivector("labels"), scores, layers


def channels_last_data(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """Return images, shape (batch, rows, columns, channels), and labels."""
    images, labels = problem.data()
    return np.ascontiguousarray(images.transpose(0, 2, 3, 1)), labels


def train_step(problem: Problem) -> Call:
    """Prepare the training step."""
    images, labels, scores, layers = network_of(problem)
    log_p = pt.special.log_softmax(scores, axis=1)
    squares = sum((layer.W**2).sum() for layer in layers[:-1])
    cost = -log_p[pt.arange(labels.shape[0]), labels].mean() + np.float32(L2_PEN) * squares
    errors = pt.neq(pt.argmax(scores, axis=1), labels).mean()
    params = [param for layer in layers for param in (layer.W, layer.b)]
    updates = {}
    for param, gradient in zip(params, pytensor.grad(cost, params), strict=True):
        change = pytensor.shared(np.zeros_like(param.get_value()))
        new = np.float32(MOMENTUM) * change - np.float32(LEARNING_RATE) * gradient
        updates |= {change: new, param: param + new}
    step = function([images, labels], [cost, errors], updates=updates)
    batch = channels_last_data(problem)
    return (lambda: step(*batch), list)


def prediction(problem: Problem) -> Call:
    """Prepare the prediction."""
    symbol, _, scores, _ = network_of(problem)
    predict = function([symbol], [pt.special.softmax(scores, axis=1), pt.argmax(scores, axis=1)])
    images, _ = channels_last_data(problem)
    return (lambda: predict(images), list)


def train_steps_in_modes(threads: int, problem: Problem) -> dict[str, Call]:
    with pytensor.config.change_flags(floatX="float32"):
        return {"own": train_step(problem)}


def predictions_in_modes(threads: int, problem: Problem) -> dict[str, Call]:
    with pytensor.config.change_flags(floatX="float32"):
        return {"own": prediction(problem)}
