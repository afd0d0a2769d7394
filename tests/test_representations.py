"""Whatever is public says what it is, in a few lines."""

import inspect

import numpy as np
import pytest

import lenet
from lenet import layers
from lenet.augment import Augmentation, Flip
from lenet.layers.base import Layer
from lenet.models.network import network_of_layers
from lenet.runs.saved_model import SavedModel

DIGITS = lenet.load_digits()
NETWORK = network_of_layers([layers.FullyConnected(10)], (1, 28, 28), np.random.default_rng(0))
MODEL = SavedModel("a/model.h5", tuple("abc"), 1, 28, "x\n", 3, {"test": 0.0123}, {}, NETWORK, None)
EXPECTED = {
    "Augmentation": (Augmentation((Flip("h"),)), "Augmentation(transforms=(Flip("),
    "Classifier": (NETWORK.model, "layer  output  parameters\n"),
    "Dataset": (
        DIGITS,
        "<Dataset digits: 1,204 training images, 297 validation images, 296 test images of 1 x 28 x 28, "
        "10 classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9>",
    ),
    "LenetClassifier": (lenet.LenetClassifier(lr=0.2), "LenetClassifier(lr=0.2)"),
    "Network": (NETWORK, "<Network for images of 1 x 28 x 28>\nlayer  "),
    "SavedModel": (
        MODEL,
        "<SavedModel a/model.h5: 1 x 28 x 28 images, trained on x\\n, test error 1.23 %; classes a, b, c>",
    ),
    "Split": (DIGITS.test, "<Split: 296 images of 1 x 28 x 28>"),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_it_says_what_it_is(name):
    thing, beginning = EXPECTED[name]
    assert type(thing).__name__ == name
    assert repr(thing).startswith(beginning)
    assert " object at 0x" not in repr(thing)
    assert len(repr(thing)) < 1000


def test_nothing_public_is_left_out():
    public = {name for name in lenet.__all__ if inspect.isclass(getattr(lenet, name))}
    assert public <= set(EXPECTED)


def test_every_layer_says_how_to_make_it():
    for name in layers.__all__:
        made = getattr(layers, name)
        if inspect.isclass(made) and issubclass(made, Layer) and made is not Layer:
            assert "__repr__" in made.__dict__, f"{name} has no repr of its own"


def test_a_data_set_is_a_table_in_notebooks():
    page = DIGITS._repr_html_()
    assert "<th>digits</th><th>training</th>" in page
    assert "<tr><td>total</td><td>1,204</td><td>297</td><td>296</td></tr>" in page
