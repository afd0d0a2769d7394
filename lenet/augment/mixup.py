"""Mixup: mixtures of two images of a batch, and of their labels."""

from collections.abc import Iterable, Iterator

import numpy as np

from lenet.augment.compose import Batch

# Shares are multiples of 1 / ONE: bytes are then mixed in integers, to the same bits everywhere.
ONE = 256

MixedBatch = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def mixed_batches(
    made: Iterable[Batch], alpha: float, rng: np.random.Generator
) -> Iterator[MixedBatch]:
    """Mix each image of each batch with a partner, another image of the batch.

    Parameters
    ----------
    made : iterable of (images, labels)
        uint8, shape (batch, channels, height, width), and int32, shape (batch,).
    alpha : float
        The share of an image in its mixture is drawn from Beta(alpha, alpha), once for a batch. Small ones leave
        most images nearly as they are.
    rng : numpy.random.Generator
        Draws the shares and the partners, after what each batch has drawn.

    Yields
    ------
    images : ndarray of uint8, shape (batch, channels, height, width)
    labels : ndarray of int32, shape (batch,)
        Of the larger parts of the mixtures.
    partners : ndarray of int32, shape (batch,)
        Labels of the smaller parts.
    shares : ndarray of float32, shape (batch,)
        What the larger parts are of their mixtures, 0.5 to 1: the same number for all of a batch.

    Notes
    -----
    The larger share is the image's own: as partners are drawn, each pair is as likely the other way round.

    References
    ----------
    Zhang, H., Cissé, M., Dauphin, Y. N. and Lopez-Paz, D. (2018). mixup: Beyond empirical risk minimization. ICLR.
    """
    for images, labels in made:
        drawn = rng.beta(alpha, alpha)
        share = round(ONE * max(drawn, 1 - drawn))
        order = rng.permutation(len(labels))
        shares = np.full(len(labels), share / ONE, np.float32)
        yield mixed(images, images[order], share), labels, labels[order], shares


def mixed(images: np.ndarray, others: np.ndarray, share: int) -> np.ndarray:
    """Return images, uint8, with `share` 256ths of their own and the rest of others."""
    # At most 256 * 255 + 128, which 16 bits hold.
    total = images * np.uint16(share)
    total += others * np.uint16(ONE - share)
    total += np.uint16(ONE // 2)
    total >>= 8
    return total.astype(np.uint8)
