"""Names of Python's library that came and went."""

import collections
import collections.abc
import fractions
import inspect
import time

import pytest

from lenet.theano_compat.python_names import dropped_names, restore_python_names


@pytest.fixture(autouse=True)
def names_of_today():
    before = {module: dict(vars(module)) for module in dropped_names()}
    yield
    for module, names in before.items():
        for name in vars(module).keys() - names.keys():
            delattr(module, name)


def test_abstract_classes_are_in_collections():
    counter = collections.Counter
    restore_python_names()
    assert collections.Iterable is collections.abc.Iterable
    assert collections.MutableMapping is collections.abc.MutableMapping
    assert collections.Counter is counter


def test_getargspec_has_four_parts():
    def function(a, b=3, *rest, **others):
        pass

    restore_python_names()
    spec = inspect.getargspec(function)
    assert tuple(spec) == (["a", "b"], "rest", "others", (3,))
    assert (spec.args, spec.keywords) == (["a", "b"], "others")


def test_functions_that_moved():
    restore_python_names()
    assert fractions.gcd(12, 18) == 6
    assert time.clock() <= time.process_time()


def test_names_that_are_there_stay():
    present = time.time
    restore_python_names()
    assert time.time is present
