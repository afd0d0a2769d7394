"""The confusion matrix of a run: its numbers, and the pictures that go with them."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from lenet.data.dataset import Split
from lenet.input_pipeline import load_digits
from lenet.report.predictions import prediction_rows
from lenet.runs.reader import UnreadableRunError
from lenet.show import confusion
from lenet.show.confusion import confusion_of
from lenet.text import csv_lines

NAMES = ("=cat", "dog", "a\nb")


def a_run(folder, labels, predictions, part="test", names=NAMES):
    """Write the predictions of noise, and return a network and its data set."""
    labels, predictions = np.array(labels), np.array(predictions)
    rng = np.random.default_rng(4)
    images = rng.integers(0, 256, (len(labels), 1, 6, 6), np.uint8)
    shares = np.full((len(labels), len(names)), 0.1)
    shares[np.arange(len(labels)), predictions] = rng.uniform(0.5, 0.9, len(labels))
    split, empty = Split(images, labels), Split(images[:0], labels[:0])
    folder.mkdir(exist_ok=True)
    (folder / "predictions.csv").write_text(
        csv_lines(prediction_rows({part: split}, shares, names))
    )
    error = float((labels != predictions).mean())
    model = SimpleNamespace(path=folder / "model.h5", class_names=names, errors={part: error})
    splits = {"train": empty, "valid": empty, "test": empty}
    splits["valid" if part == "validation" else part] = split
    return model, SimpleNamespace(**splits), shares


LABELS = [0, 0, 0, 0, 1, 1, 2, 2, 2, 2, 2]
TAKEN = [0, 1, 1, 1, 1, 0, 2, 2, 0, 0, 1]


@pytest.mark.parametrize("part", ["test", "validation"])
def test_numbers_are_those_of_the_run_and_pictures_those_of_the_data_set(part, tmp_path):
    model, dataset, shares = a_run(tmp_path, LABELS, TAKEN, part)
    found = confusion_of(model, dataset)
    assert found.part == part
    assert found.counts.tolist() == [[1, 3, 0], [1, 1, 0], [2, 1, 2]]
    # One of each cell, the cell of most images first; then the second of each.
    assert list(found.cells) == [(0, 1), (2, 0), (1, 0), (2, 1), (0, 1), (2, 0), (0, 1)]
    surest = 1 + int(shares[1:4, 1].argmax())
    images = dataset.valid.images if part == "validation" else dataset.test.images
    np.testing.assert_array_equal(found.pictures[0], images[surest])
    content = found.payload()
    cells = {(truth, taken): (n, places) for truth, taken, n, places in content["cells"]}
    assert cells[(0, 1)] == (3, [0, 4, 6])
    assert cells[(2, 2)] == (2, [])
    assert (0, 2) not in cells
    assert content["sheet"]["count"] == 7


def test_without_pictures_there_are_the_numbers_alone(tmp_path):
    model, _, _ = a_run(tmp_path, LABELS, TAKEN)
    content = confusion_of(model, None).payload()
    assert content["sheet"] is None
    assert [0, 1, 3, []] in content["cells"]


def test_pictures_that_are_not_the_runs_are_left_out(tmp_path):
    model, dataset, _ = a_run(tmp_path, LABELS, TAKEN)
    images = dataset.test.images.copy()
    images[[1, 5, 8]] += 1
    other = SimpleNamespace(test=Split(images, dataset.test.labels))
    found = confusion_of(model, other)
    assert sorted(found.cells) == [(0, 1), (0, 1), (2, 0), (2, 1)]
    few = SimpleNamespace(test=Split(images[:3], dataset.test.labels[:3]))
    assert list(confusion_of(model, few).cells) == [(0, 1)]
    none = SimpleNamespace(test=Split(images[:0], dataset.test.labels[:0]))
    assert confusion_of(model, none).payload()["sheet"] is None


def test_there_is_none_of_another_network_or_epoch(tmp_path):
    model, dataset, _ = a_run(tmp_path, LABELS, TAKEN)
    for change in (
        {"class_names": ("cat", "dog", "cow")},
        {"errors": {"test": 0.1}},
        {"errors": {}},
        {"path": tmp_path / "other.h5"},
        {"path": Path("model.h5")},
    ):
        assert confusion_of(SimpleNamespace(**{**vars(model), **change}), dataset) is None
    other = SimpleNamespace(**{**vars(model), "path": tmp_path / "other.h5"})
    assert confusion_of(other, dataset, tmp_path) is not None


@pytest.mark.parametrize(
    ("before", "after"), [("test,0,", "test,first,"), ("part,", "parts,"), ("0.", "x.")]
)
def test_damaged_predictions_are_one_line(before, after, tmp_path):
    model, dataset, _ = a_run(tmp_path, LABELS, TAKEN)
    path = tmp_path / "predictions.csv"
    path.write_text(path.read_text().replace(before, after))
    with pytest.raises(UnreadableRunError, match="not the predictions of a run") as error:
        confusion_of(model, dataset)
    assert "\n" not in str(error.value)


def test_many_classes_and_pictures_are_bounded(tmp_path, monkeypatch):
    names = tuple(f"class {k}" for k in range(100))
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 100, 3000)
    taken = np.where(rng.random(3000) < 0.5, labels, rng.integers(0, 100, 3000))
    model, dataset, _ = a_run(tmp_path, labels, taken, names=names)
    found = confusion_of(model, dataset)
    assert len(found.cells) == confusion.MOST_PICTURES
    monkeypatch.setattr(confusion, "SHEET_BYTES", 2000)
    content = found.payload()
    assert len(content["sheet"]["source"]) < 2100
    pictured = sorted(k for *_, places in content["cells"] for k in places)
    assert pictured == list(range(content["sheet"]["count"]))
    assert 5 < len(pictured) < 100


def test_the_matrix_of_a_real_run_is_that_of_its_network(digits_model):
    digits = load_digits()
    found = confusion_of(digits_model, digits)
    images, labels = digits.test
    predictions = digits_model.probabilities(images).argmax(1)
    expected = np.zeros((10, 10), int)
    np.add.at(expected, (labels, predictions), 1)
    np.testing.assert_array_equal(found.counts, expected)
    for (truth, taken), picture in zip(found.cells, found.pictures, strict=True):
        (k,) = np.flatnonzero((images == picture).all(axis=(1, 2, 3)))
        assert (labels[k], predictions[k]) == (truth, taken)
