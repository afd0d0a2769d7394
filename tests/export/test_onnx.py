"""ONNX models give what the network gives, layer by layer, in another program."""

import json
from dataclasses import dataclass

import numpy as np
import pytensor
import pytest
from pytensor.compile.mode import Mode

from lenet import layers as all_layers
from lenet.layers import (
    RBF,
    Activation,
    AvgPool,
    BatchNorm,
    Conv2d,
    Conv3d,
    ConvPool,
    Dropout,
    Flatten,
    FullyConnected,
    Layer,
    MaxPool,
    Normalise,
    Pad,
    Rescale,
    Residual,
    Sequential,
    Subsampling,
)
from lenet.layers.activations import ACTIVATIONS
from lenet.models.lenet5_1998 import lenet5_1998
from lenet.models.network import network_of_layers

onnx = pytest.importorskip("onnx", reason="needs the package onnx, of lenet[export]")
onnxruntime = pytest.importorskip(
    "onnxruntime", reason="needs the package onnxruntime, of lenet[export]"
)

from lenet.export.onnx import convert, onnx_model  # noqa: E402

# No C: each layer would be compiled for a second, to be used once.
PYTHON = Mode(linker="py", optimizer="fast_compile")
IMAGE, VOLUME = (4, 11, 9), (2, 5, 7, 6)
PARTIAL = [[1, 0, 1, 1], [0, 1, 0, 1], [1, 1, 1, 0]]

# Each with the shape of its input; all sizes, strides and margins differ between the axes.
CASES = {
    "convolution": (Conv2d(3, (3, 2), activation="tanh"), IMAGE),
    "strides and padding": (Conv2d(3, (3, 2), stride=(2, 3), padding=(1, 2)), IMAGE),
    "padding half": (Conv2d(3, (5, 3), padding="half", dilation=(1, 2), bias=False), IMAGE),
    "padding full": (Conv2d(3, (3, 2), padding="full"), IMAGE),
    "padding of pairs": (Conv2d(3, 3, padding=((1, 0), (0, 2))), IMAGE),
    "groups": (Conv2d(6, (3, 2), groups=2), IMAGE),
    "partial connections": (Conv2d(3, (3, 2), connections=PARTIAL), IMAGE),
    "volumes": (Conv3d(3, (2, 3, 2), stride=(1, 2, 1), padding=(1, 0, 2)), VOLUME),
    "convolution and maxima": (ConvPool(3, (3, 2), pool=(2, 3)), IMAGE),
    "convolution and means": (ConvPool(3, (3, 2), pooling="avg", bias=False), IMAGE),
    "convolution without pooling": (ConvPool(3, (3, 2), pool=1), IMAGE),
    "maxima": (MaxPool((3, 2), stride=(2, 1), padding=(1, 0)), IMAGE),
    "maxima of volumes": (MaxPool((2, 3, 2)), VOLUME),
    "means": (AvgPool((3, 2), stride=(2, 1), padding=(1, 1)), IMAGE),
    "means of volumes": (AvgPool((2, 3, 2), stride=1), VOLUME),
    "subsampling": (Subsampling((2, 3), activation="squash"), IMAGE),
    "units on an image": (FullyConnected(5, activation="sigmoid"), IMAGE),
    "units without bias": (FullyConnected(5, bias=False), (7,)),
    "flat": (Flatten(), IMAGE),
    "flat already": (Flatten(), (7,)),
    "normalised image": (BatchNorm(epsilon=0.01), IMAGE),
    "normalised vector": (BatchNorm(), (7,)),
    "normalised volume": (BatchNorm(), VOLUME),
    "dropout": (Dropout(0.3), IMAGE),
    "channels normalised": (Normalise([0.5, -0.25, 0.0, 1.0], [2.0, 0.5, 3.0, 1.0]), IMAGE),
    "rescaled": (Rescale(-0.1, 1.175), IMAGE),
    "padded": (Pad(14, value=-0.5), IMAGE),
    "padded by nothing": (Pad(11), (4, 11, 11)),
    "residual": (Residual([Conv2d(4, 3, padding="half"), BatchNorm(), Dropout()]), IMAGE),
    "residual, adapted": (
        Residual([Conv2d(6, 3, padding="half", stride=2)], activation="elu"),
        IMAGE,
    ),
    "residual, of units": (Residual([FullyConnected(5), FullyConnected(3)]), IMAGE),
    "distances": (RBF([[1.0, -1, 1, -1, 1, 1, -1], [0.5] * 7]), (7,)),
    **{f"activation {name}": (Activation(name), IMAGE) for name in ACTIVATIONS},
}


def with_any_numbers(network, rng):
    """Give all parameters and averages numbers of their own, so that none is forgotten unseen."""
    for shared in [*network.params, *network.state]:
        now = shared.get_value()
        if isinstance(now, np.ndarray):
            spread = 0.5 * rng.standard_normal(now.shape)
            if shared.name.endswith("variance"):
                spread = np.abs(spread) + 0.1
            shared.set_value((now + spread).astype(now.dtype))


def run(content, images, output="logits"):
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    (found,) = session.run([output], {"images": images})
    return found


@pytest.mark.parametrize("name", CASES)
def test_each_layer_gives_what_it_gives_here(name):
    layer, shape = CASES[name]
    rng = np.random.default_rng(5)
    with pytensor.config.change_flags(floatX="float64"):
        network = Sequential([layer], shape, rng)
        with_any_numbers(network, rng)
        images = rng.integers(0, 256, (3, *shape), dtype=np.uint8)
        scaled = pytensor.tensor.tensor("scaled", dtype="float64", shape=(None, *shape))
        outputs, _ = network.apply(scaled, training=False)
        (expected,) = outputs.values()
        ours = expected.eval({scaled: images / 255}, mode=PYTHON)
    found = run(onnx_model(network, {}), images)
    assert found.shape == ours.shape
    np.testing.assert_allclose(found, ours, rtol=1e-5, atol=1e-5)


def test_no_class_of_layer_is_forgotten():
    tried = {type(layer) for layer, _ in CASES.values()}
    assert tried == set(all_layers.CLASSES.values())


@pytest.mark.parametrize(
    "layers",
    [
        lenet5_1998(3),
        [
            *(ConvPool(3, 5), BatchNorm(), Activation("leaky_relu")),
            *(Residual([Conv2d(3, 3, padding="half")]), Dropout(), FullyConnected(3)),
        ],
    ],
    ids=["lenet5-1998", "others"],
)
def test_whole_networks_give_logits_and_probabilities(layers):
    rng = np.random.default_rng(6)
    with pytensor.config.change_flags(floatX="float64"):
        network = network_of_layers(layers, (1, 28, 28), rng)
        images = rng.integers(0, 256, (2, 1, 28, 28), dtype=np.uint8)
        model = network.model
        classify = pytensor.function(
            [network.images], [model.scores, model.p_y_given_x], mode=PYTHON
        )
        logits, probabilities = classify(images)
    content = onnx_model(model.network, {})
    np.testing.assert_allclose(run(content, images), logits, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(run(content, images, "probabilities"), probabilities, atol=1e-5)


@pytest.fixture(scope="module")
def small():
    network = Sequential([Flatten(), FullyConnected(3)], (1, 4, 5), np.random.default_rng(7))
    return onnx_model(network, {"class_names": json.dumps(["eins", "zwölf", "drei"])})


@pytest.mark.parametrize("n", [0, 1, 5])
def test_a_batch_has_any_size(small, n):
    images = np.full((n, 1, 4, 5), 200, np.uint8)
    assert run(small, images).shape == (n, 3)


def test_what_comes_in_and_out_is_said(small):
    session = onnxruntime.InferenceSession(small, providers=["CPUExecutionProvider"])
    (images,) = session.get_inputs()
    assert (images.name, images.type, images.shape) == (
        "images",
        "tensor(uint8)",
        ["batch", 1, 4, 5],
    )
    outputs = [(output.name, output.type, output.shape) for output in session.get_outputs()]
    assert outputs == [
        (name, "tensor(float)", ["batch", 3]) for name in ("logits", "probabilities")
    ]
    properties = session.get_modelmeta().custom_metadata_map
    assert json.loads(properties["class_names"])[1] == "zwölf"


def test_a_layer_of_ones_own_is_refused_by_its_name():
    @dataclass
    class Mirror(Layer):
        kind = "mirror"

    network = Sequential([Mirror()], (3,), np.random.default_rng(8))
    with pytest.raises(ValueError, match="layer mirror1: Mirror has no form in ONNX"):
        onnx_model(network, {})
    assert convert.dispatch(Mirror) is convert.dispatch(Layer)
