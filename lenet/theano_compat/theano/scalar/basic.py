"""Theano's ``theano.scalar.basic``: operations of numbers, under the names they had there."""

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
    """Return the division that Theano made of ``/``: of integers, the one without a remainder."""
    return int_div if x_discrete and y_discrete else true_div
