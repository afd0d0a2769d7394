"""Theano's ``theano.raise_op``."""

from typing import Any

from pytensor.graph.basic import Apply

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.theano.gof.op import Op

__all__ = ["Raise"]

__getattr__ = forward(__name__, "pytensor.raise_op")


class Raise(Op):
    """Raises an exception when it is computed.

    Parameters
    ----------
    msg : str
    exc : type of exception
    """

    __props__ = ("msg", "exc")

    def __init__(self, msg: str = "", exc: type[Exception] = NotImplementedError) -> None:
        self.msg, self.exc = msg, exc

    def __str__(self) -> str:
        return f"Raise{{{self.exc}({self.msg})}}"

    def make_node(self, x: Any) -> Apply:
        """Return a node for a variable, whose type it has."""
        return Apply(self, [x], [x.type()])

    def perform(self, node: Apply, inputs: Any, output_storage: Any) -> None:
        """Raise the exception."""
        raise self.exc(self.msg)
