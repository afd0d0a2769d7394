"""MNIST in the order of mldata.org."""

import numpy as np
import pytest

from lenet.data.dataset import Dataset, Split
from lenet.theano_compat.old_names import mldata


def images_of(labels):
    return Split(
        np.array(labels, np.uint8)[:, None, None, None] * np.ones((1, 1, 2, 2), np.uint8),
        np.array(labels),
    )


@pytest.mark.parametrize("name", ["MNIST original", "mnist-original", "MNIST Original"])
def test_training_images_by_their_labels_then_those_of_testing(monkeypatch, name):
    dataset = Dataset(
        "mnist", images_of([3, 1]), images_of([2, 0]), images_of([9, 5]), ("0", "1"), False
    )
    monkeypatch.setattr(mldata, "load_dataset", lambda name: dataset)
    bunch = mldata.fetch_mldata(name, data_home="anywhere")
    assert bunch.target.tolist() == [0, 1, 2, 3, 5, 9]
    assert bunch.target.dtype == np.float64
    assert bunch["data"].tolist() == [[label] * 4 for label in bunch.target]
    assert bunch.data.dtype == np.uint8


def test_other_data_sets_are_gone():
    with pytest.raises(ValueError, match=r"'leukemia' was at mldata\.org, which is gone"):
        mldata.fetch_mldata("leukemia")
