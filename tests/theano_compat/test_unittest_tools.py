"""Helpers of ``theano.tests.unittest_tools``, as tests of programs' own operations use them."""
# ruff: noqa: NPY002

import numpy as np
import pytest


@pytest.fixture
def tools(theano):
    from theano.tests import unittest_tools

    state = np.random.get_state()
    yield unittest_tools
    np.random.set_state(state)


def test_seeds(tools):
    assert tools.seed_rng() == tools.fetch_seed() == 666
    drawn = np.random.uniform()
    assert tools.seed_rng(666) == 666
    assert np.random.uniform() == drawn
    assert tools.fetch_seed(7) == 7


def test_values_are_compared(tools):
    tools.assert_allclose(1.0, 1.0 + 1e-7)
    tools.assert_allclose(np.float32([0]), np.float32([1e-6]))
    with pytest.raises(tools.WrongValue, match="Not equal"):
        tools.assert_allclose(1.0, 1.1)


def test_gradients_are_checked(theano, tools):
    with theano.config.change_flags(mode="FAST_COMPILE"):
        tools.verify_grad(lambda x: x**2, [np.arange(3.0)])
        with pytest.raises(theano.gradient.verify_grad.E_grad):
            tools.verify_grad(lambda x: x * theano.gradient.disconnected_grad(x), [np.arange(3.0)])


def shape_case(theano, tools, infer):
    class Rows(theano.Op):
        __props__ = ()
        itypes = otypes = (theano.tensor.dmatrix,)

        def perform(self, node, inputs, outputs):
            outputs[0][0] = inputs[0][:2].copy()

        def infer_shape(self, fgraph, node, shapes):
            return infer(shapes)

    class Case(tools.InferShapeTester):
        mode = theano.compile.get_mode("FAST_COMPILE")

        def runTest(self):
            x = theano.tensor.dmatrix()
            self._compile_and_check([x], [Rows()(x)], [np.ones((4, 3))], Rows)

    return Case()


def test_shapes_are_compared(theano, tools):
    good = shape_case(theano, tools, lambda shapes: [(2, shapes[0][1])])
    bad = shape_case(theano, tools, lambda shapes: [(3, shapes[0][1])])
    for case, failures in ((good, 0), (bad, 1)):
        result = case.run()
        assert not result.errors
        assert len(result.failures) == failures
