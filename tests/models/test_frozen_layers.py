"""Layers of a classifier that do not learn."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.graph.traversal import ancestors

from lenet.layers import BatchNorm, Conv2d, Dropout, Flatten, FullyConnected, MaxPool
from lenet.models.architectures import lenet
from lenet.models.classifier import Classifier
from lenet.optim.updates import momentum
from tests.layers.applying import PYTHON
from tests.quick_runs import PLAIN

LAYERS = (
    Conv2d(3, 2, activation="identity", bias=False, name="conv1"),
    BatchNorm(name="conv1_norm", momentum=0.5),
    MaxPool(2, name="pool1"),
    Conv2d(4, 2, activation="tanh", name="conv2"),
    Flatten(name="flat"),
    FullyConnected(5, activation="tanh", name="fc"),
    Dropout(0.5, name="drop"),
    FullyConnected(3, name="output"),
)


@pytest.fixture
def batch():
    rng = np.random.default_rng(4)
    return rng.random((6, 2, 6, 6)), rng.integers(0, 3, 6).astype("int32")


def classifier(freeze, layers=LAYERS, **options):
    """Return images, labels and a classifier whose weights and averages are all different."""
    x = pt.tensor("x", dtype="float64", shape=(None, 2, 6, 6))
    y = pt.ivector("y")
    with pytensor.config.change_flags(floatX="float64"):
        model = Classifier(
            layers, x, y, np.random.default_rng(0), (2, 6, 6), freeze=freeze, **options
        )
    rng = np.random.default_rng(5)
    for variable in (*model.params, *model.state):
        value = variable.get_value()
        if isinstance(value, np.ndarray):
            low = 0.1 if value.ndim == 1 else -0.5  # of a variance, of a weight
            variable.set_value(rng.uniform(low, 0.5, value.shape))
    return x, y, model


def numbers(model):
    values = {v.name: v.get_value() for v in (*model.params, *model.state)}
    return {name: value for name, value in values.items() if isinstance(value, np.ndarray)}


@pytest.mark.parametrize("freeze", [["conv1"], ["conv2", "output"]])
def test_frozen_layers_stay_and_the_others_learn(freeze, batch):
    x, y, model = classifier(freeze)
    updates = momentum(model.cost, model.trained, 0.1) + model.updates
    train = pytensor.function([x, y], [], updates=updates, mode=PLAIN)
    before = numbers(model)
    for _ in range(2):
        train(*batch)
    moved = {name for name, value in numbers(model).items() if np.any(value != before[name])}
    expected = {name for name in before if not name.startswith(tuple(f"{f}_" for f in freeze))}
    assert moved == expected
    assert {param.name for param in model.trained} <= expected


def test_a_frozen_layer_normalises_by_its_averages(batch):
    """Its formula, by NumPy, and that of a convolution: in training as afterwards."""
    x, y, model = classifier(["conv1"], LAYERS[:2] + LAYERS[4:6] + LAYERS[7:])
    p = numbers(model)
    images, labels = batch
    windows = np.lib.stride_tricks.sliding_window_view(images, (2, 2), axis=(2, 3))
    maps = np.einsum("nchwij,fcij->nfhw", windows, p["conv1_W"][:, :, ::-1, ::-1])
    mean, variance, gamma, beta = (
        p[f"conv1_norm_{name}"][:, None, None] for name in ("mean", "variance", "gamma", "beta")
    )
    maps = (maps - mean) / np.sqrt(variance + 1e-4) * gamma + beta
    scores = np.tanh(maps.reshape(6, -1) @ p["fc_W"] + p["fc_b"]) @ p["output_W"] + p["output_b"]
    log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    # The penalty is that of what is neither frozen nor the last layer.
    expected = -log_p[np.arange(6), labels].mean() + 0.001 * (p["fc_W"] ** 2).sum()
    cost = pytensor.function([x, y], [model.cost, model.test_cost], mode=PYTHON)
    np.testing.assert_allclose(cost(*batch), [expected, expected], rtol=1e-10)
    assert model.updates == []


def gradients(freeze, names, batch):
    """Return the gradients of the cost with respect to some parameters."""
    x, y, model = classifier(freeze, LAYERS[2:6] + LAYERS[7:])
    params = [param for param in model.params if param.name in names]
    return pytensor.function([x, y], pytensor.grad(model.cost, params), mode=PYTHON)(*batch)


def test_layers_before_a_frozen_one_learn_as_if_it_were_not(batch):
    """Of networks without batch normalisation and dropout, which do something else in training."""
    names = ("conv2_W", "conv2_b", "output_W", "output_b")
    for one, other in zip(
        gradients(["fc"], names, batch), gradients([], names, batch), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-10)


def gradients_in(model):
    """Return the kinds of Ops of a training step that are derivatives of convolutions and poolings."""
    steps = [new for _, new in momentum(model.cost, model.trained, 0.1)]
    kinds = [type(v.owner.op).__name__ for v in ancestors(steps) if v.owner]
    return sorted(kind for kind in kinds if "Grad" in kind)


def test_nothing_is_differentiated_for_frozen_layers():
    _, _, whole = classifier([])
    _, _, frozen = classifier(["conv1", "conv2"])
    assert len(gradients_in(whole)) >= 4  # weights twice, inputs, pooling
    assert gradients_in(frozen) == []


def test_what_is_not_frozen_is_as_before():
    _, _, before = classifier(())
    assert before.trained == before.params
    assert before.frozen == set()


def test_unknown_names_are_told_those_there_are():
    message = "no layer 'pool1' to freeze: expected some of conv1, conv1_norm, conv2, fc, output"
    with pytest.raises(ValueError, match=message):
        classifier(["conv1", "pool1"])


def test_something_must_learn():
    with pytest.raises(ValueError, match="all layers are frozen, and none is left to learn"):
        classifier(["conv1", "conv2", "fc", "output"])


def test_a_last_layer_that_learns_alone_has_no_penalty(batch):
    _, _, model = classifier(["conv1", "conv2", "fc"])
    assert {param.name for param in model.trained} == {"output_W", "output_b"}
    penalties = pytensor.function([], [model.L2_sq, model.L1], mode=PYTHON)
    assert penalties() == [0, 0]


def test_names_that_others_begin_with_are_other_layers():
    """As "fc" and "fc2", unlike "fc" and "fc_norm"."""
    layers = [Flatten(), *(FullyConnected(3, name=name) for name in ("fc", "fc2", "output"))]
    _, _, model = classifier(["fc"], layers)
    assert model.frozen == {"fc"}


def test_the_documented_network_has_the_names_of_the_guide():
    x, y = pt.tensor4("x"), pt.ivector("y")
    layers = lenet(10, (2, 3, 4, 5), batch_norm=True)
    model = Classifier(
        layers, x, y, np.random.default_rng(0), (1, 28, 28), freeze=["conv1", "conv2"]
    )
    assert model.frozen == {f"conv{k}{part}" for k in "12" for part in ("", "_norm", "_act")}
