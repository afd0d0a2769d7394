"""Duplicate and near-duplicate images in a data set."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lenet.data.duplicates import digests_of, ids_of
from lenet.explore.index import DatasetIndex

# How alike whole images must be before their details are compared: frames and borders agree in detail.
ALIKE = 0.9
# Of one class, the share of images whose neighbours are nearest.
CROWDED = 0.1
# How much nearer than these neighbours near duplicates are.
MUCH_NEARER = 0.2


class Group(NamedTuple):
    """Group of duplicate or near-duplicate images.

    Attributes
    ----------
    images : tuple of int
        Two or more, by their numbers in the album.
    similarity : float
        Of the two that are most alike in detail; 1 if they are the same.
    """

    images: tuple[int, ...]
    similarity: float


def same_pictures(album: DatasetIndex) -> np.ndarray:
    """Return an id for each image that is shared by exact duplicates.

    Exact duplicates have the same pixels.
    """
    digests = [digests_of(split.images) for split in album.splits.values()]
    return ids_of(np.concatenate(digests))


def exact_copies(album: DatasetIndex, pictures: np.ndarray) -> list[Group]:
    """Return the groups of exact duplicates.

    Parameters
    ----------
    album : DatasetIndex
    pictures : ndarray of int, shape (n,)
        See `same_pictures`.
    """
    groups = [Group(images, 1.0) for images in _of_same_number(pictures)]
    return most_serious_first(album, groups)


def near_copies(
    album: DatasetIndex,
    distinct: np.ndarray,
    neighbours: np.ndarray,
    similarity: np.ndarray,
    in_detail: np.ndarray,
) -> list[Group]:
    """Return the groups of near duplicates: images that seem made from one picture.

    Parameters
    ----------
    album : DatasetIndex
    distinct : ndarray of int, shape (m,)
        Images that differ from each other, by their numbers in the album.
    neighbours : ndarray of int, shape (m, k)
        Those most like each of them, the most alike first, by their numbers in `distinct`.
    similarity, in_detail : ndarray of float32, shape (m, k)
        See `lenet.explore.similarity`.

    Notes
    -----
    What is near depends on the class: upright strokes are all alike, photographs are not. The measure is
    how far, in detail, the last of the k neighbours is; the tenth of the images of a class for which it
    is least says how near other images come. Near duplicates are nearer than a fifth of that, for the
    classes of both.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    labels, distances = album.labels[distinct], 1 - in_detail
    usual = np.zeros(album.dataset.n_classes)
    for label in np.unique(labels):
        usual[label] = np.quantile(distances[labels == label, -1], CROWDED)
    limits = MUCH_NEARER * np.minimum(usual[labels][:, np.newaxis], usual[labels[neighbours]])
    first, column = np.nonzero((distances < limits) & (similarity > ALIKE))
    second, found = neighbours[first, column], in_detail[first, column]
    size = len(distinct)
    edges = coo_array((np.ones(len(first)), (first, second)), shape=(size, size))
    _, families = connected_components(edges, directed=False)
    closest = np.zeros(size)
    np.maximum.at(closest, families[first], found)
    groups = [
        Group(tuple(distinct[list(rows)].tolist()), float(closest[families[rows[0]]]))
        for rows in _of_same_number(families)
    ]
    return most_serious_first(album, groups)


def most_serious_first(album: DatasetIndex, groups: Sequence[Group]) -> list[Group]:
    """Return groups sorted by the harm they do, the worst first.

    First those with several classes, of which one is right at most; then those in several parts, which
    make a test easier than it should be; then the more alike.
    """
    return sorted(
        groups,
        key=lambda group: (
            not has_several(album.labels, group),
            not has_several(album.parts, group),
            -group.similarity,
            group.images,
        ),
    )


def has_several(of_image: np.ndarray, group: Group) -> bool:
    """Return whether the images of a group have different values in an array."""
    return len(set(of_image[list(group.images)].tolist())) > 1


def seen_in_training(album: DatasetIndex, groups: Sequence[Group]) -> np.ndarray:
    """Count the images of each part with duplicates in training, int, shape (parts,).

    Copies within the training part do not count.
    """
    seen = np.zeros(len(album.splits), int)
    for group in groups:
        parts = album.parts[list(group.images)]
        if (parts == 0).any():
            np.add.at(seen, parts[parts > 0], 1)
    return seen


def _of_same_number(numbers: np.ndarray) -> list[tuple[int, ...]]:
    """Return the indices of each number that occurs at least twice."""
    order = np.argsort(numbers, kind="stable")
    places = np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1)
    return [tuple(group.tolist()) for group in places if len(group) > 1]
