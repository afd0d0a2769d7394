"""Data sets in memory or on disk: their splits, and batches of them."""

import os
import queue
import threading
from collections.abc import Generator, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np

from lenet.data.indexed_images import Images, joined, taken
from lenet.errors import DataError
from lenet.text import counted, listed, plain_table, shape_text

DIGIT_NAMES = tuple("0123456789")
MAX_NAMES = 10  # of classes, where a data set shows itself
FOLDER = "folder"  # name of the data set of one's own images
FILE = "dataset_file"  # in the origin of a data set that is a file
AS_MNIST = "as_mnist"  # in its origin: whether it has digits where MNIST has them
ARRAY_FILES = (".npz", ".h5", ".hdf5", ".csv")  # ends of the names of files that are data sets

Item = TypeVar("Item")


class Split(NamedTuple):
    """Labelled images of one part of a data set.

    Attributes
    ----------
    images : ndarray of uint8 or IndexedImages, shape (n, channels, height, width)
    labels : ndarray of int32, shape (n,)
    """

    images: Images
    labels: np.ndarray

    def take(self, index: slice | np.ndarray) -> "Split":
        """Return a subset of the images; those on disk stay there."""
        return Split(taken(self.images, index), self.labels[index])

    def __repr__(self) -> str:
        return (
            f"<Split: {counted(len(self.labels), 'image')} of {shape_text(self.images.shape[1:])}>"
        )


def joined_splits(*splits: Split) -> Split:
    """Concatenate splits; images on disk stay there."""
    return Split(
        joined([split.images for split in splits]),
        np.concatenate([split.labels for split in splits]),
    )


@dataclass(frozen=True, repr=False)
class Dataset:
    """Data set in three parts: training, validation and test.

    Attributes
    ----------
    name : str
    train, valid, test : Split
    class_names : tuple of str
    mirror : bool
        Whether a left-right mirror image still is of its class; that of a digit is another symbol.
    normalize : str
        How images are normalised, one of `lenet.data.statistics.NORMALISATIONS`, if settings do not say.
    notes : tuple of str
        Where it has been found, in lines for the user.
    problems : tuple of str
        Files that have been left out, a line each.
    warnings : tuple of str
        What may spoil the training, or be read otherwise than it was meant, a line each.
    origin : mapping of str to number, str or list of them
        How to come by these images and parts again; saved with a model.
    """

    name: str
    train: Split
    valid: Split
    test: Split
    class_names: tuple[str, ...]
    mirror: bool
    normalize: str = "unit"
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    origin: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        parts = ", ".join(
            f"{len(split.labels):,} {name} images" for name, split in self.parts.items()
        )
        return (
            f"<Dataset {self.name}: {parts} of {shape_text(self.train.images.shape[1:])}, "
            f"{self.n_classes} classes: {listed(self.class_names, MAX_NAMES)}>"
        )

    def _repr_html_(self) -> str:
        """Return a table for notebooks: images of each class by part."""
        counts = {
            name: np.bincount(split.labels, minlength=self.n_classes)
            for name, split in self.parts.items()
        }
        rows = [
            (name, *(f"{of_part[k]:,}" for of_part in counts.values()))
            for k, name in enumerate(self.class_names)
        ]
        total = ("total", *(f"{of_part.sum():,}" for of_part in counts.values()))
        return plain_table([(self.name, *counts), *rows, total])

    @property
    def parts(self) -> dict[str, Split]:
        """The three parts by name."""
        return {"training": self.train, "validation": self.valid, "test": self.test}

    @property
    def channels(self) -> int:
        """Number of colour channels."""
        return self.train.images.shape[1]

    @property
    def colours(self) -> str:
        """The channels of the images in words."""
        if "channels_kept" in self.origin and self.channels > 1:
            return f"{self.channels} channels"
        return "gray" if self.channels == 1 else "in colour"

    @property
    def size(self) -> int:
        """Side of the images in pixels."""
        return self.train.images.shape[2]

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.class_names)


def limited(dataset: Dataset, num_examples: int | None, val_examples: int | None) -> Dataset:
    """Limit the training images of a data set, or choose the number for validation.

    Parameters
    ----------
    dataset : Dataset
    num_examples : int or None
        Training images to keep, the first ones; None keeps all.
    val_examples : int or None
        Validation images: the last ones of all that are not for testing. None leaves them as they are.

    Raises
    ------
    DataError
        If there are not so many.
    """
    train, valid = dataset.train, dataset.valid
    if val_examples is not None:
        both = joined_splits(train, valid)
        if val_examples >= len(both.labels):
            raise DataError(
                f"{dataset.name}: {val_examples} validation images leave none of {len(both.labels)} to "
                "train on"
            )
        train = both.take(slice(-val_examples))
        valid = both.take(slice(-val_examples, None))
    if num_examples is not None:
        if num_examples > len(train.labels):
            raise DataError(
                f"{dataset.name}: {num_examples} training images are more than the {len(train.labels)} "
                "there are"
            )
        train = train.take(slice(num_examples))
    return replace(dataset, train=train, valid=valid)


def default_data_dir() -> Path:
    """Return the default data folder.

    It is LENET_DATA_DIR, else ``data/`` of the checkout, else a cache folder.
    """
    if os.environ.get("LENET_DATA_DIR"):
        return Path(os.environ["LENET_DATA_DIR"])
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "pyproject.toml").exists():
        return checkout / "data"
    import pooch

    return Path(pooch.os_cache("lenet"))


def data_folder(data_dir: str | os.PathLike | None) -> Path:
    """Return the data folder: `data_dir` or the default one."""
    folder = default_data_dir() if data_dir is None else Path(data_dir)
    if folder.is_file():
        raise DataError(f"{folder}: a file, expected the folder that holds it")
    return folder


def is_array_file(name: str) -> bool:
    """Return whether the name of a data set is that of a file."""
    return name.lower().endswith(ARRAY_FILES)


def batches(
    split: Split, batch_size: int, rng: np.random.Generator | None = None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Cut a split into batches; the last one may be smaller.

    Parameters
    ----------
    split : Split
    batch_size : int
    rng : numpy.random.Generator, optional
        Shuffles the images; without it they keep their order.

    Yields
    ------
    images : ndarray of uint8, shape (batch, channels, height, width)
    labels : ndarray of int32, shape (batch,)
    """
    n = len(split.labels)
    order = None if rng is None else rng.permutation(n)
    for start in range(0, n, batch_size):
        chosen: Any = slice(start, start + batch_size)
        if order is not None:
            chosen = order[chosen]
        yield split.images[chosen], split.labels[chosen]


def prefetch(iterator: Iterator[Item], depth: int = 2) -> Generator[Item, None, None]:
    """Prefetch the items of an iterator in a thread.

    Parameters
    ----------
    iterator : iterator
        Used by the thread alone. An exception in it is raised here, in its place.
    depth : int
        Items that may wait.

    Notes
    -----
    Closing the generator, or leaving its loop, ends the thread.
    """
    waiting: queue.Queue = queue.Queue(maxsize=depth)
    abandoned = threading.Event()

    def put(entry: tuple[str, Any]) -> None:
        while not abandoned.is_set():
            with suppress(queue.Full):
                waiting.put(entry, timeout=0.1)
                return

    def work() -> None:
        try:
            for item in iterator:
                put(("item", item))
                if abandoned.is_set():
                    return
            put(("end", None))
        except BaseException as error:
            put(("error", error))

    thread = threading.Thread(target=work, name="lenet-prefetch", daemon=True)
    thread.start()
    try:
        while True:
            kind, value = waiting.get()
            if kind == "end":
                return
            if kind == "error":
                raise value
            yield value
    finally:
        abandoned.set()
        thread.join()
