"""Layers of which networks are made as lists; see `Sequential` and docs/models.md."""

from lenet.layers.base import Layer
from lenet.layers.batch_norm import BatchNorm, normalised
from lenet.layers.containers import Residual
from lenet.layers.convolution import Conv2d, Conv3d, ConvPool
from lenet.layers.dense import Activation, Flatten, FullyConnected
from lenet.layers.dropout import Dropout
from lenet.layers.pooling import AvgPool, MaxPool, Subsampling
from lenet.layers.preprocessing import Normalise, Pad, Rescale
from lenet.layers.rbf import RBF
from lenet.layers.sequential import Sequential

__all__ = [
    "RBF",
    "Activation",
    "AvgPool",
    "BatchNorm",
    "Conv2d",
    "Conv3d",
    "ConvPool",
    "Dropout",
    "Flatten",
    "FullyConnected",
    "Layer",
    "MaxPool",
    "Normalise",
    "Pad",
    "Rescale",
    "Residual",
    "Sequential",
    "Subsampling",
    "described",
    "normalised",
]

CLASSES = {
    name: value
    for name, value in globals().items()
    if isinstance(value, type) and issubclass(value, Layer) and value is not Layer
}


def described(description: dict) -> Layer:
    """Return the layer that `Layer.describe` has described.

    Raises
    ------
    ValueError
        If there is no such layer, or it has no such argument.
    """
    if not isinstance(description, dict):
        raise ValueError(f"layer {description!r}, expected a dictionary that describes one")
    arguments = dict(description)
    name = arguments.pop("layer", None)
    if not isinstance(name, str) or name not in CLASSES:
        raise ValueError(f"layer {name!r}, expected one of {', '.join(sorted(CLASSES))}")
    if "layers" in arguments:
        if not isinstance(arguments["layers"], list):
            raise ValueError(f"layer {name}: layers {arguments['layers']!r}, expected a list")
        arguments["layers"] = [described(inner) for inner in arguments["layers"]]
    try:
        return CLASSES[name](**arguments)
    except TypeError as error:
        raise ValueError(f"layer {name}: {error}") from error
