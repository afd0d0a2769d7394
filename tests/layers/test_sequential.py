import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from lenet.layers import (
    Activation,
    BatchNorm,
    Conv2d,
    Dropout,
    FullyConnected,
    MaxPool,
    Residual,
    Sequential,
    described,
)
from tests.layers.applying import PYTHON, batch, output_of

LAYERS = [
    Conv2d(3, 3),
    MaxPool(2),
    BatchNorm(name="middle"),
    Conv2d(2, 2, bias=False),
    Dropout(0.5),
    FullyConnected(5),
    Activation("tanh"),
]


def network(layers=LAYERS, shape=(1, 8, 8), seed=0, prefix=""):
    return Sequential(layers, shape, np.random.default_rng(seed), prefix)


def test_layers_without_a_name_get_their_kind_and_a_number():
    names = ["conv1", "pool1", "middle", "conv2", "drop1", "fc1", "act1"]
    assert [layer.name for layer in network().layers] == names
    prefixed = ["a_conv1", "a_pool1", "middle", "a_conv2", "a_drop1", "a_fc1", "a_act1"]
    assert [layer.name for layer in network(prefix="a_").layers] == prefixed


def test_each_layer_takes_what_the_one_before_gives():
    model = network()
    shapes = [(3, 6, 6), (3, 3, 3), (3, 3, 3), (2, 2, 2), (2, 2, 2), (5,), (5,)]
    assert [layer.output_shape for layer in model.layers] == shapes
    assert [layer.input_shape for layer in model.layers] == [(1, 8, 8), *shapes[:-1]]
    assert model.output_shape == (5,)


def test_parameters_weights_and_state_are_those_of_all_layers():
    model = network()
    names = {
        "params": [
            *("conv1_W", "conv1_b", "middle_gamma", "middle_beta"),
            *("conv2_W", "fc1_W", "fc1_b"),
        ],
        "weights": ["conv1_W", "conv2_W", "fc1_W"],
        "state": ["middle_mean", "middle_variance", "drop1_rng"],
    }
    found = {kind: [variable.name for variable in getattr(model, kind)] for kind in names}
    assert found == names


def test_the_output_is_that_of_the_layers_one_by_one():
    model = network()
    x = pt.tensor("x", dtype="float64", shape=(None, 1, 8, 8))
    outputs, updates = model.apply(x, training=False)
    assert list(outputs) == [layer.name for layer in model.layers]
    assert updates == []
    # Dropout gives its very input after training, which keeps its name.
    assert [output.name for output in outputs.values()] == [
        *("conv1_output", "pool1_output", "middle_output", "conv2_output"),
        *("conv2_output", "fc1_output", "act1_output"),
    ]
    found = pytensor.function([x], list(outputs.values()), mode=PYTHON)(batch((1, 8, 8)))
    value = batch((1, 8, 8))
    for layer, output in zip(model.layers, found, strict=True):
        value = output_of(layer, value)
        np.testing.assert_allclose(output, value, rtol=1e-12)


def test_updates_are_those_of_all_layers_in_training():
    _, updates = network().apply(pt.tensor("x", dtype="float64", shape=(None, 1, 8, 8)), True)
    assert [variable.name for variable, _ in updates] == [
        "middle_mean",
        "middle_variance",
        "drop1_rng",
    ]


def test_a_list_of_layers_makes_any_number_of_networks():
    layers = [FullyConnected(3), FullyConnected(2)]
    one, same, other = network(layers, (4,)), network(layers, (4,)), network(layers, (4,), seed=1)
    for mine, equal, different in zip(one.weights, same.weights, other.weights, strict=True):
        assert mine is not equal
        np.testing.assert_array_equal(mine.get_value(), equal.get_value())
        assert not np.array_equal(mine.get_value(), different.get_value())
    assert [layer.name for layer in layers] == ["", ""]


def test_a_network_comes_back_from_its_description():
    model = network([*LAYERS, Residual([FullyConnected(3)])])
    layers = [described(layer) for layer in model.describe()]
    again = network(layers)
    assert again.describe() == model.describe()
    assert [param.name for param in again.params] == [param.name for param in model.params]
    for mine, theirs in zip(model.params, again.params, strict=True):
        np.testing.assert_array_equal(mine.get_value(), theirs.get_value())


def test_a_network_is_constant_if_all_its_layers_are():
    assert network([FullyConnected(3)], (4,)).is_constant
    assert not network([FullyConnected(3), Dropout()], (4,)).is_constant


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([], "a network needs at least one layer"),
        ([FullyConnected(3, name="a"), FullyConnected(3, name="a")], "2 layers have the name 'a'"),
        ([FullyConnected(3, name="fc2"), FullyConnected(3)], "2 layers have the name 'fc2'"),
        ([FullyConnected(3), MaxPool(2)], r"layer pool1: an input of shape \(3,\) has 1 axes"),
        ([Conv2d(2, 5), Conv2d(2, 5)], r"layer conv2: an image of \(4, 4\) is smaller"),
    ],
    ids=["none", "names", "numbers", "axes", "size"],
)
def test_layers_that_do_not_fit_are_refused(layers, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        network(layers)
