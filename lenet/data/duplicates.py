"""Exact duplicates in a data set."""

import hashlib
from collections.abc import Callable

import numpy as np

from lenet.data.dataset import Dataset
from lenet.data.indexed_images import Images, IndexedImages
from lenet.data.splits import PARTS

DIGEST_BYTES = 16
MAX_EXAMPLES = 3


def digest(image: np.ndarray | memoryview) -> bytes:
    """Return the digest of an image, equal for equal images."""
    return hashlib.blake2b(image.tobytes(), digest_size=DIGEST_BYTES).digest()


def digests_of(images: Images) -> np.ndarray:
    """Return the digest of each image, uint8, shape (n, 16)."""
    if isinstance(images, IndexedImages) and images.digests is not None:
        return images.digests[images.rows]
    found = b"".join(digest(images[k]) for k in range(len(images)))
    return np.frombuffer(found, np.uint8).reshape(-1, DIGEST_BYTES)


def ids_of(digests: np.ndarray) -> np.ndarray:
    """Return the index of each digest among the distinct ones."""
    return np.unique(digests, axis=0, return_inverse=True)[1].reshape(-1)


def copies_report(dataset: Dataset) -> list[str]:
    """Return lines about duplicates: their number and first examples.

    Those with copies in several parts, or in several classes, have a line of their own.
    """
    splits = (dataset.train, dataset.valid, dataset.test)
    pictures = ids_of(np.concatenate([digests_of(split.images) for split in splits]))
    counts = np.bincount(pictures)
    n_copies = len(pictures) - len(counts)
    if not n_copies:
        return ["no picture is there twice"]
    sizes = [len(split.labels) for split in splits]
    starts = np.cumsum([0, *sizes])
    parts = np.repeat(np.arange(len(splits)), sizes)
    labels = np.concatenate([split.labels for split in splits])

    def name(k: int) -> str:
        part = parts[k]
        return name_of(splits[part].images, PARTS[part], int(k - starts[part]))

    def name_and_part(k: int) -> str:
        return f"{name(k)} ({PARTS[parts[k]]})"

    def name_and_class(k: int) -> str:
        return f"{name(k)} ({dataset.class_names[labels[k]]})"

    lines = [
        f"{n_copies:,} {'image is a copy' if n_copies == 1 else 'images are copies'} of others: "
        + examples(np.flatnonzero(counts > 1), pictures, name)
    ]
    for of_image, described, what in (
        (parts, name_and_part, "in several parts"),
        (labels, name_and_class, "in several classes, of which one is right at most"),
    ):
        spread = of_several(pictures, of_image)
        if len(spread):
            n = "1 picture is" if len(spread) == 1 else f"{len(spread):,} pictures are"
            lines.append(f"{n} {what}: {examples(spread, pictures, described)}")
    return lines


def name_of(images: Images, part: str, index: int) -> str:
    """Return the display name of an image: file and page, or part and index from 0."""
    source = images.source(index) if isinstance(images, IndexedImages) else None
    return f"{part} image {index}" if source is None else str(source)


def of_several(pictures: np.ndarray, of_image: np.ndarray) -> np.ndarray:
    """Return the pictures whose images have different values in an array."""
    pairs = np.unique(np.stack([pictures, of_image], axis=1), axis=0)
    return np.flatnonzero(np.bincount(pairs[:, 0]) > 1)


def examples(chosen: np.ndarray, pictures: np.ndarray, name: Callable[[int], str]) -> str:
    """Return the names of the first few pictures, those of duplicates joined by "="."""
    named = []
    for picture in chosen[:MAX_EXAMPLES]:
        images = np.flatnonzero(pictures == picture)
        more = f" = {len(images) - MAX_EXAMPLES} more" if len(images) > MAX_EXAMPLES else ""
        named.append(" = ".join(name(int(k)) for k in images[:MAX_EXAMPLES]) + more)
    others = len(chosen) - len(named)
    return ", ".join(named) + (f" and {others:,} others" if others else "")
