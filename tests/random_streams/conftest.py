"""``import theano`` for the tests of this folder."""

from tests.theano_compat.conftest import theano

__all__ = ["theano"]
