"""Files in the format of Keras 1 and 2, written without it."""

import json

import h5py
import numpy as np


def layer(kind, name, arrays=(), **config):
    """Return a layer: its class, name, arguments, and arrays by their short names."""
    return {"class_name": kind, "config": {"name": name, **config}, "arrays": dict(arrays)}


def write(path, layers, version="2.2.4", backend="theano", model=None, weights_only=False):
    """Write a file as `model.save` does, or `model.save_weights`."""
    described = [{key: each[key] for key in ("class_name", "config")} for each in layers]
    if model is None:
        model = {"class_name": "Sequential", "config": described}
    with h5py.File(path, "w") as file:
        top = file
        if not weights_only:
            file.attrs["model_config"] = json.dumps(model).encode()
            top = file.create_group("model_weights")
        for attrs in {id(file): file.attrs, id(top): top.attrs}.values():
            attrs["keras_version"] = version.encode()
            if backend and version >= "2":
                attrs["backend"] = backend.encode()
        top.attrs["layer_names"] = [each["config"]["name"].encode() for each in layers]
        for each in layers:
            write_layer(top, each, version, backend)
    return path


def write_layer(top, each, version, backend):
    name = each["config"]["name"]
    group = top.create_group(name)
    end = ":0" if backend == "tensorflow" else ""
    joint = "/" if version >= "2" else "_"
    names = [f"{name}{joint}{short}{end}" for short in each["arrays"]]
    group.attrs["weight_names"] = [text.encode() for text in names]
    for text, value in zip(names, each["arrays"].values(), strict=True):
        group[text] = np.asarray(value, "f4")


def chained(layers):
    """Return a functional model of layers one after the other, as JSON has it."""
    described, before = [], []
    for each in layers:
        name = each["config"]["name"]
        described.append(
            {
                "class_name": each["class_name"],
                "config": each["config"],
                "name": name,
                "inbound_nodes": [[[before[-1], 0, 0, {}]]] if before else [],
            }
        )
        before.append(name)
    ends = {"input_layers": [[described[0]["name"], 0, 0]], "output_layers": [[before[-1], 0, 0]]}
    return {"class_name": "Model", "config": {"name": "m", "layers": described, **ends}}
