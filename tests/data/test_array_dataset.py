"""Data sets in one file: npz, HDF5 and CSV; their parts, classes, values and refusals."""

import h5py
import numpy as np
import pytest

from lenet import limits
from lenet.data.array_dataset import load_array_file
from lenet.errors import DataError
from lenet.input_pipeline import load_dataset, load_digits


def arrays(n, shape=(6, 6), seed=0, classes=3):
    images = np.random.default_rng(seed).integers(0, 256, (n, *shape), dtype=np.uint8)
    return images, np.arange(n) % classes


def save(path, **content):
    np.savez(path, **content)
    return path


def all_of(dataset):
    splits = (dataset.train, dataset.valid, dataset.test)
    return sorted(
        (s.images[k].tobytes(), int(s.labels[k])) for s in splits for k in range(len(s.labels))
    )


def test_parts_of_the_file_stay(tmp_path):
    (x, y), (v, w), (t, u) = arrays(12), arrays(6, seed=1), arrays(3, seed=2)
    path = save(tmp_path / "a.npz", x_train=x, y_train=y, x_val=v, y_val=w, x_test=t, y_test=u)
    dataset = load_array_file(path)
    for split, (images, labels) in zip(
        (dataset.train, dataset.valid, dataset.test), ((x, y), (v, w), (t, u)), strict=True
    ):
        np.testing.assert_array_equal(split.images[:, 0], images)
        np.testing.assert_array_equal(split.labels, labels)
        assert split.labels.dtype == np.int32
    assert (dataset.name, dataset.class_names, dataset.notes) == ("a.npz", ("0", "1", "2"), ())
    assert "split" not in dataset.origin


def test_what_validates_is_drawn_from_the_training_images(tmp_path):
    (x, y), (t, u) = arrays(30), arrays(3, seed=2)
    dataset = load_array_file(save(tmp_path / "a.npz", x_train=x, y_train=y, x_test=t, y_test=u))
    assert [len(s.labels) for s in (dataset.train, dataset.valid, dataset.test)] == [21, 9, 3]
    assert set(np.bincount(dataset.valid.labels)) == {3}
    np.testing.assert_array_equal(dataset.test.images[:, 0], t)
    (note,) = dataset.notes
    assert note == "no validation part in a.npz: 9 images of its 30 training images validate"


@pytest.mark.parametrize("suffix", [".npz", ".h5", ".csv"])
def test_images_without_parts_are_divided_alike(tmp_path, suffix):
    x, y = arrays(40, classes=2)
    path = tmp_path / f"a{suffix}"
    if suffix == ".npz":
        save(path, X=x, y=y)
    elif suffix == ".h5":
        with h5py.File(path, "w") as file:
            file["images"], file["labels"] = x, y
    else:
        rows = [
            ",".join(map(str, [label, *image.ravel()])) for image, label in zip(x, y, strict=True)
        ]
        path.write_text("\n".join(rows))
    dataset = load_array_file(path, shares=(50, 25, 25), seed=3)
    assert [len(s.labels) for s in (dataset.train, dataset.valid, dataset.test)] == [20, 10, 10]
    expected = sorted((image.tobytes(), int(label)) for image, label in zip(x, y, strict=True))
    assert all_of(dataset) == expected
    assert dataset.notes[-1].endswith(
        "divided by --split 50 25 25, with the same shares of the classes"
    )
    assert dataset.origin["split"] == [50, 25, 25]
    np.savez(tmp_path / "b.npz", images=x, labels=y)
    other = load_array_file(tmp_path / "b.npz", shares=(50, 25, 25), seed=3)
    np.testing.assert_array_equal(other.train.images, dataset.train.images)
    assert load_dataset(str(path)).n_classes == 2


@pytest.mark.parametrize(
    ("labels", "names", "expected"),
    [
        (["b", "a", "a10", "a9"], None, ("a", "a9", "a10", "b")),
        ([-1, 1, -1, 1], None, ("-1", "1")),
        ([2.0, 4.0, 2.0, 4.0], None, ("2", "4")),
        ([True, False, True, False], None, ("0", "1")),
        ([0, 1, 0, 1], ["cat", "dog"], ("cat", "dog")),
        (["dog", "cat", "dog", "cat"], ["dog", "cat"], ("dog", "cat")),
    ],
)
def test_classes_are_named(tmp_path, labels, names, expected):
    x, _ = arrays(12)
    labels = np.array(labels * 3)
    more = {} if names is None else {"class_names": np.array(names)}
    dataset = load_array_file(save(tmp_path / "a.npz", X=x, y=labels, **more), shares=None)
    assert dataset.class_names == expected
    found = [expected[k] for k in dataset.test.labels]
    texts = (
        labels.astype(int).astype(str) if names is None and labels.dtype.kind in "fb" else labels
    )
    if names is None or labels.dtype.kind == "U":
        assert found == [str(label) for label in texts.tolist()]


@pytest.mark.parametrize("shape", [(6, 6), (6, 6, 3), (3, 6, 6), (5, 6, 6), (36,)])
def test_images_of_many_shapes(tmp_path, shape):
    x, y = arrays(9, shape)
    dataset = load_array_file(save(tmp_path / "a.npz", X=x, y=y), shares=None)
    channels = 1 if shape in ((6, 6), (36,)) else min(shape)
    assert dataset.test.images.shape == (9, channels, 6, 6)


def test_fractions_are_the_bytes_that_they_were(tmp_path):
    x, y = arrays(12)
    one = load_array_file(save(tmp_path / "a.npz", X=x, y=y), shares=None)
    other = load_array_file(save(tmp_path / "b.npz", X=(x / 255).astype("f4"), y=y), shares=None)
    np.testing.assert_array_equal(one.test.images, other.test.images)
    assert one.origin["images_digest"] == other.origin["images_digest"]


def test_images_are_scaled_and_framed(tmp_path):
    x, y = arrays(9, (6, 8))
    assert load_array_file(save(tmp_path / "a.npz", X=x, y=y), shares=None).size == 8
    assert load_array_file(tmp_path / "a.npz", shares=None, size=32).size == 32


def test_digits_as_in_mnist_are_told_from_clothes(tmp_path):
    digits = load_digits().test
    path = save(tmp_path / "a.npz", X=digits.images, y=digits.labels)
    assert load_array_file(path, shares=None).origin["as_mnist"] is True
    clothes = np.zeros((20, 28, 28), np.uint8)
    clothes[:, :, 6:22] = 200
    path = save(tmp_path / "b.npz", X=clothes, y=np.arange(20) % 10)
    dataset = load_array_file(path, shares=None)
    assert dataset.class_names == tuple("0123456789")
    assert dataset.origin["as_mnist"] is False
    path = save(tmp_path / "c.npz", X=255 - digits.images, y=digits.labels)
    assert load_array_file(path, shares=None).origin["as_mnist"] is False


X, Y = arrays(12)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"X": X, "y": Y[:-1]}, "11 labels for 12 images"),
        ({"X": X, "y": np.eye(3)[Y]}, r"labels of shape \(12, 3\), expected one .*argmax"),
        ({"X": X, "y": Y + 0.5}, "labels of type float64, expected integers or names"),
        ({"X": X, "y": np.zeros(12)}, "the one class 0, expected two or more"),
        ({"X": X, "y": np.array(["a", ""] * 6)}, "image 1 has no label"),
        (
            {"X": X, "y": Y, "class_names": np.array(["a", "b"])},
            "labels from 0 to 2, but 2 class_names",
        ),
        ({"X": X, "y": Y, "class_names": np.array(["a", "b", "a"])}, "has a name twice"),
        ({"X": X, "y": Y, "class_names": np.arange(3)}, "expected a list of texts"),
        ({"X": X, "y": Y, "class_names": np.array([b"a", b"\xff", b"c"])}, "no text in UTF-8"),
        ({"X": X.astype(str), "y": Y}, "and type <U3, expected numbers"),
        ({"X": X[:, :, 0, None, None, None], "y": Y}, "images of shape"),
        ({"X": np.where(X > 250, np.nan, X), "y": Y}, "values that are infinite or no numbers"),
        ({"X": np.zeros((12, 17, 20, 20), "u1"), "y": Y}, "expected 1 to 16 channels"),
        (
            {"x_train": X, "y_train": Y, "x_test": X[:, 1:, 1:], "y_test": Y},
            "those of training are others",
        ),
        (
            {"x_train": X, "y_train": Y, "x_test": X, "y_test": Y.astype(str)},
            "texts in one part, and numbers in another",
        ),
        ({"arr_0": X}, "holds arr_0; expected x_train"),
        ({"X": X, "y": np.array(["a", "9" * 5000] * 6)}, "a label of 5,000 letters"),
    ],
)
def test_what_is_no_data_set_is_refused(tmp_path, content, message):
    path = save(tmp_path / "a.npz", **content)
    with pytest.raises(DataError, match=message) as error:
        load_array_file(path)
    assert str(error.value).startswith(str(path))
    assert str(error.value).isprintable()


def test_too_many_classes_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "CLASSES", 5)
    with pytest.raises(DataError, match="12 classes, expected 5 at most"):
        load_array_file(save(tmp_path / "a.npz", X=X, y=np.arange(12)))


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda file: None, "holds no arrays"),
        (
            lambda file: file.create_dataset("images", data=X, compression="gzip"),
            "save it as one piece",
        ),
        (lambda file: file.create_group("images"), "is a group"),
    ],
)
def test_an_odd_hdf5_file_is_refused(tmp_path, write, message):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        write(file)
        if len(file):
            file["labels"] = Y
    with pytest.raises(DataError, match=message):
        load_array_file(tmp_path / "a.h5")


@pytest.mark.parametrize("suffix", [".npz", ".h5", ".csv"])
def test_a_missing_file_and_a_folder_are_refused(tmp_path, suffix):
    with pytest.raises(DataError, match="No such file"):
        load_array_file(tmp_path / f"a{suffix}")
    (tmp_path / f"a{suffix}").mkdir()
    with pytest.raises(DataError, match="Is a directory"):
        load_array_file(tmp_path / f"a{suffix}")
