"""Readers of published data sets, each from the files that its entry names."""

from pathlib import Path

import numpy as np

from lenet import limits
from lenet.data.cifar_files import read_cifar
from lenet.data.enlarged_digits import enlarged_digits
from lenet.data.libsvm_files import read_libsvm
from lenet.data.mat_files import read_mat
from lenet.data.npz_files import open_npz
from lenet.data.published_datasets import Parts, Place
from lenet.data.published_files import (
    INTEGERS,
    checked_labels,
    idx_array,
    mnist_images,
    read_idx,
    read_mnist_idx,
    read_mnist_pickle,
    unpacked,
)
from lenet.data.zip_members import open_zip
from lenet.errors import DataError

MNIST_PICKLE = "mnist.pkl.gz"
CIFAR10_VALIDATION, CIFAR10_TEST = "data_batch_5", "test_batch"
USPS_SIDE = 16
DIGITS = 10

Pair = tuple[np.ndarray, np.ndarray]


def read_idx_files(place: Place) -> Parts:
    """Read images and labels of training, then those of testing, from four idx files."""
    paths = place.get(*place.entry.files)
    n_classes = len(place.entry.class_names)
    train, test = (read_mnist_idx(paths[k], paths[k + 1], n_classes) for k in (0, 2))
    return Parts(train, test, origin=paths[0])


def read_mnist(place: Place) -> Parts:
    """Read MNIST, from Theano's pickle where the four idx files are not all there."""
    pickled = place.find(MNIST_PICKLE)
    if pickled is not None and len(place.present()) < len(place.entry.files):
        train, valid, test = read_mnist_pickle(pickled)
        return Parts(train, test, valid)
    return read_idx_files(place)


def read_qmnist(place: Place) -> Parts:
    """Read QMNIST, whose labels have the digit in the first of eight columns."""
    paths = place.get(*place.entry.files)

    def pair(images_path: Path, labels_path: Path) -> Pair:
        images = mnist_images(read_idx(images_path, 3), images_path)
        table = read_idx(labels_path, 2, INTEGERS)
        if not table.shape[1]:
            raise DataError(f"{labels_path}: has no columns, expected the digits in the first")
        return images, checked_labels(table[:, 0], len(images), labels_path)

    return Parts(pair(*paths[:2]), pair(*paths[2:]), origin=paths[0])


def read_emnist(place: Place) -> Parts:
    """Read a split of EMNIST, from its idx files or from their archive.

    The images of EMNIST are transposed; they are set upright.
    """
    split, first = place.entry.options["split"], place.entry.options.get("first_label", 0)
    names = [
        f"emnist-{split}-{part}-{what}-ubyte.gz"
        for part in ("train", "test")
        for what in ("images-idx3", "labels-idx1")
    ]
    paths = [path for path in map(place.find, names) if path is not None]
    if len(paths) == len(names):
        arrays = [read_idx(path, ndim) for path, ndim in zip(paths, (3, 1, 3, 1), strict=True)]
    else:
        (archive,) = place.get(*place.entry.files)
        paths = [archive / name for name in names]
        with open_zip(archive, limits.PACKED_BYTES) as members:
            inside = {name.rpartition("/")[2]: name for name in members.names}
            arrays = []
            for path, ndim in zip(paths, (3, 1, 3, 1), strict=True):
                if path.name not in inside:
                    raise DataError(f"{archive}: lacks {path.name}; get the archive again")
                with (
                    members.open(inside[path.name], limits.PACKED_BYTES) as (packed, _),
                    unpacked(packed) as file,
                ):
                    arrays.append(idx_array(file, path, ndim))
    n_classes = len(place.entry.class_names)

    def pair(k: int) -> Pair:
        images = mnist_images(arrays[k], paths[k])
        labels = arrays[k + 1].astype(np.int32) - first
        upright = np.ascontiguousarray(images.transpose(0, 1, 3, 2))
        return upright, checked_labels(labels, len(images), paths[k + 1], n_classes)

    return Parts(pair(0), pair(2), origin=paths[0])


def read_usps(place: Place) -> Parts:
    """Read USPS, its digits of 16x16 pixels enlarged and framed as those of MNIST are."""
    paths = place.get(*place.entry.files)

    def pair(path: Path) -> Pair:
        pixels, labels = read_libsvm(path, USPS_SIDE**2)
        digits = checked_labels(labels - 1, len(pixels), path)
        return enlarged_digits(pixels.reshape(-1, USPS_SIDE, USPS_SIDE), 255), digits

    return Parts(pair(paths[0]), pair(paths[1]), origin=paths[0])


def read_svhn(place: Place) -> Parts:
    """Read the cropped digits of SVHN, in which the label of 0 is 10."""
    paths = place.get(*place.entry.files)
    shape = (place.entry.size, place.entry.size, place.entry.channels)

    def pair(path: Path) -> Pair:
        found = read_mat(path, ("X", "y"))
        images, labels = found["X"], found["y"].ravel(order="F")
        if images.ndim != 4 or images.shape[:3] != shape or images.dtype != np.uint8:
            raise DataError(
                f"{path}: images of shape {images.shape} and type {images.dtype}, expected "
                f"({', '.join(map(str, shape))}, n) of uint8"
            )
        checked_labels(np.maximum(labels, 1) - 1, images.shape[3], path)  # 1 to 10
        return np.ascontiguousarray(images.transpose(3, 2, 0, 1)), labels.astype(np.int32) % DIGITS

    return Parts(pair(paths[0]), pair(paths[1]), origin=paths[0])


def read_cifar10(place: Place) -> Parts:
    """Read CIFAR-10: batches 1 to 4 train, 5 validates, the test batch tests."""
    path, batches, names = _cifar(place)
    others = (CIFAR10_VALIDATION, CIFAR10_TEST)
    train = [batches[name] for name in place.entry.options["layout"].batches if name not in others]
    images, labels = (np.concatenate(arrays) for arrays in zip(*train, strict=True))
    return Parts((images, labels), batches[CIFAR10_TEST], batches[CIFAR10_VALIDATION], path, names)


def read_cifar100(place: Place) -> Parts:
    """Read CIFAR-100, by its classes or by the groups of five of them."""
    path, batches, names = _cifar(place)
    return Parts(batches["train"], batches["test"], None, path, names)


def _cifar(place: Place) -> tuple[Path, dict[str, Pair], tuple[str, ...]]:
    """Return the path, the batches and the class names of CIFAR-10 or CIFAR-100."""
    layout, (archive,) = place.entry.options["layout"], place.entry.files
    path = place.find_folder(place.entry.options["folder"]) or place.find(archive)
    if path is None and all((place.folder / name).is_file() for name in layout.batches):
        path = place.folder
    if path is None:
        (path,) = place.get(archive)
    return path, *read_cifar(path, layout)


def read_medmnist(place: Place) -> Parts:
    """Read a data set of MedMNIST: an npz file with three parts."""
    (path,) = place.get(*place.entry.files)
    n_classes, side = len(place.entry.class_names), place.entry.size

    with open_npz(path) as arrays:

        def pair(part: str) -> Pair:
            images, labels = (arrays.array(f"{part}_{what}") for what in ("images", "labels"))
            if images.ndim == 3:
                images = images[..., np.newaxis]
            shape = (side, side, place.entry.channels)
            if images.dtype != np.uint8 or images.shape[1:] != shape:
                raise DataError(
                    f"{path}: {part}_images of shape {images.shape} and type {images.dtype}, expected (n, "
                    f"{', '.join(map(str, shape))}) of uint8; name a file of another size by itself, as "
                    f"--dataset {path.name}"
                )
            if labels.ndim == 2 and labels.shape[1] == 1:
                labels = labels[:, 0]
            first = np.ascontiguousarray(images.transpose(0, 3, 1, 2))
            return first, checked_labels(labels, len(images), path, n_classes)

        missing = [
            name
            for part in ("train", "val", "test")
            for name in (f"{part}_images", f"{part}_labels")
            if name not in arrays.names
        ]
        if missing:
            raise DataError(f"{path}: lacks {', '.join(missing)}; get the file again")
        return Parts(pair("train"), pair("test"), pair("val"), path)
