"""``theano.scan`` and its relatives, `ifelse`, `clone` and updates that are collected."""

from collections import OrderedDict

import numpy as np
import pytensor
import pytest

PYTHON = "FAST_COMPILE"


@pytest.fixture
def x(theano):
    return theano.tensor.vector("x")


def test_scan_returns_outputs_and_updates(theano, x):
    total, updates = theano.scan(
        lambda each, before: each + before, sequences=x, outputs_info=theano.tensor.zeros(())
    )
    assert isinstance(updates, theano.OrderedUpdates)
    f = theano.function([x], total, updates=updates, mode=PYTHON)
    np.testing.assert_allclose(f([1, 2, 3]), [1, 3, 6])


def test_steps_are_compiled_as_the_flag_mode_says(theano, x):
    def mode_of_steps(**given):
        doubled, _ = theano.scan(lambda each: 2 * each, sequences=x, **given)
        return doubled.owner.op.mode

    with pytensor.config.change_flags(mode="FAST_COMPILE"):
        assert mode_of_steps() == "FAST_COMPILE"
        compiled = mode_of_steps(mode="FAST_RUN")
    assert mode_of_steps() is compiled
    assert "local_inline_composite_constants" in compiled.provided_optimizer.exclude


def test_steps_that_update_a_shared_variable(theano):
    count = theano.shared(0)
    outputs, updates = theano.scan(
        fn=lambda: (count * 2, {count: count + 1}), outputs_info=None, n_steps=4
    )
    assert list(updates) == [count]
    f = theano.function([], outputs, updates=updates, mode=PYTHON)
    np.testing.assert_array_equal(f(), [0, 2, 4, 6])
    assert count.get_value() == 4


def test_scan_until(theano):
    def double(before, limit):
        return before * 2, theano.scan_module.until(before * 2 > limit)

    limit = theano.tensor.dscalar("limit")
    values, _ = theano.scan(
        double,
        outputs_info=theano.tensor.constant(np.float64(1)),
        non_sequences=limit,
        n_steps=1000,
    )
    np.testing.assert_array_equal(theano.function([limit], values, mode=PYTHON)(10), [2, 4, 8, 16])


def test_gradient_through_a_loop_in_the_default_mode(theano):
    w, k = theano.tensor.dscalar("w"), theano.tensor.iscalar("k")
    powers, updates = theano.scan(
        lambda before, w: before * w,
        outputs_info=theano.tensor.ones_like(w),
        non_sequences=w,
        n_steps=k,
    )
    f = theano.function([w, k], theano.grad(powers[-1], w), updates=updates)
    assert f(3, 4) == 4 * 3**3


def test_unknown_argument(theano):
    with pytest.raises(TypeError, match=r"theano\.scan has no argument 'output_info'"):
        theano.scan(lambda: 1, output_info=None)


@pytest.mark.parametrize("rows", [1, 3, 6])
def test_buffers_of_the_sandbox(theano, rows):
    from theano.sandbox.scan import scan as scan_into

    start = theano.tensor.dscalar()
    buffer = theano.tensor.set_subtensor(theano.tensor.zeros(rows)[0], start)
    outputs, updates = scan_into(
        lambda old, factor: [factor * old, old],
        states=[buffer, {"steps": 2}],
        params=[theano.tensor.constant(2.0)],
        n_steps=5,
    )
    assert not updates
    powers, olds = theano.function([start], outputs, mode="FAST_COMPILE")(1.0)
    np.testing.assert_array_equal(powers, [1, 2, 4, 8, 16, 32][-rows:])
    np.testing.assert_array_equal(olds, [8, 16])


def test_buffers_of_the_sandbox_that_are_read_further_back(theano):
    from theano.sandbox.scan import scan as scan_into

    buffer = theano.tensor.constant([1.0, 1.0, 0.0, 0.0, 0.0])
    output, _ = scan_into(
        lambda before, old: before + old, states={"membuf": buffer, "taps": [-2, -1]}, n_steps=3
    )
    np.testing.assert_array_equal(output.eval(mode="FAST_COMPILE"), [1, 1, 2, 3, 5])


def test_functional_names(theano, x):
    def both(each, before):
        return 2 * before + each

    start = theano.tensor.zeros(())
    outputs = [
        theano.map(lambda each: each**2, [x])[0],
        theano.reduce(both, [x], [start])[0],
        theano.foldl(both, x, start)[0],
        theano.foldr(both, x, start)[0],
    ]
    squares, *folds = theano.function([x], outputs, mode=PYTHON)([1, 2, 3])
    np.testing.assert_array_equal(squares, [1, 4, 9])
    assert folds == [11, 11, 1 + 2 * (2 + 2 * 3)]


def test_ifelse_computes_one_side_only(theano, x):
    ifelse = theano.ifelse.ifelse

    class Failure(theano.Op):
        def make_node(self, v):
            return theano.Apply(self, [v], [v.type()])

        def perform(self, node, inputs, outputs):
            raise RuntimeError("computed")

    f = theano.function([x], ifelse(x[0] > 0, x * 2, Failure()(x)))
    np.testing.assert_array_equal(f([1, 2]), [2, 4])
    with pytest.raises(RuntimeError, match="computed"):
        f([-1, 2])


def test_clone(theano, x):
    y = theano.tensor.vector("y")
    square = x**2
    doubled = theano.clone(square + x, replace={x: 2 * y})
    f = theano.function([y], doubled, mode=PYTHON)
    np.testing.assert_array_equal(f([1, 3]), [4 + 2, 36 + 6])
    assert theano.clone(square, share_inputs=False).owner.inputs[0] is not x
    assert theano.clone(square, copy_inputs=True).owner.inputs[0] is x


def test_updates_are_collected(theano):
    a, b = theano.shared(1), theano.shared(2)
    first, second = theano.OrderedUpdates({a: a + 1}), theano.OrderedUpdates([(b, b + 1)])
    both = first + second
    assert list(both) == [a, b]
    assert list(OrderedDict([(b, b)]) + first) == [b, a]
    both.update({a: both[a]})
    with pytest.raises(KeyError, match="has two new values"):
        both.update({a: a + 2})
    with pytest.raises(TypeError, match="expected a shared variable"):
        both["a"] = 3


def test_gradient_of_a_loop_in_python_code(theano):
    w, mode = theano.tensor.dscalar("w"), theano.Mode(linker="py")
    states, _ = theano.scan(
        lambda before, last, w: before * w + last,
        outputs_info={"initial": theano.tensor.ones(2), "taps": [-2, -1]},
        non_sequences=w,
        n_steps=3,
        mode=mode,
    )
    f = theano.function([w], theano.grad(states[-1], w), mode=mode)
    # The states are w + 1, 2 w + 1 and w**2 + 3 w + 1.
    assert f(3.0) == 2 * 3 + 3


def test_each_step_makes_default_updates_of_what_was_made_outside(theano):
    w, v = theano.shared(1.0), theano.shared(1.0)
    w.default_update, v.default_update = w + v, v * 2
    steps, updates = theano.scan(lambda: w * 1, n_steps=4)
    assert set(updates) == {w, v}
    f = theano.function([], steps, updates=updates, mode="FAST_COMPILE")
    assert f().tolist() == [1, 2, 4, 8]
    assert (w.get_value(), v.get_value()) == (16, 16)


def test_steps_draw_anew_what_is_drawn_outside(theano):
    T = theano.tensor
    streams = T.shared_randomstreams.RandomStreams(3)
    noise = streams.uniform((2,))
    steps, updates = theano.scan(lambda k: k + noise, sequences=T.arange(3))
    drawn = theano.function([], steps, updates=updates, mode="FAST_COMPILE")()
    state = np.random.RandomState(np.random.RandomState(3).randint(2**30))
    np.testing.assert_allclose(drawn, [k + state.uniform(size=2) for k in range(3)], rtol=1e-6)


def test_what_a_step_is_given_is_drawn_once_for_all(theano):
    """As masks of dropout that are the same in all steps, here as large as a batch."""
    T = theano.tensor
    x = T.tensor3("x")
    mask, alone = (
        T.shared_randomstreams.RandomStreams(3).binomial(n=1, p=0.5, size=(x.shape[1], 4))
        for _ in range(2)
    )
    outputs, updates = theano.scan(
        lambda each, drawn: each * drawn, sequences=x, non_sequences=mask
    )
    assert not updates
    f = theano.function([x], outputs, updates=updates, mode=PYTHON)
    draw = theano.function([x], alone, mode=PYTHON)
    ones = np.ones((3, 5, 4))
    for _ in range(2):
        np.testing.assert_array_equal(f(ones), np.broadcast_to(draw(ones), ones.shape))
