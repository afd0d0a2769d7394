"""Random streams: those of `shared_randomstreams`, number by number, and those of `rng_mrg`."""

import numpy as np
import pytest
import scipy.stats

PYTHON = "FAST_COMPILE"
SEED = 234
DRAWS = {
    "uniform": (
        lambda streams: streams.uniform((2, 3), low=-1.0, high=2.0),
        lambda state: state.uniform(-1, 2, (2, 3)),
    ),
    "normal": (
        lambda streams: streams.normal((2, 3), avg=1.0, std=2.0),
        lambda state: state.normal(1, 2, (2, 3)),
    ),
    "binomial": (
        lambda streams: streams.binomial((4,), n=5, p=0.3),
        lambda state: state.binomial(5, 0.3, (4,)),
    ),
    "integers": (
        lambda streams: streams.random_integers((5,), low=3, high=6),
        lambda state: [state.randint(3, 7) for _ in range(5)],
    ),
    "choice": (
        lambda streams: streams.choice((4,), a=9, replace=False),
        lambda state: state.choice(9, (4,), False),
    ),
    "choice_by_no_p": (
        lambda streams: streams.choice((4,), 9, True, 0),
        lambda state: state.choice(9, (4,), True),
    ),
    "choice_by_p": (
        lambda streams: streams.choice((4,), a=2, p=[0.1, 0.9]),
        lambda state: state.choice(2, (4,), True, [0.1, 0.9]),
    ),
    "poisson": (
        lambda streams: streams.poisson((4,), lam=3.5),
        lambda state: state.poisson(3.5, (4,)),
    ),
    "permutation": (
        lambda streams: streams.permutation((2,), n=4),
        lambda state: [state.permutation(4) for _ in range(2)],
    ),
    "multinomial": (
        lambda streams: streams.multinomial((2,), n=9, pvals=[0.2, 0.8]),
        lambda state: [state.multinomial(9, [0.2, 0.8]) for _ in range(2)],
    ),
    "shape_of_the_arguments": (
        lambda streams: streams.uniform(low=np.zeros(3), high=np.ones((2, 1))),
        lambda state: state.uniform(np.zeros(3), np.ones((2, 1))),
    ),
}


@pytest.fixture
def RandomStreams(theano):
    return theano.tensor.shared_randomstreams.RandomStreams


@pytest.fixture
def MRG(theano):
    return theano.sandbox.rng_mrg.MRG_RandomStreams


@pytest.mark.parametrize("name", DRAWS)
def test_numbers_are_those_of_theano(theano, RandomStreams, name):
    symbolic, direct = DRAWS[name]
    f = theano.function([], symbolic(RandomStreams(SEED)), mode=PYTHON)
    # Theano seeded each stream by a number that it drew from a generator of the given seed.
    state = np.random.RandomState(int(np.random.RandomState(SEED).randint(2**30)))
    for _ in range(2):
        np.testing.assert_array_equal(f(), direct(state))


def test_published_numbers(theano, RandomStreams):
    # The first numbers of "Using Random Numbers" in Theano's documentation.
    f = theano.function([], RandomStreams(seed=234).uniform((2, 2)), mode=PYTHON)
    np.testing.assert_allclose(f(), [[0.12672381, 0.97091597], [0.13989098, 0.88754825]], atol=1e-8)


def test_symbolic_shape(theano, RandomStreams, MRG):
    x, shape = theano.tensor.matrix("x"), theano.tensor.lvector("shape")
    for streams in (RandomStreams(SEED), MRG(SEED)):
        like, free = streams.uniform(x.shape), streams.uniform(shape, ndim=2)
        outputs = [like, free, streams.uniform((x.shape[0], 4))]
        f = theano.function([x, shape], outputs, mode=PYTHON)
        assert [each.shape for each in f(np.ones((2, 3)), [3, 1])] == [(2, 3), (3, 1), (2, 4)]
        with pytest.raises(ValueError, match="its length is not known, pass ndim too"):
            streams.uniform(shape)


def test_shuffle_row_elements(theano, RandomStreams):
    x = theano.tensor.matrix("x")
    f = theano.function([x], RandomStreams(SEED).shuffle_row_elements(x), mode=PYTHON)
    value = np.arange(20.0).reshape(2, 10)
    shuffled = f(value)
    np.testing.assert_array_equal(np.sort(shuffled, axis=1), value)
    assert not np.array_equal(np.argsort(shuffled[0]), np.argsort(shuffled[1]))


@pytest.mark.parametrize("kind", ["RandomStreams", "MRG"])
def test_seeding(theano, request, kind):
    streams = request.getfixturevalue(kind)(SEED)
    f = theano.function([], [streams.uniform((3,)), streams.normal((3,))], mode=PYTHON)
    first = f()
    assert not np.array_equal(first, f())
    streams.seed(SEED)
    np.testing.assert_array_equal(f(), first)
    streams.seed(SEED + 1)
    assert not np.array_equal(f(), first)
    assert len(streams.state_updates) == len(streams.updates()) == 2


def test_state_of_a_stream(theano, RandomStreams):
    sample = RandomStreams(SEED).uniform((3,))
    f = theano.function([], sample, mode=PYTHON)
    state = sample.rng.get_value(borrow=True)
    state.seed(5)
    sample.rng.set_value(state, borrow=True)
    np.testing.assert_array_equal(f(), np.random.RandomState(5).uniform(size=3))


def test_shared_generators_are_copied_unless_borrowed(theano):
    generator = np.random.RandomState(3)
    copies = [theano.shared(generator), theano.shared(generator, borrow=False)]
    assert theano.shared(generator, borrow=True).get_value(borrow=True) is generator
    drawn = generator.normal()
    for copy in copies:
        assert copy.get_value(borrow=True).normal() == drawn


def test_there_is_no_gradient_of_drawn_numbers(theano, RandomStreams):
    high = theano.shared(2.0)
    with pytest.raises(theano.gradient.NullTypeGradError):
        theano.grad(RandomStreams(SEED).uniform((2,), high=high).sum(), high)


def test_mrg_distributions(theano, MRG):
    streams, size = MRG(SEED), (20_000,)
    outputs = [
        streams.uniform(size, low=-1.0, high=3.0),
        streams.normal(size, avg=2.0, std=3.0),
        streams.truncated_normal(size, avg=1.0, std=2.0),
        streams.binomial(size, p=0.3, dtype="float32"),
        streams.binomial(size, n=4, p=0.5),
    ]
    uniform, normal, truncated, ones, counts = theano.function([], outputs, mode=PYTHON)()
    edges = {"a": -2, "b": 2, "loc": 1, "scale": 2 / 0.87962566103423978}
    for sample, distribution in (
        (uniform, scipy.stats.uniform(-1, 4)),
        (normal, scipy.stats.norm(2, 3)),
        (truncated, scipy.stats.truncnorm(**edges)),
    ):
        assert scipy.stats.kstest(sample, distribution.cdf).pvalue > 1e-3
    assert (ones.dtype, counts.dtype) == ("float32", "int64")
    assert scipy.stats.binomtest(int(ones.sum()), size[0], 0.3).pvalue > 1e-3
    expected = scipy.stats.binom(4, 0.5).pmf(range(5)) * size[0]
    assert scipy.stats.chisquare(np.bincount(counts, minlength=5), expected).pvalue > 1e-3


def test_mrg_multinomial_and_choice(theano, MRG):
    streams = MRG(SEED)
    probabilities = np.tile(np.array([[0.5, 0.3, 0.2]], "float32"), (5000, 1))
    p = theano.tensor.fmatrix("p")
    outputs = [
        streams.multinomial(pvals=p),
        streams.multinomial(n=3, pvals=p),
        streams.choice(size=2, p=p, replace=False),
    ]
    one, three, chosen = theano.function([p], outputs, mode=PYTHON)(probabilities)
    assert set(one.sum(axis=1)) == {1}
    assert set(three.sum(axis=1)) == {3}
    assert scipy.stats.chisquare(one.sum(axis=0), probabilities[0] * 5000).pvalue > 1e-3
    assert (chosen[:, 0] != chosen[:, 1]).all()
    first = np.bincount(chosen[:, 0], minlength=3)
    assert scipy.stats.chisquare(first, probabilities[0] * 5000).pvalue > 1e-3


def test_mrg_gradient_goes_through_the_parameters(theano, MRG):
    scale = theano.shared(2.0)
    sample = MRG(SEED).normal((4,), avg=scale, std=scale)
    gradient, value = theano.function(
        [], [theano.grad(sample.sum(), scale), sample.sum()], mode=PYTHON
    )()
    np.testing.assert_allclose(gradient, value / 2)


@pytest.mark.parametrize("seed", [0, -(2**40), [0, 0, 0, 0, 0, 0]], ids=str)
def test_mrg_bad_seed(MRG, seed):
    with pytest.raises(ValueError, match="expected a number"):
        MRG(seed)


def test_mrg_refuses_what_theano_refused(theano, MRG):
    streams = MRG(SEED)
    with pytest.raises(TypeError, match="expected probabilities"):
        streams.multinomial()
    with pytest.raises(ValueError, match="size=3 has no use here"):
        streams.multinomial(size=3, pvals=[[0.5, 0.5]])
    with pytest.raises(NotImplementedError, match="replace=True is not there"):
        streams.choice(p=[[0.5, 0.5]])


@pytest.mark.parametrize("kind", ["RandomStreams", "MRG"])
def test_each_step_of_a_loop_draws_anew(theano, request, kind):
    streams = request.getfixturevalue(kind)(SEED)
    outputs, updates = theano.scan(lambda: streams.uniform((2,)), n_steps=3)
    assert len(updates) == 1
    f = theano.function([], outputs, updates=updates, mode=PYTHON)
    assert np.unique(np.concatenate([f(), f()])).size == 12


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_logarithms_of_uniform_numbers(theano, MRG, dtype):
    draw = MRG(7).uniform((200, 200), dtype=dtype)
    f = theano.function([], [draw, theano.tensor.log(draw)], mode=PYTHON)
    # States of zeros cannot be reached, but give the largest number.
    zeros = np.zeros_like(draw.rng.get_value())
    for states in (None, zeros):
        if states is not None:
            draw.rng.set_value(states)
        values, logarithms = f()
        assert values.dtype == dtype
        assert values.min() > 0
        assert values.max() < 1
        assert np.isfinite(logarithms).all()


def test_there_is_no_gradient_of_probabilities(theano, MRG):
    p = theano.tensor.dmatrix()
    streams = MRG(SEED)
    for sample in (
        streams.binomial(p.shape, p=p, dtype="float64"),
        streams.multinomial(pvals=p, dtype="float64"),
        streams.choice(p=p, replace=False, dtype="float64"),
    ):
        with pytest.raises(theano.gradient.NullTypeGradError):
            theano.grad(sample.sum(), p)
