"""Numbers of `MRG_RandomStreams`: their distribution, independence, memory and states."""

import numpy as np
import pytest
import scipy.stats

from lenet.random_streams.stream_draws import StreamNormal, StreamUniform, fill_uniform

SEED, SIZE = 3, 40_000


def stream_ops(function):
    ops = [node.op for node in function.maker.fgraph.apply_nodes]
    return [op for op in ops if isinstance(op, StreamUniform | StreamNormal)]


@pytest.fixture
def streams(theano):
    return theano.sandbox.rng_mrg.MRG_RandomStreams(SEED)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_uniform_numbers_fill_the_unit_interval(dtype):
    out = np.empty((SIZE // 200, 200), dtype)
    fill_uniform(np.random.default_rng(SEED), out)
    steps = out.astype("float64") * 2.0 ** (np.finfo(dtype).nmant + 1)
    np.testing.assert_array_equal(steps, np.floor(steps))
    assert 0 <= out.min() <= out.max() < 1
    flat = out.astype("float64").ravel()
    np.testing.assert_allclose([flat.mean(), flat.var()], [1 / 2, 1 / 12], atol=4 / np.sqrt(SIZE))
    counts = np.histogram(flat, bins=64, range=(0, 1))[0]
    assert scipy.stats.chisquare(counts).pvalue > 1e-3


def test_uniform_float64_numbers_are_those_of_numpy():
    out = np.empty((3, 5))
    fill_uniform(np.random.default_rng(SEED), out)
    np.testing.assert_array_equal(out, np.random.default_rng(SEED).random((3, 5)))


def test_other_bit_generators_are_drawn_from_by_numpy():
    out = np.empty(SIZE, "float32")
    fill_uniform(np.random.Generator(np.random.MT19937(SEED)), out)
    assert scipy.stats.kstest(out, "uniform").pvalue > 1e-3


def test_successive_and_neighbouring_numbers_are_independent(theano, streams):
    outputs = [streams.uniform((SIZE,), dtype="float32"), streams.normal((SIZE,), dtype="float32")]
    f = theano.function([], outputs)
    assert [op.inplace for op in stream_ops(f)] == [True, True]
    (uniform, normal), (next_uniform, next_normal) = f(), f()
    for one, other in (
        (uniform, next_uniform),
        (normal, next_normal),
        (uniform, normal),
        (uniform[:-1], uniform[1:]),
        (uniform[0::2], uniform[1::2]),  # from one word of the generator
    ):
        assert abs(np.corrcoef(one, other)[0, 1]) < 4 / np.sqrt(len(one))
    np.testing.assert_allclose([normal.mean(), normal.std()], [0, 1], atol=4 / np.sqrt(SIZE))


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_ones_come_with_their_probability(theano, streams, p):
    f = theano.function([], streams.binomial((SIZE,), p=p, dtype="float32"))
    first, second = f(), f()
    for draws in (first, second):
        assert set(np.unique(draws)) == {0, 1}
        assert scipy.stats.binomtest(int(draws.sum()), SIZE, p).pvalue > 1e-3
    both = int((first * second).sum())
    assert scipy.stats.binomtest(both, SIZE, p * p).pvalue > 1e-3


def test_earlier_results_are_not_drawn_over(theano, streams):
    f = theano.function([], [streams.uniform((5,)), streams.normal((5,))])
    first = f()
    kept = [each.copy() for each in first]
    f()
    np.testing.assert_array_equal(first, kept)


def test_shape_may_change_between_calls(theano, streams):
    shape = theano.tensor.lvector("shape")
    f = theano.function([shape], streams.uniform(shape, ndim=2))
    assert [f(each).shape for each in ([2, 3], [4, 1], [0, 2], [2, 3])] == [
        (2, 3),
        (4, 1),
        (0, 2),
        (2, 3),
    ]


def test_one_seed_decides_all_numbers(theano, streams):
    other = theano.sandbox.rng_mrg.MRG_RandomStreams(SEED)
    f, g = (
        theano.function([], [each.uniform((7,)), each.normal((7,)), each.binomial((7,), p=0.5)])
        for each in (streams, other)
    )
    for _ in range(2):
        for one, two in zip(f(), g(), strict=True):
            np.testing.assert_array_equal(one, two)


def test_without_update_the_numbers_stay(theano, streams):
    f = theano.function([], streams.uniform((4,)), no_default_updates=True)
    assert [op.inplace for op in stream_ops(f)] == [False]
    np.testing.assert_array_equal(f(), f())


def test_half_precision(theano, streams):
    outputs = [streams.uniform((9,), dtype="float16"), streams.normal((9,), dtype="float16")]
    for each in theano.function([], outputs, mode="FAST_COMPILE")():
        assert each.dtype == "float16"
        assert np.unique(each).size > 1
