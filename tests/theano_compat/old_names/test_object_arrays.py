"""Files of arrays of objects, read as by NumPy 1.16.2, without running anything."""

import io
import os
import pickle

import numpy as np
import pytest

from lenet.errors import DataError
from lenet.theano_compat.old_names import numpy_functions
from lenet.theano_compat.old_names.numpy_functions import load


def file_of(value, save=np.save):
    file = io.BytesIO()
    save(file, value)
    file.seek(0)
    return file


def test_dictionaries_of_arrays():
    found = load(
        file_of({"w": np.ones((2, 1), "f4"), "name": "conv1", "n": [3, (4.5, None)]})
    ).item()
    assert found["w"].tolist() == [[1.0], [1.0]]
    assert type(found["w"]) is np.ndarray
    assert (found["w"].dtype, found["name"], found["n"]) == ("f4", "conv1", [3, (4.5, None)])


def test_arrays_of_different_shapes(tmp_path):
    layers = np.empty((2, 1), object)
    layers[0, 0], layers[1, 0] = np.zeros(2), np.ones((1, 3))
    np.save(tmp_path / "layers.npy", layers)
    found = load(tmp_path / "layers.npy")
    assert (found.shape, found[1, 0].tolist()) == ((2, 1), [[1.0, 1.0, 1.0]])
    np.savez(tmp_path / "all.npz", layers=layers, b=3)
    with load(tmp_path / "all.npz") as archive:
        assert archive["layers"][0, 0].tolist() == [0.0, 0.0]
        assert archive["b"] == 3
        assert sorted(name for name, _ in archive.iteritems()) == ["b", "layers"]


def test_all_else_is_numpys():
    assert load(file_of([1, 2])).tolist() == [1, 2]
    with pytest.raises(ValueError, match="allow_pickle=False"):
        load(file_of({"a": 1}), allow_pickle=False)
    assert load(file_of({"a": {1}}), allow_pickle=True).item() == {"a": {1}}
    with pytest.raises(FileNotFoundError):
        load("no such file")


class Hostile:
    def __reduce__(self):
        return os.mkdir, ("made",)


@pytest.mark.parametrize("value", [Hostile(), [Hostile()], {"a": Hostile()}])
def test_what_else_a_file_asks_for_is_refused(value, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    holder = np.empty(1, object)
    holder[0] = value
    with pytest.raises(DataError, match=r"posix\.mkdir"):
        load(file_of(holder))
    assert not os.listdir(tmp_path)


def test_broken_files(tmp_path):
    whole = file_of({"w": np.ones(3)}).getvalue()
    for length in range(len(whole) - 1, 127, -7):
        (tmp_path / "cut.npy").write_bytes(whole[:length])
        with pytest.raises(DataError, match=r"cut\.npy: not read"):
            load(tmp_path / "cut.npy")


@pytest.mark.parametrize("shape", [(5,), (-1,), (1 << 40, 1 << 40), (0,) * 99])
def test_forged_shapes(shape):
    reconstruct = np.empty(1, object).__reduce__()[0]

    class Forged:
        def __reduce__(self):
            return (
                reconstruct,
                (np.ndarray, (0,), b"b"),
                (1, shape, np.dtype(object), False, [None]),
            )

    data = file_of(np.empty(1, object)).getvalue()
    with pytest.raises(DataError, match="not read"):
        load(io.BytesIO(data[:128] + pickle.dumps(Forged(), 2)))


@pytest.mark.parametrize("limit", [np.nan, np.inf, "nan"])
def test_printing_options_take_what_is_no_number(limit):
    with np.printoptions():
        numpy_functions.set_printoptions(threshold=limit, linewidth=limit)
        printed = str(np.arange(2000))
    assert "..." not in printed
    assert "\n" not in printed
