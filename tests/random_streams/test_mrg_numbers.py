"""Numbers of `MRG_RandomStreams`: those that Theano 1.0.5 printed, compiled to C with floatX=float32."""

import numpy as np
import pytest

PYTHON = "FAST_COMPILE"
PVALS = np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]], "float32")


@pytest.fixture(autouse=True)
def floats(theano):
    """Let floatX be what it was in Theano."""
    with theano.config.change_flags(floatX="float32"):
        yield


@pytest.fixture
def draw(theano):
    """Return a function that compiles an expression, and calls it twice."""

    def twice(sample, *inputs):
        variables, values = zip(*inputs, strict=True) if inputs else ((), ())
        f = theano.function(list(variables), sample, mode=PYTHON)
        return [f(*values).ravel() for _ in range(2)]

    return twice


@pytest.fixture
def MRG(theano):
    return theano.sandbox.rng_mrg.MRG_RandomStreams


def test_uniform_and_binomial(theano, MRG, draw):
    streams, n = MRG(42), theano.tensor.lscalar()
    np.testing.assert_array_equal(
        draw(streams.uniform((2, 2), dtype="float32")),
        np.array(
            [
                [0.08075201, 0.92676395, 0.8597198, 0.25074446],
                [0.080339946, 0.34734228, 0.18044655, 0.4416554],
            ],
            "float32",
        ),
    )
    several = draw(streams.uniform((40,), dtype="float64"))  # by six streams
    np.testing.assert_array_equal(
        [each[[0, 5, 6, 39]] for each in several],
        [
            [0.45789974788203835, 0.6842666869051754, 0.6387027115561068, 0.8532075891271234],
            [0.7641849145293236, 0.6010363479144871, 0.8674692860804498, 0.6947203506715596],
        ],
    )
    np.testing.assert_array_equal(
        draw(streams.uniform((3,), dtype="float16")),
        np.array([[0.0579, 0.6562, 0.9546], [0.0535, 0.861, 0.8066]], "float16"),
    )
    np.testing.assert_array_equal(
        draw(streams.uniform((n, 2), dtype="float32"), (n, 2)),
        np.array(
            [
                [0.58810776, 0.969683, 0.24092123, 0.84002393],
                [0.06631631, 0.35619786, 0.3052842, 0.19865361],
            ],
            "float32",
        ),
    )
    np.testing.assert_allclose(
        draw(streams.uniform((4,), low=-1.0, high=3.0, dtype="float64", nstreams=2)),
        [
            [0.422025827690959, 2.2627317141741514, 1.6640386525541544, 0.9265495985746384],
            [-0.35635202564299107, 0.4902885127812624, 1.3011420909315348, 0.18380339816212654],
        ],
        rtol=1e-14,
    )
    np.testing.assert_array_equal(
        draw(streams.binomial((2, 6), p=0.3)),
        [[0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 1], [0, 1, 0, 0, 0, 1, 1, 0, 0, 1, 0, 1]],
    )
    np.testing.assert_array_equal(
        streams.rstate, [1655028281, 822108962, 491636515, 269792468, 452554578, 1751280523]
    )


def test_other_distributions(theano, MRG, draw):
    streams, p = MRG(42), theano.tensor.fmatrix()
    for _ in range(6):
        streams.inc_rstate()
    np.testing.assert_allclose(
        draw(streams.normal((3,), avg=1.0, std=2.0, dtype="float64")),
        [
            [1.5138610184455705, -0.5677004590449013, 1.9927617902961745],
            [-0.6182694392160928, 0.8704479287920951, 4.851164981256206],
        ],
        rtol=1e-13,
    )
    np.testing.assert_allclose(
        draw(streams.normal((2, 2), dtype="float32")),
        [
            [-1.2160963, -0.7973357, -0.16828795, 0.23306023],
            [1.7962335, 0.42614287, 0.17409839, -1.5892199],
        ],
        rtol=1e-5,
    )
    for sample, expected in (
        (streams.multinomial(pvals=p), [[1, 0, 0, 0, 1, 0], [0, 0, 1, 0, 0, 1]]),
        (streams.multinomial(n=10, pvals=p), [[4, 3, 3, 1, 3, 6], [5, 3, 2, 1, 4, 5]]),
        (streams.choice(size=2, p=p, replace=False), [[2, 0, 0, 2], [2, 0, 2, 1]]),
    ):
        np.testing.assert_array_equal(draw(sample, (p, PVALS)), expected)
    truncated = draw(streams.truncated_normal((40,), dtype="float64"))
    # Of either half, and of those that are drawn again, at the ends of the halves.
    expected = [
        (0.07277339325977487, 0.20867489460938982, -1.3457930341545126, 1.6490294172468156),
        (0.30687621687892574, -0.39724878231926797, 0.6907326057314356),
        (0.926817103213445, 0.3999839162620582, -0.14624190093963843, 2.159240769191988),
        (-0.5338222907976767, 1.4803061385612022, 0.7094058181487327),
    ]
    places = [0, 1, 17, 18, 19, 38, 39]
    found = np.concatenate([each[places] for each in truncated])
    np.testing.assert_allclose(found, np.concatenate(expected), rtol=1e-12)
    np.testing.assert_array_equal(
        streams.rstate, [2022275124, 1499222495, 1264157929, 1387291459, 973612471, 1383745421]
    )


def test_six_numbers_as_a_seed(MRG, draw):
    np.testing.assert_array_equal(
        draw(MRG([1, 2, 3, 4, 5, 6]).uniform((2,), dtype="float64")),
        [
            [0.0037538395263254642, 0.8410847620107234],
            [0.001736341044306755, 0.8028143234550953],
        ],
    )


def test_steps_of_a_loop(theano, MRG):
    streams = MRG(9)
    sample, updates = theano.scan(lambda: streams.uniform((2,), dtype="float64"), n_steps=2)
    f = theano.function([], sample, updates=updates, mode=PYTHON)
    np.testing.assert_array_equal(
        [f().ravel() for _ in range(2)],
        [
            [0.01730400323867798, 0.6271686214022338, 0.017215704079717398, 0.5030040247365832],
            [0.37384357396513224, 0.6588885583914816, 0.2109257373958826, 0.30288994079455733],
        ],
    )


def test_seeding_begins_with_the_first_variable(theano, MRG):
    streams = MRG(42)
    samples = [streams.uniform((7,)), streams.normal((3,)), streams.uniform((5,), nstreams=3)]
    f = theano.function([], samples, mode=PYTHON)
    first = f()
    f()
    streams.seed()
    for found, expected in zip(f(), first, strict=True):
        np.testing.assert_array_equal(found, expected)
    assert [each[2:] for each in streams.state_updates] == [((7,), None), ((4,), 15360), ((5,), 3)]


def test_named_functions_of_states(theano):
    from theano.sandbox import rng_mrg

    state, next_state = np.arange(1, 7, dtype="int32"), rng_mrg.ff_2p72(np.arange(1, 7))
    by_parts = rng_mrg.multMatVect(state, rng_mrg.A1p72, rng_mrg.M1, rng_mrg.A2p72, rng_mrg.M2)
    np.testing.assert_array_equal(by_parts, next_state)
    T = theano.tensor
    kinds = (T.lmatrix, T.ivector, T.iscalar)
    inputs = [kind() for _ in range(2) for kind in kinds]
    f = theano.function(inputs, rng_mrg.DotModulo()(*inputs), mode=PYTHON)
    halves = (rng_mrg.A1p134, state[:3], rng_mrg.M1, rng_mrg.A2p134, state[3:], rng_mrg.M2)
    np.testing.assert_array_equal(f(*halves), rng_mrg.ff_2p134(state))
