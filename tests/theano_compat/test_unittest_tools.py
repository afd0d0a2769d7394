"""Helpers of ``theano.tests.unittest_tools``, as tests of programs' own operations use them."""
# ruff: noqa: NPY002

import unittest

import numpy as np
import pytest


@pytest.fixture
def tools(theano):
    from theano.tests import unittest_tools

    state = np.random.get_state()
    yield unittest_tools
    np.random.set_state(state)


def test_seeds(tools):
    assert tools.seed_rng() == tools.fetch_seed() == 666
    drawn = np.random.uniform()
    assert tools.seed_rng(666) == 666
    assert np.random.uniform() == drawn
    assert tools.fetch_seed(7) == 7


def test_memory_is_disturbed(tools):
    from theano.tests import disturb_mem

    assert disturb_mem.disturb_mem() is None


def test_values_are_compared(tools):
    tools.assert_allclose(1.0, 1.0 + 1e-7)
    tools.assert_allclose(np.float32([0]), np.float32([1e-6]))
    with pytest.raises(tools.WrongValue, match="Not equal"):
        tools.assert_allclose(1.0, 1.1)


def test_gradients_are_checked(theano, tools):
    with theano.config.change_flags(mode="FAST_COMPILE"):
        tools.verify_grad(lambda x: x**2, [np.arange(3.0)])
        with pytest.raises(theano.gradient.verify_grad.E_grad):
            tools.verify_grad(lambda x: x * theano.gradient.disconnected_grad(x), [np.arange(3.0)])


def shape_case(theano, tools, infer):
    class Rows(theano.Op):
        __props__ = ()
        itypes = otypes = (theano.tensor.dmatrix,)

        def perform(self, node, inputs, outputs):
            outputs[0][0] = inputs[0][:2].copy()

        def infer_shape(self, fgraph, node, shapes):
            return infer(shapes)

    class Case(tools.InferShapeTester):
        mode = theano.compile.get_mode("FAST_COMPILE")

        def runTest(self):
            x = theano.tensor.dmatrix()
            self._compile_and_check([x], [Rows()(x)], [np.ones((4, 3))], Rows)

    return Case()


def test_shapes_are_compared(theano, tools):
    good = shape_case(theano, tools, lambda shapes: [(2, shapes[0][1])])
    bad = shape_case(theano, tools, lambda shapes: [(3, shapes[0][1])])
    for case, failures in ((good, 0), (bad, 1)):
        result = case.run()
        assert not result.errors
        assert len(result.failures) == failures


def test_operations_are_counted(theano, tools):
    class Case(tools.TestOptimizationMixin):
        pass

    x = theano.tensor.dvector()
    double = theano.compile.as_op([theano.tensor.dvector], [theano.tensor.dvector])(lambda x: 2 * x)
    f = theano.function([x], double(double(x)), mode="FAST_COMPILE")
    case = Case()
    case.assertFunctionContainsN(f, double, 2)
    case.assertFunctionContainsClassN(f, type(double), 2)
    case.assertFunctionContains(f, double)
    case.assertFunctionContains0(f, theano.tensor.exp)
    with pytest.raises(AssertionError):
        case.assertFunctionContains1(f, double)


def test_tests_are_tried_again(tools):
    tried = []

    @tools.AttemptManyTimes(n_attempts=3, n_req_successes=1)
    def works_in_the_end(last):
        tried.append(last)
        assert len(tried) == last

    works_in_the_end(3)
    assert tried == [3, 3, 3]
    with pytest.raises(AssertionError):
        works_in_the_end(-1)
    assert len(tried) == 6


def test_tests_have_attributes(tools):
    @tools.attr("slow", speed=3)
    def test():
        raise tools.SkipTest("of a reason")

    assert (test.slow, test.speed) == (True, 3)
    with pytest.raises(unittest.SkipTest):
        test()


class TestDerivatives:
    """`RopLop_checker` with operations whose derivatives are right, wrong and missing."""

    @pytest.fixture
    def case(self, theano, tools):
        from theano.tests.test_rop import RopLop_checker

        checker = RopLop_checker()
        with theano.config.change_flags(mode="FAST_COMPILE", floatX="float64"):
            checker.setUp()
            yield checker

    def scaled(self, theano, by_gradient, by_direction):
        class Scaled(theano.Op):
            __props__ = ()

            def make_node(self, x):
                return theano.Apply(self, [x], [x.type()])

            def perform(self, node, inputs, outputs):
                outputs[0][0] = 3 * inputs[0]

            def grad(self, inputs, gradients):
                return [by_gradient * gradients[0]]

            def R_op(self, inputs, directions):
                return [None if directions[0] is None else by_direction * directions[0]]

        return Scaled()

    def test_right_ones_pass(self, theano, case):
        op = self.scaled(theano, 3, 3)
        case.check_rop_lop(op(case.x), case.in_shape)
        case.check_mat_rop_lop(op(case.mx).sum(axis=0), (case.mat_in_shape[1],))

    def test_change_of_broadcasting_has_no_derivative_where_its_input_has_none(self, theano, case):
        column = theano.tensor.unbroadcast(case.x.dimshuffle(0, "x"), 1)
        case.check_rop_lop(column.sum(axis=1), case.in_shape)

    def test_wrong_ones_fail(self, theano, case):
        with pytest.raises(AssertionError):
            case.check_rop_lop(self.scaled(theano, 3, 2)(case.x), case.in_shape)
        with pytest.raises(AssertionError):
            case.check_nondiff_rop(self.scaled(theano, 3, 3)(case.x))

    def test_missing_ones_are_refused(self, case):
        from theano.tests.test_rop import break_op

        case.check_nondiff_rop(break_op(case.x))
