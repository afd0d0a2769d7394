"""Readers of CIFAR-10 and CIFAR-100: pickles and their archives."""

import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

import numpy as np

from lenet import limits
from lenet.data.array_pickle import load_arrays
from lenet.data.published_files import (
    checked_labels,
    data_errors,
    open_unpacked,
    pickled_array,
    read_bounded,
)
from lenet.errors import DataError
from lenet.files import open_regular
from lenet.text import shown

CIFAR_SIZE = 32


class CifarFiles(NamedTuple):
    """Names in the archive of one of the two data sets.

    Attributes
    ----------
    batches : tuple of str
        Files of images and labels.
    meta : str
        File of class names.
    labels, class_names : str
        What they are called in these files.
    n_classes : int
    """

    batches: tuple[str, ...]
    meta: str
    labels: str
    class_names: str
    n_classes: int


CIFAR10 = CifarFiles(
    (*(f"data_batch_{k}" for k in range(1, 6)), "test_batch"),
    *("batches.meta", "labels", "label_names", 10),
)
CIFAR100 = CifarFiles(("train", "test"), "meta", "fine_labels", "fine_label_names", 100)
CIFAR100_COARSE = CIFAR100._replace(
    labels="coarse_labels", class_names="coarse_label_names", n_classes=20
)


def read_cifar(
    path: Path, files: CifarFiles = CIFAR10
) -> tuple[dict[str, tuple[np.ndarray, np.ndarray]], tuple[str, ...]]:
    """Read CIFAR-10 or CIFAR-100 from its archive or from its extracted folder.

    Parameters
    ----------
    path : Path
        ``cifar-10-python.tar.gz``, which is read without extracting it, or ``cifar-10-batches-py/``.
    files : CifarFiles
        Whose.

    Returns
    -------
    batches : dict
        (images, labels) of each batch by name: uint8 of shape (n, 3, 32, 32), int32 of
        shape (n,). Batches may have any length.
    class_names : tuple of str
        From the file of class names; empty where that file is missing.

    Raises
    ------
    DataError
        If a batch is missing or not what it should be.

    References
    ----------
    Krizhevsky, A. (2009). Learning multiple layers of features from tiny images.
    """
    batches: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    names: tuple[str, ...] = ()
    # One file after the other, so that no more than one is held as it was read.
    members = files_of_folder if path.is_dir() else files_of_archive
    for name, data in members(path, (*files.batches, files.meta)):
        if name == files.meta:
            names = cifar_class_names(data, path / name, files)
        else:
            batches[name] = cifar_batch(data, path / name, files)
    missing = [name for name in files.batches if name not in batches]
    if missing:
        raise DataError(f"{path}: lacks {', '.join(missing)}; get the data again")
    return batches, names


def files_of_folder(path: Path, names: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Yield the name and content of some files in a folder."""
    left = limits.UNPACKED_BYTES  # of all together, as in an archive
    for name in names:
        if (path / name).exists():
            with data_errors(path / name), open_regular(path / name, limits.PACKED_BYTES) as file:
                data = read_bounded(file, left, path / name)
            left -= len(data)
            yield name, data


def files_of_archive(path: Path, names: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Yield the name and content of some files in a tar archive.

    Nothing is written to the disk, so that no name in an archive can lead anywhere.
    """
    with data_errors(path), open_unpacked(path) as file:
        unpacked = BoundedStream(file, limits.UNPACKED_BYTES, path)
        # "r|" reads forwards only, and through `read` alone.
        with tarfile.open(fileobj=cast(IO[bytes], unpacked), mode="r|") as archive:
            for member in archive:
                name = member.name.rpartition("/")[2]
                if name not in names:
                    continue
                # A sparse file stands for zeros that are in no archive, as many as it likes.
                whole = member.isreg() and not member.issparse()
                content = archive.extractfile(member) if whole else None
                if content is None:
                    raise DataError(f"{path}: {member.name} is a link or a device, expected a file")
                yield name, content.read()
        # A compressed archive carries its checksum at the very end.
        while unpacked.read(1 << 20):
            pass


class BoundedStream:
    """Stream that refuses to give more than `most` bytes.

    The limit holds for all that `tarfile` reads, its headers too: one may claim any length, and is
    read whole before anything can be checked.
    """

    def __init__(self, file: IO[bytes], most: int, path: Path) -> None:
        self.file, self.most, self.left, self.path = file, most, most, path

    def read(self, size: int) -> bytes:
        """Return at most `size` bytes."""
        data = self.file.read(size)
        self.left -= len(data)
        if self.left < 0:
            raise DataError(
                f"{self.path}: unpacks to more than {self.most} bytes, which CIFAR does not"
            )
        return data


def cifar_batch(
    data: bytes, path: Path, files: CifarFiles = CIFAR10
) -> tuple[np.ndarray, np.ndarray]:
    """Return the images and labels of one pickled batch."""
    with data_errors(path):
        batch = cifar_dict(data, path, "data", files.labels)
        rows, labels = (pickled_array(batch[key], path) for key in ("data", files.labels))
        shape = (3, CIFAR_SIZE, CIFAR_SIZE)
        if rows.dtype != np.uint8 or rows.ndim != 2 or rows.shape[1] != np.prod(shape):
            raise DataError(
                f"{path}: images of shape {rows.shape} and type {rows.dtype}, expected "
                f"(n, {np.prod(shape)}) of uint8"
            )
        return rows.reshape(-1, *shape), checked_labels(labels, len(rows), path, files.n_classes)


def cifar_class_names(data: bytes, path: Path, files: CifarFiles = CIFAR10) -> tuple[str, ...]:
    """Return the class names of a pickled ``batches.meta``, or ``meta``."""
    with data_errors(path):
        names = cifar_dict(data, path, files.class_names)[files.class_names]
        if not isinstance(names, list) or not all(isinstance(n, str | bytes) for n in names):
            raise DataError(f"{path}: {files.class_names} is not a list of names")
        if len(names) != files.n_classes:
            raise DataError(f"{path}: {len(names)} class names, expected {files.n_classes}")
        return tuple(map(class_name, names))


def class_name(name: str | bytes) -> str:
    """Return a class name that is safe to show and save, odd characters as escapes.

    Raises
    ------
    UnicodeError
        If it is no text, or holds half of a surrogate pair, which no file can keep.
    """
    text = name.decode() if isinstance(name, bytes) else name
    text.encode()
    return shown(text)


def cifar_dict(data: bytes, path: Path, *keys: str) -> dict[str, Any]:
    """Load a pickled dict with certain keys, which may be str or bytes."""
    content = load_arrays(data)
    if not isinstance(content, dict):
        raise DataError(f"{path}: holds a {type(content).__name__}, expected a dict")
    named = {k.decode("latin1") if isinstance(k, bytes) else k: v for k, v in content.items()}
    for key in keys:
        if key not in named:
            raise DataError(f"{path}: lacks the entry {key!r}")
    return named
