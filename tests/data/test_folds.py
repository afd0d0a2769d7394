from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
import pytest

from lenet.data.dataset import Dataset, Split
from lenet.data.folds import fold_of
from lenet.data.indexed_images import IndexedImages, Source
from lenet.errors import DataError
from tests.image_folders import noise

N = 60
# Each image tells its number by its first pixel; three classes of 20.
IMAGES = noise(N, 1, 3, 3)
IMAGES[:, 0, 0, 0] = np.arange(N)
LABELS = (np.arange(N) % 3).astype(np.int32)
WHOLE = Dataset(
    "toy",
    *(Split(IMAGES[part], LABELS[part]) for part in (slice(30), slice(30, 45), slice(45, None))),
    ("a", "b", "c"),
    mirror=True,
)


def numbers(dataset):
    """Return the numbers of the images in each part."""
    splits = (dataset.train, dataset.valid, dataset.test)
    return [split.images[:][:, 0, 0, 0].tolist() for split in splits]


def on_disk(images, files):
    """Return the data set of images that are pages of numbered files."""
    sources = [Source(Path(f"{file}.tif"), k // 3 % 2) for k, file in enumerate(files)]
    rows = (np.arange(30), np.arange(30, 45), np.arange(45, N))
    splits = [Split(IndexedImages(images, part, sources), LABELS[part]) for part in rows]
    return replace(WHOLE, **dict(zip(("train", "valid", "test"), splits, strict=True)))


def test_each_image_tests_once_and_otherwise_trains_or_validates():
    folds = [numbers(fold_of(WHOLE, 5, fold, seed=3)) for fold in range(1, 6)]
    for parts in folds:
        assert sorted(chain(*parts)) == list(range(N))
        assert [len(part) for part in parts] == [
            33,
            15,
            12,
        ]  # 2 : 1 of the rest, each class rounded
        for part in parts:
            assert len(set(np.bincount(LABELS[part]))) == 1
    assert sorted(chain(*(parts[2] for parts in folds))) == list(range(N))


def test_labels_stay_with_their_images():
    fold = fold_of(WHOLE, 3, 2, seed=0)
    for split, part in zip((fold.train, fold.valid, fold.test), numbers(fold), strict=True):
        np.testing.assert_array_equal(split.labels, LABELS[part])


def test_the_seed_decides():
    first, again, other = (numbers(fold_of(WHOLE, 3, 1, seed)) for seed in (1, 1, 2))
    assert first == again
    assert sorted(first[2]) != sorted(other[2])


def test_what_must_be_known_to_find_them_again_is_kept():
    fold = fold_of(replace(WHOLE, origin={"image_dir": ["a"]}), 3, 2, seed=7)
    assert fold.origin == {"image_dir": ["a"], "folds": 3, "fold": 2, "fold_seed": 7}


def test_images_on_disk_stay_there_and_pages_and_copies_together():
    files = np.arange(N) // 6 * 3 + np.arange(N) % 3  # two pages each, both of one class
    images = IMAGES.copy()
    images[9] = images[0]  # files 0 and 3 share a picture
    dataset = on_disk(images, files)
    tested = []
    for fold in range(1, 5):
        found = fold_of(dataset, 4, fold, seed=0)
        of_parts = []
        for split in (found.train, found.valid, found.test):
            assert isinstance(split.images, IndexedImages)
            assert split.images.base is images
            of_parts.append({3 if files[row] == 0 else files[row] for row in split.images.rows})
        train, valid, test = of_parts
        assert not (train & valid) | (train & test) | (valid & test)
        tested += found.test.images.rows.tolist()
    assert sorted(tested) == list(range(N))


def test_classes_with_other_shares_in_one_part_are_refused():
    files = np.where((LABELS == 0) & (np.arange(N) < 45), N, np.arange(N))  # 15 of class a in one
    with pytest.raises(DataError, match=r"class a: .*further apart than --epsilon 0\.25"):
        fold_of(on_disk(IMAGES, files), 2, 1, seed=0)
    assert len(fold_of(on_disk(IMAGES, files), 2, 1, seed=0, epsilon=0.3).test.labels) in (25, 35)


def test_a_class_with_fewer_images_than_folds_is_named():
    with pytest.raises(DataError, match="class a: 20 images, expected at least 21"):
        fold_of(WHOLE, 21, 1, seed=0)
