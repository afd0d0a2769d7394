"""Theano's ``theano.compat.six``: its copy of ``six``."""

from lenet.theano_compat.six import *  # noqa: F403
from lenet.theano_compat.six import __all__  # noqa: F401
