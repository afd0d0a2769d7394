"""Models that Keras has saved: layers and weights, or weights alone."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py

from lenet import limits
from lenet.errors import DataError
from lenet.hdf5 import HDF5Error, PlainFile, open_plain
from lenet.importing.contents import Contents, KerasLayer, SavedArray
from lenet.text import shown

NUMBERS = ("f2", "f4", "f8", "i4", "i8", "u1")
MODEL_WEIGHTS = "model_weights"
LENET = "lenet model"
BACKENDS = ("theano", "tensorflow", "cntk")
# Classes of models; those of the first line are lists of layers.
SEQUENTIAL, FUNCTIONAL = "Sequential", ("Model", "Functional")


class NoSequenceError(Exception):
    """Layers that are not one after the other; the text says why."""


def read_keras(path: Path) -> Contents:
    """Return the contents of an HDF5 file that Keras has written.

    Raises
    ------
    DataError
        If it cannot be read or is damaged.
    """
    try:
        with open_plain(path, limits.IMPORT_BYTES) as file:
            return keras_contents(file, path)
    except HDF5Error as error:
        raise DataError(f"{path}: {error}; get the file again") from error


def keras_contents(file: PlainFile, path: Path) -> Contents:
    """Return what an open HDF5 file holds; of another library, its arrays."""
    attributes = file.attributes()
    if attributes.get("format") == LENET:
        raise DataError(f"{path}: a network of lenet already; lenet predict {path}, for example")
    top = f"/{MODEL_WEIGHTS}" if MODEL_WEIGHTS in file.members() else "/"
    attributes = file.attributes(top) | attributes
    values = {item.name: item for item in file.walk(top) if isinstance(item, h5py.Dataset)}
    names = in_pieces(attributes, "layer_names")
    if not names:
        arrays = [
            SavedArray(shown(name.removeprefix("/")), file.numbers(item, *NUMBERS))
            for name, item in values.items()
        ]
        if not arrays:
            raise DataError(f"{path}: an HDF5 file without arrays, expected a model of Keras")
        return Contents(path, "arrays in an HDF5 file", arrays)
    arrays = []
    for layer in names:
        group = f"{top.rstrip('/')}/{layer}"
        if not isinstance(file.content.get(group), h5py.Group):
            raise DataError(f"{path}: lacks the group of the layer {shown(layer)}")
        for name in in_pieces(file.attributes(group), "weight_names"):
            if f"{group}/{name}" not in values:
                raise DataError(f"{path}: lacks the weights {shown(name)} of {shown(layer)}")
            value = file.numbers(values[f"{group}/{name}"], *NUMBERS)
            arrays.append(SavedArray(shown(name), value, shown(layer)))
    version = attributes.get("keras_version", "")
    backend = attributes.get("backend") or backend_by_names(arrays)
    found = Contents(
        path,
        form=f"Keras {shown(version)}".strip() + f" on {shown(backend)}",
        arrays=arrays,
        backend=backend if backend in BACKENDS else "",
        is_keras=True,
    )
    return with_layers(found, attributes.get("model_config"))


def backend_by_names(arrays: Sequence[SavedArray]) -> str:
    """Return what Keras ran on: TensorFlow's names of variables end with ":0"."""
    is_tensorflow = any(array.name.endswith(":0") for array in arrays)
    return "tensorflow" if is_tensorflow else "theano"


def in_pieces(attributes: dict[str, Any], name: str) -> list[str]:
    """Return a list of texts, which Keras cuts into name0, name1, ... if it is long."""
    if name in attributes:
        found = [attributes[name]]
    else:
        found = []
        while f"{name}{len(found)}" in attributes:
            found.append(attributes[f"{name}{len(found)}"])
    texts = [text for piece in found for text in (piece if isinstance(piece, list) else [piece])]
    return [text for text in texts if isinstance(text, str)]


def with_layers(contents: Contents, config: Any) -> Contents:
    """Return contents with the layers that the JSON of a model describes."""
    if not isinstance(config, str):
        return contents
    try:
        described = sequence_of(json.loads(config))
    except NoSequenceError as error:
        return Contents(**{**vars(contents), "no_sequence": str(error)})
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise DataError(
            f"{contents.path}: its model_config describes no model ({type(error).__name__}: {error})"
        ) from error
    layers = [KerasLayer(shown(name), shown(kind), config) for name, kind, config in described]
    by_name = {layer.name: layer for layer in layers}
    for array in contents.arrays:
        # Those of a model in a model are all in its group, under the names of their layers.
        owner = by_name.get(array.layer) or by_name.get(array.name.partition("/")[0])
        if owner is None:
            raise DataError(f"{contents.path}: {array.name} is of no layer of its model_config")
        owner.arrays.append(array)
    return Contents(**{**vars(contents), "layers": layers})


def sequence_of(model: Any) -> list[tuple[str, str, dict[str, Any]]]:
    """Return name, class and arguments of the layers of a model, from input to output.

    Raises
    ------
    NoSequenceError
        If a layer has several inputs or outputs.
    """
    kind, config = model["class_name"], model["config"]
    if kind == SEQUENTIAL:
        described = config if isinstance(config, list) else config["layers"]
    elif kind in FUNCTIONAL:
        described = chain(config)
    else:
        raise NoSequenceError(f"a model of the class {shown(kind)}, expected Sequential or Model")
    found: list[tuple[str, str, dict[str, Any]]] = []
    for layer in described:
        if layer["class_name"] in (SEQUENTIAL, *FUNCTIONAL):
            found += sequence_of(layer)
        else:
            inner = layer["config"]
            name = inner.get("name") or layer.get("name") or ""
            found.append((str(name), str(layer["class_name"]), dict(inner)))
        if len(found) > limits.MODEL_LAYERS:
            raise NoSequenceError(f"more than {limits.MODEL_LAYERS:,} layers")
    return found


def chain(config: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the layers of a functional model, from input to output.

    Raises
    ------
    NoSequenceError
        Naming the first layer that has, or feeds, several; or if its output is not that of the last one.
    """
    layers = config["layers"]
    after: dict[str, dict[str, Any]] = {}
    first = []
    for layer in layers:
        name, nodes = str(layer["name"]), layer["inbound_nodes"]
        sources = [source for node in nodes for source in sources_of(node)]
        if len(sources) > 1:
            raise NoSequenceError(
                f"its layer {shown(name)} ({shown(layer['class_name'])}) has {len(sources)} inputs"
            )
        for source in sources:
            if source in after:
                raise NoSequenceError(f"its layer {shown(source)} feeds several")
            after[source] = layer
        first += [] if sources else [layer]
    if len(first) != 1:
        raise NoSequenceError(f"it has {len(first)} inputs")
    found = first
    while (name := str(found[-1]["name"])) in after and len(found) <= len(layers):
        found.append(after[name])
    if len(found) != len(layers):
        raise NoSequenceError("its layers are no chain from input to output")
    outputs = config.get("output_layers")
    if isinstance(outputs, list) and outputs and isinstance(outputs[0], str):
        outputs = [outputs]  # of Keras 3
    if not isinstance(outputs, list) or [source[0] for source in outputs] != [name]:
        raise NoSequenceError(
            f"its output is not, or not only, that of its last layer {shown(name)}"
        )
    return found


def sources_of(node: Any) -> list[str]:
    """Return the names of the layers that a node takes its inputs from."""
    if isinstance(node, dict):  # of Keras 3
        args, found = [node.get("args", [])], []
        while args:
            item = args.pop()
            if isinstance(item, list):
                args += item
            elif isinstance(item, dict) and item.get("class_name") == "__keras_tensor__":
                found.append(str(item["config"]["keras_history"][0]))
        return found
    return [str(source[0]) for source in node]
