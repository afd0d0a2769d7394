"""Readers of the published files of MNIST and CIFAR-10, which trust none of them.

Whatever a file holds, it is checked before it is believed: a wrong one raises `DataError`, whose text
is one line for the user that names the file, what was found and what was expected.
"""

import gzip
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import numpy as np

from lenet import limits
from lenet.data.array_pickle import load_arrays
from lenet.errors import DataError
from lenet.files import open_regular
from lenet.text import shown

N_CLASSES = 10
CIFAR_SIZE = 32
MNIST_SIZE = 28
CIFAR_BATCHES = (*(f"data_batch_{k}" for k in range(1, 6)), "test_batch")
CIFAR_META = "batches.meta"
IDX_UNSIGNED_BYTES = 0x08


@contextmanager
def data_errors(path: Path) -> Iterator[None]:
    """Turn any exception of reading a broken file into a `DataError` that names it."""
    try:
        yield
    except DataError:
        raise
    except (EOFError, gzip.BadGzipFile, zlib.error, tarfile.TarError) as error:
        raise DataError(f"{path}: truncated or corrupt ({error}); get the file again") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
    except Exception as error:  # a hostile pickle can make NumPy raise anything at all
        raise DataError(
            f"{path}: not a valid file ({type(error).__name__}: {error}); get the file again"
        ) from error


@contextmanager
def open_maybe_gzip(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, decompressed if it begins as a gzip file does, whatever its name."""
    with open_regular(path, limits.PACKED_BYTES) as file:
        compressed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        if compressed:
            with gzip.open(file) as unpacked:
                yield unpacked  # type: ignore[misc]
        else:
            yield file


def read_bounded(file: IO[bytes], most: int, path: Path) -> bytes:
    """Read a whole file of at most `most` bytes; refuse a longer one."""
    data = file.read(most + 1)
    if len(data) > most:
        raise DataError(f"{path}: holds more than the {most} bytes expected of it")
    return data


def read_idx(path: Path, ndim: int) -> np.ndarray:
    """Read an array of bytes in the idx format of MNIST, compressed or not.

    Parameters
    ----------
    path : Path
    ndim : int
        Axes that the array must have: 3 for images, 1 for labels.

    Returns
    -------
    ndarray of uint8

    Raises
    ------
    DataError
        If the file cannot be read, is not an idx file of bytes with so many axes, or has fewer or
        more bytes than its header says.

    References
    ----------
    LeCun, Y., Cortes, C. and Burges, C. The MNIST database of handwritten digits.
    """
    with data_errors(path), open_maybe_gzip(path) as file:
        header = file.read(4 + 4 * ndim)
        expected = bytes((0, 0, IDX_UNSIGNED_BYTES, ndim))
        if header[:4] != expected:
            raise DataError(
                f"{path}: begins with the bytes {header[:4].hex(' ')}, expected "
                f"{expected.hex(' ')} of an idx file with {ndim} axes of unsigned bytes"
            )
        if len(header) < 4 + 4 * ndim:
            raise DataError(f"{path}: truncated within its header of {4 + 4 * ndim} bytes")
        shape = np.frombuffer(header, ">u4", offset=4).tolist()
        size = int(np.prod(shape, dtype=object))
        # Beside an axis of nothing, the others may still be too long for NumPy.
        claimed = int(np.prod([max(side, 1) for side in shape], dtype=object))
        if claimed > (limits.IDX_LABELS if ndim == 1 else limits.UNPACKED_BYTES):
            raise DataError(f"{path}: its header claims {claimed} bytes, more than can be right")
        data = read_bounded(file, size, path)
    if len(data) < size:
        raise DataError(
            f"{path}: truncated: {len(data)} bytes of data, but its header claims {size}; get the "
            "file again"
        )
    return np.frombuffer(data, np.uint8).reshape(shape)


def read_mnist_idx(images_path: Path, labels_path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Read images, uint8 of shape (n, 1, 28, 28), and labels, int32 of shape (n,)."""
    images, labels = read_idx(images_path, 3), read_idx(labels_path, 1)
    if images.shape[1:] != (MNIST_SIZE, MNIST_SIZE):
        raise DataError(
            f"{images_path}: images of {images.shape[1]}x{images.shape[2]} pixels, expected "
            f"{MNIST_SIZE}x{MNIST_SIZE}"
        )
    return images[:, np.newaxis], checked_labels(labels, len(images), labels_path)


def read_mnist_pickle(path: Path) -> list[tuple[np.ndarray, np.ndarray]]:
    """Read Theano's ``mnist.pkl.gz``: training, validation and test (images, labels).

    Returns
    -------
    list of three (images, labels)
        uint8 of shape (n, 1, 28, 28) and int32 of shape (n,). The pixels, published as
        ``value / 256`` (some copies have ``/ 255``), are the original bytes again.

    Raises
    ------
    DataError
        If the file is not such a pickle.
    """
    with data_errors(path), open_maybe_gzip(path) as file:
        content = load_arrays(read_bounded(file, limits.UNPACKED_BYTES, path))
        if not isinstance(content, tuple | list) or len(content) != 3:
            raise DataError(f"{path}: expected three pairs of images and labels")
        splits = []
        for pair in content:
            if not isinstance(pair, tuple | list) or len(pair) != 2:
                raise DataError(f"{path}: expected three pairs of images and labels")
            pixels, labels = (pickled_array(part, path) for part in pair)
            if (
                pixels.ndim != 2
                or pixels.shape[1] != MNIST_SIZE**2
                or pixels.dtype.kind not in "fu"
            ):
                raise DataError(
                    f"{path}: images of shape {pixels.shape} and type {pixels.dtype}, expected "
                    f"(n, {MNIST_SIZE**2}) numbers"
                )
            images = bytes_of_fractions(pixels, path)
            splits.append(
                (
                    images.reshape(-1, 1, MNIST_SIZE, MNIST_SIZE),
                    checked_labels(labels, len(images), path),
                )
            )
    return splits


def bytes_of_fractions(pixels: np.ndarray, path: Path) -> np.ndarray:
    """Restore the bytes that were divided by 256, or 255, to give `pixels`."""
    if pixels.dtype == np.uint8:
        return pixels
    for scale in (256, 255):
        with np.errstate(all="ignore"):  # of infinite values and huge ones, which are refused below
            values = pixels * scale
            rounded = np.rint(values)
            values -= rounded
        # Far more than rounding does to a float32, and less than 1/255, by which a byte misses the
        # next one if it is taken for a fraction of the other scale.
        exact = np.abs(values, out=values).max(initial=0) < 1e-3
        if exact and rounded.min(initial=0) >= 0 and rounded.max(initial=0) <= 255:
            return rounded.astype(np.uint8)
    raise DataError(f"{path}: pixels are not bytes divided by 256 or by 255")


def read_cifar10(path: Path) -> tuple[dict[str, tuple[np.ndarray, np.ndarray]], tuple[str, ...]]:
    """Read CIFAR-10 from its archive or from its extracted folder.

    Parameters
    ----------
    path : Path
        ``cifar-10-python.tar.gz``, which is read without extracting it, or ``cifar-10-batches-py/``.

    Returns
    -------
    batches : dict
        (images, labels) of each of the six batches by name: uint8 of shape (n, 3, 32, 32), int32 of
        shape (n,). Batches may have any length.
    class_names : tuple of str
        From ``batches.meta``; empty where that file is missing.

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
    for name, data in files_of_folder(path) if path.is_dir() else files_of_archive(path):
        if name == CIFAR_META:
            names = cifar_class_names(data, path / name)
        else:
            batches[name] = cifar_batch(data, path / name)
    missing = [name for name in CIFAR_BATCHES if name not in batches]
    if missing:
        raise DataError(f"{path}: lacks {', '.join(missing)}; get the data again")
    return batches, names


def files_of_folder(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the name and content of each file of CIFAR-10 in a folder."""
    left = limits.UNPACKED_BYTES  # of all together, as in an archive
    for name in (*CIFAR_BATCHES, CIFAR_META):
        if (path / name).exists():
            with data_errors(path / name), open_regular(path / name, limits.PACKED_BYTES) as file:
                data = read_bounded(file, left, path / name)
            left -= len(data)
            yield name, data


def files_of_archive(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the name and content of each file of CIFAR-10 in a tar archive.

    Nothing is written to the disk, so that no name in an archive can lead anywhere.
    """
    with data_errors(path), open_maybe_gzip(path) as file:
        unpacked = BoundedStream(file, limits.UNPACKED_BYTES, path)
        # "r|" reads forwards only, and through `read` alone.
        with tarfile.open(fileobj=cast(IO[bytes], unpacked), mode="r|") as archive:
            for member in archive:
                name = member.name.rpartition("/")[2]
                if name not in (*CIFAR_BATCHES, CIFAR_META):
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
                f"{self.path}: unpacks to more than {self.most} bytes, which CIFAR-10 does not"
            )
        return data


def cifar_batch(data: bytes, path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the images and labels of one pickled batch."""
    with data_errors(path):
        batch = cifar_dict(data, path, "data", "labels")
        rows, labels = (pickled_array(batch[key], path) for key in ("data", "labels"))
        shape = (3, CIFAR_SIZE, CIFAR_SIZE)
        if rows.dtype != np.uint8 or rows.ndim != 2 or rows.shape[1] != np.prod(shape):
            raise DataError(
                f"{path}: images of shape {rows.shape} and type {rows.dtype}, expected "
                f"(n, {np.prod(shape)}) of uint8"
            )
        return rows.reshape(-1, *shape), checked_labels(labels, len(rows), path)


def cifar_class_names(data: bytes, path: Path) -> tuple[str, ...]:
    """Return the class names of a pickled ``batches.meta``."""
    with data_errors(path):
        names = cifar_dict(data, path, "label_names")["label_names"]
        if not isinstance(names, list) or not all(isinstance(n, str | bytes) for n in names):
            raise DataError(f"{path}: label_names is not a list of names")
        if len(names) != N_CLASSES:
            raise DataError(f"{path}: {len(names)} class names, expected {N_CLASSES}")
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


def checked_labels(labels: np.ndarray, n: int, path: Path) -> np.ndarray:
    """Return labels as int32 after checking their number, type and range."""
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise DataError(f"{path}: labels of type {labels.dtype}, expected a list of integers")
    if len(labels) != n:
        raise DataError(f"{path}: {len(labels)} labels for {n} images")
    if n == 0:
        raise DataError(f"{path}: holds no images")
    if labels.min() < 0 or labels.max() >= N_CLASSES:
        raise DataError(
            f"{path}: labels from {labels.min()} to {labels.max()}, expected 0 to {N_CLASSES - 1}"
        )
    return labels.astype(np.int32)


def pickled_array(value: Any, path: Path) -> np.ndarray:
    """Return a pickled array, or a pickled list of integers as an array.

    No other list: a few nested ones, each holding the next one many times, would fill all memory as
    an array.
    """
    if isinstance(value, np.ndarray):
        return value.view(np.ndarray)
    if isinstance(value, list) and all(isinstance(item, int | np.integer) for item in value):
        return np.array(value)
    raise DataError(
        f"{path}: a {type(value).__name__} where an array or a list of integers is expected"
    )
