"""Data files as old programs expect them, written from lenet's own data sets."""

import gzip
import pickle
import tarfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import h5py
import numpy as np

from lenet.data.dataset import joined_splits
from lenet.files import written_atomically
from lenet.input_pipeline import load_cifar10, load_mnist

Arrays = tuple[np.ndarray, np.ndarray]


class Parts:
    """MNIST's or CIFAR-10's images and labels, the first of each part only.

    Parameters
    ----------
    name : {"mnist", "cifar10"}
    data_dir : str or None
    train, test : int
        How many; 0 for all.
    """

    def __init__(self, name: str, data_dir: str | None, train: int, test: int) -> None:
        data = {"mnist": load_mnist, "cifar10": load_cifar10}[name](data_dir)
        whole = joined_splits(data.train, data.valid)
        self.whole = self.first(whole, train)
        self.train = self.first(data.train, train)
        self.valid, self.test = self.first(data.valid, test), self.first(data.test, test)

    @staticmethod
    def first(split: tuple, count: int) -> Arrays:
        """Return the first images, uint8, and their labels."""
        images, labels = (np.asarray(each) for each in split)
        return images[: count or None], labels[: count or None]


def old_pickle(value: object) -> bytes:
    """Return a pickle that Python 2 and NumPy 1 can read, too."""
    # The module that holds NumPy's arrays is public under its first name only.
    return pickle.dumps(value, protocol=2).replace(b"cnumpy._core.", b"cnumpy.core.")


def mnist_pickle(parts: Parts) -> bytes:
    """mnist.pkl.gz of deeplearning.net: rows of fractions and labels, of three parts."""
    rows = [
        ((images.reshape(len(images), -1) / 256).astype(np.float32), labels.astype(np.int64))
        for images, labels in (parts.train, parts.valid, parts.test)
    ]
    return gzip.compress(old_pickle(tuple(rows)), 1)


def keras_npz(parts: Parts) -> bytes:
    """mnist.npz of Keras: images of bytes and labels, of two parts."""
    (train, train_labels), (test, test_labels) = parts.whole, parts.test
    return npz(x_train=train[:, 0], y_train=train_labels, x_test=test[:, 0], y_test=test_labels)


def keras_pickle(parts: Parts) -> bytes:
    """mnist.pkl.gz of Keras 1: images of bytes and labels, of two parts."""
    rows = [(images[:, 0], labels.astype(np.int64)) for images, labels in (parts.whole, parts.test)]
    return gzip.compress(old_pickle(tuple(rows)), 1)


def dropout_npz(parts: Parts) -> bytes:
    """mnist_batches.npz of M. Denil: rows of fractions and labels, of two parts."""
    (train, train_labels), (test, test_labels) = parts.whole, parts.test
    rows = [(each.reshape(len(each), -1) / 255).astype(np.float32) for each in (train, test)]
    return npz(
        train_data=rows[0], train_labels=train_labels, test_data=rows[1], test_labels=test_labels
    )


def npz(**arrays: np.ndarray) -> bytes:
    """Return the bytes of an npz file."""
    file = BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


FUEL_SPLITS = np.dtype(
    [
        *(("split", "S5"), ("source", "S8"), ("start", np.int64), ("stop", np.int64)),
        *(("indices", h5py.ref_dtype), ("available", np.bool_), ("comment", "S1")),
    ]
)


def fuel_hdf5(parts: Parts) -> bytes:
    """mnist.hdf5 of fuel: images of bytes and labels, and a table of which rows are of which part."""
    (train, train_labels), (test, test_labels) = parts.whole, parts.test
    sources = {
        "features": (np.concatenate([train, test]), ("batch", "channel", "height", "width")),
        "targets": (np.concatenate([train_labels, test_labels])[:, None], ("batch", "index")),
    }
    n_train, n = len(train), len(train) + len(test)
    splits = np.array(
        [
            (split, source, start, stop, h5py.Reference(), True, b".")
            for split, start, stop in ((b"train", 0, n_train), (b"test", n_train, n))
            for source in sources
        ],
        FUEL_SPLITS,
    )
    content = BytesIO()
    with h5py.File(content, "w") as file:
        for source, (values, axes) in sources.items():
            file[source] = values.astype(np.uint8)
            for number, axis in enumerate(axes):
                file[source].dims[number].label = axis
        file.attrs["split"] = splits
    return content.getvalue()


def idx(values: np.ndarray) -> bytes:
    """Return bytes as an idx file."""
    values = np.asarray(values, np.uint8)
    lengths = np.array(values.shape, ">i4").tobytes()
    return bytes([0, 0, 8, values.ndim]) + lengths + values.tobytes()


def idx_of(part: str, which: int) -> Callable[[Parts], bytes]:
    """Return the writer of an idx file of images (0) or labels (1)."""

    def write(parts: Parts) -> bytes:
        values = getattr(parts, part)[which]
        return idx(values if which else values[:, 0])

    return write


def cifar_tar(parts: Parts) -> bytes:
    """cifar-10-python.tar.gz: five batches to train and one to test, pickled."""
    file = BytesIO()
    cut = np.array_split(np.arange(len(parts.whole[1])), 5)
    members = {
        f"data_batch_{n}": tuple(v[each] for v in parts.whole) for n, each in enumerate(cut, 1)
    }
    members["test_batch"] = parts.test
    with tarfile.open(fileobj=file, mode="w:gz", compresslevel=1) as archive:
        for name, (images, labels) in members.items():
            content = old_pickle(
                {"data": images.reshape(len(images), -1), "labels": labels.tolist()}
            )
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            member.size = len(content)
            archive.addfile(member, BytesIO(content))
    return file.getvalue()


FORMS: dict[str, tuple[str, Callable[[Parts], bytes]]] = {
    "mnist.pkl.gz": ("mnist", mnist_pickle),
    "keras mnist.npz": ("mnist", keras_npz),
    "keras mnist.pkl.gz": ("mnist", keras_pickle),
    "mnist_batches.npz": ("mnist", dropout_npz),
    "fuel mnist.hdf5": ("mnist", fuel_hdf5),
    "train-images-idx3-ubyte": ("mnist", idx_of("whole", 0)),
    "train-labels-idx1-ubyte": ("mnist", idx_of("whole", 1)),
    "t10k-images-idx3-ubyte": ("mnist", idx_of("test", 0)),
    "t10k-labels-idx1-ubyte": ("mnist", idx_of("test", 1)),
    "cifar-10-python.tar.gz": ("cifar10", cifar_tar),
}


def written(
    folder: Path, form: str, suffix: str, data_dir: str | None, train: int, test: int
) -> Path:
    """Return a file of a form and a size, written once; one that ends in .gz is packed."""
    path = folder / f"{train}-{test}-{form.replace(' ', '-')}{suffix}"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        name, write = FORMS[form]
        content = write(Parts(name, data_dir, train, test))
        with written_atomically(path) as file:
            file.write(gzip.compress(content, 1) if suffix else content)
    return path
