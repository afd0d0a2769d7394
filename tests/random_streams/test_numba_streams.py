"""`RandomStreams` in Numba gives the numbers that it gives in Python, and goes on in place."""

import numpy as np
import pytensor
import pytest

from lenet.random_streams import RandomStreams
from lenet.random_streams.random_function import RandomFunction

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
