"""Backend dispatch: JAX and Numba versions of the Ops, each loaded when needed."""

from lenet.nnet.dispatch.concrete_sizes import register_concrete_sizes
from lenet.nnet.dispatch.loading import register_loading

__all__ = ["register_backends"]


def register_backends() -> None:
    """Register `lenet.nnet` with PyTensor's just-in-time linkers, at most once."""
    register_loading()
    register_concrete_sizes()
