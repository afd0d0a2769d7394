"""Test-time augmentation: versions of images, to average a network's answers."""

from collections.abc import Iterator

import numpy as np

# Down and right, in steps; the image itself comes first.
MOVES = ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1))
# A step is a pixel of images of this side, and in proportion of larger ones.
SIDE = 32


def number_of_versions(mirror: bool) -> int:
    """Return how many versions `versions` makes of an image."""
    return len(MOVES) * (2 if mirror else 1)


def versions(images: np.ndarray, mirror: bool) -> Iterator[np.ndarray]:
    """Yield images as they are, and moved by a step up, down, left and right.

    Where they move away from, pixels of their edge are repeated.

    Parameters
    ----------
    images : ndarray, shape (n, channels, rows, columns)
    mirror : bool
        Whether each is followed by its left-right mirror image.

    Yields
    ------
    ndarray, shape (n, channels, rows, columns)

    References
    ----------
    Krizhevsky, A., Sutskever, I. and Hinton, G. E. (2012). ImageNet classification with deep convolutional
    neural networks. NIPS. They average over ten versions, five windows and their mirror images.
    """
    rows, columns = images.shape[2:]
    step = max(1, round(min(rows, columns) / SIDE))
    padded = np.pad(images, [(0, 0), (0, 0), (step, step), (step, step)], mode="edge")
    for down, right in MOVES:
        top, left = step * (1 - down), step * (1 - right)
        moved = padded[:, :, top : top + rows, left : left + columns]
        yield np.ascontiguousarray(moved)
        if mirror:
            yield np.ascontiguousarray(moved[..., ::-1])
