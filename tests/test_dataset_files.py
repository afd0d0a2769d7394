import gzip
import io
import os
import pickle
import tarfile
import zlib

import numpy as np
import pytest

from lenet import dataset_files
from lenet.dataset_files import DataError, read_cifar10, read_idx, read_mnist_idx, read_mnist_pickle
from tests.dataset_makers import (
    CLASSES,
    cifar_batches,
    idx_bytes,
    mnist_arrays,
    published_pickle,
    tar_bytes,
)


@pytest.mark.parametrize("compress", [gzip.compress, bytes], ids=["gz", "plain"])
def test_read_idx(tmp_path, compress):
    images, labels = mnist_arrays(5)
    images_path, labels_path = tmp_path / "images", tmp_path / "labels"
    images_path.write_bytes(compress(idx_bytes(images)))
    labels_path.write_bytes(compress(idx_bytes(labels)))
    found_images, found_labels = read_mnist_idx(images_path, labels_path)
    np.testing.assert_array_equal(found_images, images[:, np.newaxis])
    np.testing.assert_array_equal(found_labels, labels)
    assert (found_images.dtype, found_labels.dtype) == (np.uint8, np.int32)


GOOD = idx_bytes(mnist_arrays(3)[0])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "begins with the bytes"),
        (b"PK\x03\x04" + GOOD[4:], r"begins with the bytes 50 4b 03 04, expected 00 00 08 03"),
        (b"\0\0\x0d\x03" + GOOD[4:], "begins with the bytes 00 00 0d 03"),
        (idx_bytes(mnist_arrays(3)[1]), "expected 00 00 08 03 of an idx file with 3 axes"),
        (GOOD[:10], "truncated within its header"),
        (GOOD[:-1], "truncated: 2351 bytes of data, but its header claims 2352"),
        (GOOD + b"x", "holds more than the 2352 bytes expected"),
        (b"\0\0\x08\x03" + b"\xff" * 12, "more than can be right"),
        (gzip.compress(GOOD)[:-20], "truncated or corrupt"),
        (gzip.compress(GOOD)[:40] + b"\0" * 40, "truncated or corrupt"),
    ],
    ids=[
        *("empty", "zip", "floats", "labels", "short-header", "short", "trailing", "huge"),
        *("short-gz", "corrupt-gz"),
    ],
)
def test_a_broken_idx_file_is_named(tmp_path, data, message):
    path = tmp_path / "train-images"
    path.write_bytes(data)
    with pytest.raises(DataError, match=message) as error:
        read_idx(path, 3)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"nothing: cannot be read \(No such file"):
        read_idx(tmp_path / "nothing", 3)


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (
            np.zeros((2, 20, 28), np.uint8),
            np.zeros(2, np.uint8),
            "images of 20x28 pixels, expected",
        ),
        (np.zeros((2, 28, 28), np.uint8), np.zeros(3, np.uint8), "3 labels for 2 images"),
        (np.zeros((2, 28, 28), np.uint8), np.array([0, 10], np.uint8), "labels from 0 to 10"),
        (np.zeros((0, 28, 28), np.uint8), np.zeros(0, np.uint8), "holds no images"),
    ],
    ids=["size", "count", "range", "empty"],
)
def test_images_and_labels_must_fit(tmp_path, images, labels, message):
    (tmp_path / "images").write_bytes(idx_bytes(images))
    (tmp_path / "labels").write_bytes(idx_bytes(labels))
    with pytest.raises(DataError, match=message):
        read_mnist_idx(tmp_path / "images", tmp_path / "labels")


def mnist_pickle(scale=256, dtype="float32"):
    pairs = []
    for n in (4, 3, 2):
        images, labels = mnist_arrays(n, seed=n)
        pixels = (images.reshape(n, -1) / np.float32(scale)).astype(dtype)
        pairs.append((pixels, labels.astype("int64")))
    return tuple(pairs)


@pytest.mark.parametrize("scale", [256, 255])
@pytest.mark.parametrize("protocol", [2, 5])
def test_the_theano_pickle_gives_the_original_bytes(tmp_path, scale, protocol):
    path = tmp_path / "mnist.pkl.gz"
    content = mnist_pickle(scale)
    data = published_pickle(content) if protocol == 2 else pickle.dumps(content, protocol=protocol)
    path.write_bytes(gzip.compress(data))
    splits = read_mnist_pickle(path)
    for (found, labels), n in zip(splits, (4, 3, 2), strict=True):
        images, expected = mnist_arrays(n, seed=n)
        np.testing.assert_array_equal(found, images[:, np.newaxis])
        np.testing.assert_array_equal(labels, expected)


def test_pickles_of_python_2_are_read(tmp_path):
    # A string of raw bytes, as Python 2 pickles the data of an array: SHORT_BINSTRING.
    array = np.arange(256, dtype=np.uint8)
    modern = published_pickle({"labels": [1]})
    assert dataset_files.load_pickle(modern, tmp_path) == {"labels": [1]}
    raw = b"\x80\x02T" + len(array).to_bytes(4, "little") + array.tobytes() + b"."
    assert dataset_files.load_pickle(raw, tmp_path).encode("latin1") == array.tobytes()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([1, 2], "expected three pairs"),
        (((1, 2), (3, 4), 5), "images of shape"),
        ((1, 2, 3), "expected three pairs"),
        (((np.zeros((2, 9)), np.zeros(2, int)),) * 3, r"images of shape \(2, 9\)"),
        (((np.full((2, 784), 0.3), np.zeros(2, int)),) * 3, "pixels are not bytes divided"),
        (((np.full((2, 784), -1.0), np.zeros(2, int)),) * 3, "pixels are not bytes divided"),
        (((np.full((2, 784), np.nan), np.zeros(2, int)),) * 3, "pixels are not bytes divided"),
        (((np.zeros((2, 784)), np.zeros(2)),) * 3, "labels of type float64"),
    ],
    ids=["two", "no-pair", "numbers", "shape", "values", "negative", "nan", "float-labels"],
)
def test_a_pickle_of_something_else_is_refused(tmp_path, content, message):
    path = tmp_path / "mnist.pkl.gz"
    path.write_bytes(gzip.compress(pickle.dumps(content)))
    with pytest.raises(DataError, match=message):
        read_mnist_pickle(path)


class Command:
    """Pickled, it runs a command when a careless reader loads it."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.mkdir, (str(self.marker),)


def test_a_hostile_pickle_is_refused_before_it_runs(tmp_path):
    marker = tmp_path / "marker"
    hostile = pickle.dumps(Command(marker))
    path = tmp_path / "mnist.pkl.gz"
    path.write_bytes(gzip.compress(hostile))
    with pytest.raises(DataError, match=r"asks for (posix|nt)\.mkdir, which no data set needs"):
        read_mnist_pickle(path)
    assert not marker.exists()
    pickle.loads(hostile)  # it would have run
    assert marker.exists()


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\x04cnumpy\nload\n.",
        b"\x80\x04cbuiltins\neval\n.",
        b"\x80\x04cnumpy.core.multiarray\nfromfile\n.",
        b"\x80\x04cnumpy._core.multiarray.os\nsystem\n.",
        b"\x80\x04cmultiarray\n_reconstruct\n.",
    ],
    ids=["numpy.load", "eval", "fromfile", "dotted", "no-package"],
)
def test_only_what_rebuilds_arrays_is_known(tmp_path, data):
    with pytest.raises(DataError, match="which no data set needs: refused"):
        dataset_files.load_pickle(data, tmp_path / "x")


def test_only_one_encoding_is_known(tmp_path):
    data = pickle.dumps(b"text", protocol=2).replace(b"latin1", b"rot_13")
    with (
        pytest.raises(DataError, match="expected 'latin1'"),
        dataset_files.data_errors(tmp_path),
    ):
        dataset_files.load_pickle(data, tmp_path)


@pytest.mark.parametrize("keys", [str, bytes])
@pytest.mark.parametrize("form", ["folder", "gz", "bz2", "nested"])
def test_cifar10_is_read_from_folder_and_archive(tmp_path, keys, form):
    files, arrays = cifar_batches([3, 1, 2, 1, 2, 4], keys)
    if form == "folder":
        path = tmp_path
        for name, data in files.items():
            (tmp_path / name).write_bytes(data)
    else:
        path = tmp_path / "cifar.tar"
        prefix = "./a/cifar-10-batches-py/" if form == "nested" else "cifar-10-batches-py/"
        # In the archive's order, which is not that of the names.
        members = {prefix + name: files[name] for name in reversed(files)}
        path.write_bytes(tar_bytes(members, "gz" if form == "nested" else form))
    batches, names = read_cifar10(path)
    assert names == tuple(CLASSES)
    for name, (images, labels) in arrays.items():
        np.testing.assert_array_equal(batches[name][0], images)
        np.testing.assert_array_equal(batches[name][1], labels)
        assert batches[name][1].dtype == np.int32


def test_cifar10_without_names_or_with_a_batch_missing(tmp_path):
    files, _ = cifar_batches([1] * 6)
    del files["batches.meta"]
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    assert read_cifar10(tmp_path)[1] == ()
    (tmp_path / "data_batch_3").unlink()
    with pytest.raises(DataError, match="lacks data_batch_3"):
        read_cifar10(tmp_path)


ROWS = np.zeros((2, 3072), np.uint8)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([1], "holds a list, expected a dict"),
        ({"data": ROWS}, "lacks the entry 'labels'"),
        ({"data": ROWS[:, :-1], "labels": [1, 2]}, r"images of shape \(2, 3071\)"),
        ({"data": ROWS.astype(float), "labels": [1, 2]}, "type float64, expected"),
        ({"data": ROWS, "labels": [1]}, "1 labels for 2 images"),
        ({"data": ROWS, "labels": [1, 10]}, "labels from 1 to 10"),
        ({"data": ROWS, "labels": [-1, 1]}, "labels from -1 to 1"),
        ({"data": ROWS, "labels": ["a", "b"]}, "labels of type <U1"),
    ],
    ids=["list", "no-labels", "short", "float", "count", "ten", "negative", "names"],
)
def test_a_batch_of_something_else_is_refused(tmp_path, content, message):
    files, _ = cifar_batches([1] * 6)
    files["data_batch_2"] = pickle.dumps(content)
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError, match=message) as error:
        read_cifar10(tmp_path)
    assert str(tmp_path / "data_batch_2") in str(error.value)


@pytest.mark.parametrize("cut", [0, 1, 100, -20], ids=["empty", "one", "start", "end"])
def test_a_truncated_archive_is_refused(tmp_path, cut):
    files, _ = cifar_batches([1] * 6)
    path = tmp_path / "cifar-10-python.tar.gz"
    path.write_bytes(tar_bytes({f"c/{name}": data for name, data in files.items()})[:cut])
    with pytest.raises(DataError, match=r"cifar-10-python\.tar\.gz"):
        read_cifar10(path)


def test_a_truncated_batch_is_refused(tmp_path):
    files, _ = cifar_batches([1] * 6)
    files["test_batch"] = files["test_batch"][:500]
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError, match="test_batch"):
        read_cifar10(tmp_path)


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE]
)
def test_links_and_devices_are_refused(tmp_path, kind):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        member = tarfile.TarInfo("cifar-10-batches-py/data_batch_1")
        member.type, member.linkname = kind, "/etc/passwd"
        archive.addfile(member)
    path = tmp_path / "cifar-10-python.tar.gz"
    path.write_bytes(buffer.getvalue())
    with pytest.raises(DataError, match="is a link or a device"):
        read_cifar10(path)


def test_nothing_in_an_archive_is_written_anywhere(tmp_path):
    files, arrays = cifar_batches([1] * 6)
    members = {f"c/{name}": data for name, data in files.items()}
    members |= {"../outside": b"x", str(tmp_path / "absolute"): b"x"}
    inner = tmp_path / "inner"
    inner.mkdir()
    path = inner / "cifar-10-python.tar.gz"
    path.write_bytes(tar_bytes(members))
    before = sorted(tmp_path.rglob("*"))
    batches, _ = read_cifar10(path)
    np.testing.assert_array_equal(batches["test_batch"][0], arrays["test_batch"][0])
    assert sorted(tmp_path.rglob("*")) == before


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(dataset_files, "MOST_UNPACKED_BYTES", 100_000)
    path = tmp_path / "cifar-10-python.tar.gz"
    path.write_bytes(tar_bytes({"c/zeros": b"\0" * 100_001}))
    with pytest.raises(DataError, match="unpacks to more than 100000 bytes"):
        read_cifar10(path)


def test_a_gzip_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(dataset_files, "MOST_UNPACKED_BYTES", 100_000)
    compressor = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = compressor.compress(b"\0" * 10_000_000) + compressor.flush()
    path = tmp_path / "mnist.pkl.gz"
    path.write_bytes(bomb)
    with pytest.raises(DataError, match="holds more than the 100000 bytes"):
        read_mnist_pickle(path)
