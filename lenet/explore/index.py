"""Index of a data set: all images of all parts, numbered consecutively."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from lenet.data.dataset import Dataset, Split
from lenet.data.duplicates import name_of
from lenet.data.indexed_images import Images, IndexedImages
from lenet.data.splits import PARTS

MAX_VALUES = 1 << 22  # of the images of a batch


class Place(NamedTuple):
    """Location of an image: its part of the data set and its index there, from 0."""

    part: str
    number: int


@dataclass(frozen=True)
class DatasetIndex:
    """Index of all images of a data set, numbered from 0.

    The training images come first, then the validation images, then the test images.

    Attributes
    ----------
    dataset : Dataset
    """

    dataset: Dataset

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def splits(self) -> dict[str, Split]:
        """The parts by name, in their order."""
        parts = (self.dataset.train, self.dataset.valid, self.dataset.test)
        return dict(zip(PARTS, parts, strict=True))

    @property
    def class_names(self) -> Sequence[str]:
        """Names of the classes."""
        return self.dataset.class_names

    @cached_property
    def labels(self) -> np.ndarray:
        """The class of each image, int, shape (n,)."""
        return np.concatenate([split.labels for split in self.splits.values()])

    @cached_property
    def parts(self) -> np.ndarray:
        """The number of the part that each image is in, int, shape (n,)."""
        return np.repeat(np.arange(len(PARTS)), [len(s.labels) for s in self.splits.values()])

    def counts(self) -> np.ndarray:
        """Count the images of each class in each part, int, shape (classes, parts)."""
        n_classes = self.dataset.n_classes
        of_parts = [np.bincount(s.labels, minlength=n_classes) for s in self.splits.values()]
        return np.stack(of_parts, axis=1)

    def place(self, image: int) -> Place:
        """Return the location of an image."""
        part = int(self.parts[image])
        return Place(PARTS[part], int(image - np.searchsorted(self.parts, part)))

    def name(self, image: int) -> str:
        """Return the display name of an image: its file, or its index in its part."""
        part, index = self.place(image)
        return name_of(self.splits[part].images, part, index)

    def file(self, image: int) -> str | None:
        """Return the file of an image; None if it has none of its own."""
        part, index = self.place(image)
        images = self.splits[part].images
        source = images.source(index) if isinstance(images, IndexedImages) else None
        return None if source is None else str(source)

    def class_of(self, image: int) -> str:
        """Return the name of an image's class."""
        return self.class_names[self.labels[image]]

    def pixels(self, image: int) -> np.ndarray:
        """Return an image, uint8, shape (channels, rows, columns)."""
        part, index = self.place(image)
        return self.splits[part].images[index]

    def batches(self) -> Iterator[np.ndarray]:
        """Yield all images in order, in batches.

        A batch is of uint8, shape (n, channels, rows, columns).
        """
        for split in self.splits.values():
            yield from image_batches(split.images)


def image_batches(images: Images) -> Iterator[np.ndarray]:
    """Yield images in order, in batches that take little memory."""
    n, *shape = images.shape
    step = max(1, MAX_VALUES // math.prod(shape))
    for start in range(0, n, step):
        yield images[start : start + step]
