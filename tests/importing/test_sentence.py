"""Files of weights, whose network is said in words."""

import io

import numpy as np
import pytest

from lenet.errors import DataError
from lenet.importing.conversion import Wishes, convert
from lenet.importing.reader import read_model
from lenet.importing.words import Word, parse
from tests.importing import loops

LASAGNE = [(3, 1, 3, 3), (3,), (12, 5), (5,)]  # of images of 6 x 6


@pytest.fixture
def write(tmp_path):
    def savez(arrays):
        buffer = io.BytesIO()
        np.savez(buffer, *arrays)
        path = tmp_path / "a.npz"
        path.write_bytes(buffer.getvalue())
        return path

    return savez


def test_words():
    assert parse(["conv:same/2 relu", "pool:3/2", "leaky_relu:0.3"]) == [
        Word("conv", "same", 2),
        Word("relu", "", None),
        Word("pool", "3", 2),
        Word("leaky_relu", "0.3", None),
    ]
    assert [word.text for word in parse(["conv:1/2 pool dense"])] == ["conv:1/2", "pool", "dense"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("conf", "did you mean conv"),
        ("lstm", "expected one of conv, pool"),
        ("conv:big", "expected conv:PADDING/STRIDE, with valid, same, full"),
        ("conv:1/0", "did you mean|expected one of"),
        ("pool:0", "expected pool:WINDOW/STRIDE"),
        ("dense:3", "expected dense"),
        ("relu:3", "expected relu"),
        ("dropout:x", "expected dropout:SHARE, such as dropout:0.3"),
        ("conv\x1b[1m", r"conv\\x1b\[1m"),
    ],
)
def test_other_words_are_refused(text, message):
    with pytest.raises(ValueError, match=message):
        parse([text])


def test_convolution_pooling_and_order_of_lasagne(rng, write, probabilities):
    filters, b, weights, bias = (rng.normal(0, 0.5, shape) for shape in LASAGNE)
    image = rng.integers(0, 256, (1, 6, 6)).astype(np.uint8)
    for flipped in (True, False):
        x = loops.pool(loops.convolution(image / 255, filters, b, flipped), 2, 2)
        expected = loops.softmax(loops.dense(np.tanh(x).ravel(), weights, bias))
        wishes = {"layers": ["conv tanh pool", "dense softmax"], "image_size": 6}
        filters_are = "convolution" if flipped else "correlation"
        for arrays in ([filters, b, weights, bias], [weights, bias, filters, b]):
            found, converted = probabilities(
                write(arrays), image[None], **wishes, filters=filters_are
            )
            np.testing.assert_allclose(found[0], expected, rtol=0, atol=1e-5)
            said = "the arrays begin with the last layer, as in Theano's tutorials"
            assert (said in converted.notes) == (arrays[0] is weights)
    sizes = convert(read_model(write([filters, b, weights, bias])), Wishes(wishes["layers"]))
    assert sizes.image_shape == (1, 6, 6)
    assert "images of 6 x 6 are taken, and 7 would fit too (--image_size)" in sizes.notes


@pytest.mark.parametrize("has_bias", [False, True])
def test_batch_normalisation_of_lasagne(has_bias, rng, write, probabilities):
    """Its arrays are beta, gamma, mean and 1 / sqrt(variance + epsilon)."""
    filters, weights, bias = (rng.normal(0, 0.5, s) for s in ((3, 3, 3, 3), (48, 5), (5,)))
    b = rng.normal(size=3) if has_bias else None
    beta, gamma, mean, variance = (np.abs(rng.normal(size=3)) + 0.1 for _ in range(4))
    image = rng.integers(0, 256, (3, 6, 6)).astype(np.uint8)
    x = loops.convolution(image / 255, filters, b, flipped=True)
    x = loops.relu(loops.normalised(x, gamma, beta, mean, variance, 1e-4))
    expected = loops.softmax(loops.dense(x.ravel(), weights, bias))
    biases = [b] if has_bias else []
    norm = [beta, gamma, mean, 1 / np.sqrt(variance + 1e-4)]
    path = write([filters, *biases, *norm, weights, bias])
    found, _ = probabilities(path, image[None], layers=["conv bn relu dense"])
    np.testing.assert_allclose(found[0], expected, rtol=0, atol=1e-5)


def test_scaling_of_images(rng, write, probabilities):
    weights, bias = rng.normal(0, 0.1, (27, 4)), rng.normal(size=4)
    image = rng.integers(0, 256, (3, 3, 3)).astype(np.uint8)
    mean, std = np.array([10.0, 20, 30]), np.array([50.0, 60, 70])
    scaled = (image - mean[:, None, None]) / std[:, None, None]
    expected = loops.softmax(loops.dense(scaled.ravel(), weights, bias))
    found, converted = probabilities(
        write([weights, bias]), image[None], input_range=(0.0, 255.0), mean=mean, std=std
    )
    np.testing.assert_allclose(found[0], expected, rtol=0, atol=1e-5)
    assert "one layer of weights is taken for logistic regression" in converted.notes


SIZED = {"image_size": 6}


@pytest.mark.parametrize(
    ("shapes", "layers", "more", "message"),
    [
        (LASAGNE, "", {}, "weights, but not the network .* such as --layers conv relu"),
        (LASAGNE, "dense dense", {}, "--layers has dense dense, and the file conv dense"),
        (LASAGNE, "relu", {}, "--layers has no weights, and the file conv dense"),
        ([*LASAGNE[:2], (13, 5)], "conv dense", {}, "no square image makes 13 numbers before"),
        (LASAGNE, "conv dense", SIZED, "--layers dense, word 2: weights for 12 inputs, but .* 48"),
        (LASAGNE, "conv bn pool dense", SIZED, "1 arrays of one axis, expected the four of batch"),
        (LASAGNE, "conv pool dense sigmoid", SIZED, "it ends with sigmoid, expected softmax"),
        (
            LASAGNE,
            "conv pool:9 dense",
            SIZED,
            "--layers pool:9, word 2: .* too small for a pooling",
        ),
        (LASAGNE[:2], "conv", {}, "expected --image_size"),
        (LASAGNE[:2], "conv", SIZED, "its output has the shape"),
        ([(3,)], "dense", {}, "the array arr_0 has 1 axes, expected weights of 2 or 4"),
        ([(2, 2, 2)], "dense", {}, "the array arr_0 has 3 axes"),
        ([*LASAGNE, (5,)], "conv pool dense", SIZED, "2 arrays are left over, arr_3, arr_4; batch"),
        ([(4, 3), (3,)], "dense", {"image_size": 10**4}, "weights for 4 inputs"),
    ],
)
def test_what_does_not_fit_is_said(shapes, layers, more, message, rng, write):
    path = write([rng.normal(size=shape) for shape in shapes])
    with pytest.raises(DataError, match=message):
        convert(read_model(path), Wishes([layers] if layers else (), **more))


@pytest.mark.parametrize("data_format", ["channels_first", "channels_last"])
def test_normalisation_of_maps_after_they_are_flattened(data_format, rng, write):
    shapes = [(3, 1, 3, 3), *[(3,)] * 4, (48, 5), (5,)]
    path = write([np.abs(rng.normal(size=shape)) for shape in shapes])
    words = ["conv relu flatten bn dense"]
    message = r"--layers bn, word 4: beta of shape \(3,\), expected \(48,\)"
    with pytest.raises(DataError, match=message):
        convert(read_model(path), Wishes(words, data_format=data_format, image_size=6))


@pytest.mark.parametrize(
    ("channels", "data_format", "note"),
    [
        (3, "", "flattened images have channels first (--data_format, if not)"),
        (3, "channels_last", "flattened images have channels last"),
        (1, "", ""),
    ],
)
def test_the_order_of_a_flattened_image_is_told(channels, data_format, note, rng, write):
    """Of one channel, there is one order only."""
    path = write([rng.normal(size=shape) for shape in ((channels * 16, 5), (5,))])
    notes = convert(read_model(path), Wishes(data_format=data_format, image_size=4)).notes
    assert [each for each in notes if each.startswith("flattened")] == ([note] if note else [])


def test_a_file_of_keras_without_weights(tmp_path):
    from tests.importing import keras_files

    path = tmp_path / "a.h5"
    keras_files.write(path, [keras_files.layer("Dropout", "a")], weights_only=True)
    with pytest.raises(DataError, match="no weights, expected those of one layer or more"):
        convert(read_model(path), Wishes(["relu"], image_size=28))


def test_the_proposal_fits(rng, write):
    """What is proposed for LeNet's shapes is LeNet, and is taken."""
    shapes = [(6, 1, 5, 5), (6,), (16, 6, 5, 5), (16,), (256, 20), (20,), (20, 10), (10,)]
    contents = read_model(write([rng.normal(size=shape) for shape in shapes]))
    with pytest.raises(DataError) as caught:
        convert(contents, Wishes())
    words = str(caught.value).partition("--layers ")[2]
    assert words == "conv relu pool:2 conv relu pool:2 dense relu dense"
    assert convert(contents, Wishes([words])).image_shape == (1, 28, 28)
