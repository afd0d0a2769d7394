"""Theano's ``theano.tensor.inplace``: Ops that overwrite their first argument.

As in Theano, ``theano.function`` takes them with ``accept_inplace=True``, or where what is overwritten is computed.
"""

import sys
from functools import cache
from typing import Any

from pytensor.scalar import second
from pytensor.tensor.elemwise import Elemwise
from pytensor.tensor.variable import TensorVariable

from lenet.theano_compat.forwarding import missing_name
from lenet.theano_compat.star_names import star_names
from lenet.theano_compat.theano.scalar.basic import transfer_type
from lenet.theano_compat.theano.tensor import basic

_SUFFIX = "_inplace"
_VIEWS = ("transpose",)  # what they give has the memory of their argument


def __getattr__(name: str) -> Any:
    if name == "__all__":
        names = star_names(basic, ())
        return [f"{name}{_SUFFIX}" for name in names if isinstance(getattr(basic, name), Elemwise)]
    plain = getattr(basic, name.removesuffix(_SUFFIX), None)
    if not name.endswith(_SUFFIX) or plain is None:
        raise missing_name(
            f"theano.tensor.inplace has no {name!r} here",
            "use the function of theano.tensor without _inplace",
            sys._getframe(1),
        )
    return plain if name.removesuffix(_SUFFIX) in _VIEWS else overwriting(plain)


@cache
def overwriting(plain: Any) -> Any:
    """Return an element-wise Op, or a function of such, that overwrites an argument."""
    if isinstance(plain, Elemwise):
        return in_place(plain.scalar_op)

    def overwrite(x: Any, *others: Any) -> TensorVariable:
        return in_place(second)(x, plain(x, *others))

    return overwrite


def in_place(scalar_op: Any) -> Elemwise:
    """Return the Op of a scalar Op for each element, in place of its first argument."""
    return Elemwise(type(scalar_op)(transfer_type(0)), {0: 0})
