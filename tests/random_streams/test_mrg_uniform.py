"""The Op of MRG31k3p: in C, Numba and NumPy alike, against the generator's recurrences."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
import scipy.stats

from lenet.compile.backends import c_mode
from lenet.random_streams import MRG_RandomStreams
from lenet.random_streams.mrg_states import MODULI, seeded, substreams
from lenet.random_streams.mrg_uniform import mrg_uniform

SEED, SIZE = 3, 40_000
MODES = {"c": c_mode, "numba": lambda: "NUMBA", "python": lambda: "FAST_COMPILE"}


def plain(states, count):
    """Return integers that streams draw in turn, and their next states."""
    states, numbers = [list(map(int, state)) for state in states], []
    for i in range(count):
        state = states[i % len(states)]
        x = (2**22 * state[1] + (2**7 + 1) * state[2]) % MODULI[0]
        y = (2**15 * state[3] + (2**15 + 1) * state[5]) % MODULI[1]
        state[:] = [x, *state[:2], y, *state[3:5]]
        numbers.append((x - y) % MODULI[0] or MODULI[0])
    return np.array(numbers), np.array(states)


def op_of(function):
    return [n.op for n in function.maker.fgraph.apply_nodes if isinstance(n.op, mrg_uniform)]


@pytest.fixture(params=MODES)
def mode(request):
    return MODES[request.param]()


@pytest.mark.parametrize(("streams", "shape"), [(1, (5,)), (4, (3, 1, 5)), (300, (7, 100))])
def test_numbers_are_those_of_the_recurrences(mode, streams, shape):
    states, lengths = substreams(seeded(SEED), streams), [pt.lscalar() for _ in shape]
    variable = pt.imatrix()
    outputs = [mrg_uniform(dtype)(variable, *lengths) for dtype in ("float64", "float32")]
    f = pytensor.function([variable, *lengths], [*outputs[0], *outputs[1]], mode=mode)
    next_doubles, doubles, next_floats, floats = f(states, *shape)
    numbers, expected = plain(states, np.prod(shape))
    assert doubles.shape == floats.shape == shape
    np.testing.assert_array_equal(doubles.ravel(), numbers / 2.0**31)
    units = np.nextafter(np.float32(2**-31), np.float32(0))
    np.testing.assert_array_equal(floats.ravel(), numbers.astype("float32") * units)
    for found in (next_doubles, next_floats):
        np.testing.assert_array_equal(found, expected)
    assert f(states, *(0,) * len(shape))[1].size == 0


def test_the_largest_and_the_least_number(mode):
    # States whose next numbers are 2 ** 31 - 1, where the components are alike, and 1.
    states = np.array([[0, 0, 0, 0, 0, 0], [0, 512, 0, 0, 0, 0]], "int32")
    f = pytensor.function([], mrg_uniform("float32")(states, 2)[1], mode=mode)
    np.testing.assert_array_equal(f(), np.array([1 - 2.0**-24, 2.0**-31 - 2.0**-55], "float32"))


def test_numbers_of_a_negative_seed_are_those_of_theano(mode):
    states, drawn = substreams(seeded(-1), 2), []
    variable = pt.imatrix()
    f = pytensor.function([variable], mrg_uniform("float64")(variable, 3), mode=mode)
    for _ in range(3):
        states, numbers = f(states)
        drawn += numbers.tolist()
    # What Theano 1.0.5 printed, and the states that it kept.
    assert drawn == [
        *(0.9980871430598199, 0.26363048888742924, 0.9980969540774822),
        *(0.06958056660369039, 0.9677665033377707, 0.42100934125483036),
        *(0.8060524356551468, 0.322991578374058, 0.12474658014252782),
    ]
    assert states.tolist() == [
        [2135908013, 1064279790, 1065328382, 1868016772, 1480779012, 161217706],
        [1553342845, 1941289251, 906339016, 859723712, 2010510157, 340196852],
    ]


def test_what_cannot_be_drawn(mode):
    states, lengths = pt.imatrix(), [pt.lscalar(), pt.lscalar()]
    f = pytensor.function(
        [states, *lengths], mrg_uniform("float32")(states, *lengths)[1], mode=mode
    )
    good = substreams(seeded(SEED), 2)
    for value, shape, message in (
        (good, (2**16, 2**15), "more than 2147483647"),
        (good, (2**62, 2**62), "more than 2147483647"),
        (good, (-1, -1), "a negative length"),
        (good[:0], (1, 1), r"states of shape \(0, 6\)"),
        (good[:, :5], (1, 1), r"states of shape \(2, 5\)"),
    ):
        with pytest.raises(ValueError, match=message):
            f(value, *shape)
    assert f(good, 2, 2).shape == (2, 2)


def test_bad_arguments():
    with pytest.raises(TypeError, match="dtype 'int32', expected one of"):
        mrg_uniform("int32")
    with pytest.raises(TypeError, match="states of"):
        mrg_uniform("float32")(pt.ivector(), 3)
    with pytest.raises(TypeError, match="expected one integer"):
        mrg_uniform("float32")(pt.imatrix(), 2.5)


def test_states_are_overwritten_where_they_may_be(theano, mode):
    streams = MRG_RandomStreams(SEED)
    f = theano.function([], streams.uniform((9,)), mode=mode)
    frozen = theano.function([], streams.uniform((9,)), mode=mode, no_default_updates=True)
    assert [op.inplace for op in op_of(f) + op_of(frozen)] == [mode != "FAST_COMPILE", False]
    first = f()
    kept = first.copy()
    assert not np.array_equal(f(), first)
    np.testing.assert_array_equal(first, kept)
    np.testing.assert_array_equal(frozen(), frozen())


@pytest.mark.parametrize("mode", ["c", "python"], indirect=True)  # Numba has no float16
def test_half_precision(mode):
    streams = MRG_RandomStreams(SEED)
    f = pytensor.function([], streams.uniform((1000,), dtype="float16"), mode=mode)
    numbers, _ = plain(substreams(seeded(SEED), 166), 1000)
    found = f()
    np.testing.assert_array_equal(
        found, ((numbers % 2**15 + 1) * float(np.float16(3.0458e-05))).astype("float16")
    )
    assert 0 < found.min() <= found.max() < 1


def test_distribution_and_independence():
    streams = MRG_RandomStreams(SEED)
    samples = [streams.uniform((SIZE,)), streams.normal((SIZE,)), streams.truncated_normal((SIZE,))]
    f = pytensor.function([], samples, mode="FAST_COMPILE")
    (uniform, normal, truncated), (next_uniform, next_normal, _) = f(), f()
    edges = {"a": -2, "b": 2, "scale": 1 / 0.87962566103423978}
    for sample, distribution in (
        (uniform, scipy.stats.uniform),
        (normal, scipy.stats.norm),
        (truncated, scipy.stats.truncnorm(**edges)),
    ):
        assert scipy.stats.kstest(sample, distribution.cdf).pvalue > 1e-3
    for one, other in (
        (uniform, next_uniform),
        (normal, next_normal),
        (uniform, normal),
        (uniform[:-1], uniform[1:]),
        (uniform[0::2], uniform[1::2]),
        (normal[: SIZE // 2], normal[SIZE // 2 :]),  # of the same pairs
    ):
        assert abs(np.corrcoef(one, other)[0, 1]) < 4 / np.sqrt(len(one))


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_ones_come_with_their_probability(p):
    sample = MRG_RandomStreams(SEED).binomial((SIZE,), p=p, dtype="float32")
    f = pytensor.function([], sample, mode="FAST_COMPILE")
    first, second = f(), f()
    for draws in (first, second):
        assert set(np.unique(draws)) == {0, 1}
        assert scipy.stats.binomtest(int(draws.sum()), SIZE, p).pvalue > 1e-3
    both = int((first * second).sum())
    assert scipy.stats.binomtest(both, SIZE, p * p).pvalue > 1e-3


def test_shape_may_change_between_calls():
    shape = pt.lvector("shape")
    sample = MRG_RandomStreams(SEED).uniform(shape, ndim=2)
    f = pytensor.function([shape], sample, mode="FAST_COMPILE")
    shapes = [(2, 3), (4, 1), (0, 2), (2, 3)]
    assert [f(each).shape for each in shapes] == shapes


def test_rows_of_probabilities_may_have_any_number_of_axes():
    streams, p = MRG_RandomStreams(SEED), np.array([0.25, 0.75])
    for pvals in (p, np.tile(p, (2, 3, 1))):
        counts = pytensor.function([], streams.multinomial(pvals=pvals, n=4), mode="FAST_COMPILE")()
        assert counts.shape == pvals.shape
        assert (counts.sum(axis=-1) == 4).all()


def test_more_choices_than_there_are():
    sample = MRG_RandomStreams(SEED).choice(size=3, p=[[0.5, 0.5]], replace=False)
    f = pytensor.function([], sample, mode="FAST_COMPILE")
    with pytest.raises(ValueError, match="size is larger"):
        f()


def test_jax_draws_the_same_numbers():
    pytest.importorskip("jax")
    x, value = pt.fmatrix(), np.ones((2, 3), "float32")
    drawn = []
    for mode in ("JAX", "FAST_COMPILE"):
        streams = MRG_RandomStreams(SEED)
        sizes = [(4,), x.shape, (x.shape[0], 3)]
        outputs = [streams.uniform(size, dtype="float32") for size in sizes]
        f = pytensor.function([x], outputs, mode=mode)
        drawn += [[*f(value), *f(value)]]
    for found, expected in zip(*drawn, strict=True):
        np.testing.assert_array_equal(found, expected)
