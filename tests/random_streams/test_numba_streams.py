"""`RandomStreams` in Numba gives the numbers that it gives in Python, and goes on in place."""

import gc
import sys

import numpy as np
import pytensor
import pytest

from lenet.random_streams import RandomStreams
from lenet.random_streams.random_function import RandomFunction, random_state_type

SEED = 5


@pytest.mark.parametrize("name", ["uniform", "binomial", "permutation"])
def test_numbers_are_those_of_python(name):
    drawn = []
    for mode in ("NUMBA", "FAST_COMPILE"):
        sample = getattr(RandomStreams(SEED), name)(size=(3, 2))
        function = pytensor.function([], sample * 2, mode=mode)
        drawn.append([function() for _ in range(3)])
    np.testing.assert_array_equal(*drawn)


def test_generator_goes_on_in_place():
    sample = RandomStreams(SEED).normal(size=(4,))
    function = pytensor.function([], sample, mode="NUMBA")
    generator = sample.rng.get_value(borrow=True)
    assert not np.array_equal(function(), function())
    assert sample.rng.get_value(borrow=True) is generator
    nodes = function.maker.fgraph.apply_nodes
    assert [node.op.inplace for node in nodes if isinstance(node.op, RandomFunction)] == [True]


def test_generator_that_goes_on_is_held_no_longer_than_a_call():
    sample = RandomStreams(SEED).normal(size=(4,))
    function = pytensor.function([], sample, mode="NUMBA")
    function()
    generator = sample.rng.get_value(borrow=True)
    before = sys.getrefcount(generator)
    for _ in range(5):
        function()
    assert sys.getrefcount(generator) == before


def test_copies_of_a_generator_are_freed():
    def generators() -> int:
        gc.collect()
        return sum(type(each) is np.random.RandomState for each in gc.get_objects())

    state = random_state_type("state")
    op = RandomFunction("normal", pytensor.tensor.dvector)
    first, sample = op(state, [4], 0.0, 1.0)
    other = op(op(state, [5], 0.0, 1.0)[0], [6], 0.0, 1.0)[1]  # its states are no results
    function = pytensor.function([state], [first, sample, other], mode="NUMBA")
    given = np.random.RandomState(SEED)
    copy = function(given)[0]
    before, count = sys.getrefcount(given), generators()
    for _ in range(5):
        copy = function(given)[0]
    assert copy is not given
    assert (sys.getrefcount(given), generators()) == (before, count)
    expected = np.random.RandomState(SEED)
    expected.normal(size=4)
    assert copy.normal() == expected.normal()
