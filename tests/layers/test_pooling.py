import numpy as np
import pytest

from lenet.layers import AvgPool, MaxPool, Subsampling
from tests.layers.applying import batch, output_of, ready
from tests.nnet.oracles import pool_by_loops

MODES = {MaxPool: "max", AvgPool: "average_exc_pad"}


@pytest.mark.parametrize("kind", [MaxPool, AvgPool])
@pytest.mark.parametrize(
    ("options", "shape", "window", "stride", "pad"),
    [
        ({}, (2, 5, 6), (2, 2), (2, 2), (0, 0)),
        ({"size": (3, 2)}, (1, 7, 5), (3, 2), (3, 2), (0, 0)),
        ({"size": 3, "stride": (2, 1)}, (2, 7, 6), (3, 3), (2, 1), (0, 0)),
        ({"size": 3, "stride": 2, "padding": 1}, (1, 6, 7), (3, 3), (2, 2), (1, 1)),
        ({"size": (1, 2, 2)}, (1, 3, 4, 5), (1, 2, 2), (1, 2, 2), (0, 0, 0)),
    ],
    ids=["documented", "oblong", "overlapping", "padded", "volumes"],
)
def test_a_pooling_is_that_of_plain_loops(kind, options, shape, window, stride, pad):
    layer = ready(kind(**options), shape)
    images = batch(shape)
    expected = pool_by_loops(
        images, ws=window, stride=stride, pad=pad, ignore_border=True, mode=MODES[kind]
    )[0]
    found = output_of(layer, images)
    assert found.shape == (2, *layer.output_shape)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert layer.params == layer.weights == layer.state == []
    assert layer.n_parameters == 0


def test_subsampling_is_a_coefficient_a_bias_and_an_activation_of_sums():
    layer = ready(Subsampling((2, 3), activation="tanh"), (2, 5, 7), name="S2")
    images = batch((2, 5, 7))
    expected = np.zeros((2, 2, 2, 2))
    W, b = layer.W.get_value(), layer.b.get_value()
    for n, c, row, column in np.ndindex(*expected.shape):
        window = images[n, c, 2 * row : 2 * row + 2, 3 * column : 3 * column + 3]
        expected[n, c, row, column] = np.tanh(W[c] * window.sum() + b[c])
    np.testing.assert_allclose(output_of(layer, images), expected, rtol=1e-12)
    assert {param.name: param.get_value().shape for param in layer.params} == {
        "S2_W": (2,),
        "S2_b": (2,),
    }
    assert layer.n_parameters == 4
    # Coefficients are no weights, which a penalty would draw to zero.
    assert layer.weights == []


def test_subsampling_begins_as_the_mean():
    layer = Subsampling(2)
    layer.initialise(np.random.default_rng(0), (3, 4, 6), "S2")
    images = batch((3, 4, 6))
    expected = images.reshape(2, 3, 2, 2, 3, 2).mean(axis=(3, 5))
    np.testing.assert_allclose(output_of(layer, images), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (MaxPool(9), (1, 8, 8), r"an image of \(8, 8\) is too small for a pooling of \(9, 9\)"),
        (MaxPool(), (8,), r"has 1 axes, expected \(channels, rows, columns\)"),
        (MaxPool(0), (1, 8, 8), "invalid size 0"),
        (AvgPool(2, stride=0), (1, 8, 8), "invalid stride 0"),
        (AvgPool(2, padding=-1), (1, 8, 8), "invalid padding -1"),
        (MaxPool(2, padding=2), (1, 8, 8), r"padding \(2, 2\), expected less than the window"),
        (Subsampling(), (8,), r"has 1 axes, expected \(channels, rows, columns\)"),
        (Subsampling(9), (1, 8, 8), "too small for a pooling"),
        (Subsampling(activation="x"), (1, 8, 8), "activation 'x': expected one of relu"),
    ],
    ids=lambda value: "" if isinstance(value, tuple) else str(value)[:40],
)
def test_what_cannot_be_is_refused_in_a_line_that_names_the_layer(layer, shape, message):
    with pytest.raises(ValueError, match=rf"^layer S9: .*{message}") as error:
        layer.initialise(np.random.default_rng(0), shape, "S9")
    assert "\n" not in str(error.value)
