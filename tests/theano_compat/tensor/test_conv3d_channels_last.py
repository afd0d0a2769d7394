"""Correlations of films whose channels come last, as Theano had them until 0.9, against plain loops."""

import itertools

import numpy as np
import pytest


def values(*shape, seed=0):
    return np.random.default_rng(seed).integers(-4, 5, shape).astype("float64")


def correlated(films, filters, bias, steps):
    """Return the correlation, one output at a time."""
    size = filters.shape[1:4]
    lengths = [(f - k) // s + 1 for f, k, s in zip(films.shape[1:4], size, steps, strict=True)]
    result = np.empty((len(films), *lengths, len(filters)))
    for place in itertools.product(*map(range, lengths)):
        window = tuple(slice(p * s, p * s + k) for p, s, k in zip(place, steps, size, strict=True))
        result[:, *place] = np.einsum("brctk,mrctk->bm", films[:, *window], filters) + bias
    return result


@pytest.mark.parametrize("steps", [(1, 1, 1), (2, 1, 3)])
def test_values_and_gradients(theano, steps):
    from theano.tensor.nnet import conv3D

    films, filters, bias = values(2, 5, 4, 6, 3), values(4, 2, 3, 1, 3, seed=1), values(4, seed=2)
    maps = conv3D(films, filters, bias, np.array(steps)).eval(mode="FAST_COMPILE")
    np.testing.assert_allclose(maps, correlated(films, filters, bias, steps))

    top = values(*maps.shape, seed=3)
    V, W = theano.tensor.TensorType("float64", (False,) * 5)(), theano.shared(filters)
    cost = (conv3D(V, W, bias, steps) * top).sum()
    by_films, by_filters = (
        gradient.eval({V: films}, mode="FAST_COMPILE") for gradient in theano.grad(cost, [V, W])
    )
    transposed = theano.tensor.nnet.ConvTransp3D.convTransp3D
    back = transposed(filters, np.zeros(3), steps, top, films.shape[1:4])
    np.testing.assert_allclose(back.eval(mode="FAST_COMPILE"), by_films)
    gradient = theano.tensor.nnet.ConvGrad3D.convGrad3D(films, steps, filters.shape, top)
    np.testing.assert_allclose(gradient.eval(mode="FAST_COMPILE"), by_filters)
    shortest = transposed(filters, np.ones(3), steps, top).eval(mode="FAST_COMPILE")
    lengths = [
        (m - 1) * s + k for m, s, k in zip(maps.shape[1:4], steps, filters.shape[1:4], strict=True)
    ]
    rows, columns, times = lengths
    np.testing.assert_allclose(shortest, by_films[:, :rows, :columns, :times] + 1)


def test_steps_must_be_known(theano):
    steps = theano.tensor.lvector()
    with pytest.raises(ValueError, match="d is a variable, expected three integers"):
        theano.tensor.nnet.conv3D(values(1, 2, 2, 2, 1), values(1, 1, 1, 1, 1), [0.0], steps)
