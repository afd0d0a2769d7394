"""Theano's ``theano.compat.python2x``."""

from lenet.theano_compat.theano.compat import (
    Counter,
    DefaultOrderedDict,
    OrderedDict,
    defaultdict,
)

__all__ = ["Counter", "DefaultOrderedDict", "OrderedDict", "defaultdict"]
