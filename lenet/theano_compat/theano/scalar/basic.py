"""Theano's ``theano.scalar.basic``: scalar Ops under their old names."""

from typing import Any

from pytensor.scalar import basic
from pytensor.scalar.basic import ScalarType, int_div, true_div

from lenet.theano_compat.forwarding import forward

__all__ = ["Inv", "Scalar", "Sgn", "abs_", "int_or_true_div", "inv", "sgn"]

__getattr__ = forward(__name__, "pytensor.scalar.basic")

Scalar = ScalarType
Sgn = basic.Sign
sgn = basic.sign
Inv = basic.Reciprocal
inv = basic.reciprocal
abs_ = basic.abs


def int_or_true_div(x_discrete: bool, y_discrete: bool) -> Any:
    """Return the Op of ``/`` in Theano: integer division for two integers."""
    return int_div if x_discrete and y_discrete else true_div
