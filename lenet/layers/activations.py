"""Activation functions by name."""

from collections.abc import Callable
from typing import Any

import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from lenet.nnet import elu, identity, leaky_relu, relu, sigmoid, softmax, squash

Function = Callable[[Any], TensorVariable]

ACTIVATIONS: dict[str, Function] = {
    "relu": relu,
    "leaky_relu": leaky_relu,
    "elu": elu,
    "sigmoid": sigmoid,
    "tanh": pt.tanh,
    "squash": squash,
    "softmax": softmax,
    "identity": identity,
}


def activation(chosen: str | Function) -> Function:
    """Activation function of a name; a function stands for itself.

    Raises
    ------
    ValueError
        If no activation has the name.
    """
    if callable(chosen):
        return chosen
    if chosen not in ACTIVATIONS:
        raise ValueError(
            f"activation {chosen!r}: expected one of {', '.join(ACTIVATIONS)}, or a function"
        )
    return ACTIVATIONS[chosen]


def name_of(chosen: str | Function) -> str:
    """Name of an activation function, as a file or picture needs it.

    Raises
    ------
    ValueError
        If it has none.
    """
    if isinstance(chosen, str):
        return chosen
    for name, function in ACTIVATIONS.items():
        if function is chosen:
            return name
    raise ValueError(
        f"activation {chosen!r} has no name that a file could keep: expected one of "
        f"{', '.join(ACTIVATIONS)}"
    )
