"""``theano.function`` and ``theano.shared``."""

import inspect
from collections import OrderedDict

import numpy as np
import pytensor
import pytest

from lenet.theano_compat.theano.compile.mode import fast_mode

PYTHON = "FAST_COMPILE"  # where what is compiled does not matter


@pytest.fixture
def T(theano):
    return theano.tensor


def test_default_values(theano, T):
    x, y = T.scalars("x", "y")
    f = theano.function([x, theano.In(y, value=2)], x - y, mode=PYTHON)
    assert [f(1), f(1, 5), f(1), f(1, y=4), f(1)] == [-1, -4, -1, -3, -1]


def test_default_value_that_is_updated(theano, T):
    x, total = T.scalars("x", "total")
    start = theano.In(total, value=10, update=total + x)
    first, second = (theano.function([x, start], total, mode=PYTHON) for _ in range(2))
    assert [first(1), first(2), first(0)] == [10, 11, 13]
    assert second(1) == 10


def test_param_is_the_early_name_of_in(theano, T):
    x, y = T.scalars("x", "y")
    f = theano.function([x, theano.Param(y, default=3, name="other")], x * y, mode=PYTHON)
    assert [f(2), f(2, other=5)] == [6, 10]


def test_dictionary_of_outputs(theano, T):
    x = T.scalar("x")
    f = theano.function([x], {"twice": 2 * x, "half": x / 2}, mode=PYTHON)
    assert f(4) == {"half": 2, "twice": 8}
    assert f.copy()(2) == {"half": 1, "twice": 4}
    assert len(f.maker.fgraph.outputs) == 2


@pytest.mark.parametrize("kind", [list, dict, OrderedDict, tuple])
def test_kinds_of_updates_and_givens(theano, T, kind):
    x, y = T.scalars("x", "y")
    a, b = theano.shared(1.0), theano.shared(np.float64(5))
    f = theano.function(
        [x], y, updates=kind([(a, a + y), (b, b * 2)]), givens=kind([(y, x + b)]), mode=PYTHON
    )
    assert f(2) == 7
    assert (a.get_value(), b.get_value()) == (8, 10)


def test_update_is_cast_to_the_variables_type(theano):
    single = theano.shared(np.ones(2, "float32"))
    theano.function([], updates=[(single, single * np.float64(1.5))], mode=PYTHON)()
    assert single.get_value().dtype == "float32"
    np.testing.assert_array_equal(single.get_value(), [1.5, 1.5])


def test_update_of_another_kind_is_refused(theano):
    count = theano.shared(1)
    with pytest.raises(TypeError, match="must have the same type"):
        theano.function([], updates=[(count, count * 1.5)])


def test_given_row_takes_the_place_of_a_matrix(theano, T):
    row, matrix = T.row("row"), T.matrix("matrix")
    f = theano.function([row], matrix.sum(axis=0), givens={matrix: row}, mode=PYTHON)
    np.testing.assert_array_equal(f([[1, 2]]), [1, 2])


def test_given_slices_of_shared_data(theano, T):
    data = theano.shared(np.arange(12.0).reshape(6, 2), borrow=True)
    labels = T.cast(theano.shared(np.arange(6.0)), "int32")
    index, x, y = T.lscalar("index"), T.matrix("x"), T.ivector("y")
    batch = slice(index * 2, (index + 1) * 2)
    f = theano.function([index], x.sum() + y.sum(), givens={x: data[batch], y: labels[batch]})
    assert f(1) == (4 + 5 + 6 + 7) + (2 + 3)


def test_input_downcast(theano, T):
    x = T.fvector("x")
    value = np.array([0.1, 0.2])
    with pytest.raises(TypeError, match="float64"):
        theano.function([x], x, mode=PYTHON)(value)
    result = theano.function([x], x, allow_input_downcast=True, mode=PYTHON)(value)
    np.testing.assert_array_equal(result, value.astype("float32"))


def test_unused_input(theano, T):
    x, y = T.scalars("x", "y")
    with pytest.raises(pytensor.compile.maker.UnusedInputError):
        theano.function([x, y], x, mode=PYTHON)
    assert theano.function([x, y], x, on_unused_input="ignore", mode=PYTHON)(1, 2) == 1


def test_default_update_of_a_known_shape(theano):
    running_mean = theano.shared(np.zeros(3))
    batch = theano.tensor.constant(np.arange(6.0).reshape(2, 3))
    running_mean.default_update = 0.5 * running_mean + 0.5 * batch.mean(axis=0)
    f = theano.function([], running_mean, mode=PYTHON)
    f()
    np.testing.assert_allclose(running_mean.get_value(), [0.75, 1.25, 1.75])
    (2 * running_mean).eval()
    np.testing.assert_allclose(running_mean.get_value(), [1.125, 1.875, 2.625])


def test_no_default_updates(theano):
    sample = theano.tensor.shared_randomstreams.RandomStreams(1).uniform((2,))
    moving = theano.function([], sample, mode=PYTHON)
    standing = theano.function([], sample, no_default_updates=True, mode=PYTHON)
    assert not np.array_equal(moving(), moving())
    np.testing.assert_array_equal(standing(), standing())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (lambda x: (x, x), "the inputs are x, expected a list"),
        (lambda x: ([(x, 1, 2)], x), r"\(x, 1, 2\) is a tuple, expected a variable; .*theano\.In"),
        (
            lambda x: ([], x, None, [x]),
            "updates contains x, expected a dictionary or a list of pairs",
        ),
        (lambda x: ([], x, None, None, [(x,)]), r"givens contains \(x,\), expected"),
    ],
    ids=["inputs", "pair", "updates", "givens"],
)
def test_bad_arguments(theano, T, arguments, message):
    with pytest.raises(TypeError, match=message):
        theano.function(*arguments(T.scalar("x")))


def test_numbers_among_the_outputs(theano, T):
    x = T.scalar("x")
    assert theano.function([x], [x, 2, np.float64(3)], mode=PYTHON)(1) == [1, 2, 3]


def test_modes_by_their_old_names(theano):
    get_mode = theano.compile.mode.get_mode
    assert get_mode(None) is fast_mode()
    assert get_mode("FAST_RUN") is fast_mode()
    assert get_mode("ProfileMode") is fast_mode()
    assert theano.compile.get_default_mode() is fast_mode()
    assert get_mode("FAST_COMPILE") is pytensor.compile.mode.FAST_COMPILE
    assert isinstance(get_mode("DebugMode"), theano.compile.DebugMode)
    assert isinstance(get_mode("FAST_RUN").excluding("fusion"), theano.Mode)
    with pytest.raises(ValueError, match="mode 'SLOW': expected FAST_RUN"):
        get_mode("SLOW")


def test_rewrites_chosen_by_options(theano, T):
    x = T.vector("x")
    with theano.change_flags(optimizer_excluding="fusion:inplace"):
        f = theano.function([x], T.exp(x) * 2 + x)
    assert len(f.maker.fgraph.apply_nodes) > 1
    assert len(theano.function([x], T.exp(x) * 2 + x).maker.fgraph.apply_nodes) == 1


@pytest.mark.parametrize(
    ("value", "dtype", "ndim"),
    [
        (3, "int64", 0),
        (2.5, "float64", 0),
        (True, "bool", 0),
        (np.ones((2, 1), "float32"), "float32", 2),
    ],
    ids=["int", "float", "bool", "array"],
)
def test_shared(theano, value, dtype, ndim):
    variable = theano.shared(value, "name", borrow=True)
    assert (variable.name, variable.dtype, variable.ndim) == ("name", dtype, ndim)
    np.testing.assert_array_equal(variable.get_value(), value)


def test_shared_does_not_broadcast_unless_asked(theano):
    value = np.ones((1, 3))
    assert theano.shared(value).broadcastable == (False, False)
    assert theano.shared(value, broadcastable=(True, False)).broadcastable == (True, False)


def test_shared_of_anything(theano):
    assert theano.shared([1, 2]).get_value() == [1, 2]
    generator = theano.shared(np.random.RandomState(3))
    assert generator.get_value().randint(100) == np.random.RandomState(3).randint(100)


def test_monitor_mode(theano, T):
    x = T.vector("x")
    seen = []
    mode = theano.compile.MonitorMode(
        pre_func=lambda i, node, fn: seen.append(fn.inputs[0][0].tolist()),
        post_func=lambda i, node, fn: seen.append(fn.outputs[0][0].tolist()),
        optimizer="None",
    )
    theano.function([x], T.sqr(x), mode=mode)([1, 2])
    assert seen[:2] == [[1, 2], [1, 4]]


def test_nan_is_detected(theano, T, capsys):
    x = T.vector("x")
    mode = theano.compile.MonitorMode(post_func=theano.compile.monitormode.detect_nan)
    f = theano.function([x], T.sqrt(x), mode=mode)
    f([4])
    assert capsys.readouterr().out == ""
    with np.errstate(invalid="ignore"):
        f([-4])
    assert "NaN detected" in capsys.readouterr().out


def test_profile_mode(theano, T, capsys):
    x = T.vector("x")
    mode = theano.ProfileMode()
    np.testing.assert_array_equal(theano.function([x], x * 2, mode=mode)([4]), [8])
    mode.print_summary()
    assert "profile=True" in capsys.readouterr().out


def test_values_by_variable_name_and_number(theano):
    x, y = theano.tensor.dscalars("x", "y")
    state = theano.shared(2.0, "state")
    function = theano.function([x, theano.In(y, value=3.0)], x * y * state)
    assert (function[y], function["y"], function[state]) == (3, 3, 2)
    assert (function.value["state"], function.container[state].value) == (2, 2)
    function[state], function[y] = 5.0, 4.0
    assert function(2.0) == 40
    assert state.get_value() == 5
    with pytest.raises(TypeError, match="unknown input or state: z"):
        function["z"]


def test_a_name_of_several_inputs_is_ambiguous(theano):
    x, y = theano.tensor.dscalars("x", "x")
    function = theano.function([x, y], x - y)
    with pytest.raises(TypeError, match="ambiguous name: x"):
        function["x"]
    assert function.fn is function.vm


@pytest.mark.parametrize("mode", ["FAST_COMPILE", "FAST_RUN"])
def test_a_copy_without_updates_updates_nothing(theano, mode):
    x, count = theano.tensor.dscalar(), theano.shared(1.0)
    function = theano.function([x], x * count, updates=[(count, count + 1)], mode=mode)
    copied = function.copy(delete_updates=True)
    assert [copied(2.0) for _ in range(3)] == [[2], [2], [2]]
    assert function(2.0) == 2
    assert copied(2.0) == [4]
    other = theano.shared(10.0)
    assert function.copy(swap={count: other}, delete_updates=True)(2.0) == [20]
    assert count.get_value() == 2


def test_pytensors_functions_are_its_own_again(theano):
    from pytensor.compile.executor import Function

    from lenet.theano_compat import uninstall

    assert hasattr(Function, "container")
    uninstall()
    assert not hasattr(Function, "container")
    assert Function.copy.__module__ == "pytensor.compile.executor"


def test_an_update_may_know_more_lengths_of_one(theano):
    W = theano.shared(np.ones((4, 1, 3, 3)))
    kept = theano.shared(np.zeros((4, 1, 3, 3)))
    x = theano.tensor.dtensor4()
    cost = theano.tensor.nnet.conv2d(x, W, filter_shape=(4, 1, 3, 3)).sum()
    function = theano.function([x], [], updates=[(kept, theano.grad(cost, W))], mode="FAST_COMPILE")
    function(np.ones((2, 1, 5, 5)))
    np.testing.assert_array_equal(kept.get_value(), np.full((4, 1, 3, 3), 18.0))


def test_an_update_may_not_shorten_an_axis(theano):
    kept = theano.shared(np.ones((2, 3)), "kept")
    total = kept.sum().dimshuffle("x", "x")
    with pytest.raises(TypeError, match=r"of kept, of shape \(2, 3\), has a length of 1 in axes"):
        theano.function([], [], updates=[(kept, total)], mode="FAST_COMPILE")
    kept.set_value(np.full((1, 1), 5.0))
    theano.function([], [], updates=[(kept, 2 * total)], mode="FAST_COMPILE")()
    np.testing.assert_array_equal(kept.get_value(), [[10]])


@pytest.mark.parametrize("mode", ["FAST_COMPILE", "FAST_RUN"])
def test_none_stands_for_a_default_value(theano, mode):
    x, y = theano.tensor.dscalars("xy")
    function = theano.function([x, y], theano.tensor.default(x, y), mode=mode)
    assert [function(1, 2), function(None, 2), function(1, None)] == [1, 2, 1]
    with pytest.raises(TypeError, match="Invalid argument"):
        theano.function([x], 2 * x, mode=mode)(None)


def test_a_value_that_is_kept_may_be_none(theano):
    x, step = theano.tensor.dscalars("xs")
    total = theano.tensor.default(x, 4) + step
    function = theano.function(
        [step, theano.In(x, value=10.0, update=total)], total, mode="FAST_COMPILE"
    )
    assert function(1) == 11
    function["x"] = None
    assert [function(1), function(1)] == [5, 6]


@pytest.mark.parametrize("inline", [True, False])
@pytest.mark.parametrize("name", ["grad_overrides", "lop_overrides"])
def test_ops_of_graphs_have_the_gradient_that_is_given(theano, name, inline):
    x, y = theano.tensor.dscalars("x", "y")
    overrides = {
        "grad_overrides": lambda inputs, gradients: [-5 * gradients[0], inputs[0] * gradients[0]],
        "lop_overrides": lambda inputs, outputs, gradients: [
            -5 * gradients[0],
            inputs[0] * gradients[0],
        ],
    }
    for override in (overrides[name], [lambda *given: overrides[name](*given)[0], "default"]):
        if name == "lop_overrides" and isinstance(override, list):
            continue
        op = theano.OpFromGraph([x, y], [x * y], inline=inline, **{name: override})
        a, b = theano.tensor.dscalars("a", "b")
        slopes = theano.function([a, b], theano.grad(op(a, b), [a, b]), mode="FAST_COMPILE")
        assert [float(slope) for slope in slopes(3.0, 2.0)] == [-5, 3]


def test_ops_of_graphs_have_the_derivative_that_is_given(theano):
    x, a = theano.tensor.dscalars("x", "a")
    op = theano.OpFromGraph([x], [x * x], rop_overrides=lambda inputs, points: [7 * points[0]])
    slope = theano.Rop(op(a), a, theano.tensor.ones_like(a))
    assert theano.function([a], slope, mode="FAST_COMPILE")(3.0) == 7
    with pytest.raises(ValueError, match="expected one of them"):
        theano.OpFromGraph([x], [x * x], lop_overrides=max, grad_overrides=max)
    with pytest.raises(TypeError, match="expected a function"):
        theano.OpFromGraph([x], [x * x], grad_overrides=3)


def test_loops_with_checkpoints(theano):
    x = theano.tensor.dvector()
    powers, updates = theano.scan_checkpoints(
        fn=lambda power, x: power * x,
        outputs_info=theano.tensor.ones_like(x),
        non_sequences=x,
        n_steps=8,
        save_every_N=4,
    )
    function = theano.function(
        [x], [powers, theano.grad(powers[-1].sum(), x)], updates=updates, mode="FAST_COMPILE"
    )
    found, slopes = function([1.0, 2.0])
    np.testing.assert_allclose(found, [[1, 16], [1, 256]])
    np.testing.assert_allclose(slopes, [8, 8 * 2**7])


def test_flags_change_by_pairs(theano):
    @theano.configparser.change_flags([("floatX", "float32")])
    def inside():
        return theano.config.floatX

    assert inside() == "float32"
    assert theano.config.floatX == "float64"


def test_arguments_can_be_asked_for(theano):
    nnet = theano.tensor.nnet
    for function, expected in [
        (theano.function, {"inputs", "mode", "updates", "profile"}),
        (theano.scan, {"fn", "sequences", "mode"}),
        (theano.grad, {"cost", "wrt", "consider_constant"}),
        (nnet.categorical_crossentropy, {"coding_dist", "true_dist"}),
    ]:
        assert expected <= set(inspect.getfullargspec(function).args)


def test_a_shared_number_has_no_axes_to_be_broadcastable(theano):
    x = theano.shared(np.float64(2), "x", broadcastable=())
    assert (x.broadcastable, x.get_value()) == ((), 2)


@pytest.mark.skipif(not pytensor.config.cxx, reason="of what is compiled to C")
def test_functions_of_other_constants_have_the_same_code(theano, T):
    x = T.fvector("x")
    numbers = np.random.default_rng(0).standard_normal(99, dtype="float32")
    constants = np.float32([0.1, 0.3, 0.7])
    functions = [theano.function([x], constant * abs(x) * x) for constant in constants]
    for f, constant in zip(functions, constants, strict=True):
        np.testing.assert_array_equal(f(numbers), constant * abs(numbers) * numbers)
    assert len({f.maker.fgraph.toposort()[0].op for f in functions}) == 1


def test_pfunc_has_its_own_names(theano, T):
    from theano.compile.pfunc import pfunc

    x = T.dscalar("x")
    named = pfunc(params=[x], outputs=[x + 1, x * 2], output_keys=["more", "twice"])
    assert {name: float(value) for name, value in named(3).items()} == {"more": 4, "twice": 6}
    assert pfunc([x], x + 1, "FAST_COMPILE", on_unused_input="raise")(3) == 4


def test_no_product_is_looked_through_for_known_matrices(theano):
    tensor = theano.tensor
    x, w = tensor.matrices("xw")
    cost = tensor.dot(tensor.dot(x, w), w.T).sum() + tensor.dot(x, tensor.eye(3)).sum()
    function = theano.function([x, w], theano.grad(cost, [x, w]))
    assert not hasattr(function.maker.fgraph, "assumption_feature")  # PyTensor's, once it looks
    assert [each.shape for each in function(np.ones((2, 3)), np.ones((3, 4)))] == [(2, 3), (3, 4)]


def test_inputs_written_as_tuples(theano, T):
    x, total = T.dscalar("x"), T.dscalar("total")
    f = theano.function([x, ((total, total + x), 10.0)], total, mode=PYTHON)
    assert [f(1), f(2), f(3)] == [10, 11, 13]
    assert f["total"] == 16
    named = theano.function([("given", x), (total, 5.0)], x - total, mode=PYTHON)
    assert named(given=7) == 2


def test_arguments_are_forgotten_after_a_call(theano, T):
    x, y = T.dvectors("x", "y")
    step = theano.shared(0.5)
    f = theano.function([x, y], x * y * step, mode=PYTHON)
    assert f([1.0], [2.0]) == [1.0]
    assert [each.data is None for each in f.input_storage] == [True, True, False]
