"""Theano's ``theano.scan_module``."""

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.theano.scan_module.scan import scan
from lenet.theano_compat.theano.scan_module.scan_checkpoints import scan_checkpoints
from lenet.theano_compat.theano.scan_module.scan_utils import clone, until
from lenet.theano_compat.theano.scan_module.scan_views import foldl, foldr, map, reduce  # noqa: A004

__all__ = ["clone", "foldl", "foldr", "map", "reduce", "scan", "scan_checkpoints", "until"]

__getattr__ = forward(__name__, "pytensor.scan", "pytensor.scan.basic", "pytensor.scan.checkpoints")
