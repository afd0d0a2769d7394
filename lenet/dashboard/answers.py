"""Answers to the validation images, taken down while they are validated."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lenet.data.dataset import Split
from lenet.data.sampling import evenly

MOST_FOLLOWED, MOST_MISTAKES = 12, 20
MOST_PIXELS = 96  # of a side, as larger ones are shown smaller


class NotedAnswers:
    """Evaluating function that notes its answers to the validation images.

    Parameters
    ----------
    function : callable
        ``(images, labels) -> [cost, errors, probabilities]``.
    """

    def __init__(self, function: Callable[..., list[np.ndarray]]) -> None:
        self.function = function
        self.noted: list[tuple[np.ndarray, np.ndarray]] = []

    def __call__(self, images: np.ndarray, labels: np.ndarray) -> list[np.ndarray]:
        """Return what the function returns."""
        results = self.function(images, labels)
        probabilities = np.asarray(results[2])
        self.noted.append((probabilities.argmax(axis=1), probabilities.max(axis=1)))
        return results

    def taken(self) -> tuple[np.ndarray, np.ndarray]:
        """Return class and probability of each answer since the last call, shape (n,)."""
        noted, self.noted = self.noted, []
        empty = (np.empty(0, int), np.empty(0))
        predictions, confidences = zip(empty, *noted, strict=True)
        return np.concatenate(predictions), np.concatenate(confidences)


def followed_rows(labels: np.ndarray, n_classes: int) -> np.ndarray:
    """Return the rows of images to be followed: the first of each class, 12 at most."""
    firsts = [np.flatnonzero(labels == k)[:1] for k in range(n_classes)]
    found = np.concatenate(firsts) if firsts else np.empty(0, int)
    return found[evenly(len(found), MOST_FOLLOWED)]


def mistaken_rows(
    labels: np.ndarray, predictions: np.ndarray, confidences: np.ndarray
) -> np.ndarray:
    """Return the rows of all mistakes, those of the highest probability first."""
    rows = np.flatnonzero(labels != predictions)
    return rows[np.argsort(-confidences[rows], kind="stable")]


def small_images(split: Split, rows: np.ndarray) -> np.ndarray:
    """Return some images of a split, large ones reduced to 96 pixels a side or less.

    Returns
    -------
    ndarray of uint8, shape (n, channels, height, width)
    """
    images: Any = np.asarray(split.images[rows])
    return averaged(images, MOST_PIXELS).round().astype(np.uint8)


def averaged(pictures: np.ndarray, most: int) -> np.ndarray:
    """Return pictures as means of square blocks, of which a side has few enough.

    Parameters
    ----------
    pictures : ndarray, shape (..., rows, columns)
    most : int
        Blocks of a side.
    """
    *others, rows, columns = pictures.shape
    side = -(-max(rows, columns) // most)
    if side <= 1:
        return pictures
    down, across = max(1, rows // side), max(1, columns // side)
    cut = pictures[..., : down * side, : across * side]
    high, wide = cut.shape[-2] // down, cut.shape[-1] // across
    return cut.reshape(*others, down, high, across, wide).mean(axis=(-3, -1))
