"""Products of a loop's steps: taken out where all have one size, and right where they have not."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.scan.op import Scan

import lenet.nnet  # noqa: F401  which leaves products of changing sizes in loops
from lenet.nnet.rewrites.steady_products import are_steady

PYTHON = pytensor.compile.mode.Mode("py", "fast_run")
X = np.arange(24.0).reshape(4, 2, 3) / 24
W = np.linspace(-1, 1, 15).reshape(3, 5)


def first_rows(x, k):
    return x[:k]


def last_rows(x, k):
    return x[x.shape[0] - k :]


def repeated(x, k):
    return pt.tile(x[0], (k, 1, 1))


def masked(x, k):
    return x * (pt.arange(x.shape[0]) < k)[:, None, None]


def reshaped(x, k):
    return (x * k).reshape((x.shape[0], -1, 3))


def loss(slices, k, x, w):
    return pt.tanh(pt.dot(slices(x, k).reshape((-1, 3)), w)).sum()


def gradient(slices, x, w):
    losses = pytensor.scan(
        lambda k, x, w: loss(slices, k, x, w),
        sequences=[pt.arange(1, 5)],
        non_sequences=[x, w],
        return_updates=False,
    )
    return pt.grad(losses.sum(), w)


@pytest.mark.parametrize("slices", [first_rows, last_rows, repeated, masked, reshaped])
def test_gradient_through_a_loop_is_the_sum_over_its_steps(slices):
    x, w = pt.dtensor3("x"), pt.dmatrix("w")
    looped = pytensor.function([x, w], gradient(slices, x, w), mode=PYTHON)
    steps = pt.grad(sum(loss(slices, k, x, w) for k in range(1, 5)), w)
    unrolled = pytensor.function([x, w], steps, mode=PYTHON)
    np.testing.assert_allclose(looped(X, W), unrolled(X, W), rtol=1e-10)


@pytest.mark.parametrize(("slices", "are_kept"), [(masked, False), (first_rows, True)])
def test_products_of_one_size_leave_the_loop(slices, are_kept):
    x, w = pt.dtensor3("x"), pt.dmatrix("w")
    f = pytensor.function([x, w], gradient(slices, x, w), mode=PYTHON)
    loops = [node.op for node in f.maker.fgraph.apply_nodes if isinstance(node.op, Scan)]
    sums = [loop for loop in loops if loop.info.n_sit_sot or loop.info.n_untraced_sit_sot]
    assert bool(sums) is are_kept


@pytest.mark.parametrize(
    ("slices", "expected"), [(masked, True), (reshaped, True), (first_rows, False)]
)
def test_sizes_that_follow_from_shapes_are_steady(slices, expected):
    x, k = pt.dtensor3("x"), pt.lscalar("k")
    rows = slices(x, k).reshape((-1, 3))
    product = pt.dot(rows.T, pt.dot(rows, W))
    assert are_steady([product], [k, x], {k}) is expected
