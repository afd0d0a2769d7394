import dataclasses

import numpy as np
import pytest

from lenet.data.dataset import Split
from lenet.layers import Normalise
from lenet.training.build import build_network, refuse_image_size
from tests.layers.applying import PYTHON
from tests.toy_dataset import toy_dataset
from tests.toy_settings import toy_settings


def test_images_too_small_for_lenet_are_refused_with_the_smallest_size():
    data = toy_dataset()
    small = dataclasses.replace(data, train=Split(np.zeros((4, 1, 23, 23)), np.zeros(4)))
    with pytest.raises(ValueError, match=r"23x23 pixels are too small .* at least 24x24"):
        build_network(small, toy_settings(), np.random.default_rng(0))
    assert build_network(data, toy_settings(), np.random.default_rng(0)).model.layers


def test_images_too_large_for_the_paper_are_refused_with_the_largest_size():
    with pytest.raises(ValueError, match=r"33x33 pixels are too large .* takes 32x32 at most"):
        refuse_image_size(33, toy_settings(model="lenet5-1998"))
    refuse_image_size(32, toy_settings(model="lenet5-1998"))
    refuse_image_size(1, toy_settings(model="mlp"))


@pytest.mark.parametrize(
    ("normalize", "of_dataset", "expected"),
    [
        ("", "unit", False),
        ("", "zscore", True),
        ("unit", "zscore", False),
        ("minmax", "unit", True),
    ],
    ids=["neither", "data set", "settings against it", "settings"],
)
def test_a_network_begins_as_settings_or_else_the_data_set_say(normalize, of_dataset, expected):
    data = dataclasses.replace(toy_dataset(), normalize=of_dataset)
    settings = toy_settings(model="logistic", normalize=normalize)
    first = build_network(data, settings, np.random.default_rng(0)).model.layers[0]
    assert isinstance(first, Normalise) == expected


def test_normalisation_knows_the_training_images_alone():
    data = toy_dataset()
    others = dataclasses.replace(data, valid=data.train, test=data.train)
    settings = toy_settings(model="logistic", normalize="zscore")
    found = [
        build_network(one, settings, np.random.default_rng(0)).model.layers[0]
        for one in (data, others)
    ]
    assert found[0] == found[1]
    assert found[0].shift == [pytest.approx(data.train.images.mean() / 255)]


def test_balanced_weights_are_those_of_the_training_labels():
    data = toy_dataset(train=15)  # classes 0 to 4 have two images, the others one
    step = {}
    for weights in ("", "balanced"):
        settings = toy_settings(model="logistic", class_weights=weights)
        network = build_network(data, settings, np.random.default_rng(0))
        inputs = {network.images: data.valid.images, network.labels: data.valid.labels}
        step[weights] = float(network.model.cost.eval(inputs, mode=PYTHON))
    # Before any step all classes have the same probability; the valid images are of classes 0 to 4.
    assert step["balanced"] == pytest.approx(15 / (10 * 2) * step[""], rel=1e-5)
