import numpy as np
import pytest

from lenet.layers import (
    BatchNorm,
    Conv2d,
    Dropout,
    Flatten,
    FullyConnected,
    MaxPool,
    Residual,
)
from tests.layers.applying import batch, function_of, output_of, ready
from tests.nnet.oracles import convolve_by_loops


def conv(images, layer, pads, stride=(1, 1)):
    W = layer.W.get_value()
    return convolve_by_loops(images, W, pads=pads, stride=stride, dilation=(1, 1))[0]


def test_the_input_is_added_to_what_the_layers_make_of_it():
    layer = ready(Residual([Conv2d(2, 3, padding="half")], activation="tanh"), (2, 4, 5))
    images = batch((2, 4, 5))
    inner = layer.branch.layers[0]
    branch = conv(images, inner, [(1, 1)] * 2) + inner.b.get_value().reshape(-1, 1, 1)
    np.testing.assert_allclose(output_of(layer, images), np.tanh(branch + images), rtol=1e-9)
    assert [param.name for param in layer.params] == ["res1_conv1_W", "res1_conv1_b"]
    assert layer.shortcut is None


@pytest.mark.parametrize(("size", "stride"), [(6, 2), (7, 2), (7, 3)])
def test_a_convolution_adapts_an_input_of_another_shape(size, stride):
    layers = [Conv2d(3, 3, padding="half", stride=stride, bias=False)]
    layer = ready(Residual(layers, activation="identity"), (2, size, size))
    images = batch((2, size, size))
    branch = conv(images, layer.branch.layers[0], [(1, 1)] * 2, (stride, stride))
    direct = conv(images, layer.shortcut.layers[0], [(0, 0)] * 2, (stride, stride))
    np.testing.assert_allclose(output_of(layer, images), branch + direct, rtol=1e-9)
    assert layer.output_shape == branch.shape[1:]
    assert [param.name for param in layer.params] == ["res1_conv1_W", "res1_shortcut_W"]
    assert layer.weights == layer.params
    assert layer.n_parameters == 3 * 2 * 9 + 3 * 2


def test_units_adapt_an_input_of_another_length():
    layer = ready(Residual([FullyConnected(3, bias=False)], activation="identity"), (2, 2, 2))
    vectors = batch((2, 2, 2)).reshape(2, 8)
    branch, shortcut = (param.get_value() for param in layer.params)
    expected = vectors @ (branch + shortcut)
    np.testing.assert_allclose(output_of(layer, vectors.reshape(2, 2, 2, 2)), expected, rtol=1e-9)


def test_layers_inside_behave_in_training_otherwise_than_afterwards():
    layer = ready(Residual([BatchNorm(), Dropout(0.5)], activation="identity"), (30,))
    assert not layer.is_constant
    assert [value.name for value in layer.state] == [
        "res1_norm1_mean",
        "res1_norm1_variance",
        "res1_drop1_rng",
    ]
    images = batch((30,), n=4)
    mean = layer.state[0]
    step = function_of(layer, training=True, update=True)
    first, second = step(images), step(images)
    assert (first == images).any()  # dropped, only the input is left
    assert not (first == second).all()
    np.testing.assert_allclose(mean.get_value(), (1 - 0.9**2) * images.mean(axis=0), rtol=1e-9)
    np.testing.assert_array_equal(output_of(layer, images), output_of(layer, images))
    assert ready(Residual([MaxPool(1)]), (1, 2, 2)).is_constant


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (Residual([]), "^layer res9: a network needs at least one layer"),
        (Residual([Conv2d(2, 3)], "x"), "^layer res9: activation 'x': expected one of"),
        (Residual([Conv2d(2, 9)]), "^layer res9_conv1: an image of .* is smaller than the filters"),
        (
            Residual([MaxPool(3, stride=2)]),
            r"^layer res9: its layers make \(1, 4, 3\) of \(1, 9, 8\)",
        ),
        (
            Residual([Conv2d(1, 3, padding="full")]),
            "^layer res9: its layers make .* no stride does",
        ),
        (
            Residual([Flatten(name="a"), Flatten(name="a")]),
            "^layer res9: 2 layers have the name 'a'",
        ),
    ],
    ids=["empty", "activation", "inner", "uneven", "larger", "names"],
)
def test_what_cannot_be_is_refused_in_a_line_that_names_the_layer(layer, message):
    with pytest.raises(ValueError, match=message) as error:
        layer.initialise(np.random.default_rng(0), (1, 9, 8), "res9")
    assert "\n" not in str(error.value)
