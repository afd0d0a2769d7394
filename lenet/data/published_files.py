"""Readers of idx files and of Theano's pickle of MNIST, which trust none of them.

Whatever a file holds, it is checked before it is believed: a wrong one raises `DataError`, whose text
is one line for the user that names the file, what was found and what was expected.
"""

import bz2
import gzip
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from lenet import limits
from lenet.data.array_pickle import load_arrays
from lenet.errors import DataError
from lenet.files import open_regular

N_CLASSES = 10
MNIST_SIZE = 28
# Types of number in idx files, by the code in their third byte.
UNSIGNED_BYTES, INTEGERS = 0x08, 0x0C
IDX_TYPES = {UNSIGNED_BYTES: ("unsigned bytes", ">u1"), INTEGERS: ("32-bit integers", ">i4")}
GZIP, BZIP2 = b"\x1f\x8b", b"BZh"


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
def open_unpacked(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, unpacked if it begins as one of gzip or bzip2 does."""
    with open_regular(path, limits.PACKED_BYTES) as file, unpacked(file) as content:
        yield content


@contextmanager
def unpacked(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """Unpack an open file if it begins as one of gzip or bzip2 does."""
    beginning = file.read(len(BZIP2))
    file.seek(0)
    if beginning.startswith(GZIP):
        with gzip.open(file) as content:
            yield content  # type: ignore[misc]
    elif beginning == BZIP2:
        with bz2.open(file) as content:
            yield content
    else:
        yield file


def read_bounded(file: IO[bytes], most: int, path: Path) -> bytes:
    """Read a whole file of at most `most` bytes; refuse a longer one."""
    data = file.read(most + 1)
    if len(data) > most:
        raise DataError(f"{path}: holds more than the {most} bytes expected of it")
    return data


def read_idx(path: Path, ndim: int, kind: int = UNSIGNED_BYTES) -> np.ndarray:
    """Read an array in the idx format of MNIST, compressed or not.

    Parameters
    ----------
    path : Path
    ndim : int
        Axes that the array must have: 3 for images, 1 for labels.
    kind : int
        Type of its numbers, `UNSIGNED_BYTES` or `INTEGERS`.

    Returns
    -------
    ndarray of uint8 or int32

    Raises
    ------
    DataError
        If the file cannot be read, is not an idx file with so many axes of such numbers, or has fewer
        or more bytes than its header says.

    References
    ----------
    LeCun, Y., Cortes, C. and Burges, C. The MNIST database of handwritten digits.
    """
    with data_errors(path), open_unpacked(path) as file:
        return idx_array(file, path, ndim, kind)


def idx_array(file: IO[bytes], path: Path, ndim: int, kind: int = UNSIGNED_BYTES) -> np.ndarray:
    """Read the array of an idx file that is open; see `read_idx`."""
    header = file.read(4 + 4 * ndim)
    expected = bytes((0, 0, kind, ndim))
    what, dtype = IDX_TYPES[kind]
    if header[:4] != expected:
        raise DataError(
            f"{path}: begins with the bytes {header[:4].hex(' ')}, expected "
            f"{expected.hex(' ')} of an idx file with {ndim} axes of {what}"
        )
    if len(header) < 4 + 4 * ndim:
        raise DataError(f"{path}: truncated within its header of {4 + 4 * ndim} bytes")
    shape = np.frombuffer(header, ">u4", offset=4).tolist()
    itemsize = np.dtype(dtype).itemsize
    size = int(np.prod([itemsize, *shape], dtype=object))
    # Beside an axis of nothing, the others may still be too long for NumPy.
    claimed = int(np.prod([itemsize, *(max(side, 1) for side in shape)], dtype=object))
    if claimed > (limits.IDX_LABELS if ndim == 1 else limits.UNPACKED_BYTES):
        raise DataError(f"{path}: its header claims {claimed} bytes, more than can be right")
    data = read_bounded(file, size, path)
    if len(data) < size:
        raise DataError(
            f"{path}: truncated: {len(data)} bytes of data, but its header claims {size}; get the "
            "file again"
        )
    array = np.frombuffer(data, dtype).reshape(shape)
    return array if kind == UNSIGNED_BYTES else array.astype(np.int32)


def read_mnist_idx(
    images_path: Path, labels_path: Path, n_classes: int = N_CLASSES
) -> tuple[np.ndarray, np.ndarray]:
    """Read images, uint8 of shape (n, 1, 28, 28), and labels, int32 of shape (n,)."""
    images, labels = read_idx(images_path, 3), read_idx(labels_path, 1)
    return mnist_images(images, images_path), checked_labels(
        labels, len(images), labels_path, n_classes
    )


def mnist_images(images: np.ndarray, path: Path) -> np.ndarray:
    """Return images of an idx file with an axis of channels, their size checked."""
    if images.shape[1:] != (MNIST_SIZE, MNIST_SIZE):
        raise DataError(
            f"{path}: images of {images.shape[1]}x{images.shape[2]} pixels, expected "
            f"{MNIST_SIZE}x{MNIST_SIZE}"
        )
    return images[:, np.newaxis]


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
    with data_errors(path), open_unpacked(path) as file:
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


def checked_labels(
    labels: np.ndarray, n: int, path: Path, n_classes: int = N_CLASSES
) -> np.ndarray:
    """Return labels as int32 after checking their number, type and range."""
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise DataError(f"{path}: labels of type {labels.dtype}, expected a list of integers")
    if len(labels) != n:
        raise DataError(f"{path}: {len(labels)} labels for {n} images")
    if n == 0:
        raise DataError(f"{path}: holds no images")
    if labels.min() < 0 or labels.max() >= n_classes:
        raise DataError(
            f"{path}: labels from {labels.min()} to {labels.max()}, expected 0 to {n_classes - 1}"
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
