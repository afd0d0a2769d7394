"""Stratified folds for cross-validation: each image is in one test part."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from lenet.data.dataset import Dataset, Split, joined_splits
from lenet.data.duplicates import digests_of, ids_of
from lenet.data.group_split import divided
from lenet.data.indexed_images import IndexedImages, Source
from lenet.data.splits import group_ids, refuse_other_shares
from lenet.data.value_ranges import measured
from lenet.errors import DataError
from lenet.seeds import FOLDS, generator
from lenet.text import counted, listed, shown

MAX_NAMES = 3


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
    if "parts" in dataset.origin:
        raise DataError(
            f"--folds {folds}: does not go with folders for {' and '.join(dataset.origin['parts'])}, whose "
            "images stay where they are; name all of them as --image_dir, and all will be divided anew"
        )
    whole = joined_splits(dataset.train, dataset.valid, dataset.test)
    groups, named = groups_of(whole), has_groups(whole)
    names, labels = dataset.class_names, whole.labels
    if folds > len(labels):
        raise DataError(f"--folds {folds}: more than the {len(labels)} images of {dataset.name}")
    n_groups = len(np.unique(groups))
    if named and folds > n_groups:
        raise DataError(f"--folds {folds}: more than the {n_groups} groups of {dataset.name}")

    rng = generator(seed, FOLDS)
    tests = divided(labels, groups, named, [1] * folds, names, rng, complete=[])
    test = tests[fold - 1]
    rest = np.concatenate([images for k, images in enumerate(tests) if k != fold - 1])
    shares = [len(dataset.train.labels), len(dataset.valid.labels)]
    rng = generator(seed, FOLDS, fold)
    parts = divided(labels[rest], groups[rest], named, shares, names, rng, complete=[0])
    train, valid = (rest[part] for part in parts)
    absent = np.flatnonzero(np.bincount(labels[train], minlength=len(names)) == 0)
    if len(absent):
        raise DataError(
            f"class {names[absent[0]]}: all of its images test in fold {fold}, as they are of one group; add "
            "images of other groups, or leave the class out"
        )
    if epsilon is not None or not named:
        refuse_other_shares([labels[part] for part in (train, valid, test)], names, epsilon)
    origin = {**dataset.origin, "folds": folds, "fold": fold, "fold_seed": seed}
    warnings = (*dataset.warnings, *pages_apart(whole, (train, valid, test)))
    return measured(
        replace(
            dataset,
            train=whole.take(train),
            valid=whole.take(valid),
            test=whole.take(test),
            origin=origin,
            warnings=tuple(dict.fromkeys(warnings)),
        )
    )


def groups_of(split: Split) -> np.ndarray:
    """Return a group id for each image, shared by those of one file and by duplicates.

    Images of a group that the user has named share one, too.
    """
    images = split.images
    files, groups = np.arange(len(images)), None
    if isinstance(images, IndexedImages) and images.sources is not None:
        files = numbered(source.path for source in sources_of(split))
        if has_groups(split):
            groups = numbered(source.group for source in sources_of(split))
    return group_ids(files, ids_of(digests_of(images)), groups)


def has_groups(split: Split) -> bool:
    """Return whether the user has said which images belong together."""
    images = split.images
    if not (isinstance(images, IndexedImages) and images.sources is not None and len(images)):
        return False
    return images.sources[int(images.rows[0])].group is not None


def pages_apart(whole: Split, parts: Sequence[np.ndarray]) -> list[str]:
    """Return a line about files whose pages are in several parts.

    Parameters
    ----------
    whole : Split
    parts : sequence of ndarray of int
        The images of each part.
    """
    part_of = np.zeros(len(whole.labels), int)
    for number, images in enumerate(parts):
        part_of[images] = number
    found: dict[Path, set[int]] = {}
    for source, part in zip(sources_of(whole), part_of.tolist(), strict=False):
        if source.page is not None:
            found.setdefault(source.path, set()).add(part)
    apart = [shown(path) for path, inside in found.items() if len(inside) > 1]
    if not apart:
        return []
    return [
        f"pages of {counted(len(apart), 'file')} are in several parts, as a class has too few files: "
        f"{listed(apart, MAX_NAMES)}; if pages of one file are alike, the errors are too low: --pages all "
        "refuses that, and other files help"
    ]


def sources_of(split: Split) -> Iterator[Source]:
    """Yield the source of each image; none, if they are from no files."""
    images = split.images
    if not (isinstance(images, IndexedImages) and images.sources is not None):
        return
    for row in images.rows:
        yield images.sources[int(row)]


def numbered(values: Iterable[Hashable]) -> np.ndarray:
    """Return the number of each value among the distinct ones, in their order."""
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(value, len(numbers)) for value in values])
