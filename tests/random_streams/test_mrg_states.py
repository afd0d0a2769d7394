"""States of Theano's streams, against the generator's own steps and Theano's published constants."""

import numpy as np
import pytest

from lenet.random_streams.mrg_states import MODULI, jump, seeded, skipped, substreams


def step(state):
    """Return the next state of MRG31k3p, by its recurrences."""
    x1, x2, x3, y1, y2, y3 = map(int, state)
    x = (4194304 * x2 + 129 * x3) % MODULI[0]
    y = (32768 * y1 + 32769 * y3) % MODULI[1]
    return np.array([x, x1, x2, y, y1, y2])


def test_skipping_is_stepping():
    state = np.array([3, 14, 159, 26, 535, 8979])
    for power in range(6):
        stepped = state
        for _ in range(2**power):
            stepped = step(stepped)
        np.testing.assert_array_equal(skipped(state, power), stepped)


def test_matrices_are_those_of_the_paper():
    # A1 and A2 to the powers of 2 ** 72, in L'Ecuyer's and Theano's programs.
    first, second = jump(72)
    assert first.tolist()[0] == [1516919229, 758510237, 499121365]
    assert second.tolist()[0] == [1228857673, 1496414766, 954677935]


def test_substreams_follow_one_another():
    states = substreams(seeded(7), 3)
    assert states.dtype == np.int32
    np.testing.assert_array_equal(states[0], [7] * 6)
    np.testing.assert_array_equal(states[2], skipped(skipped(states[0], 72), 72))
    many, one = substreams(seeded(7), 1000), seeded(7)
    for state in many:
        np.testing.assert_array_equal(state, one)
        one = skipped(one, 72)


def test_streams_go_on_with_each_variable(theano):
    from theano.sandbox.rng_mrg import MRG_RandomStreams

    streams = MRG_RandomStreams(7)
    np.testing.assert_array_equal(streams.rstate, [7] * 6)
    streams.uniform((2,))
    second = skipped(seeded(7), 134)
    np.testing.assert_array_equal(streams.rstate, second)
    np.testing.assert_array_equal(streams.get_substream_rstates(2, "float32")[0], second)
    assert (streams.rstate != second).any()
    kept = streams.rstate
    streams.get_substream_rstates(1, "float32", inc_rstate=False)
    np.testing.assert_array_equal(streams.rstate, kept)
    with pytest.raises(ValueError, match="n_streams is 0"):
        streams.get_substream_rstates(0, "float32")


@pytest.mark.parametrize(
    "seed",
    [
        0,
        -(2**31) - 1,
        MODULI[1],
        [1, 2, 3],
        [1, 1, 1, 1, 1, -3],
        [0, 0, 0, 1, 1, 1],
        [1, 1, 1, 0, 0, 0],
    ],
)
def test_seeds_out_of_range(seed):
    with pytest.raises(ValueError, match=r"expected"):
        seeded(seed)


@pytest.mark.parametrize(
    ("size", "count"),
    [((2, 3), 6), ((7,), 1), ((600,), 100), ((10**6, 10**6), 15360), (None, 15360)],
)
def test_the_number_of_streams_is_guessed(theano, size, count):
    from theano.sandbox.rng_mrg import guess_n_streams

    assert guess_n_streams(size) == count


def test_an_unknown_number_of_streams_warns(theano):
    from theano.sandbox.rng_mrg import guess_n_streams

    with pytest.warns(UserWarning, match="cannot tell"):
        guess_n_streams(theano.tensor.lvector(), warn=True)


@pytest.mark.parametrize("size", [(0, 3), (2, -1)])
def test_sizes_out_of_range(theano, size):
    from theano.sandbox.rng_mrg import MRG_RandomStreams

    for draw in ("uniform", "normal"):
        with pytest.raises(ValueError, match="size"):
            getattr(MRG_RandomStreams(1), draw)(size)
