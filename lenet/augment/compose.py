"""Augmentation composed of several transforms, computed batch by batch.

augmentation = Augmentation((Rotate(Range(-15, 15)), Flip("h"), Noise(0.1)), mode="random")
for images, labels in augmentation.batches(split, batch_size=500, rng=rng):
    ...
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from lenet.augment.batch_plan import FILLS, ImageChanges, compiled_alter_images
from lenet.augment.transforms import Draw, Flip, Transform
from lenet.data.dataset import Split, batches

MODES = ("each", "random")
# Images are transformed a few at a time: what is drawn for them stays in the cache, and takes no new memory.
PIXELS, MIN_IMAGES = 1 << 16, 8

Batch = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Augmentation:
    """Composition of transforms of training images.

    Parameters
    ----------
    transforms : tuple of Transform
        In the order in which they are applied; but brightness comes after all that moves pixels, then noise, and
        cutout last of all.
    mode : {"each", "random"}
        In an epoch, "each" shows every image as itself and once in each version of each transform, all
        shuffled; "random" shows it once, transformed by all of them together as chance has it.
    fill : {"edge", "background"}
        What is seen where an image has no pixels: those of its edge for ever, or the median of its border.

    Raises
    ------
    ValueError
        If `mode` or `fill` is unknown.
    """

    transforms: tuple[Transform, ...] = ()
    mode: str = "each"
    fill: str = "edge"

    def __post_init__(self) -> None:
        for name, value, known in (("mode", self.mode, MODES), ("fill", self.fill, FILLS)):
            if value not in known:
                raise ValueError(f"{name} {value!r}: expected one of {', '.join(known)}")

    def __bool__(self) -> bool:
        """Return whether there are any transforms."""
        return bool(self.transforms)

    @property
    def merges(self) -> bool:
        """Whether an epoch contains several versions of each image."""
        return self.mode == "each" and bool(self.transforms)

    @property
    def appearances(self) -> int:
        """Number of times that an epoch contains each image."""
        return 1 + len(self.versions) if self.merges else 1

    @property
    def versions(self) -> list[tuple[Transform, int]]:
        """Versions of all transforms, as pairs of a transform and the index of a version."""
        return [
            (transform, version)
            for transform in self.transforms
            for version in range(len(transform.versions))
        ]

    @property
    def mirrors(self) -> bool:
        """Whether images are mirrored from left to right."""
        return any(isinstance(each, Flip) and "h" in each.axes for each in self.transforms)

    @property
    def description(self) -> str:
        """One-line description of the augmentation."""
        if not self.transforms:
            return "none"
        transforms = ", ".join(map(str, self.transforms))
        return (
            f"each image, and versions by {transforms}"
            if self.merges
            else f"{transforms}, together at random"
        )

    def check(self, size: tuple[int, int]) -> None:
        """Raise `ValueError` if images of (rows, columns) are too small for a transform."""
        for transform in self.transforms:
            transform.check(size)

    def batches(self, split: Split, batch_size: int, rng: np.random.Generator) -> Iterator[Batch]:
        """Return an iterator of the batches of one epoch, computed one by one.

        Parameters
        ----------
        split : Split
            Held once, however many versions; with "each", an appearance costs four bytes more.
        batch_size : int
            The last batch may be smaller.
        rng : numpy.random.Generator
            Draws the order and all that is left to chance, which then depends on nothing else.

        Returns
        -------
        iterator of (images, labels)
            uint8, shape (batch, channels, height, width), and int32, shape (batch,).
        """
        if not self.merges:
            return self.applied_to(batches(split, batch_size, rng), rng)
        compiled_alter_images()
        return self._merged_batches(split, batch_size, rng)

    def applied_to(self, made: Iterable[Batch], rng: np.random.Generator) -> Iterator[Batch]:
        """Return the batches with all transforms applied at random."""
        if not self.transforms:
            return iter(made)
        compiled_alter_images()  # now: PyTensor does not expect to compile in the thread that takes the batches
        return ((self.altered(images, rng), labels) for images, labels in made)

    def altered(
        self, images: np.ndarray, rng: np.random.Generator, versions: np.ndarray | None = None
    ) -> np.ndarray:
        """Return transformed images: all transforms at random, or a given version of each.

        Parameters
        ----------
        images : ndarray of uint8, shape (n, channels, height, width)
        rng : numpy.random.Generator
        versions : ndarray of int, shape (n,), optional
            0 for the image itself, then those of `versions`.

        Returns
        -------
        ndarray of uint8, shape (n, channels, height, width)
        """
        result = np.empty_like(images)
        size = max(MIN_IMAGES, PIXELS // math.prod(images.shape[2:]))
        for start in range(0, len(images), size):
            block = slice(start, start + size)
            changes = ImageChanges(images[block].shape)
            if versions is None:
                self._draw_all(changes, rng)
            else:
                self._draw_versions(changes, rng, versions[block])
            result[block] = changes.applied_to(images[block], self.fill)
        return result

    def _draw_all(self, changes: ImageChanges, rng: np.random.Generator) -> None:
        every = np.arange(changes.shape[0])
        for transform in self.transforms:
            transform.change(changes, every, Draw(rng, len(every)))

    def _draw_versions(
        self, changes: ImageChanges, rng: np.random.Generator, versions: np.ndarray
    ) -> None:
        for number, (transform, version) in enumerate(self.versions, start=1):
            chosen = np.flatnonzero(versions == number)
            if len(chosen):
                transform.change(changes, chosen, Draw(rng, len(chosen), version))

    def _merged_batches(
        self, split: Split, batch_size: int, rng: np.random.Generator
    ) -> Iterator[Batch]:
        n = len(split.labels)
        order = np.arange(n * self.appearances, dtype=np.int32)
        rng.shuffle(order)
        for start in range(0, len(order), batch_size):
            versions, image = np.divmod(order[start : start + batch_size], n)
            yield self.altered(split.images[image], rng, versions), split.labels[image]
