import math

import numpy as np
import pytest

from lenet.layers import Conv2d, Conv3d, ConvPool
from tests.layers.applying import batch, output_of, ready, values
from tests.nnet.oracles import convolve_by_loops, pool_by_loops

TABLE = [[1, 0, 1], [0, 1, 1], [1, 1, 1], [0, 0, 1]]


def convolved(layer, images, pads, stride=(1, 1), dilation=(1, 1), groups=1, mask=None):
    """Return the convolution with a layer's filters, in plain loops."""
    filters = values(layer)["W"]
    if mask is not None:
        filters = filters * np.reshape(mask, (*np.shape(mask), 1, 1))
    return convolve_by_loops(
        images, filters, pads=pads, stride=stride, dilation=dilation, groups=groups
    )[0]


def with_bias(layer, sums):
    bias = values(layer)["b"]
    return sums + bias.reshape(-1, *[1] * (sums.ndim - 2))


CASES = {
    "documented": (Conv2d(4, 3), (2, 6, 5), {"pads": [(0, 0)] * 2}),
    "oblong": (Conv2d(2, (2, 3)), (1, 5, 6), {"pads": [(0, 0)] * 2}),
    "stride": (Conv2d(2, 3, stride=(2, 3)), (1, 8, 9), {"pads": [(0, 0)] * 2, "stride": (2, 3)}),
    "half": (Conv2d(2, 3, padding="half"), (2, 5, 4), {"pads": [(1, 1)] * 2}),
    "full": (Conv2d(2, (2, 3), padding="full"), (1, 4, 4), {"pads": [(1, 1), (2, 2)]}),
    "padding": (Conv2d(2, 3, padding=(0, 2)), (1, 4, 4), {"pads": [(0, 0), (2, 2)]}),
    "dilation": (
        Conv2d(2, 2, dilation=(2, 3)),
        (1, 5, 7),
        {"pads": [(0, 0)] * 2, "dilation": (2, 3)},
    ),
    "groups": (Conv2d(4, 3, groups=2), (6, 5, 4), {"pads": [(0, 0)] * 2, "groups": 2}),
    "connections": (
        Conv2d(4, 3, connections=TABLE),
        (3, 5, 4),
        {"pads": [(0, 0)] * 2, "mask": TABLE},
    ),
    "volumes": (
        Conv3d(2, (2, 3, 2), stride=(1, 1, 2)),
        (2, 4, 5, 5),
        {"pads": [(0, 0)] * 3, "stride": (1, 1, 2), "dilation": (1, 1, 1)},
    ),
}


@pytest.mark.parametrize(("layer", "shape", "how"), CASES.values(), ids=CASES)
def test_a_convolution_is_that_of_plain_loops(layer, shape, how):
    layer = ready(layer, shape)
    images = batch(shape)
    expected = with_bias(layer, convolved(layer, images, **how))
    found = output_of(layer, images)
    assert found.shape == (2, *layer.output_shape)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("pooling", "mode"), [("max", "max"), ("avg", "average_exc_pad")])
def test_convolution_pooling_bias_and_activation_come_in_this_order(pooling, mode):
    layer = ready(ConvPool(3, 3, pool=(2, 3), pooling=pooling, activation="sigmoid"), (2, 8, 9))
    images = batch((2, 8, 9))
    pooled = pool_by_loops(
        convolved(layer, images, [(0, 0)] * 2),
        ws=(2, 3),
        stride=(2, 3),
        pad=(0, 0),
        ignore_border=True,
        mode=mode,
    )[0]
    expected = 1 / (1 + np.exp(-with_bias(layer, pooled)))
    assert layer.output_shape == (3, 3, 2)
    np.testing.assert_allclose(output_of(layer, images), expected, rtol=1e-9)


def test_a_layer_without_bias_has_filters_alone():
    layer = ready(Conv2d(2, 3, bias=False), (1, 4, 4))
    assert [param.name for param in layer.params] == ["conv1_W"]
    images = batch((1, 4, 4))
    expected = convolved(layer, images, [(0, 0)] * 2)
    np.testing.assert_allclose(output_of(layer, images), expected, rtol=1e-9)


def test_parameters_have_names_shapes_and_numbers():
    layer = ready(Conv2d(4, (2, 3), groups=2), (6, 5, 5), name="C3")
    assert {param.name: param.get_value().shape for param in layer.params} == {
        "C3_W": (4, 3, 2, 3),
        "C3_b": (4,),
    }
    assert layer.weights == layer.params[:1]
    assert layer.state == []
    assert layer.n_parameters == 4 * 3 * 6 + 4


def test_what_is_not_connected_has_no_influence():
    layer = ready(Conv2d(4, 3, connections=TABLE), (3, 5, 5))
    # Noise, as an update rule might leave it, in filters of what is not connected.
    unconnected = np.asarray(TABLE) == 0
    images = batch((3, 5, 5))
    before = output_of(layer, images)
    filters = layer.W.get_value()
    filters[unconnected] = 1e6
    layer.W.set_value(filters)
    np.testing.assert_array_equal(output_of(layer, images), before)
    images[:, 1] = 0
    changed = (output_of(layer, images) != before).any(axis=(0, 2, 3))
    np.testing.assert_array_equal(changed, np.asarray(TABLE)[:, 1] == 1)


def test_what_is_not_connected_starts_at_zero_and_is_not_counted():
    layer = Conv2d(4, 3, connections=TABLE)
    layer.initialise(np.random.default_rng(0), (3, 5, 5), "C3")
    is_zero = (layer.W.get_value() == 0).all(axis=(2, 3))
    np.testing.assert_array_equal(is_zero, np.asarray(TABLE) == 0)
    assert layer.n_parameters == np.sum(TABLE) * 9 + 4


@pytest.mark.parametrize(
    ("layer", "bound"),
    [
        (Conv2d(30, 5), math.sqrt(6 / (25 * (20 + 30)))),
        # A 2x2 pooling leaves a quarter of the outputs that an input feeds.
        (ConvPool(30, 5), math.sqrt(6 / (25 * (20 + 30 / 4)))),
        (Conv2d(30, 5, initialiser="he_uniform"), math.sqrt(6 / (25 * 20))),
        (Conv2d(30, 5, groups=5), math.sqrt(6 / (25 * (4 + 30)))),
    ],
    ids=["glorot", "pooling", "he", "groups"],
)
def test_first_filters_are_as_large_as_their_fans_say(layer, bound):
    layer.initialise(np.random.default_rng(0), (20, 12, 12), "conv1")
    filters = layer.W.get_value()
    assert abs(filters).max() <= bound
    # Of thousands of uniform draws, the largest is near the bound, their mean near 0.
    assert abs(filters).max() > 0.99 * bound
    assert filters.std() == pytest.approx(bound / math.sqrt(3), rel=0.03)
    np.testing.assert_array_equal(layer.b.get_value(), np.zeros(30))


def test_first_filters_of_few_connections_are_larger():
    """Their fans are those of the connections, on average."""
    table = (np.arange(20) < 5) * np.ones((30, 1), int)
    layer = Conv2d(30, 5, connections=table.tolist(), initialiser="lecun_uniform")
    layer.initialise(np.random.default_rng(0), (20, 12, 12), "conv1")
    largest = abs(layer.W.get_value()).max()
    assert 0.99 * 2.4 / (5 * 25) < largest <= 2.4 / (5 * 25)


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (
            Conv2d(3),
            (5,),
            r"an input of shape \(5,\) has 1 axes, expected \(channels, rows, columns\)",
        ),
        (Conv3d(3), (1, 8, 8), r"has 3 axes, expected \(channels, depth, rows, columns\)"),
        (Conv2d(3), (1, 4, 4), r"an image of \(4, 4\) is smaller than the filters of \(5, 5\)"),
        (Conv2d(3, groups=2), (3, 8, 8), "3 channels and 3 maps cannot both be divided into 2"),
        (Conv2d(3, groups=0), (3, 8, 8), "groups 0, expected a positive integer"),
        (Conv2d(0), (3, 8, 8), "maps 0, expected a positive integer"),
        (Conv2d(2.5), (3, 8, 8), r"maps 2\.5, expected a positive integer"),
        (Conv2d(3, 0), (3, 8, 8), "invalid kernel 0"),
        (Conv2d(3, (3, 3, 3)), (3, 8, 8), r"invalid kernel \(3, 3, 3\)"),
        (Conv2d(3, stride=0), (3, 8, 8), "invalid stride 0"),
        (Conv2d(3, dilation=0), (3, 8, 8), "invalid dilation 0"),
        (Conv2d(3, padding="same"), (3, 8, 8), "invalid border_mode 'same': expected 'valid'"),
        (Conv2d(3, activation="swish"), (3, 8, 8), "activation 'swish': expected one of relu"),
        (Conv2d(3, initialiser="x"), (3, 8, 8), "initialiser 'x': expected one of glorot"),
        (Conv2d(3, initialiser=5), (3, 8, 8), "initialiser 5: expected one of glorot"),
        (Conv2d(2, connections=[[1, 0]]), (3, 8, 8), r"connections of shape \(1, 2\), expected"),
        (Conv2d(1, connections=[[1, 0, 2]]), (3, 8, 8), "expected a table of zeros and ones"),
        (
            ConvPool(3, pool=9),
            (1, 8, 8),
            r"an image of \(4, 4\) is too small for a pooling of \(9, 9\)",
        ),
        (ConvPool(3, pool=0), (1, 8, 8), "invalid pool 0"),
        (ConvPool(3, pool=1, pooling="sum"), (1, 8, 8), "pooling 'sum', expected one of max, avg"),
    ],
    ids=lambda value: "" if isinstance(value, tuple) else str(value)[:40],
)
def test_what_cannot_be_is_refused_in_a_line_that_names_the_layer(layer, shape, message):
    with pytest.raises(ValueError, match=rf"^layer C7: .*{message}") as error:
        layer.initialise(np.random.default_rng(0), shape, "C7")
    assert "\n" not in str(error.value)
