from itertools import combinations

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from lenet.layers import (
    Activation,
    AvgPool,
    Conv2d,
    FullyConnected,
    MaxPool,
    Sequential,
    described,
)
from lenet.models.classifier import Classifier
from lenet.models.lenet5_1998 import connection_table, digit_codes, lenet5_1998
from lenet.models.rbf_losses import RUBBISH_DISTANCE, maximum_a_posteriori
from lenet.training.build import layers_of, loss_of
from tests.nnet.modes import MODES
from tests.toy_settings import toy_settings

IMAGE = (1, 28, 28)


def network(layers=None, n_classes=10):
    return Sequential(layers or lenet5_1998(n_classes), IMAGE, np.random.default_rng(0))


def settings(**changes):
    return toy_settings(**{"model": "lenet5-1998", **changes})


def test_shapes_and_numbers_of_parameters_are_those_of_the_paper():
    found = {layer.name: (layer.output_shape, layer.n_parameters) for layer in network().layers}
    assert found == {
        "pad": ((1, 32, 32), 0),
        "rescale": ((1, 32, 32), 0),
        "C1": ((6, 28, 28), 156),
        "S2": ((6, 14, 14), 12),
        "C3": ((16, 10, 10), 1516),
        "S4": ((16, 5, 5), 32),
        "C5": ((120, 1, 1), 48120),
        "F6": ((84,), 10164),
        "output": ((10,), 0),
    }


def test_first_weights_are_uniform_and_within_2_4_over_fan_in():
    weights = {layer.name: layer.W.get_value() for layer in network().layers if layer.weights}
    for name, fan_in in {"C1": 25, "C5": 400, "F6": 120}.items():
        bound = 2.4 / fan_in
        assert 0.95 * bound < abs(weights[name]).max() <= bound
        assert weights[name].std() == pytest.approx(bound / 3**0.5, rel=0.1)


def test_the_table_of_connections_is_that_of_the_paper():
    table = np.array(connection_table())
    assert table.shape == (16, 6)
    assert table.sum(axis=1).tolist() == [3] * 6 + [4] * 9 + [6]
    assert table.sum(axis=0).tolist() == [10] * 6
    neighbours = [sorted((first + i) % 6 for i in range(n)) for n in (3, 4) for first in range(6)]
    seen = [np.flatnonzero(row).tolist() for row in table]
    assert seen[:12] == neighbours
    assert seen[12:] == [[0, 1, 3, 4], [1, 2, 4, 5], [0, 2, 3, 5], [0, 1, 2, 3, 4, 5]]
    filters = next(layer for layer in network().layers if layer.name == "C3").W.get_value()
    np.testing.assert_array_equal((filters != 0).all(axis=(2, 3)), table == 1)
    np.testing.assert_array_equal((filters == 0).all(axis=(2, 3)), table == 0)


def test_pictures_of_the_digits_differ_and_leave_a_margin():
    codes = digit_codes()
    assert codes.shape == (10, 84)
    assert set(np.unique(codes)) == {-1.0, 1.0}
    # Like shapes have like codes, but what is near to one is far from all others.
    distances = [((one - other) ** 2).sum() for one, other in combinations(codes, 2)]
    assert min(distances) > RUBBISH_DISTANCE
    pictures = codes.reshape(10, 12, 7)
    assert (pictures[:, [0, -1]] == -1).all()
    # A one is a line in the middle, and a zero has a hole there.
    assert (pictures[1, 2:10, 3] == 1).all()
    assert (pictures[0, 3:9, 2:5] == -1).all()


@pytest.mark.parametrize(
    ("changes", "parameters"),
    [
        ({"pooling": "max"}, 60000 - 44),
        ({"pooling": "avg", "connections": "full"}, 60000 - 44 + 900),
        ({"output": "softmax"}, 60000 + 850),
    ],
    ids=["max", "avg and full", "softmax"],
)
def test_parts_can_be_replaced(changes, parameters):
    made = network(layers_of(settings(**changes), 10))
    assert sum(layer.n_parameters for layer in made.layers) == parameters
    kinds = {"max": MaxPool, "avg": AvgPool}
    if "pooling" in changes:
        assert [type(made.layers[i]) for i in (3, 5)] == [kinds[changes["pooling"]]] * 2
    assert isinstance(made.layers[-1], FullyConnected) == ("output" in changes)


def test_normalisation_comes_before_each_activation():
    made = network(layers_of(settings(batch_norm=True, pooling="max", activation="relu"), 10))
    assert [layer.name for layer in made.layers] == [
        *("pad", "rescale", "C1", "C1_norm", "C1_act", "S2", "C3", "C3_norm", "C3_act", "S4"),
        *("C5", "C5_norm", "C5_act", "F6", "F6_norm", "F6_act", "output"),
    ]
    for layer in made.layers:
        if isinstance(layer, Conv2d | FullyConnected) and layer.name != "output":
            assert (layer.activation, layer.bias) == ("identity", False)
        if isinstance(layer, Activation):
            assert layer.function == "relu"


def test_its_description_makes_it_again():
    made = network(n_classes=4)
    again = [described(description) for description in made.describe()]
    assert network(again).describe() == made.describe()
    assert made.output_shape == (4,)


@pytest.mark.parametrize(
    ("changes", "n_classes", "message"),
    [
        ({}, 11, "11 classes, expected at most 10.*choose --output softmax"),
        ({"output": "svm"}, 10, "output 'svm', expected one of rbf, softmax"),
        ({"connections": "none"}, 10, "connections 'none', expected one of partial, full"),
        ({"pooling": "sum"}, 10, "pooling 'sum', expected max or avg"),
    ],
    ids=["classes", "output", "connections", "pooling"],
)
def test_what_cannot_be_is_said(changes, n_classes, message):
    with pytest.raises(ValueError, match=message):
        layers_of(settings(**changes), n_classes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": "lenet", "output": "rbf"}, "--output does not go with --model lenet"),
        ({"model": "mlp", "connections": "full"}, "--connections does not go with --model mlp"),
        ({"dropout": 0.5}, "--dropout does not go with --model lenet5-1998"),
        ({"loss": "hinge"}, "--loss hinge: expected one of mse, map, cross_entropy"),
        ({"loss": "map", "output": "softmax"}, "--loss map: expected one of cross_entropy, mse"),
        ({"label_smoothing": 0.1}, "--label_smoothing goes with --loss cross_entropy, not mse"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_options_that_do_not_go_together_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        settings(**changes)


def test_the_loss_follows_from_output_and_flag():
    assert settings().loss_name == "mse"
    assert settings(output="softmax").loss_name == "cross_entropy"
    assert loss_of(settings(loss="map", rubbish_distance=7.0)).keywords == {"rubbish_distance": 7.0}


def test_the_gradient_is_the_slope_of_the_cost():
    with pytensor.config.change_flags(floatX="float64"):
        images, labels = pt.tensor4("images"), pt.ivector("labels")
        rng = np.random.default_rng(0)
        layers = lenet5_1998(10, initialiser="lecun")
        model = Classifier(
            layers, images, labels, rng, IMAGE, loss=maximum_a_posteriori, l2_pen=0.001
        )
        slopes = pytensor.grad(model.cost, model.params)
        given, mode = [images, labels], MODES["python"]
        cost = pytensor.function(given, model.cost, mode=mode)
        gradient = pytensor.function(given, slopes, mode=mode)
    batch = rng.random((2, *IMAGE)), np.array([3, 8], dtype="int32")
    first = [param.get_value() for param in model.params]
    slopes = gradient(*batch)
    # Steps that change the cost alike, whatever the size of a parameter and of its gradient.
    directions = [
        rng.uniform(0.5, 1.5) * slope / (slope**2).sum() + rng.normal(0, 0.01, slope.shape)
        for slope in slopes
    ]
    costs = []
    for step in (1e-5, -1e-5):
        for param, value, direction in zip(model.params, first, directions, strict=True):
            param.set_value(value + step * direction)
        costs.append(float(cost(*batch)))
    expected = sum((s * d).sum() for s, d in zip(slopes, directions, strict=True))
    assert (costs[0] - costs[1]) / 2e-5 == pytest.approx(expected, rel=1e-5)
