import math

import numpy as np
import pytest
from scipy import special

from lenet.layers import Activation, Flatten, FullyConnected
from tests.layers.applying import batch, output_of, ready, values


@pytest.mark.parametrize("shape", [(6,), (2, 3, 4)], ids=["vectors", "images"])
def test_a_fully_connected_layer_is_a_product_and_a_bias(shape):
    layer = ready(FullyConnected(5, activation="tanh"), shape)
    images = batch(shape, n=3)
    parameters = values(layer)
    expected = np.tanh(images.reshape(3, -1) @ parameters["W"] + parameters["b"])
    np.testing.assert_allclose(output_of(layer, images), expected, rtol=1e-12)
    assert layer.output_shape == (5,)


def test_units_have_names_shapes_and_numbers():
    layer = ready(FullyConnected(5), (2, 3, 4), name="F6")
    assert {param.name: param.get_value().shape for param in layer.params} == {
        "F6_W": (24, 5),
        "F6_b": (5,),
    }
    assert layer.weights == layer.params[:1]
    assert layer.n_parameters == 24 * 5 + 5


def test_units_without_bias_have_weights_alone():
    layer = ready(FullyConnected(5, bias=False), (4,))
    assert [param.name for param in layer.params] == ["fc1_W"]
    images = batch((4,))
    np.testing.assert_allclose(output_of(layer, images), images @ values(layer)["W"], rtol=1e-12)


@pytest.mark.parametrize(
    ("initialiser", "sd"),
    [
        ("glorot", math.sqrt(2 / (40 + 60))),
        ("he", math.sqrt(2 / 40)),
        ("lecun", math.sqrt(1 / 40)),
        ("normal:0.3", 0.3),
        ("zeros", 0),
    ],
)
def test_first_weights_are_as_large_as_their_fans_say(initialiser, sd):
    layer = FullyConnected(60, initialiser=initialiser)
    layer.initialise(np.random.default_rng(0), (40,), "fc")
    assert layer.W.get_value().std() == pytest.approx(sd, rel=0.05)
    np.testing.assert_array_equal(layer.b.get_value(), np.zeros(60))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("relu", lambda x: np.maximum(x, 0)),
        ("sigmoid", special.expit),
        ("softmax", lambda x: special.softmax(x, axis=1)),
    ],
)
def test_an_activation_by_itself(name, expected):
    layer = ready(Activation(name), (5,))
    images = batch((5,), n=3)
    np.testing.assert_allclose(output_of(layer, images), expected(images), rtol=1e-9)
    assert layer.output_shape == (5,)
    assert layer.n_parameters == 0


def test_an_image_becomes_a_vector_row_after_row():
    layer = ready(Flatten(), (2, 3, 4))
    images = batch((2, 3, 4))
    np.testing.assert_array_equal(output_of(layer, images), images.reshape(2, 24))
    assert layer.output_shape == (24,)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (FullyConnected(0), "units 0, expected a positive integer"),
        (FullyConnected(-1), "units -1, expected a positive integer"),
        (FullyConnected("many"), "units 'many', expected a positive integer"),
        (FullyConnected(2, activation="x"), "activation 'x': expected one of relu"),
        (FullyConnected(2, initialiser="normal:-1"), "initialiser 'normal:-1': expected one of"),
        (Activation("x"), "activation 'x': expected one of relu"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_is_refused_in_a_line_that_names_the_layer(layer, message):
    with pytest.raises(ValueError, match=rf"^layer F9: .*{message}") as error:
        layer.initialise(np.random.default_rng(0), (3,), "F9")
    assert "\n" not in str(error.value)
