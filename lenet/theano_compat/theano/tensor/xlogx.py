"""Theano's ``theano.tensor.xlogx``: products with a logarithm that are 0 at 0."""

from typing import Any

from pytensor.tensor.special import xlogy as xlogy0
from pytensor.tensor.variable import TensorVariable

from lenet.theano_compat.forwarding import forward

__all__ = ["xlogx", "xlogy0"]

__getattr__ = forward(__name__)


def xlogx(x: Any) -> TensorVariable:
    """Return ``x * log(x)``, which is 0 at 0."""
    return xlogy0(x, x)
