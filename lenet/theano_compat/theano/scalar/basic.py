"""Theano's ``theano.scalar.basic``: scalar Ops under their old names."""

from typing import Any

from pytensor.graph.utils import MetaObject
from pytensor.scalar import basic
from pytensor.scalar.basic import ScalarType, int_div, true_div, upcast_out

from lenet.theano_compat.forwarding import forward

__all__ = ["Inv", "Scalar", "Sgn", "abs_", "int_or_true_div", "inv", "sgn", "transfer_type"]

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


class transfer_type(MetaObject):  # noqa: N801
    """Gives results the types of some arguments, for scalar Ops that write into them.

    Parameters
    ----------
    *transfer : int, ScalarType or None
        For each result the number of an argument, a type, or None for that which holds all arguments' values.
    """

    __props__ = ("transfer",)

    def __init__(self, *transfer: Any) -> None:
        self.transfer = transfer

    def __call__(self, *types: ScalarType) -> list[ScalarType]:
        """Return the types of the results for those of the arguments."""
        (common,) = upcast_out(*types)
        chosen = [common if each is None else each for each in self.transfer]
        return [types[each] if isinstance(each, int) else each for each in chosen]
