"""Activation functions by name."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from lenet.nnet import elu, identity, leaky_relu, relu, sigmoid, softmax, squash

Function = Callable[[Any], TensorVariable]

LEAK = 0.01  # of leaky_relu

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

    ``leaky_relu:0.3`` is one with that slope of the negative half.

    Raises
    ------
    ValueError
        If no activation has the name.
    """
    if callable(chosen):
        return chosen
    slope = leak_of(chosen)
    if slope is not None and chosen != "leaky_relu":
        return partial(leaky_relu, alpha=slope)
    if chosen not in ACTIVATIONS:
        raise ValueError(
            f"activation {chosen!r}: expected one of {', '.join(ACTIVATIONS)}, leaky_relu:SLOPE, or a function"
        )
    return ACTIVATIONS[chosen]


def leak_of(name: str) -> float | None:
    """Return the slope of a leaky rectifier; None for another activation.

    Raises
    ------
    ValueError
        If it is no finite number.
    """
    kind, colon, number = name.partition(":")
    if kind != "leaky_relu":
        return None
    try:
        slope = float(number) if colon else LEAK
    except ValueError:
        slope = math.nan
    if not math.isfinite(slope):
        raise ValueError(f"activation {name!r}: expected leaky_relu:SLOPE, such as leaky_relu:0.3")
    return slope


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
