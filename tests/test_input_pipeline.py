import gzip
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest

from lenet.data import dataset, published_datasets
from lenet.data.dataset import Dataset, Split, batches, default_data_dir, limited, prefetch
from lenet.data.registry import IDX
from lenet.errors import DataError
from lenet.input_pipeline import load_cifar10, load_dataset, load_digits, load_mnist
from tests.dataset_makers import (
    cifar_batches,
    mnist_arrays,
    published_pickle,
    tar_bytes,
    write_mnist,
)


@pytest.fixture(autouse=True)
def no_downloads(monkeypatch):
    """Record what would be downloaded; nothing here may use the network."""
    wanted = []

    def download(folder, name, urls, published, remedy=""):
        wanted.append((folder, name, urls, published))
        raise DataError(f"would download {name}; {remedy}")

    monkeypatch.setattr(published_datasets, "download", download)
    monkeypatch.delenv("LENET_DATA_DIR", raising=False)
    return wanted


@pytest.mark.parametrize("compress", [True, False], ids=["gz", "plain"])
@pytest.mark.parametrize("folder", ["", "mnist"], ids=["flat", "folder"])
def test_mnist_is_found_and_its_last_sixth_validates(tmp_path, compress, folder):
    arrays = write_mnist(tmp_path / folder, train=12, test=4, compress=compress)
    dataset = load_mnist(tmp_path)
    images = arrays["train-images-idx3-ubyte"][:, np.newaxis]
    np.testing.assert_array_equal(dataset.train.images, images[:10])
    np.testing.assert_array_equal(dataset.valid.images, images[10:])
    np.testing.assert_array_equal(dataset.train.labels, arrays["train-labels-idx1-ubyte"][:10])
    np.testing.assert_array_equal(dataset.test.labels, arrays["t10k-labels-idx1-ubyte"])
    assert (dataset.channels, dataset.size, dataset.n_classes) == (1, 28, 10)
    assert not dataset.mirror


def test_mnist_of_the_published_length_has_the_published_splits(tmp_path):
    write_mnist(tmp_path, train=60_000, test=10)
    dataset = load_mnist(tmp_path)
    assert [len(s.labels) for s in (dataset.train, dataset.valid, dataset.test)] == [
        50_000,
        10_000,
        10,
    ]


def test_mnist_is_found_as_the_pickle_of_theano(tmp_path):
    pairs = []
    for n in (6, 3, 2):
        images, labels = mnist_arrays(n, seed=n)
        pairs.append((images.reshape(n, -1) / np.float32(256), labels.astype("int64")))
    (tmp_path / "mnist.pkl.gz").write_bytes(gzip.compress(published_pickle(tuple(pairs))))
    dataset = load_mnist(tmp_path)
    for split, n in zip((dataset.train, dataset.valid, dataset.test), (6, 3, 2), strict=True):
        np.testing.assert_array_equal(split.images[:, 0], mnist_arrays(n, seed=n)[0])


def test_only_missing_files_are_downloaded(tmp_path, no_downloads):
    write_mnist(tmp_path)
    (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataError, match=r"would download t10k-labels-idx1-ubyte\.gz"):
        load_mnist(tmp_path)
    ((folder, name, urls, published),) = no_downloads
    assert folder == tmp_path / "mnist"
    assert urls == [
        f"https://ossci-datasets.s3.amazonaws.com/mnist/{name}",
        f"https://storage.googleapis.com/cvdf-datasets/mnist/{name}",
    ]
    assert published == ("ec29112dd5afa0611ce80d1b7f02629c", 4_542)


def test_all_files_of_mnist_that_are_missing_are_named_with_their_place(tmp_path, no_downloads):
    with pytest.raises(DataError) as error:
        load_mnist(tmp_path)
    assert len(no_downloads) == 1
    place = tmp_path / "mnist"
    assert str(error.value).endswith(
        f"; missing in {tmp_path} and in {place}: {', '.join(IDX)}; put these "
        f"published files, compressed or not, into {place}"
    )
    write_mnist(tmp_path)
    (tmp_path / "train-labels-idx1-ubyte.gz").unlink()
    (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(
        DataError, match=r"mnist: train-labels-idx1-ubyte\.gz, t10k-labels-idx1-ubyte\.gz; put"
    ):
        load_mnist(tmp_path)


def test_too_few_images_to_split_are_refused(tmp_path):
    write_mnist(tmp_path, train=1)
    with pytest.raises(DataError, match="1 images are too few"):
        load_mnist(tmp_path)


@pytest.mark.parametrize("form", ["folder", "itself", "archive"])
def test_cifar10_is_split_by_the_names_of_its_batches(tmp_path, form):
    files, arrays = cifar_batches([3, 1, 2, 4, 5, 6], bytes)
    folder = tmp_path if form == "itself" else tmp_path / "cifar-10-batches-py"
    if form == "archive":
        members = {f"cifar-10-batches-py/{name}": files[name] for name in reversed(files)}
        (tmp_path / "cifar-10-python.tar.gz").write_bytes(tar_bytes(members))
    else:
        folder.mkdir(exist_ok=True)
        for name, data in files.items():
            (folder / name).write_bytes(data)
    dataset = load_cifar10(tmp_path)
    train = np.concatenate([arrays[f"data_batch_{k}"][0] for k in (1, 2, 3, 4)])
    np.testing.assert_array_equal(dataset.train.images, train)
    np.testing.assert_array_equal(dataset.valid.images, arrays["data_batch_5"][0])
    np.testing.assert_array_equal(dataset.test.labels, arrays["test_batch"][1])
    assert (dataset.channels, dataset.size, dataset.mirror) == (3, 32, True)
    assert dataset.class_names[3] == "cat"


def test_cifar10_is_downloaded_where_it_is_not_found(tmp_path, no_downloads):
    with pytest.raises(DataError, match=r"would download cifar-10-python\.tar\.gz"):
        load_cifar10(tmp_path)
    assert no_downloads == [
        (
            tmp_path,
            "cifar-10-python.tar.gz",
            ["https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"],
            ("c58f30108f718f92721af3b95e74349a", 170_498_071),
        )
    ]


def test_data_live_in_the_checkout_wherever_the_command_is_started(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert default_data_dir() == Path(dataset.__file__).resolve().parents[2] / "data"


def test_an_installed_package_keeps_data_in_the_users_cache(tmp_path, monkeypatch):
    installed = tmp_path / "site-packages" / "lenet" / "data" / "dataset.py"
    monkeypatch.setattr(dataset, "__file__", str(installed))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = default_data_dir()
    assert folder.name == "lenet"
    assert tmp_path / "site-packages" not in folder.parents


def test_the_environment_and_the_argument_name_another_folder(tmp_path, monkeypatch):
    write_mnist(tmp_path / "here")
    shutil.copytree(tmp_path / "here", tmp_path / "there")
    (tmp_path / "here" / "train-labels-idx1-ubyte.gz").write_bytes(b"broken")
    monkeypatch.setenv("LENET_DATA_DIR", str(tmp_path / "here"))
    with pytest.raises(DataError, match="here/train-labels"):
        load_dataset("mnist")
    assert len(load_dataset("mnist", tmp_path / "there").train.labels) == 10


@pytest.mark.parametrize("name", ["mnist", "cifar10"])
def test_a_file_in_place_of_its_folder_is_refused(tmp_path, no_downloads, name):
    (tmp_path / "archive").touch()
    with pytest.raises(DataError, match="archive: a file, expected the folder that holds it"):
        load_dataset(name, tmp_path / "archive")
    assert not no_downloads


def test_an_unknown_data_set_is_refused():
    with pytest.raises(
        DataError, match="data set 'imagenet': expected mnist, fashion_mnist, kmnist"
    ):
        load_dataset("imagenet")
    with pytest.raises(DataError, match=r"data set 'minst': did you mean mnist\?"):
        load_dataset("minst")


def test_digits_are_those_of_scikit_learn_in_the_manner_of_mnist():
    from sklearn.datasets import load_digits as load_sklearn_digits

    original = load_sklearn_digits()
    dataset = load_digits()
    splits = (dataset.train, dataset.valid, dataset.test)
    assert [len(s.labels) for s in splits] == [1204, 297, 296]
    images = np.concatenate([s.images for s in splits])
    assert images.shape == (1797, 1, 28, 28)
    assert images.dtype == np.uint8
    # A frame without ink, but for faint ripples of the splines, and as much ink as before.
    assert max(images[:, :, :3].max(), images[..., -3:].max()) < 0.05 * 255
    ink = np.sort(images.mean(axis=(1, 2, 3)) * 28**2 / 255)
    expected = np.sort(original.images.mean(axis=(1, 2)) / 16 * 20**2)
    np.testing.assert_allclose(ink, expected, rtol=0.1)
    for split in splits:
        share = np.bincount(split.labels, minlength=10) / len(split.labels)
        np.testing.assert_allclose(share, 0.1, atol=0.01)
    assert len({image.tobytes() for image in images}) == len(
        {image.tobytes() for image in original.images}
    )


def test_batches_keep_the_order_and_yield_the_partial_last_one():
    split = Split(np.arange(7, dtype=np.uint8).reshape(7, 1, 1, 1), np.arange(7, dtype=np.int32))
    parts = list(batches(split, 3))
    assert [labels.tolist() for _, labels in parts] == [[0, 1, 2], [3, 4, 5], [6]]
    assert all((images.ravel() == labels).all() for images, labels in parts)


def test_shuffled_batches_hold_every_image_once_and_differ_between_epochs():
    split = Split(np.arange(50, dtype=np.uint8).reshape(50, 1, 1, 1), np.arange(50, dtype=np.int32))
    rng = np.random.default_rng(0)
    epochs = []
    for _ in range(2):
        parts = list(batches(split, 8, rng))
        assert all((images.ravel() == labels).all() for images, labels in parts)
        epochs.append(np.concatenate([labels for _, labels in parts]).tolist())
    assert sorted(epochs[0]) == sorted(epochs[1]) == list(range(50))
    assert len({tuple(epochs[0]), tuple(epochs[1]), tuple(range(50))}) == 3


def prefetch_threads():
    return [t for t in threading.enumerate() if t.name == "lenet-prefetch"]


def test_prefetch_passes_everything_on_in_order():
    assert list(prefetch(iter(range(100)), depth=3)) == list(range(100))
    assert not prefetch_threads()


def test_prefetch_works_ahead_but_not_further_than_asked():
    made = []
    ready = threading.Event()

    def numbers():
        for k in range(100):
            made.append(k)
            if k == 3:
                ready.set()
            yield k

    items = prefetch(numbers(), depth=2)
    assert next(items) == 0
    # One item is out, two wait and the next one is made: 0, 1, 2, 3.
    assert ready.wait(10)
    items.close()
    assert len(made) <= 5
    assert not prefetch_threads()


def test_prefetch_raises_what_the_iterator_raises_in_its_place():
    def broken():
        yield 1
        raise RuntimeError("no more")

    items = prefetch(broken())
    assert next(items) == 1
    with pytest.raises(RuntimeError, match="no more"):
        next(items)
    assert not prefetch_threads()


def test_leaving_the_loop_ends_the_thread():
    def endless():
        while True:
            yield 0

    for item in (items := prefetch(endless())):
        assert item == 0
        break
    assert len(prefetch_threads()) == 1
    items.close()
    assert not prefetch_threads()


@pytest.fixture
def numbered():
    """Return a data set whose labels are the numbers of its images."""
    parts = [np.arange(start, stop, dtype=np.int32) for start, stop in ((0, 6), (6, 10), (10, 12))]
    splits = [Split(labels.reshape(-1, 1, 1, 1).astype(np.uint8), labels) for labels in parts]
    return Dataset("toy", *splits, tuple("0123456789"), mirror=False)


@pytest.mark.parametrize(
    ("num_examples", "val_examples", "train", "valid"),
    [
        (None, None, range(6), range(6, 10)),
        (4, None, range(4), range(6, 10)),
        (None, 2, range(8), range(8, 10)),
        (None, 9, range(1), range(1, 10)),
        (5, 3, range(5), range(7, 10)),
        (6, None, range(6), range(6, 10)),
    ],
)
def test_fewer_images_are_the_first_to_train_and_the_last_to_validate(
    numbered, num_examples, val_examples, train, valid
):
    result = limited(numbered, num_examples, val_examples)
    for split, expected in zip((result.train, result.valid), (train, valid), strict=True):
        np.testing.assert_array_equal(split.labels, expected)
        np.testing.assert_array_equal(split.images.ravel(), expected)
    assert result.test is numbered.test


@pytest.mark.parametrize(
    ("num_examples", "val_examples", "message"),
    [
        (7, None, "toy: 7 training images are more than the 6 there are"),
        (8, 3, "toy: 8 training images are more than the 7 there are"),
        (None, 10, "toy: 10 validation images leave none of 10 to train on"),
    ],
)
def test_more_images_than_there_are_are_refused(numbered, num_examples, val_examples, message):
    with pytest.raises(DataError, match=message):
        limited(numbered, num_examples, val_examples)
