"""Sizes that are plain without rewriting a graph, against PyTensor's rewriting."""

import sys

import numpy as np
import pytensor.tensor as pt
import pytest

from lenet.nnet.conv import conv2d
from lenet.nnet.known_sizes import NotPlainError, plain_size
from lenet.nnet.ops.expected_shape import ExpectedShape
from lenet.nnet.pool import pool_2d
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
    assert plain_size(pt.alloc(0.0, n, x.shape[1]).shape[1]) == 3
    assert plain_size(x.reshape(pt.constant([4, 5])).shape[1]) == 5


def test_what_is_shaped_as_its_first_argument():
    x = pt.tensor(dtype="float64", shape=(None, 3, None, 8)).dimshuffle(1, 0, 2, 3)
    pooled = pool_2d(x, (2, 2), True)
    for same in [
        ExpectedShape((None, 9, 9, None))(x),
        pt.specify_shape(x, (None, 7, None, None)),
        pt.set_subtensor(x[:, :2], 0.0),
        pt.grad(pooled.sum(), x),
    ]:
        sizes = [length(same, axis) for axis in range(4)]
        assert tuple(map(plain_size, sizes)) == rewritten(sizes)[1]


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_joined_arrays(axis):
    x = pt.alloc(0.0, 4, pt.lscalar(), 5)
    y = pt.alloc(0.0, 4, pt.lscalar(), 5)
    sizes = [length(pt.join(axis, x, y), each) for each in range(3)]
    assert tuple(map(plain_size, sizes)) == rewritten(sizes)[1]


def images_of_lengths(rng, *lengths):
    """Return an array whose type tells some of its lengths, or whose making does."""
    known = [n if rng.integers(2) else None for n in lengths]
    if rng.integers(2):
        return pt.tensor(dtype="float64", shape=known)
    return pt.alloc(0.0, *(n or pt.lscalar() for n in known))


@pytest.mark.parametrize("seed", range(40))
def test_sizes_of_networks_are_those_of_the_rewritten_graph(seed):
    rng = np.random.default_rng(seed)
    x = images_of_lengths(rng, 2, 3, 19, 30)
    for _ in range(rng.integers(1, 4)):
        kernel = images_of_lengths(rng, 3, 3, *rng.integers(1, 4, 2))
        subsample = tuple(rng.integers(1, 3, 2).tolist())
        mode = ["valid", "half", "full", (1, 0)][rng.integers(4)]
        convolved = conv2d(x, kernel, border_mode=mode, subsample=subsample)
        x = convolved + pt.exp(convolved) if rng.integers(2) else convolved
        if rng.integers(2):
            stride = int(rng.integers(1, 4))
            x = pool_2d(x, (2, 2), bool(rng.integers(2)), (stride, stride))
        x = pt.repeat(x, 2, axis=2 + int(rng.integers(2)))
    sizes = [length(x, axis) for axis in range(4)]
    assert tuple(map(plain_size, sizes)) == rewritten(sizes)[1]


def test_sums_of_branches_are_walked_once():
    x = pt.tensor4()
    for _ in range(300):
        x = x + conv2d(x, pt.tensor4(), border_mode="half")
    assert plain_size(x.shape[3]) is None


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


def test_graphs_deeper_than_the_stack_are_not_plain():
    far = pt.lscalar()
    for _ in range(sys.getrecursionlimit()):
        far = far + far
    with pytest.raises(NotPlainError):
        plain_size(far)
