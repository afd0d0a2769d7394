"""Flags that a file of a network stands for: they make its layers again."""

import json

import numpy as np
import pytest

from lenet.runs.network_flags import flags_left_open, image_flags, network_flags
from lenet.runs.writer import described_model
from lenet.training.build import build_network, layers_of
from lenet.training.settings import Settings
from tests.toy_dataset import toy_dataset

CASES = (
    {},
    {"lwidth": (2, 3, 4, 5), "activation": "tanh", "pooling": "avg"},
    {"batch_norm": True, "activation": "elu", "normalize": "zscore"},
    {"dropout": 0.3, "normalize": "minmax"},
    {"model": "mlp", "hidden": (7, 6)},
    {"model": "mlp", "hidden": (4,), "batch_norm": True, "activation": "relu", "dropout": 0.5},
    {"model": "logistic", "normalize": "zscore"},
    {"model": "lenet5-1998"},
    {"model": "lenet5-1998", "pooling": "avg", "connections": "full", "output": "softmax"},
    {"model": "lenet5-1998", "batch_norm": True, "activation": "tanh"},
    {"model": "lenet5-1998", "activation": "relu", "pooling": "max"},
)
# What takes no part in shapes, or in what a layer computes afterwards.
FREE = ("initialiser",)


def described(settings):
    """Return the attributes of the file of a network."""
    data = toy_dataset()
    network = build_network(data, settings, np.random.default_rng(0))
    return described_model(data, settings, network)


def as_json(settings):
    """Return the layers of settings as a file has them, but for what is free."""
    layers = [layer.describe() for layer in layers_of(settings, 10)]
    kept = [layer for layer in layers if layer["layer"] != "Dropout"]
    return [{k: v for k, v in layer.items() if k not in FREE} for layer in kept]


@pytest.mark.parametrize("given", CASES, ids=str)
def test_the_flags_make_the_same_layers(given):
    settings = Settings(**given)
    found = flags_left_open(described(settings), {}, dict.fromkeys(vars(settings)))
    assert as_json(Settings(**found)) == as_json(settings)


def test_names_are_of_the_flags():
    found = network_flags(described(Settings(lwidth=(2, 3, 4, 5))))
    assert found == {
        "model": "lenet",
        "lwidth": (2, 3, 4, 5),
        "batch_norm": False,
        "activation": "relu",
        "pooling": "max",
    }


def test_an_early_file_has_widths():
    assert network_flags({"lwidth": [2, 3, 4, 5]}) == {"model": "lenet", "lwidth": [2, 3, 4, 5]}


@pytest.mark.parametrize(
    "architecture",
    [
        "",
        "{",
        "[]",
        "[1]",
        "{}",
        "[{}]",
        '[{"layer": 3}]',
        '[{"layer": "Conv2d", "maps": 3}]',
        "[" * 10**5,
        json.dumps([{"layer": "BatchNorm"}]),
    ],
    ids=lambda text: text[:30],
)
def test_what_describes_no_layers_has_no_flags(architecture):
    attributes = {"model": "lenet", "architecture": architecture}
    assert network_flags(attributes) == {"model": "lenet"}


def test_what_is_chosen_stays():
    attributes = described(Settings(lwidth=(2, 3, 4, 5), activation="tanh"))
    defaults = {"lwidth": (16, 31, 64, 128), "activation": None, "pooling": None}
    defaults |= {"batch_norm": False, "model": None}
    given = {"lwidth": (9, 3, 4, 5), "batch_norm": False}
    found = flags_left_open(attributes, given, defaults)
    assert found == {"model": "lenet", "activation": "tanh", "pooling": "max", "batch_norm": False}
    assert flags_left_open(attributes, {"model": "mlp"}, defaults) == {}


@pytest.mark.parametrize(
    ("channels", "flags"), [(1, {"channels": 1}), (3, {"channels": 3}), (5, {})]
)
def test_images_have_the_shape_that_the_network_takes(channels, flags):
    assert image_flags({"size": 48, "channels": channels}) == {"image_size": 48, **flags}
