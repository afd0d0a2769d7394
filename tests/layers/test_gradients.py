"""Gradients of all layers, of networks and of their costs: by finite differences, and PyTorch's."""

import importlib
from functools import cache

import numpy as np
import pytensor
import pytest

from lenet.layers import (
    CLASSES,
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
    Sequential,
    Subsampling,
)
from lenet.layers.activations import ACTIVATIONS
from tests.layers.applying import PYTHON, batch

IMAGE, VOLUME, VECTOR = (2, 5, 6), (1, 4, 4, 5), (7,)
TABLE = [[1, 0], [0, 1], [1, 1]]
CODES = np.random.default_rng(4).choice([-1.0, 1.0], (3, 7)).tolist()

# Lists of layers with the shape of their input.
CASES = {
    "convolution": ([Conv2d(2, (2, 3), stride=2, padding=1, activation="tanh")], IMAGE),
    "half": ([Conv2d(2, 3, padding="half", dilation=(1, 2))], IMAGE),
    "full": ([Conv2d(2, (2, 3), padding="full", activation="sigmoid")], IMAGE),
    "groups": ([Conv2d(4, 2, groups=2, bias=False)], IMAGE),
    "connections": ([Conv2d(3, 2, connections=TABLE, activation="squash")], IMAGE),
    "convolution of volumes": ([Conv3d(2, 2, dilation=2, bias=False)], VOLUME),
    "strides in volumes": ([Conv3d(2, (2, 3, 2), stride=(1, 1, 2), padding=1)], VOLUME),
    "convolution and maxima": ([ConvPool(2, 2, pool=(2, 1), activation="elu")], IMAGE),
    "convolution and means": ([ConvPool(2, 2, pooling="avg", activation="tanh")], IMAGE),
    "convolution without pooling": ([ConvPool(2, 3, pool=1)], IMAGE),
    "maxima": ([MaxPool(3, stride=2, padding=1)], IMAGE),
    "maxima of volumes": ([MaxPool(2)], VOLUME),
    "means": ([AvgPool(3, stride=2, padding=1)], IMAGE),
    "means of volumes": ([AvgPool(2, stride=1)], VOLUME),
    "subsampling": ([Subsampling((2, 3), activation="tanh")], IMAGE),
    "normalised images": ([BatchNorm(momentum=0.75)], IMAGE),
    "normalised vectors": ([BatchNorm(epsilon=0.01)], VECTOR),
    "dropout": ([Dropout(0.3)], IMAGE),
    "units": ([FullyConnected(3, activation="squash")], IMAGE),
    "units without bias": ([FullyConnected(3, bias=False)], VECTOR),
    "flat": ([Flatten()], IMAGE),
    "residual": ([Residual([Conv2d(2, 3, padding="half")], activation="tanh")], IMAGE),
    "residual of another shape": (
        [Residual([Conv2d(3, 3, stride=2, padding=1), BatchNorm(), Dropout(0.2)], "elu")],
        IMAGE,
    ),
    "residual of units": ([Residual([FullyConnected(3)], activation="identity")], IMAGE),
    "distances": ([RBF(CODES)], VECTOR),
    "margin": ([Pad(8, value=0.5)], IMAGE),
    "range": ([Rescale(-0.1, 1.175)], IMAGE),
    "normal range": ([Normalise([0.5, -1.0], [2.0, 0.25])], IMAGE),
    "network of today": (
        [
            *(ConvPool(2, 3, bias=False, activation="identity"), BatchNorm(), Activation()),
            *(ConvPool(3, 2, pool=1), FullyConnected(5, activation="relu"), Dropout(0.5)),
            FullyConnected(4),
        ],
        (1, 8, 8),
    ),
    "network of 1998": (
        [
            *(Pad(8), Rescale(-0.1, 1.175), Conv2d(2, 3, activation="squash")),
            *(Subsampling(2, activation="squash"), Conv2d(3, 2, connections=TABLE)),
            *(FullyConnected(7, activation="squash"), RBF(CODES)),
        ],
        (1, 5, 6),
    ),
    **{f"activation {name}": ([Activation(name)], VECTOR) for name in ACTIVATIONS},
}
RUNS = [(name, True) for name in CASES] + [
    (name, False)
    for name, (layers, _) in CASES.items()
    if not all(layer.is_constant for layer in layers)
]
in_all_runs = pytest.mark.parametrize(
    ("name", "training"),
    RUNS,
    ids=[name if training else f"{name}, afterwards" for name, training in RUNS],
)


class Run:
    """A network of a case, with a sum of its outputs, weighted at random, and all gradients of the sum."""

    def __init__(self, name, training):
        layers, shape = CASES[name]
        rng = np.random.default_rng(2)
        self.network = Sequential(layers, shape, rng)
        state = self.network.state
        self.averages = [v for v in state if isinstance(v.get_value(), np.ndarray)]
        for variable in (*self.network.params, *self.averages):
            # Biases that are not zero, and variances that are positive.
            draw = rng.normal if variable in self.network.params else rng.uniform
            variable.set_value(draw(size=variable.get_value().shape))
        images = batch(shape, n=3)
        self.x = pytensor.shared(images, "input", shape=(None, *shape))
        self.weights = rng.normal(size=(3, *self.network.output_shape))
        outputs, updates = self.network.apply(self.x, training)
        output = list(outputs.values())[-1]
        cost = (output * self.weights).sum()
        self.variables = [self.x, *self.network.params]
        new = [dict(updates).get(average, average) for average in self.averages]
        self.function = pytensor.function(
            [], [output, cost, *new, *pytensor.grad(cost, self.variables)], mode=PYTHON
        )

    def results(self):
        """Return output, cost, new running averages and gradients."""
        output, cost, *rest = self.function()
        return output, float(cost), rest[: len(self.averages)], rest[len(self.averages) :]


run_of = cache(Run)


def test_there_is_a_case_of_each_layer():
    tried = {type(layer) for layers, _ in CASES.values() for layer in layers}
    assert tried == set(CLASSES.values())


@in_all_runs
def test_gradients_are_those_of_finite_differences(name, training):
    run, rng = run_of(name, training), np.random.default_rng(3)
    *_, gradients = run.results()
    for variable, gradient in zip(run.variables, gradients, strict=True):
        value = variable.get_value()
        step = 1e-6 * rng.normal(size=value.shape)
        variable.set_value(value + step)
        _, above, *_ = run.results()
        variable.set_value(value - step)
        _, below, *_ = run.results()
        variable.set_value(value)
        np.testing.assert_allclose(
            2 * (gradient * step).sum(),
            above - below,
            rtol=1e-5,
            atol=1e-14 * (1 + abs(above)),  # the costs are rounded
            err_msg=variable.name,
        )


@in_all_runs
def test_networks_are_those_of_pytorch(name, training):
    torch = pytest.importorskip("torch", reason="needs PyTorch: pip install -e .[bench]")
    pytorch = importlib.import_module("tests.layers.pytorch")
    run = run_of(name, training)
    x, *params = (
        torch.tensor(variable.get_value(), requires_grad=True) for variable in run.variables
    )
    averages = [torch.tensor(value.get_value()) for value in run.averages]
    names = [value.name for value in (*run.network.params, *run.averages)]
    tensors = dict(zip(names, [*params, *averages], strict=True))
    theirs = pytorch.network(run.network.layers, x, tensors, training)
    (theirs * torch.tensor(run.weights)).sum().backward()
    output, _, new_averages, gradients = run.results()
    compared = {
        "output": (output, theirs.detach()),
        **dict(zip(names[len(params) :], zip(new_averages, averages, strict=True), strict=True)),
        **{
            variable.name: (gradient, tensor.grad)
            for variable, gradient, tensor in zip(
                run.variables, gradients, [x, *params], strict=True
            )
        },
    }
    for what, (mine, their) in compared.items():
        np.testing.assert_allclose(mine, their.numpy(), rtol=1e-8, atol=1e-10, err_msg=what)
