"""Theano's ``theano.gof.toolbox``."""

from pytensor.graph.features import ReplacementDidNotRemoveError

from lenet.theano_compat.forwarding import forward

__all__ = ["ReplacementDidntRemovedError"]

__getattr__ = forward(__name__, "pytensor.graph.features")

ReplacementDidntRemovedError = ReplacementDidNotRemoveError
