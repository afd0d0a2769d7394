"""Rewrites of shared sums and products: as many Ops as the graph has, and the same values."""

import sys
from concurrent.futures import ThreadPoolExecutor
from functools import reduce

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.graph.fg import FunctionGraph
from pytensor.tensor.rewriting.math import local_add_canonizer, local_mul_canonizer

import lenet.nnet  # noqa: F401  which bounds the canonizers
from lenet.nnet.rewrites.bounded_canonizers import MAX_SIZE, BoundedCanonizer

PYTHON = pytensor.compile.mode.Mode("py", "fast_run")


class Counting(BoundedCanonizer):
    """Counts how often an expression is looked into."""

    calls = 0

    def get_num_denum(self, inp):
        type(self).calls += 1
        return super().get_num_denum(inp)


@pytest.fixture
def count(monkeypatch):
    monkeypatch.setattr(Counting, "calls", 0)
    for canonizer in (local_add_canonizer, local_mul_canonizer):
        monkeypatch.setattr(canonizer, "__class__", Counting)
    return lambda: Counting.calls


def doubled(x, times):
    return reduce(lambda value, _: value + value, range(times), x)


def squared(x, times):
    return reduce(lambda value, _: value * value, range(times), x)


def negated_differences(x, times):
    return reduce(lambda value, _: -(value - (-value - value)), range(times), x)


CASES = {
    "sums": (doubled, lambda x, n: x * 2.0**n, 1.25),
    "products": (squared, lambda x, n: x ** (2.0**n), 1 + 2.0**-40),
    "differences": (negated_differences, lambda x, n: x * (-3.0) ** n, 1.5),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_used_many_times_is_not_written_out_each_time(name, count):
    build, expected, value = CASES[name]
    x = pt.dscalar("x")
    function = pytensor.function([x], build(x, 30), mode=PYTHON)
    # Written out, there are a thousand million terms.
    assert count() < 50 * MAX_SIZE
    np.testing.assert_allclose(function(value), expected(value, 30), rtol=1e-6)


def test_short_sums_are_written_out_and_simplified_as_ever():
    x, y = pt.dscalars("x", "y")
    function = pytensor.function([x, y], ((x + y) + (x - y)) - x, mode=PYTHON)
    assert not [node for node in function.maker.fgraph.apply_nodes if node.op in (pt.add, pt.sub)]
    assert function(1.5, 2) == 1.5


def test_a_chain_longer_than_the_stack_is_deep():
    x = pt.dscalar("x")
    chain = reduce(lambda value, k: pt.exp(x) + value, range(3000), x)
    terms, minus = local_add_canonizer.get_num_denum(chain)
    assert len(terms) == 2
    assert not minus


@pytest.mark.parametrize("axis", [0, 1, -1, -3])
@pytest.mark.parametrize("n_parts", [1, 2, 4])
def test_sizes_of_joined_tensors(axis, n_parts):
    parts = [pt.dtensor3() for _ in range(n_parts)]
    shape = pytensor.function(parts, pt.join(axis, *parts).shape, mode=PYTHON)
    arrays = []
    for k in range(n_parts):
        size = [2, 3, 4]
        size[axis] += k
        arrays.append(np.zeros(size))
    assert tuple(shape(*arrays)) == np.concatenate(arrays, axis=axis).shape


def test_an_axis_that_is_not_known_stays_a_choice():
    axis, x = pt.lscalar(), pt.dmatrix()
    shape = pytensor.function([axis, x], pt.join(axis, x, x).shape, mode=PYTHON)
    assert tuple(shape(0, np.zeros((2, 3)))) == (4, 3)
    assert tuple(shape(-1, np.zeros((2, 3)))) == (2, 6)


def inception(depth, n_branches=3):
    """Modules of branches that are joined, as in GoogLeNet; sizes are unknown."""
    weights = [pytensor.shared(0.5 + 0.01 * k) for k in range(n_branches * depth)]
    h = x = pt.dtensor4("x")
    for k in range(depth):
        own = weights[k * n_branches : (k + 1) * n_branches]
        h = pt.concatenate([pt.tanh(h * weight) for weight in own], axis=1)
    return x, weights, h


def test_joined_branches_compile_in_as_many_steps_as_there_are(count):
    calls = []
    for depth in (4, 8):
        x, weights, h = inception(depth)
        Counting.calls = 0
        pytensor.function([x], pytensor.grad(h.sum(), weights), mode=PYTHON)
        calls.append(count())
    assert calls[1] < 5 * calls[0]  # of depth 8: 81 times as many, written out


def test_joined_branches_have_the_right_gradients():
    x, weights, h = inception(4)
    cost = h.sum()
    function = pytensor.function([x], [cost, *pytensor.grad(cost, weights)], mode=PYTHON)
    plain = pytensor.function(
        [x], [cost, *pytensor.grad(cost, weights)], mode=pytensor.compile.mode.Mode("py", None)
    )
    images = np.random.default_rng(0).normal(size=(2, 1, 3, 2))
    for found, expected in zip(function(images), plain(images), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_threads_do_not_meet():
    def terms(times):
        x = pt.dscalar()
        found = [len(local_add_canonizer.get_num_denum(doubled(x, times))[0]) for _ in range(200)]
        return set(found)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(terms, [2, 3, 4, 5])) == [{4}, {8}, {16}, {32}]
    finally:
        sys.setswitchinterval(before)


def test_the_same_is_asked_of_each_graph():
    graph = FunctionGraph([x := pt.dscalar()], [doubled(x, 3)], clone=False)
    assert local_add_canonizer.get_num_denum(graph.outputs[0]) == ([x] * 8, [])
