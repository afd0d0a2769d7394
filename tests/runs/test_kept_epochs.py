"""The file of the epochs of a run: what is in it, and what it is refused for."""

import h5py
import numpy as np
import pytest

from lenet.errors import CheckpointError
from lenet.layers import BatchNorm, Dropout, Flatten, FullyConnected
from lenet.layers.convolution import Convolution
from lenet.models.network import network_of_layers
from lenet.runs.kept_epochs import KeptEpochs
from tests.model_files import edited

LAYERS = [Convolution(3, 3), BatchNorm(), Flatten(), Dropout(0.5), FullyConnected(4)]


def model_of(seed, layers=LAYERS):
    """Return a small network whose every number is another."""
    model = network_of_layers(layers, (1, 6, 6), np.random.default_rng(seed)).model
    rng = np.random.default_rng(seed)
    for variable in (*model.params, *model.state):
        now = variable.get_value()
        if isinstance(now, np.ndarray):
            variable.set_value(rng.uniform(0.5, 2, now.shape).astype(now.dtype))
    return model


@pytest.fixture
def path(tmp_path):
    """A file of three epochs."""
    path = tmp_path / "epochs.h5"
    kept = KeptEpochs.begun(path, model_of(0), 0)
    for epoch in (1, 2):
        kept.keep(epoch, model_of(epoch), 1)
    return path


def test_the_weights_come_back_but_for_their_eighth_bit(path):
    kept = KeptEpochs.load(path)
    assert kept.epochs == [0, 1, 2]
    for epoch in kept.epochs:
        expected, found = model_of(epoch), model_of(7)
        kept.restore(epoch, found)
        for before, after in zip(
            (*expected.params, *expected.state), (*found.params, *found.state), strict=True
        ):
            if not isinstance(before.get_value(), np.ndarray):
                continue  # a random generator
            limit = 2 / 254 if before.get_value().ndim > 1 else 0
            np.testing.assert_allclose(after.get_value(), before.get_value(), atol=limit, rtol=1e-7)


def test_any_reader_of_hdf5_finds_the_weights(path):
    """As docs/checkpoints.md says."""
    with h5py.File(path) as file:
        assert file.attrs["epochs"].tolist() == [0, 1, 2]
        W = file["fc1_W"][1] * file["scale/fc1_W"][1]
        kernels = file["conv1_W"][1] * file["scale/conv1_W"][1].reshape(-1, 1, 1, 1)
        assert file["fc1_b"].dtype == np.float32
    by_name = {param.name: param.get_value() for param in model_of(1).params}
    np.testing.assert_allclose(W, by_name["fc1_W"], atol=2 / 254)
    np.testing.assert_allclose(kernels, by_name["conv1_W"], atol=2 / 254)


def test_a_run_goes_on_from_the_epoch_before_what_was_written_last(path):
    kept = KeptEpochs.begun(path, model_of(5), 1)
    assert kept.epochs == [0, 1]
    kept.keep(2, model_of(6), 1)
    assert KeptEpochs.load(path).epochs == [0, 1, 2]
    assert KeptEpochs.begun(path, model_of(0), 0).epochs == [0]  # a run that begins anew


def test_a_run_that_keeps_epochs_from_now_on_begins_with_what_it_has(tmp_path):
    kept = KeptEpochs.begun(tmp_path / "epochs.h5", model_of(5), 3)
    kept.keep(4, model_of(6), 4)
    assert KeptEpochs.load(kept.path).epochs == [3, 4]


def test_a_large_training_has_twelve_epochs_in_its_file(tmp_path):
    kept = KeptEpochs.begun(tmp_path / "epochs.h5", model_of(0), 0)
    model = model_of(1)
    for epoch in range(1, 40):
        kept.keep(epoch, model, 17 if epoch >= 17 else epoch)
    assert len(kept.epochs) == 12
    assert {0, 1, 17, 39} <= set(kept.epochs)


def change(name, value):
    def do(file):
        del file[name]
        file[name] = value

    return do


HOSTILE = {
    "format": (lambda file: file.attrs.modify("format", "lenet model"), "not the epochs of a run"),
    "no epochs": (lambda file: file.attrs.pop("epochs"), "'epochs' is no list"),
    "falling": (lambda file: file.attrs.modify("epochs", [2, 1, 0]), "'epochs' is no list"),
    "fractions": (lambda file: file.attrs.create("epochs", [0.0, 1.0, 2.0]), "'epochs' is no list"),
    "negative": (lambda file: file.attrs.modify("epochs", [-1, 0, 1]), "'epochs' is no list"),
    "one more": (lambda file: file.attrs.create("epochs", [0, 1, 2, 3]), "not of the 4 epochs"),
    "no scale": (lambda file: file.pop("scale/fc1_W"), "'fc1_W' has no scale"),
    "no scales": (lambda file: file.pop("scale"), "has no scale"),
    "a scale too many": (
        lambda file: file.create_dataset("scale/fc1_b", data=np.ones((3, 4), np.float32)),
        "'fc1_b' has no scale",
    ),
    "scales of others": (
        change("scale/fc1_W", np.ones((3, 5), np.float32)),
        "'fc1_W' has no scale",
    ),
    "not finite": (change("scale/fc1_W", np.full((3, 4), np.nan, np.float32)), "not finite"),
    "a number": (change("fc1_b", np.float32(1)), "'fc1_b' is not of the 3 epochs"),
    "bytes of one axis": (change("fc1_b", np.ones((3, 4), np.int8)), "'fc1_b' has no scale"),
    "another type": (change("fc1_b", np.ones((3, 4), np.int32)), "expected i1 or f4"),
    "a group": (lambda file: (file.pop("fc1_b"), file.create_group("fc1_b")), "'fc1_b' is a group"),
    "a link": (
        lambda file: file.__setitem__("more", h5py.ExternalLink("/etc/passwd", "/")),
        "is a link to somewhere else",
    ),
}


@pytest.fixture
def in_process(monkeypatch):
    """Read files here alone, where a new process takes longer than all else."""
    monkeypatch.setattr("lenet.hdf5.refuse_what_breaks_hdf5", lambda file: None)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_one_line(name, path, in_process):
    harm, message = HOSTILE[name]
    with edited(path) as file:
        harm(file)
    with pytest.raises(CheckpointError) as error:
        KeptEpochs.load(path)
    assert message in str(error.value)
    assert str(error.value).startswith(f"{path}: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("length", [0, 100, 0.5, -1])
def test_a_truncated_file_is_one_line(length, path):
    data = path.read_bytes()
    path.write_bytes(data[: int(length * len(data)) if isinstance(length, float) else length])
    with pytest.raises(CheckpointError, match="remove it, or use another copy") as error:
        KeptEpochs.load(path)
    assert "\n" not in str(error.value)


def test_a_flipped_bit_is_noticed(path, in_process):
    with h5py.File(path, "r+") as file:
        file["fc1_W"][0, 0, 0] += 1
    with pytest.raises(CheckpointError, match="is not what its digest is of"):
        KeptEpochs.load(path)
    with edited(path) as file:
        file["fc1_W"][0, 0, 0] += 1
    assert KeptEpochs.load(path).epochs == [0, 1, 2]


def test_the_epochs_of_another_network_are_refused_by_the_first_difference(path, in_process):
    kept = KeptEpochs.load(path)
    with pytest.raises(CheckpointError) as error:
        kept.check(model_of(0, [Convolution(3, 3), Flatten(), FullyConnected(5)]))
    assert "but in the network" in str(error.value)
    with pytest.raises(CheckpointError, match="missing, but in the network"):
        KeptEpochs(path, {0: {}}).check(model_of(0))


def test_there_is_no_file(tmp_path):
    with pytest.raises(CheckpointError, match="expected the epochs of a run"):
        KeptEpochs.load(tmp_path / "epochs.h5")
