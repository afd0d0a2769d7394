"""ONNX models give what the network gives, layer by layer, in another program."""

import json
from dataclasses import dataclass

import numpy as np
import pytensor
import pytest

from lenet import layers as all_layers
from lenet.layers import (
    Activation,
    BatchNorm,
    Conv2d,
    ConvPool,
    Dropout,
    Flatten,
    FullyConnected,
    Layer,
    Residual,
    Sequential,
)
from lenet.models.lenet5_1998 import lenet5_1998
from lenet.models.network import network_of_layers
from tests.layers.every_layer import CASES, PYTHON, with_any_numbers

onnx = pytest.importorskip("onnx", reason="needs the package onnx, of lenet[export]")
onnxruntime = pytest.importorskip(
    "onnxruntime", reason="needs the package onnxruntime, of lenet[export]"
)

from lenet.export.onnx import convert, onnx_model  # noqa: E402


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
