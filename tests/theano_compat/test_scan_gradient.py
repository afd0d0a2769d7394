"""Gradients of Theano's loops that draw, with both of its streams."""

import numpy as np
import pytest


@pytest.fixture(params=["shared_randomstreams", "rng_mrg"])
def streams(theano, request):
    if request.param == "rng_mrg":
        from theano.sandbox.rng_mrg import MRG_RandomStreams

        return lambda: MRG_RandomStreams(3)
    from theano.tensor.shared_randomstreams import RandomStreams

    return lambda: RandomStreams(3)


def test_dropout_within_a_recurrent_network(theano, streams):
    random = streams()
    x, w = theano.tensor.dmatrix("x"), theano.tensor.dmatrix("w")

    def step(x_t, h, w):
        mask = random.binomial(size=(3,), p=0.5, dtype="float64")
        return theano.tensor.tanh(x_t + theano.tensor.dot(h * mask, w))

    states, updates = theano.scan(
        step, sequences=x, outputs_info=theano.tensor.zeros((3,)), non_sequences=w
    )
    cost = (states**2).sum()
    slope = theano.grad(cost, w)
    # No updates: each call draws the same numbers.
    f = theano.function([x, w], [cost, slope], mode="FAST_COMPILE", no_default_updates=True)
    generator = np.random.default_rng(0)
    points, weights = generator.standard_normal((5, 3)), generator.standard_normal((3, 3))
    found = f(points, weights)[1]
    for place in np.ndindex(3, 3):
        change = np.zeros((3, 3))
        change[place] = 1e-6
        above, below = (f(points, weights + sign * change)[0] for sign in (1, -1))
        np.testing.assert_allclose(found[place], (above - below) / 2e-6, rtol=1e-5, atol=1e-7)
    assert np.abs(found).max() > 0.1
    # With the loop's updates, other numbers.
    goes_on = theano.function([x, w], cost, updates=updates, mode="FAST_COMPILE")
    assert goes_on(points, weights) != goes_on(points, weights)
