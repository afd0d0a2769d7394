"""Data sets by name, found in a folder or downloaded into it, or in one file."""

import os

import numpy as np

from lenet.data.dataset import DIGIT_NAMES, Dataset, Split, batches, is_array_file, prefetch
from lenet.data.enlarged_digits import enlarged_digits
from lenet.data.published_datasets import load_published
from lenet.data.registry import BUILT_IN, DATASETS, ENTRIES, dataset_name, entry_named
from lenet.errors import DataError

__all__ = [
    "DATASETS",
    "DataError",
    "Dataset",
    "Split",
    "batches",
    "load_cifar10",
    "load_dataset",
    "load_digits",
    "load_mnist",
    "prefetch",
]


def load_dataset(name: str | os.PathLike, data_dir: str | os.PathLike | None = None) -> Dataset:
    """Return the data set of a name, one of `DATASETS`, or that of a file.

    Parameters
    ----------
    name : str or path-like
        In any spelling: ``fashion_mnist`` is ``FashionMNIST``, too. Or a file ``.npz``, ``.h5`` or ``.csv``; see
        `lenet.data.array_dataset.load_array_file`.
    data_dir : path-like, optional
        Folder that has, or gets, the published files; else `lenet.data.dataset.default_data_dir`. data/README.md
        says which files are looked for, and where.

    Raises
    ------
    DataError
        If there is no such data set, it can be neither found nor downloaded, or its files are not what they
        should be.
    """
    text = os.fspath(name)
    if is_array_file(text):
        from lenet.data.array_dataset import load_array_file

        return load_array_file(text)
    if dataset_name(text) == BUILT_IN:
        return load_digits()
    return load_published(entry_named(text), data_dir, tuple(ENTRIES.values()))


def load_mnist(data_dir: str | os.PathLike | None = None) -> Dataset:
    """Return MNIST: 50 000 training, 10 000 validation, 10 000 test images of 28x28.

    Parameters
    ----------
    data_dir : path-like, optional
        Folder that has, or gets, the data; else `default_data_dir`. It may hold the four idx files
        (compressed or not), or Theano's ``mnist.pkl.gz``, in itself or in a folder ``mnist/``. Files
        that are missing are downloaded into ``mnist/``.

    Raises
    ------
    DataError
        If the data can be neither found nor downloaded, or are not what they should be.

    Notes
    -----
    The validation images are the last sixth of the training file.
    """
    return load_dataset("mnist", data_dir)


def load_cifar10(data_dir: str | os.PathLike | None = None) -> Dataset:
    """Return CIFAR-10: batches 1 to 4 to train, 5 to validate, the test batch to test.

    Parameters
    ----------
    data_dir : path-like, optional
        Folder that has, or gets, the data; else `default_data_dir`. It may hold the folder
        ``cifar-10-batches-py/``, or be that folder, or hold ``cifar-10-python.tar.gz``, which is
        downloaded if nothing else is there.

    Raises
    ------
    DataError
        If the data can be neither found nor downloaded, or are not what they should be.
    """
    return load_dataset("cifar10", data_dir)


def load_digits() -> Dataset:
    """Return scikit-learn's 1 797 handwritten digits as images of 28x28 pixels.

    The 8x8 pixels are enlarged to 20x20 by cubic splines and framed by 4 pixels of background, as the
    digits of MNIST are. Nothing is downloaded.

    Notes
    -----
    Within each class, every sixth digit validates and the one after it tests, which leaves 1 204 to
    train, 297 to validate and 296 to test.

    References
    ----------
    Alpaydin, E. and Kaynak, C. (1998). Optical Recognition of Handwritten Digits. UCI Machine Learning
    Repository.
    """
    from sklearn.datasets import load_digits as load_sklearn_digits

    digits = load_sklearn_digits()
    images = enlarged_digits(digits.images, 16)
    labels = digits.target.astype(np.int32)

    rank = np.empty(len(labels), int)  # of a digit within its class
    for label in range(len(DIGIT_NAMES)):
        members = labels == label
        rank[members] = np.arange(members.sum())
    turn = rank % 6
    train, valid, test = (
        Split(images[part], labels[part]) for part in (turn < 4, turn == 4, turn == 5)
    )
    return Dataset(BUILT_IN, train, valid, test, DIGIT_NAMES, mirror=False)
