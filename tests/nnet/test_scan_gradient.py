"""Gradients of loops that draw random numbers, against finite differences with the same numbers."""

import warnings

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.gradient import NullTypeGradError
from pytensor.scan.op import Scan
from pytensor.scan.utils import until

import lenet.nnet  # noqa: F401  which lets PyTensor differentiate them

PYTHON = pytensor.compile.mode.Mode("py", "fast_compile")
REWRITTEN = pytensor.compile.mode.Mode("py", "fast_run")


def loop(step, *variables, n_steps=4, **options):
    """Return the last value of `step(state, rng, *variables)`, which begins with a random state."""
    rng = pt.random.shared_rng(seed=7)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        states, _ = pytensor.scan(
            step,
            outputs_info=[pt.ones(3), rng],
            non_sequences=list(variables),
            n_steps=n_steps,
            return_updates=False,
            **options,
        )
    return states


def dropout(h, rng, w):
    next_rng, mask = rng.binomial(1, 0.5, size=h.shape)
    return pt.tanh((h * mask) @ w), next_rng


def two_draws(h, rng, w):
    between, noise = rng.normal(size=h.shape)
    next_rng, gate = between.uniform(size=h.shape)
    return pt.tanh(gate * (h @ w) + pt.exp(noise) * h), next_rng


def until_large(h, rng, w):
    next_rng, gate = rng.uniform(size=h.shape)
    h = h * (1 + gate) + 0.1 * (h @ w)
    return (h, next_rng), until(h.sum() > 9)


def differences(f, w, step=1e-6):
    slope = np.empty_like(w)
    for place in np.ndindex(w.shape):
        change = np.zeros_like(w)
        change[place] = step
        slope[place] = (f(w + change) - f(w - change)) / (2 * step)
    return slope


@pytest.mark.parametrize(
    ("step", "mode"),
    [(dropout, REWRITTEN), (two_draws, PYTHON), (until_large, PYTHON)],
    ids=["dropout", "two_draws", "until_large"],
)
def test_slopes_are_finite_differences(step, mode):
    w = pt.dmatrix()
    cost = (loop(step, w) ** 2).sum()
    value = pytensor.function([w], cost, mode=PYTHON)
    slope = pytensor.function([w], pytensor.grad(cost, w), mode=mode)
    point = np.random.default_rng(0).standard_normal((3, 3)) / 2
    found = slope(point)
    assert np.abs(found).max() > 0.1
    np.testing.assert_allclose(found, differences(value, point), rtol=1e-5, atol=1e-7)


def test_the_numbers_are_drawn_once():
    w = pt.dmatrix()
    cost = loop(dropout, w).sum()
    step = pytensor.function([w], [cost, pytensor.grad(cost, w)], mode=REWRITTEN)
    loops = [node.op for node in step.maker.fgraph.apply_nodes if isinstance(node.op, Scan)]
    drawing = [each for each in loops if "binomial" in str([n.op for n in each.fgraph.toposort()])]
    assert len(loops) == 2
    assert len(drawing) == 1


def test_truncated_gradients_go_through_the_last_steps():
    w = pt.dmatrix()
    cost = loop(dropout, w, truncate_gradient=1)[-1].sum()
    slope = pytensor.function([w], pytensor.grad(cost, w), mode=PYTHON)
    point = np.full((3, 3), 0.5)
    states = pytensor.function([w], loop(dropout, w), mode=PYTHON)(point)
    # By hand: the last state is tanh(z), z = (h * mask) @ w, of the state h before it.
    rng = np.random.default_rng(7)
    masks = [rng.binomial(1, 0.5, size=3) for _ in range(4)]
    by_hand = np.outer(states[-2] * masks[-1], 1 - states[-1] ** 2)
    np.testing.assert_allclose(slope(point), by_hand, rtol=1e-10)


def test_loops_that_do_not_draw_are_as_before():
    w = pt.dscalar()
    powers = pytensor.scan(
        lambda h, w: h * w,
        outputs_info=[pt.ones(())],
        non_sequences=[w],
        n_steps=3,
        return_updates=False,
    )
    slope = pytensor.function([w], pytensor.grad(powers[-1], w), mode=PYTHON)
    assert slope(2.0) == 12


def test_parameters_of_a_distribution_have_no_gradient():
    def step(h, rng, w):
        next_rng, draw = rng.normal(w, 1.0, size=h.shape)
        return h * draw, next_rng

    w = pt.dscalar()
    with pytest.raises(NullTypeGradError):
        pytensor.grad(loop(step, w).sum(), w)
