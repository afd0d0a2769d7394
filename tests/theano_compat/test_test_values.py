"""Test values: results that are computed as expressions are built."""

import inspect
import warnings

import numpy as np
import pytest


@pytest.fixture
def T(theano):
    with theano.config.change_flags(compute_test_value="raise"):
        yield theano.tensor


def example(variable, *shape):
    variable.tag.test_value = np.random.default_rng(0).standard_normal(shape)
    return variable, variable.tag.test_value


def test_expressions_have_the_values_of_numpy(theano, T):
    x, a = example(T.dmatrix("x"), 3, 4)
    w = theano.shared(np.ones((4, 2)))
    hidden = T.tanh(T.dot(x, w) + T.constant(np.array([1.0, 2.0])))
    expected = np.tanh(a @ np.ones((4, 2)) + [1, 2])
    np.testing.assert_allclose(hidden.tag.test_value, expected)
    np.testing.assert_allclose(hidden[1:, 0].sum().tag.test_value, expected[1:, 0].sum())
    np.testing.assert_allclose(
        T.nnet.softmax(x).tag.test_value, np.exp(a) / np.exp(a).sum(1, keepdims=True)
    )
    assert theano.gof.op.get_test_value(hidden) is hidden.tag.test_value


def test_gradients_and_loops_have_values(theano, T):
    x, a = example(T.dvector("x"), 4)
    slope = theano.grad((x**3).sum(), x)
    np.testing.assert_allclose(slope.tag.test_value, 3 * a**2)
    sums, _ = theano.scan(lambda each, before: each + before, x, T.zeros(()))
    np.testing.assert_allclose(sums.tag.test_value, np.cumsum(a))
    np.testing.assert_allclose((sums[-1] * 2).tag.test_value, 2 * a.sum())
    hessian = theano.gradient.hessian((x**3).sum(), x)
    np.testing.assert_allclose(hessian.tag.test_value, np.diag(6 * a), atol=1e-12)


def test_convolutions_branches_and_draws_have_values(theano, T):
    from theano.ifelse import ifelse
    from theano.sandbox.rng_mrg import MRG_RandomStreams

    x, a = example(T.dtensor4("x"), 1, 1, 3, 3)
    maps = T.nnet.conv2d(x, np.ones((1, 1, 2, 2)), input_shape=(1, 1, 3, 3))
    np.testing.assert_allclose(maps.tag.test_value[0, 0, 0, 0], a[0, 0, :2, :2].sum())
    chosen = ifelse(T.gt(x.sum(), 1e9), x, 2 * x)
    np.testing.assert_allclose(chosen.tag.test_value, 2 * a)
    assert MRG_RandomStreams(1).uniform((2, 3)).tag.test_value.shape == (2, 3)


def test_the_line_that_does_not_fit_raises(T):
    x, _ = example(T.dmatrix("x"), 3, 4)
    doubled = x * 2
    line = inspect.currentframe().f_lineno + 2
    with pytest.raises(ValueError, match=r"size|shape|dimension") as caught:
        T.dot(doubled, x)
    lines = [entry.lineno + 1 for entry in caught.traceback if str(entry.path) == __file__]
    assert line in lines


def test_a_missing_value_raises(T):
    with pytest.raises(ValueError, match=r"\(y\) of Add has none"):
        T.dvector("y") + 1


def test_a_missing_value_warns(theano, T):
    y = T.dvector("y")
    with (
        theano.config.change_flags(compute_test_value="warn"),
        pytest.warns(UserWarning, match=r"\(y\)") as caught,
    ):
        result = y + 1
    assert caught[0].filename == __file__
    assert not hasattr(result.tag, "test_value")


@pytest.mark.parametrize("action", ["ignore", "off"])
def test_a_missing_value_is_not_missed(theano, T, action):
    with theano.config.change_flags(compute_test_value=action), warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not hasattr((T.dvector("y") + 1).tag, "test_value")


def test_a_value_of_another_type_is_refused(T):
    x = T.dmatrix("x")
    x.tag.test_value = np.zeros(3)
    with pytest.raises(ValueError, match="test value of x is not of its type"):
        x + 1


def test_inputs_that_an_operation_overwrites_keep_their_values(theano, T):
    x, a = example(T.dvector("x"), 3)
    before = a.copy()
    T.inplace.exp_inplace(x)
    np.testing.assert_array_equal(a, before)


@pytest.mark.parametrize("of", ["cholesky", "solve", "matrix_inverse", "det"])
def test_gradients_of_linear_algebra_have_values(theano, T, of):
    x = T.dmatrix("x")
    x.tag.test_value = np.array([[2.0, 0.5], [0.5, 1.0]])
    b = np.array([1.0, 2.0])
    cost = {
        "cholesky": lambda: T.slinalg.cholesky(x),
        "solve": lambda: T.slinalg.solve(x, b),
        "matrix_inverse": lambda: T.nlinalg.matrix_inverse(x),
        "det": lambda: T.nlinalg.det(x),
    }[of]().sum()
    slope = theano.grad(cost, x)
    compute = theano.function([x], slope, mode="FAST_COMPILE")
    np.testing.assert_allclose(slope.tag.test_value, compute(x.tag.test_value))


def test_rewriting_needs_none(theano, T):
    x, w = T.dvector("x"), T.dvector("w")
    with theano.config.change_flags(compute_test_value="off"):
        graph = theano.gof.FunctionGraph([x, w], [(x + w * 0 + x).sum()], clone=False)
    theano.compile.mode.get_mode("FAST_RUN").optimizer.rewrite(graph)
    assert not hasattr(graph.outputs[0].tag, "test_value")


def test_functions_are_compiled_without(theano, T):
    x, a = example(T.dvector("x"), 3)
    y = T.dvector("y")
    with theano.config.change_flags(compute_test_value="off"):
        total = (T.nnet.sigmoid(x) + y).sum()
    f = theano.function([x, y], total, mode="FAST_COMPILE")
    np.testing.assert_allclose(f(a, a), (1 / (1 + np.exp(-a)) + a).sum())


def test_own_operations_check_values(theano, T):
    from theano.gof.op import debug_error_message, get_debug_values

    x, a = example(T.dvector("x"), 3)
    ((value, other),) = get_debug_values(x, 2.0)
    assert [each.shape for each in get_debug_values(x)] == [value.shape]
    np.testing.assert_array_equal(value, a)
    assert other == 2
    with pytest.raises(ValueError, match="negative"):
        debug_error_message("negative")
    with pytest.raises(AttributeError, match="no test value"):
        get_debug_values(T.dvector())
    with theano.config.change_flags(compute_test_value="off"):
        assert get_debug_values(x) == []


def test_operations_of_c_code_alone_have_values(theano, T):
    class Double(theano.Op):
        __props__ = ()

        def make_node(self, x):
            return theano.Apply(self, [x], [T.dscalar()])

        def c_code(self, node, name, inputs, outputs, sub):
            (y,), (x,) = outputs, inputs
            return f"""
                Py_XDECREF({y});
                {y} = (PyArrayObject *)PyArray_EMPTY(0, NULL, NPY_DOUBLE, 0);
                *(double *)PyArray_DATA({y}) = 2 * *(double *)PyArray_DATA({x});
            """

    x = T.dscalar("x")
    x.tag.test_value = np.array(1.5)
    assert Double()(x).tag.test_value == 3

    class Nothing(theano.Op):
        make_node = Double.make_node

    with pytest.raises(NotImplementedError, match="no method perform"):
        Nothing()(x)


def test_operations_ask_for_values(theano, T):
    class Ask(theano.Op):
        def of(self, variable):
            return self._get_test_value(variable)

    x, a = example(T.dvector("x"), 3)
    assert Ask().of(x) is a
    assert Ask().of(theano.shared(2.0)) == Ask().of(T.constant(2.0)) == 2
    with pytest.raises(Exception, match="no test value"):
        Ask().of(T.dvector("y"))


def test_the_option_is_checked(theano):
    with pytest.raises(ValueError, match="'sometimes': expected one of off"):
        theano.config.compute_test_value = "sometimes"


def test_the_list_of_options_sets_them(theano):
    (variable,) = (
        each
        for each in theano.configparser._config_var_list
        if each.fullname == "compute_test_value"
    )
    assert variable.__get__(True, None) == "off"
    variable.__set__(None, "warn")
    assert theano.config.compute_test_value == "warn"
    variable.__set__(None, "off")
    assert {"floatX", "gcc.cxxflags"} <= {
        each.fullname for each in theano.configparser._config_var_list
    }


def test_pytensor_itself_computes_none(theano, T):
    import pytensor

    from lenet.theano_compat import uninstall

    uninstall()
    x = pytensor.tensor.dvector()
    assert not hasattr((x + 1).tag, "test_value")


def test_loops_can_be_differentiated_after_their_values_are_known(theano, T):
    w, a = example(T.dvector("w"), 3)
    x, b = example(T.dvector("x"), 5)
    states, _ = theano.scan(
        lambda each, before: T.tanh(each * w[0] + before * w[1:].sum()), x, T.constant(np.ones(()))
    )
    slope = theano.grad(states[-1], w)
    step = 1e-6

    def last(w):
        state = 1.0
        for each in b:
            state = np.tanh(each * w[0] + state * w[1:].sum())
        return state

    expected = [(last(a + step * unit) - last(a - step * unit)) / (2 * step) for unit in np.eye(3)]
    np.testing.assert_allclose(slope.tag.test_value, expected, rtol=1e-6)


def test_values_are_printed_where_asked(theano):
    x = theano.tensor.dscalar("x")
    x.tag.test_value = np.float64(4)
    assert repr(x) == "x"
    with theano.config.change_flags(print_test_value=True):
        assert repr(x).splitlines() == ["x", repr(x.tag.test_value)]
        assert repr(theano.tensor.dscalar("y")) == "y"


def test_negative_powers_of_integers_are_those_of_c(theano, T):
    x = T.lvector("x")
    x.tag.test_value = np.array([1, 2, -1, 3])
    assert (x**-2).tag.test_value.tolist() == [1, 0, 1, 0]  # by Theano 1.0.5
    assert (T.as_tensor_variable(2) ** -2).tag.test_value == 0
    assert (x**2).tag.test_value.tolist() == [1, 4, 1, 9]
