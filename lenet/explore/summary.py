"""Statistics of a data set: pixel values, picture sizes, mean images."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from lenet.data.indexed_images import Images, IndexedImages
from lenet.data.page_choice import ALL
from lenet.data.picture_pages import picture_sizes
from lenet.data.value_ranges import KEPT
from lenet.errors import ImageError
from lenet.explore.index import DatasetIndex, image_batches

CHANNELS = {1: ("gray",), 3: ("red", "green", "blue")}
LEVELS = 256


class Values(NamedTuple):
    """Statistics of the pixel values of one channel of one part of a data set."""

    part: str
    channel: str
    lowest: int
    highest: int
    mean: float
    deviation: float


class Sides(NamedTuple):
    """Statistics of one side of the pictures in their files, in pixels."""

    smallest: int
    median: float
    largest: int


class FileSizes(NamedTuple):
    """Sizes of the pictures in their files, before they were scaled to one size.

    Attributes
    ----------
    pictures : int
        Those whose size could be read.
    rows, columns : Sides
    """

    pictures: int
    rows: Sides
    columns: Sides


def value_ranges(album: DatasetIndex) -> list[Values]:
    """Return the pixel statistics of each channel of each part that has images."""
    found = []
    for part, split in album.splits.items():
        if not len(split.labels):
            continue
        n = album.dataset.channels
        names = CHANNELS.get(n, [f"channel {k + 1}" for k in range(n)])
        for channel, counts in zip(names, histograms(split.images), strict=True):
            levels = np.arange(LEVELS)
            present = np.flatnonzero(counts)
            mean = float(np.average(levels, weights=counts))
            variance = float(np.average((levels - mean) ** 2, weights=counts))
            ends = int(present[0]), int(present[-1])
            found.append(Values(part, channel, *ends, mean, variance**0.5))
    return found


def histograms(images: Images) -> np.ndarray:
    """Return the histogram of each channel's values, int, shape (channels, 256)."""
    counts = np.zeros((images.shape[1], LEVELS), int)
    for batch in image_batches(images):
        for channel in range(len(counts)):
            counts[channel] += np.bincount(batch[:, channel].ravel(), minlength=LEVELS)
    return counts


def file_sizes(album: DatasetIndex) -> FileSizes | None:
    """Return the sizes of the pictures in their files.

    None, if the images are from no files.
    """
    paths: set[Path] = set()
    for split in album.splits.values():
        if isinstance(split.images, IndexedImages) and split.images.sources is not None:
            paths.update(split.images.sources[int(row)].path for row in split.images.rows)
    origin, sizes = album.dataset.origin, []
    is_one = origin.get("pages", ALL) != ALL
    for path in sorted(paths):
        try:
            sizes += picture_sizes(path, is_one, KEPT in origin)
        except ImageError:  # gone since it was decoded, or in part not to be read
            continue
    if not sizes:
        return None
    rows, columns = (
        Sides(min(side), float(np.median(side)), max(side)) for side in zip(*sizes, strict=True)
    )
    return FileSizes(len(sizes), rows, columns)


def mean_image(album: DatasetIndex, label: int) -> np.ndarray | None:
    """Return the mean of all images of a class, uint8; None if there are none."""
    total, n = np.zeros(album.dataset.train.images.shape[1:]), 0
    for split in album.splits.values():
        members = split.take(np.flatnonzero(split.labels == label))
        for batch in image_batches(members.images):
            total += batch.sum(axis=0, dtype=np.int64)
            n += len(batch)
    return np.rint(total / n).astype(np.uint8) if n else None


def samples(album: DatasetIndex, label: int, count: int) -> list[int]:
    """Return at most `count` images of a class, evenly spaced from first to last."""
    members = np.flatnonzero(album.labels == label)
    chosen = np.linspace(0, len(members) - 1, min(count, len(members)))
    return members[chosen.astype(int)].tolist()
