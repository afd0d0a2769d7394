"""Augmentation by random crops and mirror images, computed batch by batch."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lenet.augment.compose import Augmentation, Batch
from lenet.data.dataset import Split
from lenet.text import counted


@dataclass(frozen=True)
class Crops:
    """Augmentation by random crops and mirror images (``--data_augm``).

    An epoch has each image unchanged and in `ncrops` random crops, and, with `mirror`, all of
    these mirrored, too.

    Parameters
    ----------
    ncrops : int
        Random crops of each image in an epoch.
    mirror : bool
        Whether the mirror images appear, too.
    then : Augmentation
        What is done at random with each of these.
    pad : int
        Pixels of zeros around an image before it is cropped to its size again.

    Raises
    ------
    ValueError
        If `ncrops` is negative.

    References
    ----------
    He, K., Zhang, X., Ren, S. and Sun, J. (2016). Deep residual learning for image recognition. CVPR.
    """

    ncrops: int
    mirror: bool
    then: Augmentation = Augmentation()
    pad: int = 4

    def __post_init__(self) -> None:
        if self.ncrops < 0:
            raise ValueError(f"ncrops {self.ncrops}: expected at least 0")

    @property
    def appearances(self) -> int:
        """Number of times that an epoch contains each image."""
        return (2 if self.mirror else 1) * (1 + self.ncrops)

    @property
    def description(self) -> str:
        """One-line description of the augmentation."""
        mirrors = "mirrored or not" if self.mirror else "not mirrored"
        crops = f"{counted(self.ncrops, 'random crop')} of each image, {mirrors}"
        return f"{crops}; {self.then.description}" if self.then else crops

    def batches(self, split: Split, batch_size: int, rng: np.random.Generator) -> Iterator[Batch]:
        """Return the batches of one epoch, all versions of all images shuffled.

        Parameters
        ----------
        split : Split
            Held once, whatever `ncrops`; an appearance costs four bytes more.
        batch_size : int
            The last batch may be smaller.
        rng : numpy.random.Generator
            Draws the order, and a crop's offset afresh each time.

        Returns
        -------
        iterator of (images, labels)
            uint8, shape (batch, channels, height, width), and int32, shape (batch,).
        """
        return self.then.applied_to(self._cropped_batches(split, batch_size, rng), rng)

    def _cropped_batches(
        self, split: Split, batch_size: int, rng: np.random.Generator
    ) -> Iterator[Batch]:
        n, pad = len(split.labels), self.pad
        order = np.arange(n * self.appearances, dtype=np.int32)
        rng.shuffle(order)
        # The zeros around the images stay, whatever the batch.
        padded = np.zeros(
            padded_shape((batch_size, *split.images.shape[1:]), pad), split.images.dtype
        )
        for start in range(0, len(order), batch_size):
            version, image = np.divmod(order[start : start + batch_size], n)
            crop, mirrored = (
                np.divmod(version, 2) if self.mirror else (version, np.zeros_like(version))
            )
            images = split.images[image]
            # Version 0 is the image itself; offsets are drawn for all, so that none depends on the others.
            offsets = rng.integers(0, 2 * pad + 1, size=(2, len(image)))
            moved = np.flatnonzero(crop)
            inside = padded[
                : len(moved), :, pad : padded.shape[2] - pad, pad : padded.shape[3] - pad
            ]
            inside[...] = images[moved]
            images[moved] = cropped(padded, offsets[:, moved], pad)
            flipped = np.flatnonzero(mirrored)
            images[flipped] = images[flipped][..., ::-1]
            yield images, split.labels[image]


def padded_shape(shape: tuple[int, ...], pad: int) -> tuple[int, ...]:
    """Return the shape (n, channels, height, width) of images padded by `pad` pixels."""
    return (*shape[:2], shape[2] + 2 * pad, shape[3] + 2 * pad)


def cropped(padded: np.ndarray, offsets: np.ndarray, pad: int) -> np.ndarray:
    """Crop padded images to their size before padding.

    Parameters
    ----------
    padded : ndarray, shape (n or more, channels, height + 2 * pad, width + 2 * pad)
    offsets : ndarray of int, shape (2, n)
        First row and column of each crop in the padded image, 0 to ``2 * pad``.
    pad : int

    Returns
    -------
    ndarray, shape (n, channels, height, width)
    """
    height, width = (size - 2 * pad for size in padded.shape[2:])
    windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), axis=(2, 3))
    return windows[np.arange(offsets.shape[1]), :, offsets[0], offsets[1]]
