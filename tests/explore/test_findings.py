"""What was planted in a data set is found, and nothing else."""

import numpy as np
import pytest

from lenet.explore.findings import explore_album
from lenet.explore.index import DatasetIndex
from lenet.explore.near_duplicates import Group, seen_in_training
from tests.explore.planted import NAMES, all_images, dataset_of, duller, pictures


def found_in(images, labels, **options):
    return explore_album(DatasetIndex(dataset_of(images, labels, **options)))


def shuffled(seed=3):
    """Return the planted images in an order in which each part has each class."""
    images, labels = all_images()
    order = np.random.default_rng(seed).permutation(len(labels))
    return images[order], labels[order]


def test_nothing_is_found_where_nothing_is():
    found = found_in(*shuffled())
    assert (found.copies, found.near_copies, found.vote.suspects) == ([], [], [])
    assert found.vote.right == 1
    assert found.vote.reliable == (0, 1, 2)


def test_exact_copies_are_found_in_order_of_harm():
    images, labels = shuffled()
    images[1] = images[0]
    labels[1] = labels[0]  # within training
    images[5] = images[100] = images[115]
    labels[5] = labels[100] = labels[115]  # across all parts
    other = int(np.flatnonzero(labels[10:80] != labels[10])[0]) + 10
    images[other] = images[10]  # of two classes
    found = found_in(images, labels)
    assert found.copies == [
        Group((10, other), 1.0),
        Group((5, 100, 115), 1.0),
        Group((0, 1), 1.0),
    ]
    assert seen_in_training(DatasetIndex(dataset_of(images, labels)), found.copies).tolist() == [
        0,
        1,
        1,
    ]
    assert found.near_copies == []


def test_near_copies_are_found():
    images, labels = shuffled()
    for copy, original in ((3, 2), (95, 4), (118, 4)):
        images[copy], labels[copy] = duller(images[original], copy), labels[original]
    found = found_in(images, labels)
    assert found.copies == []
    assert [group.images for group in found.near_copies] == [(4, 95, 118), (2, 3)]
    assert all(0.9 < group.similarity < 1 for group in found.near_copies)


def test_near_copies_of_exact_copies_are_one_group_each():
    images, labels = shuffled()
    images[1] = images[0]
    images[2] = duller(images[0])
    labels[1] = labels[2] = labels[0]
    found = found_in(images, labels)
    assert [group.images for group in found.copies] == [(0, 1)]
    assert [group.images for group in found.near_copies] == [(0, 2)]


def test_many_copies_do_not_hide_each_other():
    images, labels = shuffled()
    members = np.flatnonzero(labels == 0)[:9]
    for copy in members[1:]:
        images[copy] = duller(images[members[0]], copy)
    (group,) = found_in(images, labels).near_copies
    assert group.images == tuple(members.tolist())


def test_wrong_labels_are_suspected():
    images, labels = shuffled()
    wrong = [int(np.flatnonzero(labels == label)[5]) for label in (0, 1)]
    labels[wrong] = [2, 0]
    found = found_in(images, labels)
    suspects = {one.image: one.suggested for one in found.vote.suspects}
    assert suspects == dict(zip(wrong, (0, 1), strict=True))
    for one in found.vote.suspects:
        assert 0 <= one.certainty <= 1
        assert one.image not in one.neighbours
        of_neighbours = labels[list(one.neighbours)]
        assert (of_neighbours == one.suggested).sum() >= 9
        assert labels[one.image] not in of_neighbours
    certainties = [one.certainty for one in found.vote.suspects]
    assert certainties == sorted(certainties, reverse=True)


def test_neighbours_that_know_nothing_are_not_believed():
    images, labels = shuffled()
    labels = np.random.default_rng(0).permutation(labels)
    vote = found_in(images, labels).vote
    assert vote.right < 0.6
    assert (vote.reliable, vote.suspects) == ((), [])


def test_a_class_that_swallows_another_is_not_believed():
    rng = np.random.default_rng(0)
    patterns = rng.integers(40, 216, (2, 3, 8, 8))
    images = np.concatenate([pictures(80, patterns[0], rng), pictures(40, patterns[1], rng)])
    labels = np.repeat(np.array([0, 1], np.int32), [80, 40])
    labels[:12] = 2  # looks like class 0: a seventh of what does
    order = rng.permutation(120)
    vote = found_in(images[order], labels[order]).vote
    assert vote.reliable == (1,)
    assert vote.suspects == []


@pytest.mark.parametrize("n", [1, 2, 10])
def test_few_images_are_not_compared(n):
    images, labels = shuffled()
    images[n - 1] = images[0]
    found = found_in(images[:n], labels[:n], parts=(n, 0, 0))
    assert found.vote is None
    assert found.near_copies == []
    assert len(found.copies) == (n > 1)


def test_images_of_one_tone_are_copies_and_nothing_else():
    images, labels = shuffled()
    images[:2], images[2:4] = 0, 255
    found = found_in(images, labels)
    assert sorted(group.images for group in found.copies) == [(0, 1), (2, 3)]
    assert found.near_copies == []
    assert not {one.image for one in found.vote.suspects} & {0, 1, 2, 3}


def test_mistakes_of_a_network_have_the_most_confident_first():
    images, labels = shuffled()
    album = DatasetIndex(dataset_of(images, labels))
    tables, expected, start = [], [], 0
    for split in album.splits.values():
        table = np.eye(3)[split.labels]
        for k, sure in ((1, 0.6), (4, 0.9)):
            wrong = (split.labels[k] + 1) % 3
            table[k] = 0
            table[k, wrong] = sure
        tables.append(table)
        expected.append([start + 4, start + 1])
        start += len(split.labels)
    answers = iter(tables)
    found = explore_album(album, probabilities=lambda _: next(answers))
    assert [[one.image for one in part] for part in found.mistakes] == expected
    for part in found.mistakes:
        assert [one.certainty for one in part] == [0.9, 0.6]
        for one in part:
            assert one.suggested == (album.labels[one.image] + 1) % 3


def test_an_album_knows_the_place_of_each_image():
    images, labels = shuffled()
    album = DatasetIndex(dataset_of(images, labels))
    np.testing.assert_array_equal(np.concatenate(list(album.batches())), images)
    for image, place in ((0, ("training", 0)), (89, ("training", 89)), (90, ("validation", 0))):
        assert album.place(image) == place
        np.testing.assert_array_equal(album.pixels(image), images[image])
        assert album.class_of(image) == NAMES[labels[image]]
    assert album.name(119) == "test image 9"
    assert album.file(119) is None
    assert album.counts().sum(axis=0).tolist() == [90, 20, 10]
