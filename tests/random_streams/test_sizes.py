"""Sizes of what is drawn: those that follow from the arguments, and those that contradict them."""

import numpy as np
import pytensor.tensor as pt
import pytest
from pytensor import function

from lenet.random_streams import raw_random
from lenet.random_streams.random_function import random_state_type

PYTHON = "FAST_COMPILE"


@pytest.fixture
def state():
    return random_state_type()


def drawn(state, sample, values):
    f = function([state, *values], sample, mode=PYTHON)
    return f(np.random.RandomState(3), *values.values())


@pytest.mark.parametrize(("size", "shape"), [((1, -1), (1, 3, 2)), ((10, 1, -1), (10, 1, 3, 2))])
def test_rows_of_probabilities_give_a_length(state, size, shape):
    pvals = pt.dtensor3()
    _, sample = raw_random.multinomial(state, size, 9, pvals)
    assert sample.type.ndim == len(shape)
    rows = np.array([[[0.1, 0.9], [0.2, 0.8], [0.3, 0.7]]])
    found = drawn(state, sample, {pvals: rows})
    assert found.shape == shape
    assert (found.sum(-1) == 9).all()


def test_arguments_give_a_length(state):
    low, high = pt.dvector(), pt.dcol()
    _, sample = raw_random.uniform(state, (2, -1, -1), low, high)
    found = drawn(state, sample, {low: [-3.0, -2.0, -1.0], high: [[1.0], [2.0]]})
    expected = np.random.RandomState(3).uniform([-3, -2, -1], [[1], [2]], (2, 2, 3))
    np.testing.assert_array_equal(found, expected)


def test_axes_of_length_one_are_known_without_a_size(state):
    _, sample = raw_random.uniform(state, None, pt.drow(), pt.dscalar())
    assert sample.type.broadcastable == (True, False)


def test_contradictions(state):
    with pytest.raises(ValueError, match="ndim is 3, but size"):
        raw_random.uniform(state, (2, 2), ndim=3)
    with pytest.raises(ValueError, match="-1 stands for"):
        raw_random.uniform(state, (-1, 4), pt.dvector())
    size, low = pt.lvector(), pt.dmatrix()
    _, sample = raw_random.uniform(state, size, ndim=2)
    with pytest.raises(ValueError, match="has 1 lengths, expected 2"):
        drawn(state, sample, {size: [4]})
    _, sample = raw_random.RandomFunction("uniform", pt.dmatrix().type, ndim_added=1)(state, [3])
    with pytest.raises(ValueError, match="1 axes were drawn, expected 2"):
        drawn(state, sample, {})
    with pytest.raises(TypeError, match="one permutation has 1 axis"):
        raw_random.permutation(state, n=3, ndim=2)
    _, sample = raw_random.RandomFunction("uniform", pt.dvector().type)(state, [], low, 1.0)
    with pytest.raises(ValueError, match="2 axes were drawn, expected 1"):
        drawn(state, sample, {low: np.zeros((2, 2))})
