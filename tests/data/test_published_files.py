import gzip
import os
import pickle
import zlib

import numpy as np
import pytest

from lenet import limits
from lenet.data.published_files import read_idx, read_mnist_idx, read_mnist_pickle
from lenet.errors import DataError
from tests.dataset_makers import (
    idx_bytes,
    mnist_arrays,
    published_pickle,
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
        (b"\0\0\x08\x03" + bytes(4) + b"\xff" * 8, "more than can be right"),
        (gzip.compress(GOOD)[:-20], "truncated or corrupt"),
        (gzip.compress(GOOD)[:40] + b"\0" * 40, "truncated or corrupt"),
    ],
    ids=[
        *("empty", "zip", "floats", "labels", "short-header", "short", "trailing", "huge", "none"),
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


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([1, 2], "expected three pairs"),
        (((1, 2), (3, 4), 5), "a int where an array or a list of integers is expected"),
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


def test_a_gzip_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "UNPACKED_BYTES", 100_000)
    compressor = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = compressor.compress(b"\0" * 10_000_000) + compressor.flush()
    path = tmp_path / "mnist.pkl.gz"
    path.write_bytes(bomb)
    with pytest.raises(DataError, match="holds more than the 100000 bytes"):
        read_mnist_pickle(path)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e38, 1e300])
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_pixels_that_are_no_fractions_are_refused_without_a_warning(tmp_path, value, dtype):
    pixels = np.zeros((1, 784))
    pixels[0, 3] = value
    with np.errstate(all="ignore"):
        pixels = pixels.astype(dtype)
    path = tmp_path / "mnist.pkl.gz"
    path.write_bytes(gzip.compress(published_pickle([(pixels, np.zeros(1, int))] * 3)))
    with pytest.raises(DataError, match="pixels are not bytes divided by 256 or by 255"):
        read_mnist_pickle(path)
