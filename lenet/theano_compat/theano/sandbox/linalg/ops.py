"""Theano's ``theano.sandbox.linalg.ops``."""

from pytensor.graph.basic import Variable

from lenet.theano_compat.forwarding import forward

__all__ = ["hints", "psd"]

__getattr__ = forward(
    __name__,
    "lenet.theano_compat.theano.tensor.slinalg",
    "lenet.theano_compat.theano.tensor.nlinalg",
)


def hints(variable: Variable) -> None:
    """Return nothing: what is known of a matrix is not kept."""


def psd(v: Variable) -> Variable:
    """Mark a matrix as symmetric and positive definite; it makes no difference here.

    It returns `v`.
    """
    return v
