"""Compiled functions that share values, are told to trust, or are written to a file."""

import copy
import pickle

import numpy as np
import pytensor
import pytest

from lenet.theano_compat import uninstall

PYTHON = "FAST_COMPILE"


@pytest.fixture
def T(theano):
    return theano.tensor


def test_functions_share_the_value_of_a_container(theano, T):
    x, state = T.scalars("x", "state")
    up = theano.function([x, theano.In(state, value=10.0, update=state + x)], [], mode=PYTHON)
    down = theano.function(
        [x, theano.In(state, value=up.container[state], update=state - x)], state, mode=PYTHON
    )
    look = theano.function([theano.In(state, value=up.container[state])], state, mode=PYTHON)
    up(1)
    assert down(3) == 11
    assert up[state] == down[state] == look[state] == look() == 8
    up[state] = 2
    assert down[state] == 2


def test_functions_do_not_share_a_number(theano, T):
    x, state = T.scalars("x", "state")
    kept = theano.In(state, value=1.0, update=state + x)
    first, second = (theano.function([x, kept], state, mode=PYTHON) for _ in range(2))
    first(5)
    assert (first[state], second[state]) == (6, 1)


def test_a_copy_goes_on_by_itself(theano, T):
    x, state, scale = T.scalars("x", "state", "scale")
    function = theano.function(
        [x, theano.In(scale, value=1.0), theano.In(state, value=0.0, update=state + scale * x)],
        state + scale * x,
        mode=PYTHON,
    )
    function(3)
    copied = copy.copy(function)
    assert copied[state] == 3
    assert (function(2), copied(5)) == (5, [8])
    assert (function[state], copied[state]) == (5, 8)
    copied[scale] = 10.0
    assert (function(1), copied(1)) == (6, [18])


def test_a_copy_without_updates_has_each_output_under_its_name(theano, T):
    x = T.scalar("x")
    function = theano.function([x], {"b": x, "a": x + 1}, mode=PYTHON)
    assert function(0) == function.copy(delete_updates=True)(0) == {"a": 1, "b": 0}


def test_copies_of_pytensors_functions_return_what_they_did(T):
    x = T.scalar("x")
    function = pytensor.function([x], x + 1, mode=PYTHON)
    for copied in (function.copy(), copy.copy(function)):
        assert copied(1).shape == ()


def test_containers_know_what_is_in_them(theano, T):
    x, other = T.scalars("x", "other")
    function = theano.function([x], x + 1, mode=PYTHON)
    assert x in function.container
    assert "x" in function.value
    assert other not in function.container


def test_a_function_with_defaults_is_told_to_trust(theano, T):
    x, y = T.dscalars("x", "y")
    function = theano.function([x, theano.In(y, value=1.0)], x + y, mode=PYTHON)
    function.trust_input = True
    assert function.compiled.trust_input
    assert copy.deepcopy(function).trust_input
    assert function(np.asarray(2.0)) == 3


def test_arguments_are_dumped(theano, T, tmp_path):
    x = T.vector("x")
    theano.function_dump(tmp_path / "report.pkl", [x], x + 1, mode=PYTHON)
    arguments = pickle.loads((tmp_path / "report.pkl").read_bytes())
    assert set(arguments) == {"inputs", "outputs", "mode"}
    np.testing.assert_array_equal(theano.function(**arguments)([1, 2]), [2, 3])


def test_a_report_that_cannot_be_written_leaves_the_one_before(theano, T, tmp_path):
    x = T.vector("x")
    report = tmp_path / "report.pkl"
    report.write_bytes(b"before")
    with pytest.raises((AttributeError, pickle.PicklingError)):
        theano.function_dump(report, [x], x + 1, name=lambda: None)
    assert report.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [report]


@pytest.mark.parametrize("value", [[312], 312, [2**40]])
def test_integers_that_do_not_fit_are_of_a_wrong_type(theano, T, value):
    x = T.bvector("x") if isinstance(value, list) else T.bscalar("x")
    with pytest.raises(TypeError, match="cannot store the value"):
        theano.function([x], x, mode=PYTHON)(value)
    wrapped = theano.function([x], x, mode=PYTHON, allow_input_downcast=True)(value)
    np.testing.assert_array_equal(wrapped, np.asarray(value).astype("int8"))


def test_integers_are_pytensors_again(T):
    uninstall()
    with pytest.raises(OverflowError):
        T.bscalar().type.filter(312)


@pytest.mark.parametrize("inline", [False, True])
def test_an_op_of_a_graph_may_have_disconnected_inputs(theano, T, inline):
    x, y = T.vectors("xy")
    none = theano.gradient.DisconnectedType()()
    multiply = theano.OpFromGraph(
        [x, y],
        [x * y],
        inline=inline,
        grad_overrides=[lambda inputs, gradients: gradients[0] * 5, none],
    )
    cost = multiply(x, y).sum()
    slope = theano.grad(cost, x)
    given = {x: np.ones(2, x.dtype), y: np.ones(2, y.dtype)}
    np.testing.assert_array_equal(slope.eval(given, mode=PYTHON), [5, 5])
    with pytest.raises(theano.gradient.DisconnectedInputError):
        theano.grad(cost, y)


@pytest.mark.parametrize("outputs", [list, lambda each: {"a": each[0]}], ids=["list", "dict"])
def test_a_function_keeps_what_is_put_onto_it(theano, T, outputs):
    x = T.dscalar()
    compiled = theano.function([x], outputs([x + 1]), mode=PYTHON)
    compiled.itself, compiled.name = compiled, "more"
    assert compiled.itself is compiled
    assert (compiled.name, hasattr(compiled, "other")) == ("more", False)
    with pytest.raises(AttributeError, match="'other'"):
        compiled.other  # noqa: B018
