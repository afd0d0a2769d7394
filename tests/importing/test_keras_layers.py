"""Networks of Keras, against loops over what Keras computes on Theano and on TensorFlow."""

import tracemalloc

import numpy as np
import pytest

from lenet.errors import DataError
from lenet.importing.conversion import Wishes, convert
from lenet.importing.keras_geometry import conv_pads, margins, pool_pad
from lenet.importing.reader import read_model
from tests.importing import loops
from tests.importing.keras_files import chained, layer, write

SIDE, MAPS, UNITS, CLASSES = 13, 3, 5, 4
# Keras 1 on Theano's order, which it flattens so; and Keras 2, which flattens channels last since 2.2.
VERSIONS = [
    ("1.2.2", "theano", "th"),
    ("1.2.2", "theano", "tf"),
    ("1.2.2", "tensorflow", "tf"),
    ("2.0.8", "theano", "channels_first"),
    ("2.2.4", "theano", "channels_first"),
    ("2.2.4", "theano", "channels_last"),
    ("2.2.4", "tensorflow", "channels_last"),
    ("2.2.4", "tensorflow", "channels_first"),
]


def numbers(rng, *shape):
    return rng.normal(0, 0.5, shape)


def conv(version, ordering, name, filters, bias, size, stride, padding, **more):
    """Return a convolution as a version of Keras saves it; filters are (maps, channels, rows, columns)."""
    if version < "2":
        value = filters if ordering == "th" else filters.transpose(2, 3, 1, 0)
        config = {
            "nb_filter": len(filters),
            "nb_row": size[0],
            "nb_col": size[1],
            "subsample": list(stride),
            "border_mode": padding,
            "dim_ordering": ordering,
        }
        return layer("Convolution2D", name, {"W": value, "b": bias}, **config, **more)
    config = {
        "filters": len(filters),
        "kernel_size": list(size),
        "strides": list(stride),
        "padding": padding,
        "data_format": ordering,
    }
    arrays = {"kernel": filters.transpose(2, 3, 1, 0), "bias": bias}
    return layer("Conv2D", name, arrays, **config, **more)


@pytest.mark.parametrize(("version", "backend", "ordering"), VERSIONS)
@pytest.mark.parametrize(("size", "stride"), [((4, 3), (1, 1)), ((3, 3), (2, 2))])
def test_convolutions_pools_and_flattened_images(
    version, backend, ordering, size, stride, rng, tmp_path, probabilities
):
    is_first = ordering in ("th", "channels_first")
    first, second = numbers(rng, MAPS, 2, *size), numbers(rng, MAPS + 1, MAPS, 2, 2)
    b1, b2 = numbers(rng, MAPS), numbers(rng, MAPS + 1)
    image = rng.integers(0, 256, (2, SIDE, SIDE)).astype(np.uint8)

    # The oracle: where "same" puts its margins, by the definitions of Theano and of TensorFlow.
    out = -(-SIDE // stride[0])
    total = [max((out - 1) * s + k - SIDE, 0) for s, k in zip(stride, size, strict=True)]
    before = [k // 2 for k in size] if backend == "theano" else [n // 2 for n in total]
    flipped = backend == "theano"
    after = [max(n - b, 0) for n, b in zip(total, before, strict=True)]
    x = loops.convolution(image / 255, first, b1, flipped, before, after, stride)
    assert x.shape == (MAPS, out, out)
    x = loops.pool(loops.relu(x), 2, 2)
    x = np.tanh(loops.convolution(x, second, b2, flipped))
    order = x if is_first and version != "2.2.4" else x.transpose(1, 2, 0)
    weights, bias = numbers(rng, x.size, CLASSES), numbers(rng, CLASSES)
    expected = loops.softmax(loops.dense(order.ravel(), weights, bias))

    shape = [None, 2, SIDE, SIDE] if is_first else [None, SIDE, SIDE, 2]
    dense = {"W": weights, "b": bias} if version < "2" else {"kernel": weights, "bias": bias}
    flatten = {"data_format": ordering} if version == "2.2.4" else {}
    layers = [
        conv(
            *(version, ordering, "one", first, b1, size, stride, "same"),
            activation="relu",
            batch_input_shape=shape,
        ),
        layer("MaxPooling2D", "two", pool_size=[2, 2]),
        conv(version, ordering, "three", second, b2, (2, 2), (1, 1), "valid"),
        layer("Activation", "four", activation="tanh"),
        layer("Dropout", "five", rate=0.25),
        layer("Flatten", "six", **flatten),
        layer("Dense", "seven", dense, activation="softmax"),
    ]
    path = write(tmp_path / "a.h5", layers, version, backend)
    found, converted = probabilities(path, image[None])
    np.testing.assert_allclose(found[0], expected, rtol=0, atol=1e-5)
    where = "first" if is_first and version != "2.2.4" else "last"
    assert f"flattened images have channels {where}" in converted.notes
    assert [part.name for part in converted.network.model.layers][:2] == ["one", "two"]


def test_a_functional_model_that_is_a_chain(rng, tmp_path, probabilities):
    layers = perceptron(rng, layer("Dropout", "drop", p=0.5))
    image = rng.integers(0, 256, (1, 1, 4, 4)).astype(np.uint8)
    found, _ = probabilities(write(tmp_path / "a.h5", layers), image)
    chain = write(tmp_path / "b.h5", layers, model=chained(layers))
    np.testing.assert_array_equal(probabilities(chain, image)[0], found)
    # Of weights alone, in words.
    weights = write(tmp_path / "c.h5", layers, weights_only=True)
    np.testing.assert_array_equal(
        probabilities(weights, image, layers=["dense dropout", "dense"])[0], found
    )


@pytest.mark.parametrize("ordering", ["channels_first", "channels_last"])
def test_margins_means_and_batch_normalisation(ordering, rng, tmp_path, probabilities):
    """A network with numbers of a flattened image, which are in another order than ours."""
    is_first = ordering == "channels_first"
    filters = numbers(rng, MAPS, 1, 3, 3)
    norm = [np.abs(numbers(rng, MAPS)) + 0.1 for _ in range(4)]
    image = rng.integers(0, 256, (1, SIDE, SIDE)).astype(np.uint8)
    x = loops.convolution(image / 255, filters, None, True, (1, 2), (0, 1))
    x = loops.relu(loops.normalised(x, *norm, epsilon=1e-6))
    x = loops.pool(x, 3, 2, np.mean)
    flat = (x if is_first else x.transpose(1, 2, 0)).ravel()
    more = [np.abs(numbers(rng, flat.size)) + 0.1 for _ in range(4)]
    weights, bias = numbers(rng, flat.size, CLASSES), numbers(rng, CLASSES)
    flat = loops.normalised(flat, *more, epsilon=1e-3)
    expected = loops.softmax(loops.dense(flat, weights, bias))

    names = ("gamma", "beta", "moving_mean", "moving_variance")
    shape = [None, 1, SIDE, SIDE] if is_first else [None, SIDE, SIDE, 1]
    kernel = {"kernel": filters.transpose(2, 3, 1, 0)}
    layers = [
        layer("ZeroPadding2D", "pad", padding=[[1, 0], [2, 1]], batch_input_shape=shape),
        layer("Conv2D", "conv", kernel, data_format=ordering, padding="valid", strides=[1, 1]),
        layer(
            *("BatchNormalization", "norm", zip(names, norm, strict=True)),
            axis=1 if is_first else -1,
            epsilon=1e-6,
        ),
        layer("ReLU", "relu", max_value=None),
        layer("AveragePooling2D", "pool", pool_size=[3, 3], strides=[2, 2], padding="valid"),
        layer("Flatten", "flat"),
        layer("BatchNormalization", "norm2", zip(names, more, strict=True), axis=-1, epsilon=1e-3),
        layer("Dense", "dense", {"kernel": weights, "bias": bias}),
        layer("Activation", "end", activation="softmax"),
    ]
    found, _ = probabilities(write(tmp_path / "a.h5", layers), image[None])
    np.testing.assert_allclose(found[0], expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("ordering", ["channels_first", "channels_last"])
def test_margins_before_what_is_no_convolution(ordering, rng, tmp_path, probabilities):
    """A logistic function makes 0.5 of a margin, which a flattened image has in it."""
    is_first = ordering == "channels_first"
    filters, bias = numbers(rng, MAPS, 1, 3, 3), numbers(rng, MAPS)
    image = rng.integers(0, 256, (1, 6, 6)).astype(np.uint8)
    x = np.pad(loops.convolution(image / 255, filters, bias, True), ((0, 0), (1, 1), (1, 1)))
    x = np.pad(1 / (1 + np.exp(-x)), ((0, 0), (1, 1), (1, 1)))
    flat = (x if is_first else x.transpose(1, 2, 0)).ravel()
    weights, last = numbers(rng, flat.size, CLASSES), numbers(rng, CLASSES)
    expected = loops.softmax(loops.dense(flat, weights, last))
    layers = [
        conv(
            *("2.0.8", ordering, "conv", filters, bias, (3, 3), (1, 1), "valid"),
            batch_input_shape=[None, 1, 6, 6] if is_first else [None, 6, 6, 1],
        ),
        layer("ZeroPadding2D", "pad", padding=[1, 1]),
        layer("Activation", "logistic", activation="sigmoid"),
        layer("ZeroPadding2D", "more", padding=[1, 1]),
        layer("Flatten", "flat"),
        layer("Dense", "end", {"kernel": weights, "bias": last}, activation="softmax"),
    ]
    found, _ = probabilities(write(tmp_path / "a.h5", layers, "2.0.8"), image[None])
    np.testing.assert_allclose(found[0], expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "config", "function"),
    [
        ("LeakyReLU", {"alpha": 0.3}, lambda x: np.where(x > 0, x, 0.3 * x)),
        ("LeakyReLU", {"alpha": 0.01}, lambda x: np.where(x > 0, x, 0.01 * x)),
        ("ELU", {"alpha": 1.0}, lambda x: np.where(x > 0, x, np.expm1(x))),
        ("Activation", {"activation": "sigmoid"}, lambda x: 1 / (1 + np.exp(-x))),
    ],
)
def test_vectors_and_one_output(kind, config, function, rng, tmp_path, probabilities):
    """A perceptron of two classes, with one logistic unit."""
    w1, b1, w2, b2 = (numbers(rng, *shape) for shape in ((16, 6), (6,), (6, 1), (1,)))
    image = rng.integers(0, 256, (1, 4, 4)).astype(np.uint8)
    score = loops.dense(function(loops.dense(image.ravel() / 255, w1, b1)), w2, b2)[0]
    layers = [
        layer("Dense", "one", {"kernel": w1, "bias": b1}, batch_input_shape=[None, 16]),
        layer(kind, "two", **config),
        layer("Dense", "three", {"kernel": w2, "bias": b2}, activation="sigmoid"),
    ]
    found, converted = probabilities(write(tmp_path / "a.h5", layers), image[None])
    second = 1 / (1 + np.exp(-score))
    np.testing.assert_allclose(found[0], [1 - second, second], rtol=0, atol=1e-5)
    assert "its one output is made two classes, of which it is the second" in converted.notes


def perceptron(rng, *between, first=None, **last):
    inputs = {"batch_input_shape": [None, 16]} if first is None else first
    return [
        layer("Dense", "one", {"kernel": numbers(rng, 16, 6), "bias": numbers(rng, 6)}, **inputs),
        *between,
        layer("Dense", "end", {"kernel": numbers(rng, 6, 3), "bias": numbers(rng, 3)}, **last),
    ]


@pytest.mark.parametrize(
    ("between", "last", "message"),
    [
        (layer("PReLU", "p"), {}, r"its layer p \(PReLU\): lenet has no such layer"),
        (layer("LSTM\n", "x"), {}, r"its layer x \(LSTM\\n\): lenet has no such layer"),
        (layer("ELU", "e", alpha=2), {}, r"its layer e \(ELU\): its alpha is 2"),
        (layer("ReLU", "r", max_value=6), {}, "threshold or a highest value"),
        (
            layer("Activation", "a", activation="softplus"),
            {},
            "its activation is softplus, expected",
        ),
        (layer("Activation", "a"), {}, r"its layer a \(Activation\): no 'activation'"),
        (layer("MaxPooling2D", "m", pool_size=2), {}, "expected an image"),
        (layer("Dropout", "d", rate=1.5), {}, "rate 1.5, expected 0 to below 1"),
        (
            layer("Dropout", "d"),
            {"activation": "sigmoid"},
            "it ends with sigmoid, expected softmax",
        ),
        (layer("LeakyReLU", "l", alpha=float("nan")), {}, "leaky_relu:nan"),
    ],
)
def test_what_lenet_has_not_is_named(between, last, message, rng, tmp_path):
    path = write(tmp_path / "a.h5", perceptron(rng, between, **last))
    with pytest.raises(DataError, match=message):
        convert(read_model(path), Wishes())


@pytest.mark.parametrize(
    ("first", "message"),
    [
        ({}, "does not say which images it takes"),
        ({"batch_input_shape": [None, None]}, "images of any size"),
        ({"batch_input_shape": [None, 15]}, "15 numbers, which are no square image"),
        ({"batch_input_shape": [None, 4, 2, 2]}, "images of 4 x 2 pixels, expected square ones"),
        ({"batch_input_shape": [None, 4, 4, 1, 1]}, "takes inputs of the shape 4 x 4 x 1 x 1"),
        ({"batch_input_shape": [None, 9]}, "weights for 16 inputs, but its input has 9"),
        ({"batch_input_shape": [None, 10**12]}, "its input shape: 1000000000000, expected a whole"),
        ({"batch_input_shape": 5}, "its input shape is 5, expected a list"),
        ({"batch_input_shape": [None, [1]]}, r"its input shape: \[1\], expected a whole number"),
        ({"input_dim": [16]}, r"its input shape: \[16\], expected a whole number"),
        ({"input_shape": 16}, "does not say which images it takes"),
        (
            {"batch_input_shape": [None, 1, 1, 10**7]},
            "images of 10,000,000 channels, expected 10,000",
        ),
        (
            {"batch_input_shape": [None, 28, 28, 20000]},
            "images of 20,000 channels, expected 10,000",
        ),
        (
            {"batch_input_shape": [None, 9000, 9000, 3]},
            "3 x 9000 x 9000 numbers between two layers, expected 134,217,728 at most",
        ),
    ],
)
def test_images_that_lenet_does_not_take(first, message, rng, tmp_path):
    path = write(tmp_path / "a.h5", perceptron(rng, first=first))
    with pytest.raises(DataError, match=message):
        convert(read_model(path), Wishes())


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"strides": [0, 0], "padding": "same"}, "its strides: 0, expected a whole number of 1 to"),
        (
            {"strides": [float("inf"), 1]},
            "its strides: inf, expected a whole number of 1 to 10,000",
        ),
        ({"strides": [1.5, 1]}, "its strides: 1.5, expected a whole number"),
        ({"strides": [1, 1, 1]}, "too many values to unpack"),
        ({"dilation_rate": 10**400}, "its dilation_rate: 1"),
        ({"dilation_rate": "2"}, "its dilation_rate: 2, expected a whole number"),
    ],
)
def test_impossible_steps(config, message, rng, tmp_path):
    filters = {"kernel": numbers(rng, 3, 3, 1, 2)}
    layers = [layer("Conv2D", "one", filters, batch_input_shape=[None, 6, 6, 1], **config)]
    with pytest.raises(DataError, match=rf"its layer one \(Conv2D\): {message}"):
        convert(read_model(write(tmp_path / "a.h5", layers)), Wishes())


def test_a_small_file_takes_little_memory(rng, tmp_path):
    """The order of a large image that is flattened is made when weights fit it."""
    layers = [
        layer("Flatten", "flat", batch_input_shape=[None, 2500, 2500, 10]),
        layer("BatchNormalization", "norm", {}),
    ]
    path = write(tmp_path / "a.h5", layers)
    tracemalloc.start()
    with pytest.raises(DataError, match=r"its layer norm \(.*\): no arrays, expected running"):
        convert(read_model(path), Wishes())
    assert tracemalloc.get_traced_memory()[1] < 1 << 24
    tracemalloc.stop()


def test_numbers_that_are_not_finite_are_refused(rng, tmp_path):
    layers = perceptron(rng)
    layers[0]["arrays"]["kernel"][0, 0] = np.nan
    with pytest.raises(DataError, match=r"its layer one \(Dense\): W holds numbers that are not"):
        convert(read_model(write(tmp_path / "a.h5", layers)), Wishes())


@pytest.mark.parametrize("side", [1, 2])
def test_scores_that_are_a_flattened_image(side, rng, tmp_path, probabilities):
    """Those of one pixel have one order; the classes of more would change places."""
    filters, bias = numbers(rng, MAPS, 1, 3, 3), numbers(rng, MAPS)
    shape = [None, side + 2, side + 2, 1]
    arguments = ("2.2.4", "channels_last", "conv", filters, bias, (3, 3), (1, 1), "valid")
    layers = [
        conv(*arguments, batch_input_shape=shape),
        layer("Flatten", "flat"),
        layer("Activation", "end", activation="softmax"),
    ]
    path = write(tmp_path / "a.h5", layers)
    image = rng.integers(0, 256, (1, side + 2, side + 2)).astype(np.uint8)
    if side == 1:
        x = loops.convolution(image / 255, filters, bias, True)
        found, _ = probabilities(path, image[None])
        np.testing.assert_allclose(found[0], loops.softmax(x.ravel()), rtol=0, atol=1e-5)
        return
    with pytest.raises(DataError, match="its scores are an image flattened with channels last"):
        convert(read_model(path), Wishes())


@pytest.mark.parametrize(
    ("kind", "config"),
    [
        ("MaxPooling2D", {"pool_size": [2, 2], "data_format": "channels_last"}),
        ("MaxPooling2D", {"pool_size": [2, 2], "dim_ordering": "tf"}),
        ("GlobalAveragePooling2D", {"data_format": "channels_last"}),
        ("ZeroPadding2D", {"padding": [1, 1], "data_format": "channels_last"}),
    ],
)
def test_layers_must_agree_where_the_channels_are(kind, config, rng, tmp_path):
    """Of 26 maps of 26 x 26, no shape tells that a pooling takes the maps for columns."""
    filters = {"kernel": numbers(rng, 3, 3, 1, 26)}
    shape = [None, 1, 28, 28]
    layers = [
        layer("Conv2D", "one", filters, data_format="channels_first", batch_input_shape=shape),
        layer(kind, "two", **config),
    ]
    message = (
        rf": its layer two \({kind}\): its channels are elsewhere than those of the first layer"
    )
    with pytest.raises(DataError, match=message):
        convert(read_model(write(tmp_path / "a.h5", layers)), Wishes())


def test_sizes_of_margins():
    assert conv_pads("same", 28, 3, 2, theano=False) == (0, 1)
    assert conv_pads("same", 28, 3, 2, theano=True) == (1, 1)
    assert conv_pads("same", 28, 4, 1, theano=True) == (2, 1)
    assert conv_pads("full", 28, 4, 1, theano=True) == (3, 3)
    assert pool_pad("same", 28, 2, 2, theano=False) == 0
    assert pool_pad("same", 28, 3, 1, theano=True) == 1
    for side, window, stride, theano in ((27, 2, 2, False), (28, 2, 2, True)):
        with pytest.raises(ValueError, match="do not fit into"):
            pool_pad("same", side, window, stride, theano)
    assert margins(2) == ((2, 2), (2, 2))
    assert margins([1, 2]) == ((1, 1), (2, 2))
    assert margins([1, 2, 3, 4]) == ((1, 2), (3, 4))
    assert margins({"top_pad": 1, "right_pad": 2}) == ((1, 0), (0, 2))
    with pytest.raises(ValueError, match="its padding: -1, expected a whole number of 0 to 10,000"):
        margins(-1)
