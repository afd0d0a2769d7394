"""Sizes that are plain without rewriting a graph, against PyTensor's rewriting."""

import numpy as np
import pytensor.tensor as pt
import pytest

from lenet.nnet.known_sizes import NotPlainError, plain_entry, plain_length, plain_size
from lenet.nnet.static_shapes import _original as rewritten


def length(x, axis):
    """Return a length that a type does not tell."""
    return x.shape[axis]


def drawn_array(rng, inputs, depth):
    """Return an array made of others by what sizes are made of."""
    if depth == 0:
        return inputs[rng.integers(len(inputs))]
    x = drawn_array(rng, inputs, depth - 1)
    kind = rng.integers(5)
    if kind == 0:
        return x.dimshuffle(*rng.permutation(x.ndim).tolist(), *(["x"] if x.ndim < 4 else []))
    if kind == 1:
        return pt.exp(x) + drawn_array(rng, [x, pt.ones(x.shape)], 0)
    if kind == 2:
        return pt.alloc(x, 2, *x.shape)[0]
    if kind == 3:
        return pt.repeat(x, int(rng.integers(1, 4)), axis=int(rng.integers(x.ndim)))
    return x.reshape((x.shape[0], -1)) if x.ndim > 1 else x.reshape((x.shape[0], 1))


@pytest.mark.parametrize("seed", range(40))
def test_sizes_are_those_of_the_rewritten_graph(seed):
    rng = np.random.default_rng(seed)
    inputs = [
        pt.tensor(dtype="float64", shape=tuple(rng.choice([None, 1, 3, 5], rng.integers(1, 4))))
        for _ in range(3)
    ]
    x = drawn_array(rng, inputs, int(rng.integers(0, 4)))
    sizes = [pt.as_tensor_variable(length(x, axis)) for axis in range(x.ndim)]
    sizes += [size * 3 + 1 for size in sizes] + [sizes[0].astype("int32"), sizes[-1] * sizes[0]]
    sizes += [pt.floor(size * 1.5).astype("int64") for size in sizes[: x.ndim]]
    for size in sizes:
        try:
            found = plain_size(size)
        except NotPlainError:
            continue
        assert (found,) == rewritten([size])[1]


def test_what_is_plain():
    x, n = pt.tensor(dtype="float64", shape=(None, 3)), pt.lscalar()
    repeated = pt.repeat(pt.repeat(x, 2, axis=0), n, axis=1)
    assert plain_size(x.shape[0] * 2) is plain_size(n) is plain_size(repeated.shape[1]) is None
    assert plain_size(pt.exp(x).T.shape[0]) == plain_size(x.shape[-1]) == 3
    assert plain_size(x.shape[1] * 4 + 1) == 13
    assert plain_entry(pt.constant([4, 5]), 1, 9) == 5
    assert plain_length(pt.alloc(0.0, n, x.shape[1]), 1, 9) == 3


def test_what_is_not_plain():
    x, n = pt.matrix(), pt.lscalar()
    unclear = [
        n * 0,
        pt.maximum(n, 3),
        x.reshape((-1, 2)).shape[0],
        pt.add(n, n, n),
        x[: n + 1].shape[0],
        (pt.constant(40) / 1.5 * 2).astype("int64"),
        (n * 0.5).astype("int64"),
    ]
    for size in unclear:
        with pytest.raises(NotPlainError):
            plain_size(size)
    far = n
    for _ in range(99):
        far = far * 2
    with pytest.raises(NotPlainError):
        plain_size(far)
