"""Theano's methods on PyTensor's variables, for the tests of this folder."""

import importlib
from collections.abc import Iterator
from types import ModuleType

import pytest

from lenet.theano_compat import install, uninstall


@pytest.fixture(autouse=True, scope="package")
def _theano() -> Iterator[None]:
    install()
    yield
    uninstall()


@pytest.fixture
def theano(_theano: None) -> Iterator[ModuleType]:
    """Theano as the other tests have it, which stays when this one is done."""
    module = importlib.import_module("theano")
    with module.config.change_flags(floatX="float64"):
        yield module
