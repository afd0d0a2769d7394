from pathlib import Path

import numpy as np
import pytest

from lenet.experiments.comparison import groups_of
from lenet.runs.reader import Run


def run(error=0.5, **flags):
    values = np.array([error])
    columns = ("epoch", "validation_error", "test_error", "training_error", "seconds")
    return Run(Path(str(flags)), flags, {}, dict.fromkeys(columns, values))


PHOTOS = {"dataset": "folder", "image_dir": ["/a/photos"], "seed": 1}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"dataset": "mnist", "seed": 1}, {"dataset": "mnist", "seed": 2}),
        ({"dataset": "mnist", "num_examples": 9}, {"dataset": "mnist"}),
        (PHOTOS, PHOTOS | {"image_size": 48, "lr": 0.1}),
        ({}, {"lr": 1}),
    ],
    ids=["seed", "training images", "size", "unknown"],
)
def test_what_validates_on_the_same_images_is_one_group(one, other):
    assert len(groups_of([run(**one), run(**other)])) == 1


@pytest.mark.parametrize(
    ("one", "other", "names"),
    [
        ({"dataset": "mnist"}, {"dataset": "digits"}, ["mnist", "digits"]),
        (
            {"dataset": "mnist"},
            {"dataset": "mnist", "val_examples": 9},
            ["mnist", "mnist, validation images 9"],
        ),
        (PHOTOS, PHOTOS | {"seed": 2}, ["photos, seed 1", "photos, seed 2"]),
        (
            PHOTOS,
            PHOTOS | {"split": [50, 25, 25]},
            ["photos, seed 1", "photos, seed 1, split 50 25 25"],
        ),
        (
            PHOTOS,
            PHOTOS | {"image_dir": ["/b/photos"]},
            ["/a/photos, seed 1", "/b/photos, seed 1"],
        ),
        (
            {"dataset": "digits", "folds": 5, "fold": 1, "seed": 3},
            {"dataset": "digits", "folds": 5, "fold": 2, "seed": 3},
            ["digits, fold 1 of 5, seed 3", "digits, fold 2 of 5, seed 3"],
        ),
        ({"dataset": [1]}, {"dataset": {"a": 1}}, ["1", "{'a': 1}"]),
        (
            {"dataset": "folder", "image_dir": "x"},
            {"dataset": "folder", "image_dir": [1]},
            ["folder, seed  (1)", "folder, seed  (2)"],
        ),
    ],
    ids=["data set", "validation", "seed", "split", "place", "fold", "odd", "odd folders"],
)
def test_what_validates_on_other_images_is_another_group_with_a_name_of_its_own(one, other, names):
    assert list(groups_of([run(**one), run(**other)])) == names


def test_a_group_begins_with_its_best_run_and_ends_with_those_without_a_number():
    runs = [run(error, dataset="mnist") for error in (np.nan, 0.3, 0.1, 0.2)]
    (group,) = groups_of(runs).values()
    assert [each.validation_error for each in group[:3]] == [0.1, 0.2, 0.3]
    assert np.isnan(group[3].validation_error)
