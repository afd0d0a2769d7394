"""What a model's file keeps of its validation images."""

import numpy as np
import pytest

from lenet.errors import CheckpointError, CommandError
from lenet.layers import FullyConnected
from lenet.models.network import network_of_layers
from lenet.runs import checkpoint
from lenet.runs.validation_fit import ValidationFit


def fitted(n=200, seed=0, **more):
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.ones(4), n)
    labels = np.array([rng.choice(4, p=shares) for shares in probabilities])
    return ValidationFit.of(labels, probabilities, probabilities.max(axis=1), **more)


@pytest.mark.parametrize("rubbish", [None, 17.5])
def test_a_file_keeps_it(tmp_path, rubbish):
    fit = fitted(rubbish_distance=rubbish)
    network = network_of_layers([FullyConnected(4)], (1, 2, 2), np.random.default_rng(0))
    checkpoint.save(tmp_path / "model.h5", network.model, **fit.attributes)
    found = ValidationFit.from_attributes(checkpoint.load(tmp_path / "model.h5").attributes)
    assert found.temperature == fit.temperature
    assert found.rubbish_distance == rubbish
    for ours, theirs in zip(found.curve, fit.curve, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert found.threshold_for(0.3) == fit.threshold_for(0.3)


def test_the_largest_there_may_be_is_kept(tmp_path):
    fit = fitted(n=30_000)
    network = network_of_layers([FullyConnected(4)], (1, 2, 2), np.random.default_rng(0))
    checkpoint.save(tmp_path / "model.h5", network.model, **fit.attributes)
    assert ValidationFit.from_attributes(checkpoint.load(tmp_path / "model.h5").attributes)


def test_a_file_of_an_earlier_version_has_none():
    assert ValidationFit.from_attributes({"class_names": ["a"]}) is None


def test_without_a_mistake_there_is_no_temperature():
    probabilities = np.eye(3) * 0.7 + 0.1
    fit = ValidationFit.of(np.arange(3), probabilities, probabilities.max(axis=1))
    assert fit.temperature is None
    assert "temperature" not in fit.attributes
    assert ValidationFit.from_attributes(fit.attributes).temperature is None


def test_a_share_that_cannot_be_is_named_with_the_least_that_can():
    right = np.array([False, True, True])
    probabilities = np.where(right[:, None], [[0.8, 0.2]], [[0.1, 0.9]])
    fit = ValidationFit.of(np.zeros(3, int), probabilities, np.array([0.9, 0.8, 0.8]))
    with pytest.raises(
        CommandError, match=r"--reject 0.1: of the 3 validation images.*0.3334 or more"
    ):
        fit.threshold_for(0.1)
    assert fit.threshold_for(0.3334) == 0.8


@pytest.mark.parametrize(
    "change",
    [
        {"temperature": 0.0},
        {"temperature": float("nan")},
        {"temperature": "hot"},
        {"temperature": [1.0, 2.0]},
        {"rubbish_distance": float("inf")},
        {"validation_images": "many"},
        {"validation_images": 3},
        {"reject_thresholds": []},
        {"reject_thresholds": [0.5]},
        {"reject_thresholds": "x"},
        {"reject_accepted": [0]},
        {"reject_wrong": [float("nan")]},
        {"reject_wrong": [[1, 2], [3, 4]]},
        {"reject_wrong": None},
    ],
    ids=str,
)
def test_what_is_no_such_thing_is_one_line(change):
    attributes = {**fitted().attributes, **change}
    with pytest.raises(CheckpointError, match="what it has of its validation images") as error:
        ValidationFit.from_attributes(attributes, "m.h5")
    assert "\n" not in str(error.value)


def test_what_lacks_a_part_is_one_line():
    attributes = fitted().attributes
    del attributes["reject_wrong"]
    with pytest.raises(CheckpointError, match="use another copy"):
        ValidationFit.from_attributes(attributes)
