"""Names that few programs ask for, each by what it gives."""

import copy
import pickle

import numpy as np
import pytest


@pytest.fixture
def extra_ops(theano):
    return theano.tensor.extra_ops


def test_cumulative_operation(theano, extra_ops):
    x = np.arange(1.0, 7).reshape(2, 3)
    for axis in (None, 0, 1, -1):
        for mode, expected in (("add", np.cumsum), ("mul", np.cumprod)):
            found = extra_ops.CumOp(axis=axis, mode=mode)(x).eval(mode="FAST_COMPILE")
            np.testing.assert_array_equal(found, expected(x, axis=axis))
    assert isinstance(extra_ops.CumOp(0), extra_ops.CumOp)
    with pytest.raises(ValueError, match="mode"):
        extra_ops.CumOp(mode="max")


def test_unique_along_an_axis_from_the_last(extra_ops):
    x = np.array([[1, 2, 1], [3, 4, 3]])
    for axis in (-1, -2, None):
        values, index = extra_ops.Unique(return_index=True, axis=axis)(x)
        expected = np.unique(x, return_index=True, axis=axis)
        for found, each in zip((values, index), expected, strict=True):
            np.testing.assert_array_equal(found.eval(mode="FAST_COMPILE"), each)
    with pytest.raises(ValueError, match="axis -3 of an array with 2 axes"):
        extra_ops.Unique(axis=-3)(x)


def test_constants_in_gradients(theano):
    x = theano.tensor.dscalar()
    slope = theano.grad(x * theano.gradient.consider_constant_(x), x)
    assert slope.eval({x: 3.0}, mode="FAST_COMPILE") == 3


def test_error_of_a_gradient(theano):
    assert issubclass(theano.tensor.verify_grad.E_grad, Exception)


def test_numbers_of_bits(theano):
    from theano.configdefaults import local_bitwidth, python_int_bitwidth

    assert local_bitwidth() == np.dtype(np.intp).itemsize * 8
    assert python_int_bitwidth() == np.dtype("l").itemsize * 8


def test_roots_of_views(theano):
    x = theano.tensor.dmatrix()
    view_roots = theano.gof.graph.view_roots
    assert view_roots(x) == [x]
    assert view_roots(x.T[1:]) == [x]
    copied = x + 1
    assert view_roots(copied.T) == [copied]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_functions_are_pickled_in_every_protocol(theano, protocol):
    T = theano.tensor
    x, k, w = T.dvector(), T.dscalar("k"), theano.shared(1.0)
    f = theano.function(
        [x, theano.In(k, value=2.0)], x * w + k, updates=[(w, w + 1)], mode="FAST_COMPILE"
    )
    g = pickle.loads(pickle.dumps(f, protocol))
    for _ in range(2):
        np.testing.assert_array_equal(f([1.0, 2.0]), g([1.0, 2.0]))
    np.testing.assert_array_equal(g([1.0, 2.0], k=0), [3, 6])


def test_a_copy_has_storage_of_its_own(theano):
    x, k = theano.tensor.dvector("x"), theano.tensor.dscalar("k")
    f = theano.function([x, theano.In(k, value=2.0)], x * k, mode="FAST_COMPILE")
    g = copy.copy(f)
    g[k] = 5.0
    assert (f([1.0]), g([1.0])) == (2, [5])
    assert f.container[x] is not g.container[x]


def test_default_updates_are_deleted(theano):
    w = theano.shared(1.0)
    w.default_update = w + 1
    del w.default_update
    theano.function([], w, mode="FAST_COMPILE")()
    assert w.get_value() == 1


def test_only_variables_with_a_default_update_have_the_attribute(theano):
    w, v = theano.shared(1.0), theano.shared(1.0)
    w.default_update = w + 1
    assert hasattr(w, "default_update")
    assert not hasattr(v, "default_update")
    with pytest.raises(AttributeError, match="default_update"):
        v.default_update  # noqa: B018
    theano.function([], w * v, mode="FAST_COMPILE")()
    assert (w.get_value(), v.get_value()) == (2, 1)


def test_gradients_that_are_overridden_by_none(theano):
    T = theano.tensor
    x, y = T.dscalar("x"), T.dscalar("y")
    null = theano.gof.null_type.NullType("not wanted")()
    for overrides in ({"lop_overrides": [None, null]}, {"grad_overrides": ["default", null]}):
        operation = theano.OpFromGraph([x, y], [x * y], **overrides)
        product = operation(x, y)
        slope = theano.grad(product, x)
        assert slope.eval({x: 2.0, y: 3.0}, mode="FAST_COMPILE") == 3
        with pytest.raises(theano.gradient.NullTypeGradError, match="not wanted"):
            theano.grad(product, y)


def test_overrides_are_set_after_the_operation_was_made(theano):
    T = theano.tensor
    x, y = T.dscalars("x", "y")
    at = {x: 2.0, y: 3.0}

    def slope(operation):
        return theano.grad(operation(x, y), x).eval(at, mode="FAST_COMPILE")

    operation = theano.OpFromGraph([x, y], [x * y])
    assert slope(operation) == 3
    operation.set_grad_overrides([lambda inputs, gradients: gradients[0] * 7, "default"])
    assert slope(operation) == 7
    operation.set_lop_overrides(lambda inputs, outputs, gradients: [outputs[0], outputs[0]])
    assert slope(operation) == 6
    operation.set_lop_overrides("default")
    assert slope(operation) == 3
    operation.set_rop_overrides(lambda inputs, points: [points[0] * 5])
    one = T.ones_like(x)
    assert T.Rop(operation(x, y), [x, y], [one, one]).eval(at, mode="FAST_COMPILE") == 5


def test_overrides_of_a_graph_with_a_shared_variable(theano):
    T = theano.tensor
    x, y, other = T.dscalars("x", "y", "other")
    weight = theano.shared(5.0)
    apart = theano.gradient.DisconnectedType()()
    operation = theano.OpFromGraph(
        [x, y],
        [x * y * weight],
        lop_overrides=["default", apart],
    )
    product = operation(x, y)
    slope = theano.grad(product, x)
    assert slope.eval({x: 2.0, y: 3.0}, mode="FAST_COMPILE") == 15
    replaced = theano.clone(product, replace={weight: other})
    for each in (product, replaced):
        assert each.owner.op.connection_pattern(each.owner) == [[True], [False], [True]]


def test_sparse_matrices_are_enabled(theano):
    assert theano.sparse.enable_sparse


def test_shapes_of_drawn_numbers(theano):
    T = theano.tensor
    infer = T.raw_random._infer_ndim_bcast
    row, column, n = T.drow(), T.dcol(), T.iscalar()
    for shape, args, at, expected, ones in (
        ((2, 1), (), {}, [2, 1], (False, True)),
        ((n, 3), (), {n: 5}, [5, 3], (False, False)),
        ((-1, -1), (row, column), {row: [[1, 2]], column: [[1], [2], [3]]}, [3, 2], (False, False)),
        ((4, -1, -1), (row,), {row: [[1, 2]]}, [4, 1, 2], (False, True, False)),
        (None, (row, column), {row: [[1, 2]], column: [[1], [2], [3]]}, [3, 2], (False, False)),
        ((), (), {}, [], ()),
        (np.array([2, 3]), (), {}, [2, 3], (False, False)),
    ):
        ndim, lengths, broadcastable = infer(None, shape, *args)
        assert (ndim, lengths.dtype, broadcastable) == (len(expected), "int64", ones)
        assert lengths.eval(at, mode="FAST_COMPILE", on_unused_input="ignore").tolist() == expected
    for error, match, arguments in (
        (TypeError, "needs a shape or arguments", (None, None)),
        (TypeError, "vector or list", (None, 3)),
        (TypeError, "integers, got float64", (None, np.array([2.0]))),
        (ValueError, "is 3 for", (3, (2, 2))),
        (ValueError, "more axes than the 1", (None, (2,), row)),
        (ValueError, "length -1", (None, (-1, 2, 2), row)),
        (ValueError, "length -2", (None, (-2, 2), row)),
    ):
        with pytest.raises(error, match=match):
            infer(*arguments)


def test_what_a_step_of_a_loop_returns(theano):
    sort = theano.scan_module.scan_utils.get_updates_and_outputs
    x, state = theano.tensor.dscalar(), theano.shared(0.0)
    until = theano.scan_module.until(x > 3)
    assert sort(x) == (None, [x], {})
    assert sort(([x], {state: x})) == (None, [x], {state: x})
    condition, outputs, updates = sort(([x], [(state, x)], until))
    assert (condition is until.condition, outputs, dict(updates)) == (True, [x], {state: x})
    with pytest.raises(ValueError, match="first the outputs"):
        sort(({state: x}, x))


def test_text_of_c_code(theano):
    from theano.misc import strutil

    assert strutil.render_string("%(a)s + 1", {"a": "x"}) == "x + 1"
    assert strutil.pretty_format("{\n  {\ny;\n\t}\n}") == "{\n    {\n        y;\n    }\n}"


def test_profiles_of_loops(theano):
    profile = theano.compile.ScanProfileStats(atexit_print=False)
    assert profile is not None
    assert theano.compile.ScanProfileStats is theano.compile.profiling.ScanProfileStats
    assert isinstance(profile, theano.compile.ProfileStats)
