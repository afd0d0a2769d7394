"""Gradients of a loop that are asked for one parameter at a time."""

import copy
import pickle

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.scan.op import Scan

import lenet.nnet  # noqa: F401  which keeps them
from lenet.nnet.kept_gradients import KeptGradients, are_equal

PYTHON = "FAST_COMPILE"


def loops_of(*results):
    """Return the loops of a graph that is not rewritten."""
    return {
        node
        for node in pytensor.graph.traversal.applys_between([], results)
        if isinstance(node.op, Scan)
    }


def two_layers():
    """Return a cost of two loops, one above the other, and its four parameters."""
    x, rng = pt.dmatrix("x"), np.random.default_rng(0)
    shapes = [(3, 4), (4, 4), (4, 4), (4, 4)]
    weights = [pytensor.shared(rng.normal(size=shape)) for shape in shapes]
    states = x
    for w, u in (weights[:2], weights[2:]):
        states = pytensor.scan(
            lambda inputs, h, u: pt.tanh(inputs + h @ u),
            sequences=[states @ w],
            outputs_info=[pt.zeros(4)],
            non_sequences=[u],
            return_updates=False,
            mode=PYTHON,
        )
    return x, (states**2).sum(), weights


def test_one_by_one_they_are_those_of_the_same_loops():
    x, cost, weights = two_layers()
    apart = [pytensor.grad(cost, w) for w in weights]
    assert len(loops_of(*apart)) == 4
    assert loops_of(*apart) == loops_of(*pytensor.grad(cost, weights))

    values = pytensor.function([x], [cost, *apart], mode=PYTHON)
    data = np.random.default_rng(1).normal(size=(5, 3))
    _, *slopes = values(data)
    for w, slope in zip(weights, slopes, strict=True):
        before, change = w.get_value(), np.zeros_like(slope)
        change[1, 2] = 1e-6
        costs = []
        for sign in (1, -1):
            w.set_value(before + sign * change)
            costs.append(values(data)[0])
        w.set_value(before)
        np.testing.assert_allclose((costs[0] - costs[1]) / 2e-6, slope[1, 2], rtol=1e-6, atol=1e-9)


def test_another_cost_has_others():
    x, cost, weights = two_layers()
    data = np.random.default_rng(1).normal(size=(5, 3))
    once = pytensor.grad(cost, weights[1])
    thrice = pytensor.grad(3 * cost, weights[1])
    again = pytensor.grad(cost, weights[1])
    one, three, one_again = pytensor.function([x], [once, thrice, again], mode=PYTHON)(data)
    np.testing.assert_allclose(three, 3 * one, rtol=1e-12)
    np.testing.assert_array_equal(one_again, one)


def test_a_cloned_loop_has_its_own():
    x, cost, weights = two_layers()
    pytensor.grad(cost, weights[1])
    y = pt.dmatrix("y")
    other = pytensor.graph.clone_replace(cost, {x: y})
    slope = pytensor.grad(other, weights[1])
    ends = pytensor.graph.traversal.explicit_graph_inputs([slope])
    assert y in set(ends)
    assert x not in set(ends)


@pytest.mark.parametrize("through", [copy.deepcopy, lambda kept: pickle.loads(pickle.dumps(kept))])
def test_a_copy_keeps_none(through):
    kept = KeptGradients(pt.exp(pt.dscalar()).owner)
    assert through(kept).node is None


def test_computations_are_compared():
    a, b, two = pt.dvectors("a", "b", "two")

    def written(x, y, factor=2.0):
        return (x * factor + y).sum() * pt.exp(y)

    once = written(a, b)
    assert are_equal([once], [written(a, b)])
    for other in (written(b, a), written(a, b, 3.0), once.sum(), two):
        assert not are_equal([once], [other])
    assert not are_equal([once], [once, once])
    first, second = pt.linalg.qr(pt.outer(a, a))
    assert not are_equal([first], [second])
    gone = [pytensor.gradient.disconnected_type() for _ in range(2)]
    assert are_equal(gone[:1], gone[1:])
