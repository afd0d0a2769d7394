"""What other backends run in place of the C code: one file each, loaded when it compiles a graph."""

from lenet.nnet.dispatch.concrete_sizes import register_concrete_sizes
from lenet.nnet.dispatch.loading import register_loading

__all__ = ["register_backends"]


def register_backends() -> None:
    """Tell PyTensor's just-in-time linkers of `lenet.nnet`; telling them again changes nothing."""
    register_loading()
    register_concrete_sizes()
