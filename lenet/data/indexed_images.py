"""Images that stay on disk until a batch needs them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lenet.text import shown


class Source(NamedTuple):
    """Source of an image: its file and page.

    Attributes
    ----------
    path : Path
    page : int or None
        Of a file with several pages, counted from 0.
    group : str or None
        That must stay in one part, if the user has said so.
    part : int or None
        Of the user's own split, a number in `lenet.data.splits.PARTS`.
    """

    path: Path
    page: int | None
    group: str | None = None
    part: int | None = None

    def __str__(self) -> str:
        name = shown(self.path)
        return name if self.page is None else f"{name} page {self.page + 1}"


class IndexedImages:
    """Subset of a large array of images, usually memory-mapped, read on demand.

    It stands for an array where that is used as `batches` uses it; ``numpy.asarray`` makes it one.

    Parameters
    ----------
    base : ndarray of uint8 or RangedImages, shape (m, channels, height, width)
    rows : ndarray of int, shape (n,)
        Which of them, and in which order.
    sources : sequence of Source, of length m, optional
        Where the images of `base` come from.
    digests : ndarray of uint8, shape (m, 16), optional
        Alike for images that are alike; see `lenet.data.duplicates`.

    Attributes
    ----------
    shape : tuple of int
        (n, channels, height, width).
    """

    ndim = 4

    def __init__(
        self,
        base: Any,
        rows: np.ndarray,
        sources: Sequence[Source] | None = None,
        digests: np.ndarray | None = None,
    ) -> None:
        self.base, self.rows, self.sources, self.digests = base, rows, sources, digests
        self.shape = (len(rows), *base.shape[1:])
        self.dtype = base.dtype

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: Any) -> np.ndarray:
        """Return the images at an index, a slice or an array of indices, as a new array."""
        return self.base[self.rows[index]]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self.base[self.rows], dtype)

    def take(self, index: slice | np.ndarray) -> "IndexedImages":
        """Take a subset of the images, which stay where they are."""
        return self.at(self.rows[index])

    def at(self, rows: np.ndarray) -> "IndexedImages":
        """Return a subset by rows of the underlying array."""
        return IndexedImages(self.base, rows, self.sources, self.digests)

    def source(self, index: int) -> Source | None:
        """Return the source of an image, if it is known."""
        return None if self.sources is None else self.sources[int(self.rows[index])]


Images = np.ndarray | IndexedImages


def taken(images: Images, index: slice | np.ndarray) -> Images:
    """Take a subset of images; those on disk stay there."""
    return images.take(index) if isinstance(images, IndexedImages) else images[index]


def joined(parts: Sequence[Images]) -> Images:
    """Concatenate images; those of one array on disk stay there."""
    rows = [part for part in parts if isinstance(part, IndexedImages)]
    if len(rows) == len(parts) and all(part.base is rows[0].base for part in rows):
        return rows[0].at(np.concatenate([part.rows for part in rows]))
    return np.concatenate([np.asarray(part) for part in parts])
