"""Ops that users make of Theano's own, and rewrites of them."""

import pickle
import warnings

import numpy as np
import pytest

from lenet.theano_compat import uninstall


@pytest.fixture
def reversing(theano):
    """Return an Op that passes values on and turns their gradients around."""

    class Reversing(theano.compile.ViewOp):
        def grad(self, inputs, gradients):
            return [-2 * gradients[0]]

    return Reversing()


def test_gradients_of_a_view(theano, reversing):
    x = theano.tensor.dvector()
    slope = theano.grad((reversing(x) ** 2).sum(), x)
    np.testing.assert_array_equal(slope.eval({x: [1.0, 3.0]}, mode="FAST_COMPILE"), [-4, -12])


def test_the_method_that_a_class_defines_last_counts(theano, reversing):
    class Again(type(reversing)):
        def L_op(self, inputs, outputs, gradients):
            return [5 * gradients[0]]

    class Unheard(Again):
        def grad(self, inputs, gradients):
            raise AssertionError  # L_op comes first

    x = theano.tensor.dscalar()
    for op in (Again(), Unheard()):
        assert theano.grad(op(x), x).eval({x: 1.0}, mode="FAST_COMPILE") == 5


def test_gradients_of_pytensors_ops(theano, reversing):
    x, cotangent = theano.tensor.dvectors(2)
    (slope,) = theano.tensor.exp(x).owner.op.grad([x], [cotangent])
    np.testing.assert_allclose(
        slope.eval({x: [0.0, 1.0], cotangent: [2.0, 1.0]}, mode="FAST_COMPILE"), [2, np.e]
    )
    without = type("Without", (theano.Op,), {})()
    with pytest.raises(NotImplementedError, match="grad not implemented"):
        without.grad([x], [cotangent])


@pytest.mark.parametrize("number", [-1, 1, [0, 1]])
def test_an_output_that_is_not_there(theano, number):
    x = theano.tensor.dvector()
    op = type("Odd", (theano.Op,), {"default_output": number})()
    with pytest.raises(AttributeError, match=r"default_output of .* but its outputs are 0 to 0"):
        theano.tensor.as_tensor_variable(theano.Apply(op, [x], [x.type()]))


def test_shapes_of_a_subclass(theano):
    class Shaped(theano.compile.ViewOp):
        def infer_shape(self, node, shapes):
            assert node.op == self
            return shapes

    x = theano.tensor.dmatrix()
    shape = theano.function([x], Shaped()(x).shape, mode="FAST_COMPILE")
    assert shape(np.ones((2, 3))).tolist() == [2, 3]


def test_gradients_of_a_mixin(theano):
    class Doubling:
        def grad(self, inputs, gradients):
            return [2 * gradients[0]]

    class Mixed(Doubling, theano.compile.ViewOp):
        pass

    x = theano.tensor.dscalar()
    assert theano.grad(Mixed()(x), x).eval({x: 1.0}, mode="FAST_COMPILE") == 2


def test_ops_defined_after_uninstalling(theano):
    uninstall()

    class Same(theano.Op):
        def make_node(self, x):
            return theano.Apply(self, [x], [x.type()])

        def infer_shape(self, node, shapes):
            assert node.op == self
            return shapes

    class Below(Same):
        pass

    x = theano.tensor.dvector("x")
    for op in (Same(), Below()):
        y = op(x)
        assert op.infer_shape(None, y.owner, [(3,)]) == op.infer_shape(y.owner, [(3,)]) == [(3,)]


def test_an_op_is_removed_after_gradients(theano, reversing):
    x = theano.tensor.dvector()
    graph = theano.FunctionGraph([x], [reversing(x) + 1], clone=False)
    removing = theano.gof.OpRemove(reversing)
    assert removing.op_key() == reversing
    theano.gof.opt.in2out(removing, name="remove").rewrite(graph)
    assert [node.op for node in graph.apply_nodes if node.op == reversing] == []
    assert str(removing).endswith("(x) -> x")


def test_rewrites_that_take_the_node_only(theano, reversing):
    class Leave(theano.gof.opt.LocalOptimizer):
        def tracks(self):
            return [reversing]

        def transform(self, node):
            return [node.inputs[0]] if node.op == reversing else False

    x = theano.tensor.dvector()
    graph = theano.FunctionGraph([x], [reversing(x) + 1], clone=False)
    theano.gof.opt.in2out(Leave(), name="leave").rewrite(graph)
    assert [node.op for node in graph.apply_nodes if node.op == reversing] == []


@pytest.mark.parametrize("form", ["Theano", "Theano-PyMC"])
def test_rewrites_below_a_variable(theano, reversing, form):
    x = theano.tensor.dvector()
    y = reversing(2 * reversing(x))
    removing = [theano.gof.OpRemove(reversing)]
    given = [theano.gof.FunctionGraph([], [])] if form == "Theano-PyMC" else []
    out = theano.gof.opt.pre_greedy_local_optimizer(*given, removing, y)
    assert out.owner.op == (2 * x).owner.op
    assert x in out.owner.inputs


def test_rewrites_below_a_variable_leave_graphs_as_they_are(theano, reversing):
    x = theano.tensor.dvector()
    y = reversing(x)
    graph = theano.gof.FunctionGraph([x], [y], clone=False)
    removing = [theano.gof.OpRemove(reversing)]
    z = theano.gof.opt.pre_greedy_local_optimizer(removing, reversing(y))
    assert z is y
    assert graph.outputs == [y]


def test_rewrites_of_a_gpu_s_operations_rewrite_nothing(theano):
    from theano.sandbox.cuda import GpuOp, blas, gpu_from_host

    class OnGpu(GpuOp):
        pass

    calls = []

    @theano.gof.local_optimizer([OnGpu, blas.GpuDot22, gpu_from_host])
    def record(node):
        calls.append(node.op)

    x = theano.tensor.dvector()
    graph = theano.gof.FunctionGraph([x], [2 * x])
    theano.gof.TopoOptimizer(record).optimize(graph)
    assert calls == []


def test_rewrites_are_local_optimizers(theano, reversing):
    opt = theano.gof.opt

    @opt.local_optimizer([reversing])
    def leave(node):
        return [node.inputs[0]]

    for rewrite in (leave, opt.PatternSub((reversing, "x"), "x"), opt.OpRemove(reversing)):
        assert isinstance(rewrite, opt.LocalOptimizer)
    assert not isinstance(leave, opt.OpRemove)
    assert not isinstance(reversing, opt.LocalOptimizer)


def test_checks_of_test_values(theano):
    from theano.gof.op import debug_assert

    debug_assert(True)
    with pytest.raises(AssertionError, match="too large"):
        debug_assert(False, "too large")
    with theano.config.change_flags(compute_test_value="warn"), warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match="debug_assert failed"):
            debug_assert(False)


def test_test_values_of_a_variable(theano):
    x = theano.tensor.dscalar("x")
    x.tag.test_value = 3.0
    assert theano.gof.Op._get_test_value(x * 2) == 6


def test_a_lock_is_taken_and_released(theano, tmp_path):
    from theano.gof import compilelock

    for _ in range(2):
        compilelock.get_lock(str(tmp_path), timeout=3)
        compilelock.release_lock()
    compilelock.release_lock()  # there is none


def test_products_of_sparse_matrices_by_their_first_place(theano):
    from scipy.sparse import csr_matrix
    from theano.sparse.sandbox.sp2 import sampling_dot

    a, pattern = theano.tensor.dmatrix(), theano.sparse.csr_matrix()
    found = sampling_dot(a, a, pattern).eval(
        {a: [[1.0, 2.0], [3.0, 4.0]], pattern: csr_matrix([[0.0, 1.0], [2.0, 0.0]])},
        mode="FAST_COMPILE",
    )
    np.testing.assert_array_equal(found.toarray(), [[0, 11], [22, 0]])


def test_random_streams_of_a_gpu(theano):
    from theano.sandbox.cuda.rng_curand import CURAND_RandomStreams

    draw = CURAND_RandomStreams(seed=1).uniform((3,)).eval(mode="FAST_COMPILE")
    assert draw.shape == (3,)
    assert ((draw >= 0) & (draw < 1)).all()


def test_an_op_of_c_files_needs_no_perform(theano, tmp_path):
    source = tmp_path / "doubled.c"
    source.write_text("#section support_code\n")

    class Doubled(theano.gof.COp):
        __props__ = ()

        def __init__(self):
            super().__init__([str(source)], "APPLY_SPECIFIC(doubled)")

        def make_node(self, x):
            return theano.Apply(self, [x], [x.type()])

        def grad(self, inputs, gradients):
            return [2 * gradients[0]]

    x = theano.tensor.dvector()
    op = Doubled()
    assert isinstance(op, theano.Op)
    slope = theano.tensor.Lop(op(x), x, x)
    np.testing.assert_array_equal(slope.eval({x: [1.0, 3.0]}, mode="FAST_COMPILE"), [2, 6])
    with pytest.raises(NotImplementedError, match="perform"):
        op.perform(None, [], [])


def test_functions_at_each_node_are_called_without_the_graph(theano):
    calls = []

    def count(i, node, thunk):
        thunk()
        calls.append((i, str(node.op), thunk.outputs[0][0].item()))

    linker = theano.gof.WrapLinkerMany([theano.gof.PerformLinker()], [count, lambda *rest: None])
    x = theano.tensor.dscalar()
    double = theano.function([x], -x, mode=theano.Mode(linker, optimizer=None))
    assert double(3.0) == -3
    assert [(number, value) for number, _, value in calls] == [(0, -3)]


def test_functions_with_operations_of_graphs_are_pickled(theano):
    x = theano.tensor.dvector()
    double_exp = theano.OpFromGraph([x], [2 * theano.tensor.exp(x)])
    slope = theano.grad(double_exp(x).sum(), x)  # which the operation keeps
    f = theano.function([x], slope, mode="FAST_COMPILE")
    again = pickle.loads(pickle.dumps(f))
    assert again([0.0, 0.0]).tolist() == [2, 2]
    assert theano.grad(double_exp(x).sum(), x).eval({x: [0.0]}, mode="FAST_COMPILE").tolist() == [2]


def test_results_are_not_found_again_in_the_next_call(theano):
    class Total(theano.Op):
        """Adds the rows of a matrix to what it finds, unless there is nothing."""

        __props__ = ()

        def make_node(self, x):
            return theano.Apply(self, [x], [theano.tensor.dvector()])

        def perform(self, node, inputs, outputs):
            if outputs[0][0] is None:
                outputs[0][0] = np.zeros(inputs[0].shape[1])
            for row in inputs[0]:
                outputs[0][0] += row

    x = theano.tensor.dmatrix("x")
    function = theano.function([x], Total()(x).sum(), mode="FAST_RUN")
    assert [float(function([[1.0], [2.0]])) for _ in range(3)] == [3, 3, 3]
