"""Theano's ``theano.compat.six``: its copy of the package ``six``."""

from six import *  # noqa: F403
