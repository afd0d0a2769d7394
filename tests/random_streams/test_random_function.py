"""Generators go on in place where they may, and are copied where they may not."""

import numpy as np
import pytest

from lenet.random_streams.random_function import RandomFunction, copy_of, random_state_type

SEED = 7


def random_functions(function):
    nodes = function.maker.fgraph.apply_nodes
    return [node.op for node in nodes if isinstance(node.op, RandomFunction)]


@pytest.fixture
def sample(theano):
    return theano.tensor.shared_randomstreams.RandomStreams(SEED).uniform((3,))


def test_copy_draws_the_same_numbers_and_leaves_the_original():
    state = np.random.RandomState(SEED)
    state.normal()  # keeps a second number for the next call
    copies = [copy_of(state) for _ in range(2)]
    found = [each.normal(size=5) for each in copies]
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], state.normal(size=5))


def test_shared_generator_goes_on_in_place(theano, sample):
    f = theano.function([], sample)
    assert [op.inplace for op in random_functions(f)] == [True]
    generator = sample.rng.get_value(borrow=True)
    expected = sample.rng.get_value().uniform(size=(2, 3))
    np.testing.assert_array_equal([f(), f()], expected)
    assert sample.rng.get_value(borrow=True) is generator


def test_generator_without_update_draws_the_same_again(theano, sample):
    f = theano.function([], sample, no_default_updates=True)
    assert [op.inplace for op in random_functions(f)] == [False]
    np.testing.assert_array_equal(f(), f())


def test_two_draws_from_one_state_do_not_disturb_each_other(theano):
    raw_random = theano.tensor.raw_random
    state = theano.shared(np.random.RandomState(SEED))
    next_state, one = raw_random.uniform(state, (3,))
    _, two = raw_random.uniform(state, (3,), 0.0, 2.0)
    f = theano.function([], [one, two], updates={state: next_state})
    expected = np.random.RandomState(SEED).uniform(size=(2, 3))
    for row in expected:
        first, second = f()
        np.testing.assert_array_equal(first, row)
        np.testing.assert_allclose(second, 2 * row)


def test_generators_are_equal_if_they_will_draw_the_same():
    one, other = np.random.RandomState(5), np.random.RandomState(5)
    assert random_state_type.values_eq(one, other)
    one.normal()  # of two that are drawn, it keeps the second
    assert not random_state_type.values_eq(one, other)
    other.normal()
    assert random_state_type.values_eq(one, other)
