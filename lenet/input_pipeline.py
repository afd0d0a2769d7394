"""Data sets by name, found in a folder or downloaded into it."""

import os
from pathlib import Path

import numpy as np

from lenet.data.dataset import DIGIT_NAMES, Dataset, Split, batches, data_folder, prefetch
from lenet.data.download import Published, download
from lenet.data.published_files import read_cifar10, read_mnist_idx, read_mnist_pickle
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

DATASETS = ("mnist", "cifar10", "digits")

MNIST_MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
MNIST_FILES = {
    "train-images-idx3-ubyte.gz": Published("f68b3c2dcbeaaa9fbdd348bbdeb94873", 9_912_422),
    "train-labels-idx1-ubyte.gz": Published("d53e105ee54ea40749a09fcbcd1e9432", 28_881),
    "t10k-images-idx3-ubyte.gz": Published("9fb629c4189551a2d022fa330f9573f3", 1_648_877),
    "t10k-labels-idx1-ubyte.gz": Published("ec29112dd5afa0611ce80d1b7f02629c", 4_542),
}
MNIST_PICKLE = "mnist.pkl.gz"
CIFAR10_MIRRORS = ("https://www.cs.toronto.edu/~kriz/",)
CIFAR10_ARCHIVE = "cifar-10-python.tar.gz"
CIFAR10_FILE = Published("c58f30108f718f92721af3b95e74349a", 170_498_071)
CIFAR10_FOLDER = "cifar-10-batches-py"
CIFAR10_CLASSES = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)


def load_dataset(name: str, data_dir: str | os.PathLike | None = None) -> Dataset:
    """Return the data set of a name: one of `DATASETS`.

    See `load_mnist`, `load_cifar10` and `load_digits`.
    """
    if name == "digits":
        return load_digits()
    loaders = {"mnist": load_mnist, "cifar10": load_cifar10}
    if name not in loaders:
        raise DataError(f"data set {name!r}: expected one of {', '.join(DATASETS)}")
    return loaders[name](data_dir)


def find(folder: Path, *names: str) -> Path | None:
    """Return the first of some files or folders that exists."""
    return next((folder / name for name in names if (folder / name).exists()), None)


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
    folder = data_folder(data_dir)
    found = {}
    for name in MNIST_FILES:
        plain = name.removesuffix(".gz")
        found[name] = find(folder, f"mnist/{name}", f"mnist/{plain}", name, plain)
    pickled = find(folder, MNIST_PICKLE, f"mnist/{MNIST_PICKLE}")
    if pickled is not None and None in found.values():
        train, valid, test = (Split(*pair) for pair in read_mnist_pickle(pickled))
    else:
        missing = [name for name, path in found.items() if path is None]
        place = folder / "mnist"
        while missing:
            remedy = (
                f"missing in {folder} and in {place}: {', '.join(missing)}; put these published files, "
                f"compressed or not, into {place}"
            )
            name = missing.pop(0)
            urls = [mirror + name for mirror in MNIST_MIRRORS]
            found[name] = download(place, name, urls, MNIST_FILES[name], remedy)
        paths = [path for path in found.values() if path is not None]
        images, labels = read_mnist_idx(*paths[:2])
        test = Split(*read_mnist_idx(*paths[2:]))
        if len(labels) < 2:
            raise DataError(f"{paths[0]}: {len(labels)} images are too few to train and validate")
        cut = len(labels) - max(1, len(labels) // 6)
        train = Split(images[:cut], labels[:cut])
        valid = Split(images[cut:], labels[cut:])
    return Dataset("mnist", train, valid, test, DIGIT_NAMES, mirror=False)


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
    folder = data_folder(data_dir)
    path = find(folder, CIFAR10_FOLDER, CIFAR10_ARCHIVE)
    if path is None and find(folder, "data_batch_1"):
        path = folder
    if path is None:
        urls = [mirror + CIFAR10_ARCHIVE for mirror in CIFAR10_MIRRORS]
        path = download(folder, CIFAR10_ARCHIVE, urls, CIFAR10_FILE)
    parts, names = read_cifar10(path)
    train = [parts[f"data_batch_{k}"] for k in range(1, 5)]
    return Dataset(
        "cifar10",
        Split(*(np.concatenate(arrays) for arrays in zip(*train, strict=True))),
        Split(*parts["data_batch_5"]),
        Split(*parts["test_batch"]),
        names or CIFAR10_CLASSES,
        mirror=True,
    )


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
    from scipy import ndimage
    from sklearn.datasets import load_digits as load_sklearn_digits

    digits = load_sklearn_digits()
    # Enlarging is linear along each axis: one matrix enlarges all images. They are framed first, so that
    # the splines end in background.
    frame = np.eye(12)
    enlarge = ndimage.zoom(frame, (2.5, 1), order=3, mode="grid-constant", grid_mode=True)[1:-1]
    framed = np.pad(digits.images, ((0, 0), (2, 2), (2, 2)))
    brightness = np.clip(enlarge @ framed @ enlarge.T, 0, 16) / 16
    images = np.rint(255 * brightness).astype(np.uint8)[:, np.newaxis]
    labels = digits.target.astype(np.int32)

    rank = np.empty(len(labels), int)  # of a digit within its class
    for label in range(len(DIGIT_NAMES)):
        members = labels == label
        rank[members] = np.arange(members.sum())
    turn = rank % 6
    train, valid, test = (
        Split(images[part], labels[part]) for part in (turn < 4, turn == 4, turn == 5)
    )
    return Dataset("digits", train, valid, test, DIGIT_NAMES, mirror=False)
