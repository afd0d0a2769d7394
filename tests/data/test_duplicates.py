from dataclasses import replace
from pathlib import Path

import numpy as np

from lenet.data.dataset import Dataset, Split
from lenet.data.duplicates import copies_report, digests_of, ids_of
from lenet.data.indexed_images import IndexedImages, Source
from tests.image_folders import noise

IMAGES = noise(9, 1, 4, 4)


def dataset(parts, labels, images=IMAGES):
    """Return a data set of images by their numbers."""
    splits = [
        Split(images[rows], np.array(numbers, np.int32))
        for rows, numbers in zip(parts, labels, strict=True)
    ]
    return Dataset("toy", *splits, ("cat", "dog"), mirror=True)


def test_without_copies_that_is_said():
    data = dataset([[0, 1, 2], [3], [4]], [[0, 1, 0], [1], [0]])
    assert copies_report(data) == ["no picture is there twice"]


def test_copies_in_one_part_are_counted():
    data = dataset([[0, 1, 0], [3], [4]], [[0, 1, 0], [1], [0]])
    assert copies_report(data) == [
        "1 image is a copy of others: training image 0 = training image 2"
    ]


def test_copies_in_several_parts_and_classes_are_named():
    data = dataset([[0, 1, 2], [2, 0], [4, 0]], [[0, 1, 0], [1, 0], [0, 0]])
    first = "training image 0 = validation image 1 = test image 1"
    second = "training image 2 = validation image 0"
    report = copies_report(data)
    assert report[0] in (
        f"3 images are copies of others: {first}, {second}",
        f"3 images are copies of others: {second}, {first}",
    )
    assert report[1].startswith("2 pictures are in several parts: ")
    assert "training image 2 (training) = validation image 0 (validation)" in report[1]
    assert report[2] == (
        "1 picture is in several classes, of which one is right at most: training image 2 (cat) = "
        "validation image 0 (dog)"
    )


def test_only_the_first_of_many_are_named():
    parts = [[*range(6)] * 2, [0, 0, 0], [7]]
    labels = [[0] * 12, [0] * 3, [1]]
    line = copies_report(dataset(parts, labels))[0]
    assert line.startswith("9 images are copies of others: ")
    assert line.endswith(" and 3 others")


def test_images_of_files_are_named_by_them_and_known_digests_are_used():
    sources = [Source(Path(f"{k}.tif"), 1) for k in range(9)]
    data = dataset([[0, 1], [2], [3]], [[0, 1], [0], [1]])
    digests = digests_of(IMAGES).copy()
    digests[5] = digests[0]  # which the images themselves do not say
    rows = [IndexedImages(IMAGES, np.array(some), sources, digests) for some in ([0, 1], [5], [3])]
    train, valid, test = (
        Split(images, split.labels)
        for images, split in zip(rows, (data.train, data.valid, data.test), strict=True)
    )
    report = copies_report(replace(data, train=train, valid=valid, test=test))
    assert report[0] == "1 image is a copy of others: 0.tif page 2 = 5.tif page 2"


def test_digests_tell_images_apart():
    images = np.concatenate([IMAGES, IMAGES[::-1]])
    found = ids_of(digests_of(images))
    np.testing.assert_array_equal(found[:9], found[9:][::-1])
    assert len(set(found)) == 9
