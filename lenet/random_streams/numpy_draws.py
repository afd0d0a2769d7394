"""Draws from a `numpy.random.RandomState` that give Theano's numbers.

NumPy has no method for most of them: they draw one by one, in Theano's order.
"""

from typing import Any

import numpy as np


def draw_binomial(state: Any, n: np.ndarray, p: np.ndarray, size: Any) -> np.ndarray:
    """Draw binomial numbers, the same as NumPy's.

    Those of a single trial are drawn several times as fast as by NumPy.

    NumPy inverts the distribution function: a single trial is one uniform number, compared with the
    probability of what is less likely. (Its threshold is rounded differently in the last bit, which a
    number in about 2**52 can tell.) Where a probability is zero, it does not even draw one.
    """
    p = np.asarray(p, "float64")
    shape = p.shape if size is None else size
    if (
        np.ndim(n) > 0
        or n != 1
        or not np.all((p > 0) & (p <= 1))
        or (p.ndim > 0 and np.broadcast_shapes(p.shape, shape) != shape)
    ):
        return state.binomial(n, p, size)
    uniform = state.random_sample(shape)
    if p.ndim == 0:
        return uniform > 1 - p if p <= 0.5 else uniform <= p
    return np.where(p <= 0.5, uniform > 1 - p, uniform <= p)


def draw_integers(state: Any, low: np.ndarray, high: np.ndarray, size: Any) -> np.ndarray:
    """Draw integers one by one, as Theano did."""
    shape = np.broadcast_shapes(low.shape, high.shape) if size is None else size
    lows, highs = np.broadcast_to(low, shape), np.broadcast_to(high, shape)
    out = np.empty(shape, np.int64)
    for index in np.ndindex(*shape):
        out[index] = state.randint(low=lows[index], high=highs[index] + 1)
    return out


def draw_choice(state: Any, a: np.ndarray, replace: Any, *more: Any) -> Any:
    """Choose elements of `a`."""
    *probabilities, size = more
    p = probabilities[0] if probabilities else None
    return state.choice(a if a.ndim else int(a), size, bool(replace), p)


def draw_permutations(state: Any, n: Any, size: Any) -> np.ndarray:
    """Draw permutations one by one."""
    out = np.empty((*(size or ()), int(n)), np.int64)
    for index in np.ndindex(*out.shape[:-1]):
        out[index] = state.permutation(int(n))
    return out


def draw_multinomial(state: Any, n: np.ndarray, pvals: np.ndarray, size: Any) -> np.ndarray:
    """Draw for each row of probabilities."""
    shape = np.broadcast_shapes(n.shape, pvals.shape[:-1]) if size is None else size
    trials = np.broadcast_to(n, shape)
    rows = np.broadcast_to(pvals, (*shape, pvals.shape[-1])).astype("float64")
    # NumPy wants a sum that does not exceed one by more than rounding, of float64.
    totals = rows.sum(axis=-1, keepdims=True)
    rows = np.where((totals > 1) & (totals < 1 + 1e-5), rows / totals, rows)
    out = np.empty(rows.shape, np.int64)
    for index in np.ndindex(*shape):
        out[index] = state.multinomial(int(trials[index]), rows[index])
    return out
