"""Confused classes: images of the wrong cells of a confusion matrix."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lenet.data.duplicates import name_of
from lenet.data.indexed_images import Images
from lenet.report.class_metrics import confident_mistakes, confusion_counts
from lenet.report.composite import composite
from lenet.report.contact_sheet import strip

MAX_CELLS, MAX_IMAGES = 40, 10


class ConfusedPair(NamedTuple):
    """Images of one class that were taken for another.

    Attributes
    ----------
    truth, taken_for : str
        Names of the classes.
    images : int
        How many images there are.
    picture : bytes
        PNG of some, those of the highest probability first.
    names : tuple of str
        What these are: file, or part and number, and the probability of the class they were taken for.
    """

    truth: str
    taken_for: str
    images: int
    picture: bytes
    names: tuple[str, ...] = ()


def confused_pairs(
    images: Images,
    labels: np.ndarray,
    probabilities: np.ndarray,
    class_names: Sequence[str],
    part: str = "",
) -> list[ConfusedPair]:
    """Return the wrong cells of the confusion matrix, those of most images first.

    Parameters
    ----------
    images : ndarray or IndexedImages, shape (n, channels, side, side)
        uint8, or floats between 0 and 1. See `composite` for channels other than 1 or 3.
    labels : ndarray of int, shape (n,)
    probabilities : ndarray of float, shape (n, classes)
    class_names : sequence of str
    part : str
        Of the images that are from no file.

    Returns
    -------
    list of ConfusedPair
        At most 40.
    """
    predictions = probabilities.argmax(axis=1)
    counts = confusion_counts(labels, predictions, len(class_names))
    np.fill_diagonal(counts, 0)
    order = np.argsort(-counts, axis=None, kind="stable")[:MAX_CELLS]
    mistakes = confident_mistakes(labels, probabilities)
    pairs = []
    for truth, taken_for in zip(*np.unravel_index(order, counts.shape), strict=True):
        if not counts[truth, taken_for]:
            break
        in_cell = (labels[mistakes] == truth) & (predictions[mistakes] == taken_for)
        first = mistakes[in_cell][:MAX_IMAGES]
        shown = [_drawable(images[k]) for k in first]
        pairs.append(
            ConfusedPair(
                class_names[truth],
                class_names[taken_for],
                int(counts[truth, taken_for]),
                strip(shown, MAX_IMAGES),
                tuple(
                    f"{name_of(images, part, int(k)).strip()}: {100 * probabilities[k, taken_for]:.1f} %"
                    for k in first
                ),
            )
        )
    return pairs


def _drawable(image: np.ndarray) -> np.ndarray:
    """Return an image as uint8 of one or three channels."""
    image = composite(image)
    if image.dtype == np.uint8:
        return image
    return np.rint(255 * np.clip(image, 0, 1)).astype(np.uint8)
