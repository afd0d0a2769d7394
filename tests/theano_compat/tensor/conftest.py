"""Theano's methods on PyTensor's variables, for the tests of this folder."""

import pytest

from lenet.theano_compat import install, uninstall


@pytest.fixture(autouse=True, scope="package")
def _theano():
    install()
    yield
    uninstall()
