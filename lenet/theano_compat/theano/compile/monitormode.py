"""Theano's ``theano.compile.monitormode``: functions that monitor a computation."""

from typing import Any

from pytensor.compile.debug import monitormode

from lenet.theano_compat.forwarding import forward

__all__ = ["MonitorMode", "detect_nan"]

__getattr__ = forward(__name__)


class MonitorMode(monitormode.MonitorMode):
    """Mode that calls functions before and after each node.

    They are called as ``pre_func(i, node, fn)``.

    PyTensor passes them the graph as well, before the other arguments.
    """

    def eval(self, fgraph: Any, i: int, node: Any, fn: Any) -> None:
        """Compute a node, and call the functions."""
        if self.pre_func is not None:
            self.pre_func(i, node, fn)
        fn()
        if self.post_func is not None:
            self.post_func(i, node, fn)


def detect_nan(i: int, node: Any, fn: Any) -> None:
    """Print a node with its inputs and outputs, if an output has a NaN.

    It is a ``post_func``.
    """
    monitormode.detect_nan(None, i, node, fn)
