"""Flags of a network that its file describes, for one that is to take its layers.

Imports no PyTensor, so that a wrong flag is answered at once.
"""

import json
from collections.abc import Mapping
from typing import Any

Description = dict[str, Any]


def network_flags(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the flags of `lenet-train` that make the layers of a network, if any.

    Those that take no part in the shapes of layers or in what they compute are left out: dropout and first weights.

    Parameters
    ----------
    attributes : mapping
        Of its file; see docs/checkpoints.md.
    """
    found: dict[str, Any] = {"model": attributes.get("model", "lenet")}
    if found["model"] == "lenet" and "lwidth" in attributes:
        found["lwidth"] = attributes["lwidth"]
    try:
        layers = json.loads(attributes["architecture"])
        # What normalises images is no layer of a model: --normalize has it.
        layers = [layer for layer in layers if layer["layer"] != "Normalise"]
        return found | of_layers(found["model"], layers)
    except (KeyError, IndexError, TypeError, ValueError, RecursionError, AttributeError):
        return found  # an early file, or a damaged one, which its reader refuses


def of_layers(model: str, layers: list[Description]) -> dict[str, Any]:
    """Return the flags of layers that --model has made."""
    if model in ("logistic", "pretrained"):
        return {}
    kinds = [layer["layer"] for layer in layers]
    learning = [layer for layer in layers if "maps" in layer or "units" in layer]
    found: dict[str, Any] = {"batch_norm": "BatchNorm" in kinds}
    if found["batch_norm"]:  # the activation is a layer of its own
        found["activation"] = layers[kinds.index("Activation")]["function"]
    else:
        found["activation"] = learning[0]["activation"]
    match model:
        case "lenet":
            found["pooling"] = learning[0]["pooling"]
        case "lenet5-1998":
            pooling = {"Subsampling": "subsampling", "MaxPool": "max", "AvgPool": "avg"}
            found["pooling"] = next(pooling[kind] for kind in kinds if kind in pooling)
            found["connections"] = "partial" if learning[1].get("connections") else "full"
            found["output"] = "rbf" if kinds[-1] == "RBF" else "softmax"
        case "mlp":
            found["hidden"] = [layer["units"] for layer in learning[:-1]]
    return found


def flags_left_open(
    attributes: Mapping[str, Any], given: Mapping[str, Any], defaults: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the flags of a network that have no other value than their default.

    There are none beside another model.
    """
    found = network_flags(attributes)
    if given.get("model") not in (None, found["model"]):
        return {}
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in found.items()
        if given.get(name, defaults[name]) in (None, defaults[name])
    }


def image_flags(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the flags that give one's own images the shape that a network takes."""
    flags = {"image_size": attributes.get("size")}
    if attributes.get("channels") in (1, 3):
        flags["channels"] = attributes["channels"]
    return flags
