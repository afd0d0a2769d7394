"""Input normalisation by per-channel statistics of the training images.

The numbers are arguments of a layer at the head of the network, and so are saved and applied with it.
"""

from typing import NamedTuple

import numpy as np

from lenet.data.dataset import Split, batches

NORMALISATIONS = ("zscore", "unit", "minmax", "none")
BRIGHTEST = 255
AT_A_TIME = 1000


class Statistics(NamedTuple):
    """Statistics of the bytes of each channel, arrays of shape (channels,).

    Attributes
    ----------
    mean, deviation, lowest, highest : ndarray of float
    """

    mean: np.ndarray
    deviation: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray


def channel_statistics(split: Split) -> Statistics:
    """Compute mean, deviation and range of each channel of uint8 images in one pass.

    They are exact, as sums are in integers: no order of the images changes a bit of them.
    """
    channels = split.images.shape[1]
    sums, squares = np.zeros((2, channels), np.int64)
    lowest, highest = np.full(channels, BRIGHTEST), np.zeros(channels, int)
    axes = (0, 2, 3)
    for images, _ in batches(split, AT_A_TIME):
        sums += images.sum(axes, dtype=np.int64)
        squares += np.square(images, dtype=np.uint16).sum(axes, dtype=np.int64)
        lowest = np.minimum(lowest, images.min(axes))
        highest = np.maximum(highest, images.max(axes))
    n = len(split.labels) * split.images.shape[2] * split.images.shape[3]
    # Python's integers, which do not overflow, until the end.
    variances = [
        (n * int(square) - int(total) ** 2) / n**2
        for total, square in zip(sums, squares, strict=True)
    ]
    return Statistics(sums / n, np.sqrt(variances), lowest.astype(float), highest.astype(float))
