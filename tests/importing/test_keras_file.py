"""Keras files as such: their sequence of layers, and what may be wrong with them."""

import json
import re

import h5py
import numpy as np
import pytest

from lenet.errors import DataError
from lenet.importing.conversion import Wishes, convert
from lenet.importing.reader import read_model
from tests.importing.keras_files import chained, layer, write

DENSE = {"kernel": np.ones((4, 3)), "bias": np.zeros(3)}


@pytest.fixture
def layers():
    first = layer("Dense", "one", {"kernel": np.ones((4, 4))}, batch_input_shape=[None, 4])
    return [first, layer("Dense", "two", DENSE, activation="softmax")]


def described(layers):
    return [{key: each[key] for key in ("class_name", "config")} for each in layers]


def test_models_in_models_are_one_sequence(layers, tmp_path):
    inner = {"class_name": "Sequential", "config": described(layers[:1]), "name": "in"}
    config = {"name": "m", "layers": [inner, *described(layers[1:])]}
    model = {"class_name": "Sequential", "config": config}
    contents = read_model(write(tmp_path / "a.h5", layers, model=model))
    assert [each.name for each in contents.layers] == ["one", "two"]
    assert contents.form == "Keras 2.2.4 on theano"


def test_names_in_pieces(layers, tmp_path):
    path = write(tmp_path / "a.h5", layers)
    with h5py.File(path, "r+") as file:
        attrs = file["model_weights"].attrs
        del attrs["layer_names"]
        attrs["layer_names0"], attrs["layer_names1"] = [b"one"], [b"two"]
    assert [array.name for array in read_model(path).arrays][-1] == "two/bias"


def edges(layers, nodes):
    model = chained(layers)
    for each, node in zip(model["config"]["layers"], nodes, strict=True):
        each["inbound_nodes"] = [[[name, 0, 0, {}] for name in node]] if node else []
    return model


def ending(layers, outputs):
    model = chained(layers)
    model["config"]["output_layers"] = outputs
    return model


@pytest.mark.parametrize("outputs", [[["two", 0, 0]], ["two", 0, 0]])
def test_the_output_is_that_of_the_last_layer(outputs, layers, tmp_path):
    """Keras 3 does not put the only one into a list."""
    path = write(tmp_path / "a.h5", layers, model=ending(layers, outputs))
    assert [each.name for each in read_model(path).layers] == ["one", "two"]


@pytest.mark.parametrize(
    "outputs",
    [
        *([["one", 0, 0]], ["one", 0, 0], [["two", 0, 0], ["one", 0, 0]], [["one", 0, 0]] * 2),
        *([], None, {"score": ["two", 0, 0]}),
    ],
)
def test_other_outputs_are_no_sequence(outputs, layers, tmp_path):
    contents = read_model(write(tmp_path / "a.h5", layers, model=ending(layers, outputs)))
    message = "no sequence of layers: its output is not, or not only, that of its last layer two"
    with pytest.raises(DataError, match=message):
        convert(contents, Wishes())


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (lambda ls: edges(ls, ([], ["one", "one"])), "layer two .Dense. has 2 inputs"),
        (lambda ls: edges(ls, ([], [])), "it has 2 inputs"),
        (lambda ls: edges(ls, (["two"], ["one"])), "it has 0 inputs"),
        (lambda ls: edges([*ls, ls[1]], ([], ["one"], ["one"])), "its layer one feeds several"),
        (lambda ls: {"class_name": "Graph", "config": {}}, "a model of the class Graph"),
    ],
)
def test_graphs_are_listed_but_no_network(model, message, layers, tmp_path):
    contents = read_model(write(tmp_path / "a.h5", layers, model=model(layers)))
    assert len(contents.arrays) == 3
    with pytest.raises(DataError, match=message):
        convert(contents, Wishes())


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ([], "its model_config describes no model"),
        ({"class_name": "Sequential"}, "its model_config describes no model"),
        (
            {"class_name": "Sequential", "config": [{"class_name": "Dense"}]},
            "its model_config describes no model",
        ),
        ({"class_name": "Sequential", "config": []}, "one/kernel is of no layer"),
    ],
)
def test_descriptions_that_are_none(model, message, layers, tmp_path):
    path = write(tmp_path / "a.h5", layers, model=model if model else {"class_name": 3})
    with pytest.raises(DataError, match=rf"^{re.escape(str(path))}: {message}"):
        convert(read_model(path), Wishes())


def no_group(file):
    del file["model_weights/two"]


def no_array(file):
    del file["model_weights/two/two"]


def linked(file):
    del file["model_weights/two/two/bias"]
    file["model_weights/two/two/bias"] = h5py.ExternalLink("/etc/passwd", "/x")


def looped(file):
    file["model_weights/two/two/again"] = file["model_weights"]


def compressed(file):
    del file["model_weights/two/two/bias"]
    file.create_dataset("model_weights/two/two/bias", data=np.zeros(3, "f4"), compression=9)


def deep(file):
    file.attrs["model_config"] = "[" * 10**5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (no_group, "lacks the group of the layer two"),
        (no_array, "lacks the weights two/kernel of two"),
        (linked, "'bias' is a link to somewhere else"),
        (looped, "'.*' is in more than 7 groups"),
        (compressed, "'model_weights/two/two/bias' is compressed or cut into pieces"),
        (deep, "its model_config describes no model"),
    ],
)
def test_damaged_files_are_refused(change, message, layers, tmp_path):
    path = write(tmp_path / "a.h5", layers)
    with h5py.File(path, "r+") as file:
        change(file)
    with pytest.raises(DataError, match=message) as caught:
        read_model(path)
    assert re.match(rf"{re.escape(str(path))}: {message}", str(caught.value))
    assert "\n" not in str(caught.value)


def test_other_hdf5_files_are_listed(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["net/W"] = np.ones((2, 3))
    assert [array.name for array in read_model(path).arrays] == ["net/W"]
    with h5py.File(path, "w") as file:
        file.attrs["format"] = "lenet model"
    with pytest.raises(DataError, match=r"a\.h5: a network of lenet already"):
        read_model(path)
    with h5py.File(path, "w") as file:
        file.attrs["note"] = json.dumps([])
    with pytest.raises(
        DataError, match=r"a\.h5: an HDF5 file without arrays, expected a model of Keras$"
    ):
        read_model(path)
