"""Theano's ``theano.compat.six.moves``."""

from lenet.theano_compat.six.moves import *  # noqa: F403
from lenet.theano_compat.six.moves import __all__  # noqa: F401
