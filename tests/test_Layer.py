import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode
from scipy.signal import convolve

from lenet.Layer import ConvLayer, ConvPoolLayer, HiddenLayer

PYTHON = Mode(linker="py", optimizer="fast_compile")


def convolve_batch(images, filters):
    """Sum SciPy's true convolution over the channels."""
    return np.array(
        [
            [
                sum(
                    convolve(channel, kernel, mode="valid")
                    for channel, kernel in zip(x, f, strict=True)
                )
                for f in filters
            ]
            for x in images
        ]
    )


def max_pool(maps, rows, columns):
    batch, channels, height, width = maps.shape
    pooled = np.empty((batch, channels, height // rows, width // columns))
    for i in range(pooled.shape[2]):
        for j in range(pooled.shape[3]):
            window = maps[:, :, i * rows : (i + 1) * rows, j * columns : (j + 1) * columns]
            pooled[:, :, i, j] = window.max(axis=(2, 3))
    return pooled


def evaluate(output, **inputs):
    symbols = {v.name: v for v in pytensor.graph.traversal.explicit_graph_inputs([output])}
    function = pytensor.function([symbols[name] for name in inputs], output, mode=PYTHON)
    return function(*inputs.values())


@pytest.mark.parametrize(
    ("activation", "expected"), [(pt.tanh, np.tanh), (None, lambda v: v)], ids=["tanh", "linear"]
)
def test_conv_pool_layer_convolves_pools_adds_the_bias_and_activates(activation, expected):
    rng = np.random.default_rng(1)
    images = rng.normal(size=(3, 2, 9, 12))
    x = pt.tensor4("x", dtype="float64")
    layer = ConvPoolLayer(rng, x, (4, 2, 3, 4), (3, 2, 9, 12), (2, 3), activation)
    layer.b.set_value(rng.normal(size=4))

    pooled = max_pool(convolve_batch(images, layer.W.get_value()), 2, 3)
    biased = pooled + layer.b.get_value()[:, None, None]
    output = evaluate(layer.output, x=images)
    np.testing.assert_allclose(output, expected(biased), rtol=1e-9, atol=1e-12)
    assert output.shape == layer.output_shape == (3, 4, 3, 3)


def test_conv_layer_does_not_pool_and_rectifies_by_default():
    rng = np.random.default_rng(2)
    images = rng.normal(size=(2, 3, 7, 6))
    x = pt.tensor4("x", dtype="float64")
    layer = ConvLayer(rng, x, (5, 3, 3, 2), (None, 3, 7, 6))
    expected = np.maximum(convolve_batch(images, layer.W.get_value()), 0)
    np.testing.assert_allclose(evaluate(layer.output, x=images), expected, rtol=1e-9, atol=1e-12)
    assert layer.output_shape == (None, 5, 5, 5)


def test_hidden_layer_is_a_linear_map_and_an_activation():
    rng = np.random.default_rng(3)
    data = rng.normal(size=(6, 5))
    x = pt.matrix("x", dtype="float64")
    layer = HiddenLayer(rng, x, 5, 4, activation=pt.tanh)
    layer.b.set_value(rng.normal(size=4))
    expected = np.tanh(data @ layer.W.get_value() + layer.b.get_value())
    np.testing.assert_allclose(evaluate(layer.output, x=data), expected, rtol=1e-12)


def test_hidden_layers_can_share_their_parameters():
    x = pt.matrix("x", dtype="float64")
    first = HiddenLayer(np.random.default_rng(0), x, 3, 3)
    second = HiddenLayer(np.random.default_rng(9), first.output, 3, 3, W=first.W, b=first.b)
    assert second.params == first.params


@pytest.mark.parametrize(
    ("make", "bound"),
    [
        (
            lambda rng: ConvPoolLayer(rng, pt.tensor4(), (60, 20, 5, 5), (1, 20, 14, 14), (2, 3)),
            np.sqrt(6 / (20 * 25 + 60 * 25 / 6)),
        ),
        (
            lambda rng: ConvLayer(rng, pt.tensor4(), (60, 20, 5, 5), (1, 20, 14, 14)),
            np.sqrt(6 / (20 * 25 + 60 * 25)),
        ),
        (lambda rng: HiddenLayer(rng, pt.matrix(), 300, 200), np.sqrt(6 / 500)),
    ],
    ids=["conv-pool", "conv", "hidden"],
)
@pytest.mark.parametrize("generator", [np.random.default_rng, np.random.RandomState])
def test_initial_weights_are_uniform_within_their_bound(make, bound, generator):
    layer = make(generator(0))
    weights = layer.W.get_value()
    assert np.abs(weights).max() <= bound
    # 30 000 draws or more: the sample's moments are those of the distribution to a few percent.
    assert np.abs(weights).max() > 0.99 * bound
    assert abs(weights.mean()) < 0.02 * bound
    assert weights.std() == pytest.approx(bound / np.sqrt(3), rel=0.02)
    assert not layer.b.get_value().any()


def test_a_seed_decides_the_weights():
    first, again, other = (
        HiddenLayer(np.random.default_rng(seed), pt.matrix(), 4, 3).W.get_value()
        for seed in (5, 5, 6)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_parameters_are_named_after_the_layer():
    layer = ConvPoolLayer(
        np.random.default_rng(0), pt.tensor4("x"), (2, 1, 3, 3), (1, 1, 8, 8), name="conv1"
    )
    printed = pytensor.dprint(layer.output, file="str")
    assert [p.name for p in layer.params] == ["conv1_W", "conv1_b"]
    assert "conv1_W" in printed
    assert "conv1_b" in printed
    assert layer.output.name == "conv1_output"


@pytest.mark.parametrize(
    ("filter_shape", "image_shape", "poolsize", "message"),
    [
        ((4, 3, 5, 5), (1, 2, 9, 9), (2, 2), r"layer conv: filter_shape \(4, 3, 5, 5\) does not"),
        ((4, 2, 5), (1, 2, 9, 9), (2, 2), r"filter_shape \(4, 2, 5\) does not fit"),
        ((4, 2, 5, 5), (1, 2, 4, 9), (2, 2), r"image of \(4, 9\) is smaller than the filters"),
        ((4, 2, 5, 5), (1, 2, 9, 5), (2, 2), r"\(5, 1\) is too small for a pooling of \(2, 2"),
    ],
    ids=["channels", "rank", "filters-too-large", "pool-too-large"],
)
def test_impossible_shapes_are_refused(filter_shape, image_shape, poolsize, message):
    with pytest.raises(ValueError, match=message):
        ConvPoolLayer(np.random.default_rng(0), pt.tensor4(), filter_shape, image_shape, poolsize)
