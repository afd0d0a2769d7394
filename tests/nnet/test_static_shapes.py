"""Sizes known when a graph is built, where some depend on loops."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from lenet.nnet.static_shapes import infer_static_shape, leaves_before_loops


@pytest.fixture
def loop():
    x = pt.matrix(shape=(None, 3))
    return pytensor.scan(lambda row: 2 * row, sequences=x, return_updates=False)


def test_loops_are_leaves(loop):
    y = pt.vector()
    leaves, has_loops = leaves_before_loops([loop.shape[0] + y.shape[0]])
    assert has_loops
    assert set(leaves) == {loop, y}
    assert leaves_before_loops([y.shape[0]]) == ([y], False)


def test_sizes_beside_a_loop(loop):
    sizes, known = infer_static_shape([loop.shape[0], pt.constant(2) + 3, loop.shape[1] * 0 + 1, 7])
    assert known[1] == 5
    assert known[3] == 7
    assert known[0] is None
    assert len(sizes) == 4
    zeros = pt.zeros([loop.shape[0] + 1, 4])
    assert zeros.type.shape == (None, 4)
    (x,) = pytensor.graph.traversal.explicit_graph_inputs([zeros])
    assert zeros.eval({x: np.ones((2, 3))}, mode="FAST_COMPILE").shape == (3, 4)


def test_sizes_that_are_no_integers_are_refused(loop):
    with pytest.raises(TypeError, match="integer"):
        infer_static_shape([loop.sum()])
