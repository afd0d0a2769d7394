"""Activation functions by name, for layers that are described in words."""

from collections.abc import Callable
from typing import Any

import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from lenet.nnet import elu, identity, leaky_relu, relu, sigmoid, softmax, squash

ACTIVATIONS: dict[str, Callable[[Any], TensorVariable]] = {
    "relu": relu,
    "leaky_relu": leaky_relu,
    "elu": elu,
    "sigmoid": sigmoid,
    "tanh": pt.tanh,
    "squash": squash,
    "softmax": softmax,
    "identity": identity,
}


def activation(name: str) -> Callable[[Any], TensorVariable]:
    """Return the activation function of a name.

    Raises
    ------
    ValueError
        If there is none.
    """
    if name not in ACTIVATIONS:
        raise ValueError(f"activation {name!r}: expected one of {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name]
