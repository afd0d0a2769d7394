import json
from dataclasses import fields, replace

import numpy as np
import pytest

from lenet import layers
from lenet.layers import CLASSES, described
from lenet.layers.activations import ACTIVATIONS

EXAMPLES = [
    layers.RBF([[1.0, -1.0], [0.5, 2.0]], name="output"),
    layers.Activation("elu"),
    layers.AvgPool((2, 3), stride=1, padding=(1, 0)),
    layers.BatchNorm(momentum=0.5, epsilon=0.01),
    layers.Conv2d(4, (3, 2), stride=2, padding="half", groups=2, bias=False, name="C1"),
    layers.Conv2d(2, 3, connections=[[1, 0], [1, 1]], activation="squash", initialiser="he"),
    layers.Conv3d(2, 3, dilation=(1, 2, 1), padding=1),
    layers.ConvPool(5, 3, pool=(1, 2), pooling="avg"),
    layers.Dropout(0.25),
    layers.Flatten(name="flat"),
    layers.FullyConnected(7, bias=False, activation="tanh", initialiser="normal:0.1"),
    layers.MaxPool(3, stride=2),
    layers.Normalise([0.5, 0.25], [2.0, 4.0]),
    layers.Pad(32, value=-0.1),
    layers.Rescale(-0.1, 1.175),
    layers.Residual([layers.Conv2d(2, 3), layers.BatchNorm()], activation="elu"),
    layers.Subsampling((2, 1), activation="squash"),
]


def test_there_is_an_example_of_each_class():
    assert {type(example).__name__ for example in EXAMPLES} == set(CLASSES)
    assert set(CLASSES) == set(layers.__all__) - {"Layer", "Sequential", "described", "normalised"}


@pytest.mark.parametrize("layer", EXAMPLES, ids=lambda layer: type(layer).__name__)
def test_a_layer_comes_back_from_its_description_in_json(layer):
    text = json.dumps(layer.describe(), allow_nan=False)
    again = described(json.loads(text))
    assert type(again) is type(layer)
    # Once more, as JSON makes lists of tuples: descriptions are equal, and so is each argument.
    assert json.dumps(again.describe()) == text
    for field in fields(layer):
        mine, theirs = (np.asarray(getattr(one, field.name)) for one in (layer, again))
        if field.name != "layers":
            np.testing.assert_array_equal(mine, theirs)


def test_a_description_tells_all_arguments_and_survives_initialisation():
    layer = layers.Conv2d(2, 3)
    before = layer.describe()
    layer.initialise(np.random.default_rng(0), (1, 5, 5), "conv1")
    assert layer.describe() == {**before, "name": "conv1"}
    assert before.keys() == {"layer", *(field.name for field in fields(layer))}
    assert replace(layer, name="") == layers.Conv2d(2, 3)


@pytest.mark.parametrize(
    ("description", "message"),
    [
        ({}, "layer None, expected one of Activation, AvgPool"),
        ({"layer": "Swish"}, "layer 'Swish', expected one of"),
        ({"layer": "Layer"}, "layer 'Layer', expected one of"),
        ({"layer": "Convolution", "maps": 3}, "layer 'Convolution', expected one of"),
        ({"layer": ["Conv2d"]}, r"layer \['Conv2d'\], expected one of"),
        ({"layer": "Conv2d"}, "layer Conv2d: .*missing .*'maps'"),
        ({"layer": "Conv2d", "maps": 1, "depth": 2}, "layer Conv2d: .*unexpected .*'depth'"),
        ({"layer": "Residual", "layers": 5}, "layer Residual: layers 5, expected a list"),
        ({"layer": "Residual", "layers": ["Flat"]}, "layer 'Flat', expected a dictionary"),
        ("Conv2d", "layer 'Conv2d', expected a dictionary"),
        (5, "layer 5, expected a dictionary"),
    ],
    ids=str,
)
def test_a_description_of_no_layer_is_refused_in_one_line(description, message):
    with pytest.raises(ValueError, match=f"^{message}") as error:
        described(description)
    assert "\n" not in str(error.value)


def test_an_activation_function_is_described_by_its_name():
    layer = layers.FullyConnected(2, activation=ACTIVATIONS["tanh"])
    assert layer.describe() == layers.FullyConnected(2, activation="tanh").describe()


def test_an_activation_function_without_a_name_cannot_be_described():
    layer = layers.FullyConnected(2, activation=lambda x: x**3)
    with pytest.raises(
        ValueError, match=r"has no name that a file could keep: expected one of relu"
    ):
        layer.describe()
