"""Layers that a network takes from a trained one: which they are, and why others are not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytensor
import pytest

from lenet.data.dataset import Split
from lenet.errors import CheckpointError
from lenet.layers import Normalise
from lenet.runs.checkpoint import Checkpoint
from lenet.runs.transfer import pretrained_layers, source_of, take_layers, with_normalisation
from lenet.runs.writer import described_model
from lenet.training.build import build_network
from lenet.training.settings import Settings
from tests.toy_dataset import toy_dataset

SMALL = Settings(lwidth=(2, 3, 4, 5), batch_norm=True, normalize="zscore")


@pytest.fixture(autouse=True)
def single_precision():
    with pytensor.config.change_flags(floatX="float32"):
        yield


def network_of(settings=SMALL, dataset=None, seed=0, pretrained=()):
    """Return a network with numbers that are different in each seed, and its file's contents."""
    dataset = dataset or toy_dataset()
    network = build_network(dataset, settings, np.random.default_rng(seed), pretrained=pretrained)
    rng = np.random.default_rng(seed)
    for variable in (*network.model.params, *network.model.state):
        value = variable.get_value()
        if isinstance(value, np.ndarray):
            variable.set_value(rng.random(value.shape, np.float32))
    described = described_model(dataset, settings, network)
    return network, Checkpoint.of(network.model, described)


def arrays(network):
    values = {v.name: v.get_value() for v in (*network.model.params, *network.model.state)}
    return {name: value for name, value in values.items() if isinstance(value, np.ndarray)}


def taken_by(network, saved, names=tuple("0123456789")):
    return take_layers(network, names, saved, "old")


def test_all_that_fits_is_taken_bit_by_bit():
    before, saved = network_of(seed=1)
    network, _ = network_of(seed=2)
    found = taken_by(network, saved)
    assert found.left == {}
    layers = ["conv1", "conv1_norm", "conv2", "conv2_norm", "conv3", "conv3_norm", "fc", "fc_norm"]
    assert found.taken == (*layers, "output")
    assert found.lines == [f"{', '.join(found.taken)} of old"]
    for name, value in arrays(before).items():
        np.testing.assert_array_equal(arrays(network)[name], value)


def test_a_layer_of_another_shape_keeps_its_own_numbers_and_so_does_its_normalisation():
    before, saved = network_of(seed=1)
    network, _ = network_of(replace(SMALL, lwidth=(2, 3, 4, 6)), seed=2)
    own = arrays(network)
    found = taken_by(network, saved)
    assert found.left == {
        "W was (4, 5), is (4, 6)": ["fc"],
        "what it normalises is new": ["fc_norm"],
        "W was (5, 10), is (6, 10)": ["output"],
    }
    assert found.lines[1:] == [
        "new: fc (W was (4, 5), is (4, 6))",
        "new: fc_norm (what it normalises is new)",
        "new: output (W was (5, 10), is (6, 10))",
    ]
    for name, value in arrays(network).items():
        source = own if name.startswith(("fc", "output")) else arrays(before)
        np.testing.assert_array_equal(value, source[name])


def test_normalisation_of_a_new_layer_is_new_even_if_it_fits():
    """As of a convolution of gray images, for colours."""
    _, saved = network_of(seed=1)
    colours = toy_dataset()
    parts = (colours.train, colours.valid, colours.test)
    train, valid, test = (Split(np.repeat(p.images, 3, axis=1), p.labels) for p in parts)
    colours = replace(colours, train=train, valid=valid, test=test)
    network, _ = network_of(dataset=colours, seed=2)
    found = taken_by(network, saved)
    assert found.left == {
        "W was (2, 1, 5, 5), is (2, 3, 5, 5)": ["conv1"],
        "what it normalises is new": ["conv1_norm"],
    }


def test_layers_with_other_numbers_do_not_fit():
    _, saved = network_of(seed=1)
    network, _ = network_of(replace(SMALL, batch_norm=False), seed=2)
    found = taken_by(network, saved)
    assert found.taken == ("output",)
    assert found.left == {"has W b, there W": ["conv1", "conv2", "conv3", "fc"]}


@pytest.mark.parametrize(
    "names", [tuple("abcdefghij"), tuple("1023456789")], ids=["others", "another-order"]
)
def test_scores_of_other_classes_are_new(names):
    _, saved = network_of(seed=1)
    network, _ = network_of(seed=2)
    found = taken_by(network, saved, names)
    assert found.left == {"its classes are others": ["output"]}


def test_a_network_without_a_layer_in_common_is_refused_and_changes_nothing():
    _, saved = network_of(seed=1)
    network, _ = network_of(Settings(model="mlp", hidden=(3,)), seed=2)
    own = arrays(network)
    message = (
        r"--init_from old: none of its layers fits the network \(fc1: not in it; output: W was \(5, 10\), is "
        r"\(3, 10\)\); choose another"
    )
    with pytest.raises(CheckpointError, match=message):
        taken_by(network, saved)
    for name, value in arrays(network).items():
        np.testing.assert_array_equal(value, own[name])


def test_a_damaged_network_is_refused():
    _, saved = network_of(seed=1)
    network, _ = network_of(seed=2)
    saved.parameters["conv1_W"][0] = np.nan
    with pytest.raises(CheckpointError, match="conv1_W holds numbers that are not finite"):
        taken_by(network, saved)


def test_dropout_keeps_its_own_random_numbers():
    settings = replace(SMALL, dropout=0.5)
    _, saved = network_of(settings, seed=1)
    network, _ = network_of(settings, seed=2)
    (rng,) = (v for v in network.model.state if v.name == "drop1_rng")
    before = rng.get_value().bit_generator.state
    assert taken_by(network, saved).left == {}
    assert rng.get_value().bit_generator.state == before


def test_images_are_normalised_as_before_unless_settings_say_how():
    _, saved = network_of()
    data = toy_dataset()
    asked = Settings(init_from=Path("old"))
    assert with_normalisation(asked, saved, data).normalize == "pretrained"
    own = replace(asked, normalize="minmax")
    assert with_normalisation(own, saved, data).normalize == "minmax"
    assert with_normalisation(Settings(), None, data).normalize == ""
    layer = pretrained_layers(saved)[0]
    assert isinstance(layer, Normalise)
    # Mean and deviation of the old images, by NumPy, whatever the new ones are.
    values = toy_dataset().train.images / 255
    np.testing.assert_allclose(layer.shift, values.mean(), rtol=1e-12)
    np.testing.assert_allclose(layer.scale, 1 / values.std(), rtol=1e-12)
    white = replace(data, train=Split(np.full_like(data.train.images, 255), data.train.labels))
    settings = Settings(lwidth=(2, 3, 4, 5), normalize="pretrained", init_from=Path("old"))
    network, _ = network_of(settings, white, pretrained=[layer])
    assert network.model.layers[0].shift == layer.shift


def test_a_network_of_bytes_from_0_to_1_has_no_layer_for_that():
    _, saved = network_of(replace(SMALL, normalize="unit"))
    assert not any(isinstance(layer, Normalise) for layer in pretrained_layers(saved))
    assert pretrained_layers(None) == []


def test_other_channels_have_numbers_of_their_own():
    _, saved = network_of()
    data = toy_dataset()
    colours = replace(data, train=Split(np.repeat(data.train.images, 3, axis=1), data.train.labels))
    assert with_normalisation(Settings(), saved, colours).normalize == ""
    asked = Settings(init_from="mnist", normalize="pretrained")
    message = "--normalize pretrained: .* takes images of 1 channels, and toy has 3; choose another"
    with pytest.raises(CheckpointError, match=message):
        with_normalisation(asked, saved, colours)


def test_a_training_that_goes_on_needs_its_own_numbers_only(tmp_path):
    _, saved = network_of()
    assert source_of("mnist").attributes["dataset"] == "mnist"
    assert source_of(tmp_path / "gone.h5", saved) is saved
    with pytest.raises(CheckpointError, match=r"gone.h5: No such file"):
        source_of(tmp_path / "gone.h5")
