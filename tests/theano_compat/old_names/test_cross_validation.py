"""Splits that are iterated over."""

import numpy as np
import pytest

from lenet.theano_compat.old_names.cross_validation import (
    KFold,
    LabelKFold,
    LeaveOneLabelOut,
    LeaveOneOut,
    LeavePOut,
    ShuffleSplit,
    StratifiedKFold,
    StratifiedShuffleSplit,
)

LABELS = [0, 0, 0, 0, 1, 1, 1, 1, 1, 1]


def test_folds_are_consecutive_and_the_first_are_larger():
    folds = [test.tolist() for _, test in KFold(10, n_folds=3)]
    assert folds == [[0, 1, 2, 3], [4, 5, 6], [7, 8, 9]]


SPLITS = {
    "folds": (KFold(10, 5, shuffle=True, random_state=1), 5, 2),
    "stratified": (StratifiedKFold(LABELS, n_folds=2), 2, 5),
    "one": (LeaveOneOut(10), 10, 1),
    "two": (LeavePOut(10, 2), 45, 2),
    "shuffled": (ShuffleSplit(10, n_iter=4, test_size=0.3, random_state=2), 4, 3),
    "stratified and shuffled": (StratifiedShuffleSplit(LABELS, 3, test_size=0.5), 3, 5),
    "labels": (LabelKFold([0, 0, 1, 1, 2, 2, 3, 3, 4, 4], 5), 5, 2),
    "one label": (LeaveOneLabelOut([0, 0, 1, 1, 2, 2, 3, 3, 4, 4]), 5, 2),
}


@pytest.mark.parametrize(("splits", "length", "tested"), SPLITS.values(), ids=SPLITS)
def test_each_splits_all_images(splits, length, tested):
    pairs = list(splits)
    assert len(splits) == len(pairs) == length
    for train, test in pairs:
        assert len(test) == tested
        assert sorted([*train, *test]) == list(range(10))


def test_classes_are_as_often_in_each_stratified_fold():
    for _, test in StratifiedKFold(LABELS, 2):
        assert np.bincount(np.take(LABELS, test)).tolist() == [2, 3]


def test_the_first_split_is_had_by_next():
    train, test = next(iter(StratifiedKFold([0, 1] * 5, round(1 / 0.2))))
    assert len(test) == 2
    assert len(train) == 8
