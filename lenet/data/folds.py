"""Stratified folds for cross-validation: each image is in one test part."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from lenet.data.dataset import Dataset, Split, joined_splits
from lenet.data.duplicates import digests_of, ids_of
from lenet.data.indexed_images import IndexedImages
from lenet.data.splits import group_ids, refuse_other_shares, stratified
from lenet.data.value_ranges import measured
from lenet.errors import DataError
from lenet.seeds import FOLDS, generator


def fold_of(
    dataset: Dataset, folds: int, fold: int, seed: int, epsilon: float | None = None
) -> Dataset:
    """Return a data set with one of several stratified folds as its test part.

    Parameters
    ----------
    dataset : Dataset
        How many of the other images validate follows its training and validation parts.
    folds : int
        How many there are.
    fold : int
        Which of them tests, counted from 1.
    seed : int
        Decides what the folds are.
    epsilon : float, optional
        How far the share of a class in one part may be from that in another; see `refuse_other_shares`.

    Raises
    ------
    DataError
        If there are fewer images than folds, a class has too few, or its shares are too far apart.
    """
    whole = joined_splits(dataset.train, dataset.valid, dataset.test)
    groups = groups_of(whole)
    names, labels = dataset.class_names, whole.labels
    if folds > len(labels):
        raise DataError(f"--folds {folds}: more than the {len(labels)} images of {dataset.name}")

    tests = stratified(labels, groups, [1] * folds, names, generator(seed, FOLDS))
    test = tests[fold - 1]
    rest = np.concatenate([images for k, images in enumerate(tests) if k != fold - 1])
    shares = [len(dataset.train.labels), len(dataset.valid.labels)]
    train, valid = (
        rest[part]
        for part in stratified(
            labels[rest], groups[rest], shares, names, generator(seed, FOLDS, fold)
        )
    )
    refuse_other_shares([labels[part] for part in (train, valid, test)], names, epsilon)
    origin = {**dataset.origin, "folds": folds, "fold": fold, "fold_seed": seed}
    parts = [whole.take(part) for part in (train, valid, test)]
    return measured(replace(dataset, train=parts[0], valid=parts[1], test=parts[2], origin=origin))


def groups_of(split: Split) -> np.ndarray:
    """Return a group id for each image, shared by those of one file and by duplicates."""
    images = split.images
    files = np.arange(len(images))
    if isinstance(images, IndexedImages) and images.sources is not None:
        numbers: dict[Path, int] = {}
        paths = (images.sources[row].path for row in images.rows)
        files = np.array([numbers.setdefault(path, len(numbers)) for path in paths])
    return group_ids(files, ids_of(digests_of(images)))
