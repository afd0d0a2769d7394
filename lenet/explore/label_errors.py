"""Label errors: images that may be mislabelled."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lenet.explore.index import DatasetIndex
from lenet.report.class_metrics import confident_mistakes

# Of the images that most neighbours take for a class, how many must be of it for them to be believed.
RELIABLE = 0.9


class Suspect(NamedTuple):
    """An image that may be mislabelled.

    Attributes
    ----------
    image : int
        Its number in the album.
    suggested : int
        The class that it seems to be of.
    certainty : float
        What speaks for it, from 0 to 1: the network's probability of the suggested class; or the share of that class's images
        that are less like their neighbours than this image is like its own.
    neighbours : tuple of int
        Images most like it, if they are what tells.
    """

    image: int
    suggested: int
    certainty: float
    neighbours: tuple[int, ...] = ()


class Vote(NamedTuple):
    """Result of the nearest-neighbour vote on all labels.

    Attributes
    ----------
    k : int
        Neighbours of each image.
    right : float
        Share of the images whose class most of their neighbours are of, of equals that of the nearest.
    reliable : tuple of int
        Classes of which nearly all images are that most of their neighbours take for it.
    suspects : list of Suspect
        Images with no neighbour of their label's class, and all but one at most of one such other
        class: the most certain first.
    """

    k: int
    right: float
    reliable: tuple[int, ...]
    suspects: list[Suspect]


def vote(
    album: DatasetIndex, distinct: np.ndarray, neighbours: np.ndarray, similarity: np.ndarray
) -> Vote:
    """Classify each image by its nearest neighbours, and list suspected label errors.

    Parameters
    ----------
    album, distinct, neighbours, similarity
        See `lenet.explore.near_duplicates.near_copies`.
    """
    labels, k = album.labels[distinct], neighbours.shape[1]
    given = labels[neighbours]
    # How many neighbours are of the class of each neighbour.
    votes = (given[:, :, np.newaxis] == given[:, np.newaxis]).sum(axis=2)
    winners = given[np.arange(len(given)), votes.argmax(axis=1)]
    is_alone = (given != labels[:, np.newaxis]).all(axis=1)
    # A single dissenter may be mislabelled itself.
    agreed = (votes.max(axis=1) >= k - 1) & is_alone & (similarity[:, -1] > 0)
    closeness = similarity.mean(axis=1)
    reliable, suspects = [], []
    for label in np.unique(winners).tolist():
        if np.mean(labels[winners == label] == label) < RELIABLE:
            continue
        reliable.append(label)
        usual = np.sort(closeness[(winners == label) & (labels == label)])
        others = np.flatnonzero(agreed & (winners == label))
        certainty = np.searchsorted(usual, closeness[others]) / len(usual)
        suspects += [
            Suspect(int(distinct[row]), label, sure, tuple(distinct[neighbours[row]].tolist()))
            for row, sure in zip(others, certainty.tolist(), strict=True)
        ]
    suspects.sort(key=lambda one: (-one.certainty, one.image))
    return Vote(k, float(np.mean(winners == labels)), tuple(reliable), suspects)


def mistakes(album: DatasetIndex, probabilities: Sequence[np.ndarray]) -> list[list[Suspect]]:
    """Return the images of each part that a network misclassifies.

    The most confident mistakes come first.

    Parameters
    ----------
    album : DatasetIndex
    probabilities : sequence of ndarray of float, shape (n, classes)
        Of the images of each part.
    """
    found, start = [], 0
    for split, of_images in zip(album.splits.values(), probabilities, strict=True):
        wrong = confident_mistakes(split.labels, of_images)
        taken_for = of_images.argmax(axis=1)
        found.append(
            [
                Suspect(int(start + k), int(taken_for[k]), float(of_images[k, taken_for[k]]))
                for k in wrong
            ]
        )
        start += len(split.labels)
    return found


def confident_disagreements(album: DatasetIndex, probabilities: np.ndarray) -> list[Suspect]:
    """Return images whose labels networks contradict that have not learnt them.

    A class may be suggested if its probability is at least as high as, in the mean, that of the images that are
    labelled so, which allows for classes that networks are never sure of. First come those whose suggested class
    is the furthest above that of the label.

    Parameters
    ----------
    album : DatasetIndex
    probabilities : ndarray of float, shape (n, classes)
        Of each image of the album, by a network that was not trained on it.

    References
    ----------
    Northcutt, C. G., Jiang, L. and Chuang, I. L. (2021). Confident learning: estimating uncertainty in dataset
    labels. Journal of Artificial Intelligence Research 70.
    """
    labels, n_classes = album.labels, probabilities.shape[1]
    every = np.arange(len(labels))
    counts = np.bincount(labels, minlength=n_classes)
    sums = np.bincount(labels, probabilities[every, labels], minlength=n_classes)
    usual = np.where(counts > 0, sums / np.maximum(counts, 1), np.inf)
    possible = np.where(probabilities >= usual, probabilities, -1.0)
    suggested = possible.argmax(axis=1)
    margins = probabilities[every, labels] - probabilities[every, suggested]
    is_suspect = (possible.max(axis=1) >= 0) & (suggested != labels) & (margins < 0)
    found = np.flatnonzero(is_suspect)
    found = found[np.argsort(margins[found], kind="stable")]
    return [
        Suspect(int(k), int(suggested[k]), float(probabilities[k, suggested[k]])) for k in found
    ]
