import dataclasses
import json
import tracemalloc

import h5py
import numpy as np
import pytensor
import pytest

from lenet.compile.backends import select_backend
from lenet.errors import CheckpointError
from lenet.input_pipeline import load_digits
from lenet.runs.saved_model import SavedModel
from tests.model_files import edited


@pytest.mark.parametrize("by_folder", [True, False], ids=["run", "file"])
def test_a_model_says_what_it_is(digits_run, by_folder):
    with pytensor.config.change_flags(floatX="float32"):
        model = SavedModel.load(digits_run if by_folder else digits_run / "model.h5")
    assert model.path == digits_run / "model.h5"
    assert model.class_names == tuple("0123456789")
    assert (model.channels, model.size, model.dataset) == (1, 28, "digits")
    assert 1 <= model.epoch <= 12
    assert model.errors.keys() == {"validation", "test"}
    assert model.errors["test"] == model.attributes["test_error"]


def test_probabilities_give_the_error_of_the_training(digits_model):
    test = load_digits().test
    probabilities = digits_model.probabilities(test.images)
    assert probabilities.shape == (len(test.labels), 10)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    error = np.mean(probabilities.argmax(axis=1) != test.labels)
    assert error == pytest.approx(digits_model.errors["test"])
    assert error < 0.5  # it has learnt: chance is wrong 9 times in 10


@pytest.mark.parametrize("batch_size", [1, 7, 500])
def test_batches_do_not_matter(digits_model, batch_size):
    images = load_digits().test.images[:15]
    np.testing.assert_allclose(
        digits_model.probabilities(images, batch_size),
        digits_model.probabilities(images),
        atol=1e-6,
    )


def test_answers_to_versions_of_an_image_are_averaged(digits_model):
    images = load_digits().test.images[:6]
    moved = [np.pad(images, [(0, 0), (0, 0), (1, 1), (1, 1)], mode="edge")] * 5
    places = [(1, 1), (2, 1), (0, 1), (1, 2), (1, 0)]
    versions = [m[:, :, i : i + 28, j : j + 28] for m, (i, j) in zip(moved, places, strict=True)]
    assert (digits_model.mirror, digits_model.n_versions) == (False, 5)
    each = [digits_model.probabilities(np.ascontiguousarray(version)) for version in versions]
    found = digits_model.probabilities(images, batch_size=4, tta=True)
    np.testing.assert_allclose(found, np.mean(each, axis=0), atol=1e-6)
    assert not np.allclose(found, each[0], atol=1e-4)
    np.testing.assert_array_equal(digits_model.probabilities(images, batch_size=4, tta=True), found)
    mirrored = dataclasses.replace(
        digits_model, attributes={**digits_model.attributes, "mirror": True}
    )
    assert mirrored.n_versions == 10
    each += [
        digits_model.probabilities(np.ascontiguousarray(version[..., ::-1])) for version in versions
    ]
    again = mirrored.probabilities(images, tta=True)
    np.testing.assert_allclose(again, np.mean(each, axis=0), atol=1e-6)


@pytest.mark.parametrize(
    ("dataset", "names", "saved", "expected"),
    [
        ("cifar10", tuple("ab"), {}, True),
        ("folder", tuple("ab"), {}, True),
        ("folder", tuple("0123456789"), {}, False),
        ("mnist", tuple("0123456789"), {}, False),
        ("arrays", tuple("ab"), {}, False),
        ("mnist", tuple("0123456789"), {"mirror": True}, True),
        ("cifar10", tuple("ab"), {"mirror": False}, False),
    ],
)
def test_a_file_or_its_data_set_says_whether_images_may_be_mirrored(
    digits_model, dataset, names, saved, expected
):
    model = dataclasses.replace(digits_model, dataset=dataset, class_names=names, attributes=saved)
    assert model.mirror is expected


def test_no_images_give_no_probabilities(digits_model):
    assert digits_model.probabilities(np.empty((0, 1, 28, 28), np.uint8)).shape == (0, 10)


@pytest.mark.parametrize(
    "images",
    [np.zeros((2, 3, 28, 28), np.uint8), np.zeros((1, 28, 28), np.uint8), np.zeros((2, 1, 28, 28))],
    ids=["channels", "axes", "type"],
)
def test_other_images_are_refused(digits_model, images):
    with pytest.raises(ValueError, match=r"expected \(n, 1, 28, 28\) of uint8"):
        digits_model.probabilities(images)


def changed_copy(digits_run, folder, **attributes):
    path = folder / "changed.h5"
    path.write_bytes((digits_run / "model.h5").read_bytes())
    with edited(path) as file:
        for name, value in attributes.items():
            del file.attrs[name]
            if value is not None:
                file.attrs[name] = value
    return path


@pytest.mark.parametrize("name", ["class_names", "channels", "size", "dataset"])
def test_a_model_that_does_not_say_what_it_is_is_refused(digits_run, tmp_path, name):
    path = changed_copy(digits_run, tmp_path, **{name: None})
    with pytest.raises(CheckpointError, match=f"changed.h5: lacks the attribute {name}"):
        SavedModel.load(path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("class_names", "0123456789"),
        ("class_names", [1, 2, 3]),
        ("class_names", []),
        ("channels", 0),
        ("channels", 1.5),
        ("size", -28),
        ("size", 10**9),
        ("size", "28"),
        ("dataset", 5),
    ],
    ids=str,
)
def test_attributes_that_make_no_sense_are_refused(digits_run, tmp_path, name, value):
    path = changed_copy(digits_run, tmp_path, **{name: value})
    with pytest.raises(CheckpointError, match="are not what lenet-train writes"):
        SavedModel.load(path)


@pytest.mark.parametrize("changes", [{"size": 5}, {"size": 32}, {"channels": 3}], ids=str)
def test_attributes_that_do_not_fit_the_parameters_are_refused(digits_run, tmp_path, changes):
    with pytest.raises(CheckpointError, match=r"changed\.h5: "):
        SavedModel.load(changed_copy(digits_run, tmp_path, **changes))


def test_a_name_for_each_output(digits_run, tmp_path):
    path = changed_copy(digits_run, tmp_path, class_names=["cat", "dog"])
    with (
        pytensor.config.change_flags(floatX="float32"),
        pytest.raises(CheckpointError, match=r"changed\.h5: "),
    ):
        SavedModel.load(path, select_backend("c", 1).mode).probabilities(
            np.zeros((1, 1, 28, 28), np.uint8)
        )


def test_a_missing_model_is_named(tmp_path):
    with pytest.raises(CheckpointError, match=r"model\.h5: No such file"):
        SavedModel.load(tmp_path)


FEW = {"layer": "FullyConnected", "name": "output", "units": 10, "initialiser": "zeros"}
HUGE = {
    "units": [{"layer": "FullyConnected", "units": 10**9}, FEW],
    "zeros": [{"layer": "FullyConnected", "units": 10**9, "initialiser": "zeros"}, FEW],
    "more than any": [{"layer": "FullyConnected", "units": 10**400}, FEW],
    "maps": [{"layer": "Conv2d", "maps": 10**9, "kernel": 5}, FEW],
    "normalised pixels": [{"layer": "Flatten"}, {"layer": "BatchNorm"}, FEW],
    "sums": [{"layer": "Subsampling", "size": 2}, FEW],
    "layers": [{"layer": "Flatten"}] * 2000 + [FEW],
    "layers in layers": [{"layer": "Residual", "layers": [{"layer": "Flatten"}] * 1500}, FEW],
}


@pytest.mark.parametrize("name", HUGE)
def test_a_small_file_that_describes_a_huge_network_takes_no_memory(tmp_path, name):
    path = tmp_path / "model.h5"
    side = 10_000 if name in ("normalised pixels", "sums") else 28
    with h5py.File(path, "w") as file:
        file.attrs.update({"format": "lenet model", "class_names": [*"0123456789"], "dataset": "x"})
        file.attrs.update({"channels": side, "size": side, "architecture": json.dumps(HUGE[name])})
        file["output_b"] = np.zeros(10, np.float32)
    tracemalloc.start()
    with pytest.raises(CheckpointError, match=r"model\.h5: its attributes make no network \("):
        SavedModel.load(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20 << 20
