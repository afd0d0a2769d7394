"""What earlier versions have saved is read, and gives what it gave then."""

import json
from pathlib import Path

import numpy as np
import pytensor
import pytest
from pytensor.compile.mode import Mode

from lenet.layers import CLASSES, Residual
from lenet.runs import checkpoint
from lenet.runs.kept_epochs import KeptEpochs
from lenet.runs.saved_model import SavedModel

FOLDER = Path(__file__).parent / "saved_files"
PROBABILITIES = json.loads((FOLDER / "probabilities.json").read_text())
# No C: four networks would be compiled, each for five images.
PYTHON = Mode(linker="py", optimizer="fast_compile")
NOT_FOR_IMAGES = {"Conv3d"}


EPOCHS = "epochs.h5"
# The largest probability of each of the five digits, after each epoch.
EPOCH_PROBABILITIES = (
    (0.1, 0.1, 0.1, 0.1, 0.1),
    (0.142055, 0.249162, 0.227398, 0.422653, 0.11841),
    (0.158024, 0.178931, 0.303427, 0.416031, 0.14858),
    (0.16329, 0.227827, 0.300252, 0.491352, 0.163926),
    (0.198772, 0.341167, 0.32904, 0.497509, 0.170532),
)


def test_each_file_has_its_probabilities():
    assert {path.name for path in FOLDER.glob("*.h5")} == PROBABILITIES.keys() | {EPOCHS}


@pytest.mark.parametrize("name", PROBABILITIES)
def test_a_file_gives_what_it_gave(name):
    with pytensor.config.change_flags(floatX="float32"):
        model = SavedModel.load(FOLDER / name, PYTHON)
        found = model.probabilities(np.load(FOLDER / "images.npy"))
    np.testing.assert_allclose(found, PROBABILITIES[name], atol=1e-5)


def test_the_first_version_named_widths_only():
    attributes = checkpoint.load(FOLDER / "lenet5.h5").attributes
    assert attributes["lwidth"] == [2, 2, 3, 4]
    assert "architecture" not in attributes


def test_a_run_goes_on_from_its_last_epoch():
    last = checkpoint.load(FOLDER / "last.h5")
    remembered = {f"{name}_{what}" for name in last.parameters for what in ("mean", "square")}
    assert last.groups["memory"].keys() == remembered | {"adam_steps"}
    assert last.groups["state"].keys() == {"drop1_rng"}
    rng = checkpoint.generator(last.attributes["batches_rng"], "last.h5")
    assert 0 <= rng.random() < 1
    assert last.attributes["epoch"] == 3


def test_the_epochs_of_a_run_are_those_of_its_network():
    kept = KeptEpochs.load(FOLDER / EPOCHS)
    assert kept.epochs == [0, 1, 2, 3, 4]
    with pytensor.config.change_flags(floatX="float32"):
        model = SavedModel.load(FOLDER / "model.h5", PYTHON)
        kept.check(model.network.model)
        for epoch in kept.epochs:
            kept.restore(epoch, model.network.model)
            found = model.probabilities(np.load(FOLDER / "images.npy"))
            np.testing.assert_allclose(found.max(axis=1), EPOCH_PROBABILITIES[epoch], atol=1e-5)


def test_each_class_of_layer_is_in_a_file():
    models = (SavedModel.load(FOLDER / name) for name in ("every_layer.h5", "normalised.h5"))
    layers = [layer for model in models for layer in model.network.model.layers]
    layers += [inner for layer in layers if isinstance(layer, Residual) for inner in layer.layers]
    assert {type(layer).__name__ for layer in layers} == CLASSES.keys() - NOT_FOR_IMAGES
