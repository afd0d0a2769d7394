"""Each published data set from small files in its format; the arrays that were written are the oracle."""

import gzip
import shutil

import numpy as np
import pytest
from scipy.io import savemat

from lenet.data import published_datasets
from lenet.data.registry import ENTRIES
from lenet.errors import DataError
from lenet.input_pipeline import load_dataset
from tests.dataset_makers import (
    cifar100_files,
    emnist_files,
    idx_int_bytes,
    tar_bytes,
    write_medmnist,
    write_mnist,
    write_qmnist,
    write_svhn,
    write_usps,
    zip_bytes,
)


@pytest.fixture(autouse=True)
def no_downloads(monkeypatch):
    def download(folder, name, urls, published, remedy=""):
        raise DataError(f"would download {name} into {folder.name} from {urls[0]}; {remedy}")

    monkeypatch.setattr(published_datasets, "download", download)


def whole(dataset):
    """Return the images and labels of training and validation, in the order of the files."""
    both = (dataset.train, dataset.valid)
    return np.concatenate([s.images for s in both]), np.concatenate([s.labels for s in both])


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        *(("fashion_mnist", folder) for folder in ("FashionMNIST/raw", "fashion-mnist")),
        *(("kmnist", folder) for folder in ("KMNIST/raw", "kmnist")),
        *(("mnist", folder) for folder in ("MNIST/raw", "mnist", "")),
    ],
)
@pytest.mark.parametrize("compress", [True, False], ids=["gz", "plain"])
def test_data_sets_like_mnist(tmp_path, name, folder, compress):
    arrays = write_mnist(tmp_path / folder, train=12, test=4, compress=compress)
    dataset = load_dataset(name, tmp_path)
    images, labels = whole(dataset)
    np.testing.assert_array_equal(images[:, 0], arrays["train-images-idx3-ubyte"])
    np.testing.assert_array_equal(labels, arrays["train-labels-idx1-ubyte"])
    np.testing.assert_array_equal(dataset.test.labels, arrays["t10k-labels-idx1-ubyte"])
    assert len(dataset.valid.labels) == 2
    assert dataset.class_names == ENTRIES[name].class_names
    if folder:
        np.testing.assert_array_equal(
            load_dataset(name, tmp_path / folder).test.images, dataset.test.images
        )


def test_files_by_the_names_of_mnist_are_not_taken_for_fashion(tmp_path):
    write_mnist(tmp_path, train=12, test=4)
    with pytest.raises(
        DataError, match=r"would download train-images-idx3-ubyte\.gz into fashion_mnist"
    ):
        load_dataset("fashion_mnist", tmp_path)


def test_published_files_of_another_data_set_are_refused(tmp_path, monkeypatch):
    write_mnist(tmp_path / "kmnist", train=12, test=4)
    data = (tmp_path / "kmnist" / "train-labels-idx1-ubyte.gz").read_bytes()
    import hashlib

    from lenet.data.download import Published

    forged = Published(hashlib.md5(data).hexdigest(), len(data))
    files = {**ENTRIES["mnist"].files, "train-labels-idx1-ubyte.gz": forged}
    monkeypatch.setitem(ENTRIES["mnist"].__dict__, "files", files)
    with pytest.raises(
        DataError, match="a file of MNIST, not of Kuzushiji-MNIST; choose --dataset mnist"
    ):
        load_dataset("kmnist", tmp_path)


def test_qmnist_has_the_digit_in_its_first_column(tmp_path):
    train, test = write_qmnist(tmp_path / "QMNIST" / "raw")
    dataset = load_dataset("QMNIST", tmp_path)
    np.testing.assert_array_equal(whole(dataset)[0][:, 0], train[0])
    np.testing.assert_array_equal(whole(dataset)[1], train[1])
    np.testing.assert_array_equal(dataset.test.labels, test[1])


def test_qmnist_refuses_labels_that_are_no_digits(tmp_path):
    write_qmnist(tmp_path)
    table = np.full((12, 8), 10, np.int32)
    (tmp_path / "qmnist-train-labels-idx2-int.gz").write_bytes(idx_int_bytes(table))
    with pytest.raises(DataError, match="labels from 10 to 10, expected 0 to 9"):
        load_dataset("qmnist", tmp_path)


@pytest.mark.parametrize("form", ["zip", "gz", "plain"])
@pytest.mark.parametrize(("split", "n_classes", "first"), [("letters", 26, 1), ("balanced", 47, 0)])
def test_emnist_is_set_upright(tmp_path, form, split, n_classes, first):
    files, (train, test) = emnist_files(split, n_classes, 60, 50, first)
    if form == "zip":
        content = {f"gzip/{name}": data for name, data in files.items()}
        (tmp_path / "gzip.zip").write_bytes(zip_bytes(content))
    for name, data in files.items() if form != "zip" else ():
        path = tmp_path / "EMNIST" / "raw" / (name if form == "gz" else name.removesuffix(".gz"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if form == "gz" else gzip.decompress(data))
    dataset = load_dataset(f"emnist-{split}", tmp_path)
    np.testing.assert_array_equal(whole(dataset)[0][:, 0], train[0])
    np.testing.assert_array_equal(whole(dataset)[1], train[1])
    np.testing.assert_array_equal(dataset.test.labels, test[1])
    assert dataset.class_names[test[1][12]] == ("m" if split == "letters" else "C")


def test_an_archive_without_the_split_is_refused(tmp_path):
    files, _ = emnist_files("letters", 26, 60, 50, 1)
    (tmp_path / "gzip.zip").write_bytes(zip_bytes(files))
    with pytest.raises(DataError, match=r"lacks emnist-digits-train-images-idx3-ubyte\.gz"):
        load_dataset("emnist-digits", tmp_path)


@pytest.mark.parametrize("packed", [True, False], ids=["bz2", "plain"])
def test_usps_is_enlarged_as_the_digits_of_scikit_learn_are(tmp_path, packed):
    import bz2

    train, test = write_usps(tmp_path / "usps")
    if not packed:
        for path in sorted((tmp_path / "usps").iterdir()):
            path.with_suffix("").write_bytes(bz2.decompress(path.read_bytes()))
            path.unlink()
    dataset = load_dataset("usps", tmp_path)
    images, labels = whole(dataset)
    assert images.shape == (12, 1, 28, 28)
    np.testing.assert_array_equal(labels, train[1])
    np.testing.assert_array_equal(dataset.test.labels, test[1])
    assert images[..., :2, :].max() < 128
    # As much ink as before, 1.25 times as wide and as high.
    ink = (train[0] + 1).sum(axis=1) / 2
    np.testing.assert_allclose(images.sum(axis=(1, 2, 3)) / 255 / 1.25**2, ink, rtol=0.05)


@pytest.mark.parametrize("compress", [True, False], ids=["packed", "plain"])
def test_svhn_calls_ten_what_is_zero(tmp_path, compress):
    train, test = write_svhn(tmp_path / "svhn", compress=compress)
    dataset = load_dataset("svhn", tmp_path)
    np.testing.assert_array_equal(whole(dataset)[0], train[0])
    np.testing.assert_array_equal(whole(dataset)[1], train[1])
    np.testing.assert_array_equal(dataset.test.images, test[0])


def test_svhn_refuses_other_images(tmp_path):
    write_svhn(tmp_path)
    savemat(tmp_path / "test_32x32.mat", {"X": np.zeros((32, 32, 4)), "y": np.ones((4, 1))})
    with pytest.raises(DataError, match=r"test_32x32\.mat: images of shape \(32, 32, 4\)"):
        load_dataset("svhn", tmp_path)


@pytest.mark.parametrize("form", ["archive", "folder", "itself"])
def test_cifar100_by_its_classes_and_by_their_groups(tmp_path, form):
    files, arrays = cifar100_files()
    if form == "archive":
        content = {f"cifar-100-python/{name}": data for name, data in files.items()}
        (tmp_path / "cifar-100-python.tar.gz").write_bytes(tar_bytes(content))
    folder = tmp_path / ("cifar-100-python" if form == "folder" else "")
    folder.mkdir(exist_ok=True)
    for name, data in files.items() if form != "archive" else ():
        (folder / name).write_bytes(data)
    for name, at, n_classes in (("cifar100", 1, 100), ("cifar100-coarse", 2, 20)):
        dataset = load_dataset(name, tmp_path)
        assert dataset.n_classes == n_classes
        assert len(dataset.valid.labels) == 40
        np.testing.assert_array_equal(whole(dataset)[0], arrays["train"][0])
        np.testing.assert_array_equal(whole(dataset)[1], arrays["train"][at])
        np.testing.assert_array_equal(dataset.test.labels, arrays["test"][at])


@pytest.mark.parametrize(
    ("name", "channels", "n_classes"),
    [("pathmnist", 3, 9), ("organamnist", 1, 11), ("breastmnist", 1, 2)],
)
def test_medmnist_keeps_its_own_validation_part(tmp_path, name, channels, n_classes):
    arrays = write_medmnist(tmp_path / "medmnist" / f"{name}.npz", channels, n_classes)
    dataset = load_dataset(name, tmp_path)
    for split, part in ((dataset.train, "train"), (dataset.valid, "val"), (dataset.test, "test")):
        expected = arrays[f"{part}_images"].reshape(-1, 28, 28, channels).transpose(0, 3, 1, 2)
        np.testing.assert_array_equal(split.images, expected)
        np.testing.assert_array_equal(split.labels, arrays[f"{part}_labels"][:, 0])
    shutil.rmtree(tmp_path / "medmnist")
    with pytest.raises(
        DataError, match=f"would download {name}.npz into medmnist from https://zenodo"
    ):
        load_dataset(name, tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"side": 64},
            r"train_images of shape \(20, 64, 64, 3\) .* name a file of another size by itself",
        ),
        ({"channels": 1}, r"train_images of shape \(20, 28, 28, 1\)"),
        ({"n_classes": 12}, "labels from 0 to 11, expected 0 to 8"),
    ],
)
def test_medmnist_refuses_other_images(tmp_path, changes, message):
    write_medmnist(tmp_path / "pathmnist.npz", **changes)
    with pytest.raises(DataError, match=message):
        load_dataset("pathmnist", tmp_path)
