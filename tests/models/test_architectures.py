import numpy as np
import pytest

from lenet.layers import Sequential
from lenet.models.architectures import MIN_LENET, lenet, logistic, mlp


def network(layers, shape):
    return Sequential(layers, shape, np.random.default_rng(0))


def shapes(layers, shape):
    return {layer.name: layer.output_shape for layer in network(layers, shape).layers}


def test_the_documented_network():
    layers = lenet(10, (16, 31, 64, 128))
    assert shapes(layers, (3, 32, 32)) == {
        "conv1": (16, 14, 14),
        "conv2": (31, 5, 5),
        "conv3": (64, 3, 3),
        "fc": (128,),
        "output": (10,),
    }
    counts = [layer.n_parameters for layer in network(layers, (3, 32, 32)).layers]
    assert counts == [
        *(16 * 3 * 25 + 16, 31 * 16 * 25 + 31, 64 * 31 * 9 + 64),
        *(576 * 128 + 128, 128 * 10 + 10),
    ]
    assert [layer.activation for layer in layers] == ["relu"] * 4 + ["identity"]


def test_the_smallest_images_are_the_smallest_that_work():
    layers = lenet(10, (1, 1, 1, 1))
    assert shapes(layers, (1, MIN_LENET, MIN_LENET))["conv3"] == (1, 1, 1)
    with pytest.raises(ValueError, match="layer conv3: an image of"):
        network(layers, (1, MIN_LENET - 1, MIN_LENET - 1))


def test_options_of_the_documented_network():
    layers = lenet(7, (1, 2, 3, 4), activation="elu", pooling="avg", initialiser="he")
    assert {layer.activation for layer in layers[:-1]} == {"elu"}
    assert {layer.pooling for layer in layers[:3]} == {"avg"}
    assert [layer.initialiser for layer in layers] == ["he"] * 4 + ["zeros"]
    assert layers[-1].units == 7


def test_normalisation_comes_before_each_activation_and_dropout_after_the_last():
    layers = lenet(10, (1, 2, 3, 4), activation="elu", batch_norm=True, dropout=0.3)
    names = [
        *("conv1", "conv1_norm", "conv1_act", "conv2", "conv2_norm", "conv2_act"),
        *("conv3", "conv3_norm", "conv3_act", "fc", "fc_norm", "fc_act", "drop1", "output"),
    ]
    model = network(layers, (1, 24, 24))
    assert [layer.name for layer in model.layers] == names
    for layer in model.layers:
        if layer.name in ("conv1", "conv2", "conv3", "fc"):
            assert (layer.activation, layer.bias) == ("identity", False)
        if layer.name.endswith("_act"):
            assert layer.function == "elu"
    assert model.layers[-2].rate == 0.3
    assert model.layers[-1].bias


def test_a_perceptron_has_a_layer_for_each_width():
    assert shapes(mlp(10, (50, 30)), (1, 8, 8)) == {"fc1": (50,), "fc2": (30,), "output": (10,)}
    assert [layer.activation for layer in mlp(10, (50, 30))] == ["tanh", "tanh", "identity"]


def test_dropout_follows_each_hidden_layer_of_a_perceptron():
    model = network(mlp(10, (5, 4), batch_norm=True, dropout=0.5, activation="relu"), (6,))
    assert [layer.name for layer in model.layers] == [
        *("fc1", "fc1_norm", "fc1_act", "drop1"),
        *("fc2", "fc2_norm", "fc2_act", "drop2", "output"),
    ]


def test_logistic_regression_is_the_output_alone_and_begins_at_zero():
    model = network(logistic(10), (1, 8, 8))
    assert [param.name for param in model.params] == ["output_W", "output_b"]
    assert not model.params[0].get_value().any()
    assert model.params[0].get_value().shape == (64, 10)


@pytest.mark.parametrize("make", [lenet, mlp], ids=["lenet", "mlp"])
def test_two_lists_share_no_layer(make):
    one, other = make(10, (1, 2, 3, 4)), make(10, (1, 2, 3, 4))
    assert one == other
    assert not {id(layer) for layer in one} & {id(layer) for layer in other}


@pytest.mark.parametrize("lwidth", [(1, 2, 3), (1, 2, 3, 4, 5), (1, 0, 3, 4), (1, 2, -3, 4)])
def test_wrong_layer_widths_are_refused(lwidth):
    with pytest.raises(ValueError, match=r"lwidth \(1, .*expected four positive integers"):
        lenet(10, lwidth)
