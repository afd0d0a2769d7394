import math
from functools import cache

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st
from pytensor.compile.debug.debugmode import DebugMode
from pytensor.gradient import DisconnectedInputError, verify_grad
from threadpoolctl import threadpool_limits

from lenet.nnet.ops.softmax import (
    LogLikelihood,
    LogLikelihoodGrad,
    RowLogSoftmax,
    RowSoftmax,
    SoftmaxOp,
)
from tests.nnet.modes import MISSING, MODES, Graph, evaluate, evaluate_together, in_modes
from tests.tiers import examples

TOLERANCES = {"float32": {"rtol": 1e-5, "atol": 1e-6}, "float64": {"rtol": 1e-12, "atol": 1e-14}}
INTEGERS = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]


def likelihoods_by_loops(logits, labels, gradient):
    """Return log-likelihoods and the gradient of the logits, one number at a time."""
    likelihoods, result = [], np.zeros(logits.shape)
    for i, row in enumerate(logits.tolist()):
        largest = max(row)
        total = math.fsum(math.exp(x - largest) for x in row)
        label = range(len(row))[labels[i]]
        likelihoods.append(row[label] - largest - math.log(total))
        for j, x in enumerate(row):
            result[i, j] = gradient[i] * ((j == label) - math.exp(x - largest) / total)
    return np.array(likelihoods), result


SHAPES = {
    "matrix": (7, 5),
    "vector": (6,),
    "four-axes": (2, 1, 3, 4),
    "one-class": (3, 1),
    "one-row": (1, 9),
    "no-rows": (0, 4),
    "nothing": (0, 0),
    "no-planes": (2, 0, 3),
}
LAYOUTS = {
    "contiguous": lambda a: a,
    "transposed": lambda a: np.ascontiguousarray(a.T).T,
    "reversed": lambda a: np.ascontiguousarray(a[::-1, ::-1])[::-1, ::-1],
    "every-other": lambda a: np.repeat(np.repeat(a, 2, axis=0), 3, axis=1)[::2, ::3],
}
CASES = [
    *(("contiguous", shape) for shape in SHAPES),
    *((layout, "matrix") for layout in LAYOUTS if layout != "contiguous"),
]


@cache
def logits_of(layout, shape):
    return LAYOUTS[layout](np.random.default_rng(3).normal(0, 4, SHAPES[shape]))


@cache
def answers(mode_name, dtype):
    graphs = {}
    for layout, shape in CASES:
        values = logits_of(layout, shape).astype(dtype, order="K")
        x = pt.tensor(dtype=dtype, shape=(None,) * values.ndim)
        graphs[layout, shape] = Graph([x], [RowSoftmax()(x), RowLogSoftmax()(x)], [values])
    return evaluate_together(graphs, mode_name)


@in_modes("c", "python")
@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize(("layout", "shape"), CASES)
def test_softmax_and_its_logarithm_are_those_of_scipy(layout, shape, dtype, mode_name):
    logits = logits_of(layout, shape).astype(dtype)
    found = answers(mode_name, dtype)[layout, shape]
    for one, function in zip(
        found, (scipy.special.softmax, scipy.special.log_softmax), strict=True
    ):
        expected = function(logits.astype("float64"), axis=-1) if logits.size else logits
        assert one.dtype == dtype
        assert one.shape == logits.shape
        np.testing.assert_allclose(one, expected, **TOLERANCES[dtype])


class TestLogLikelihood:
    """One compiled function for each type, any number of rows and classes."""

    @staticmethod
    @cache
    def function(mode_name, dtype="float64"):
        x, y, g = pt.matrix(dtype=dtype), pt.lvector(), pt.vector(dtype=dtype)
        likelihood, p = LogLikelihood()(x, y)
        gradients = [LogLikelihoodGrad()(gradient, p, y) for gradient in (g, g.sum())]
        return pytensor.function([x, y, g], [likelihood, p, *gradients], mode=MODES[mode_name])

    @in_modes("c", "python")
    @settings(max_examples=examples(20), deadline=None)
    @given(
        dtype=st.sampled_from(sorted(TOLERANCES)),
        rows=st.integers(0, 12),
        classes=st.integers(1, 70),
        scale=st.sampled_from([0.1, 5.0, 300.0]),
        seed=st.integers(0, 9),
    )
    def test_it_is_that_of_plain_loops(self, mode_name, dtype, rows, classes, scale, seed):
        rng = np.random.default_rng(seed)
        logits = rng.normal(0, scale, (rows, classes)).astype(dtype)
        labels = rng.integers(-classes, classes, rows)
        gradient = rng.normal(size=rows).astype(dtype)
        found = self.function(mode_name, dtype)(logits, labels, gradient)
        likelihoods, of_logits = likelihoods_by_loops(logits, labels, gradient)
        same = np.full(rows, gradient.sum())
        expected = [
            likelihoods,
            scipy.special.softmax(logits.astype("float64"), axis=1),
            of_logits,
            likelihoods_by_loops(logits, labels, same)[1],
        ]
        for one, other in zip(found, expected, strict=True):
            assert one.dtype == dtype
            assert one.shape == other.shape
            np.testing.assert_allclose(one, other, **TOLERANCES[dtype])

    @in_modes("c", "python")
    def test_nothing_overflows_or_underflows(self, mode_name):
        logits = np.array([[0.0, 1e4, -1e4], [-1e300, 0.0, 1e300], [5e-324, 0.0, 0.0]])
        likelihoods, p, _, _ = self.function(mode_name)(logits, [2, 1, 0], np.ones(3))
        np.testing.assert_allclose(likelihoods, [-2e4, -1e300, -math.log(3)], rtol=1e-15)
        np.testing.assert_allclose(p, [[0, 1, 0], [0, 0, 1], [1 / 3] * 3], rtol=1e-15)

    @in_modes("c", "python")
    def test_small_losses_are_accurate_in_single_precision(self, mode_name):
        logits = np.array([[18.0, 0.0]], dtype="float32")
        (likelihood,), *_ = self.function(mode_name, "float32")(logits, [0], logits[0, :1])
        assert likelihood == pytest.approx(-math.log1p(math.exp(-18)), rel=1e-5)

    @in_modes("c", "python")
    @pytest.mark.parametrize("label", [3, -4, 2**40, -(2**63)])
    def test_a_label_that_names_no_class(self, label, mode_name):
        labels = np.array([0, label, 9])
        with pytest.raises(IndexError, match=f"label {label} is out of bounds for 3 classes"):
            self.function(mode_name)(np.zeros((3, 3)), labels, np.ones(3))

    @in_modes("c", "python")
    @pytest.mark.parametrize("labels", [1, 2, 4])
    def test_one_label_for_each_row(self, labels, mode_name):
        with pytest.raises(ValueError, match=f"got {labels} labels, expected 3, one for each row"):
            self.function(mode_name)(np.zeros((3, 2)), np.zeros(labels, int), np.ones(3))

    @in_modes("c", "python")
    @pytest.mark.parametrize("gradients", [1, 4])
    def test_one_gradient_for_each_row(self, gradients, mode_name):
        with pytest.raises(ValueError, match=f"got {gradients} gradients, expected 3, one for"):
            self.function(mode_name)(np.zeros((3, 2)), np.zeros(3, int), np.ones(gradients))

    @in_modes("c", "python")
    def test_rows_without_classes_have_no_likelihood(self, mode_name):
        function = self.function(mode_name)
        with pytest.raises(ValueError, match="got rows of 0 classes, expected 1 or more"):
            function(np.zeros((2, 0)), np.zeros(2, int), np.ones(2))
        assert function(np.zeros((0, 0)), np.zeros(0, int), np.ones(0))[1].shape == (0, 0)

    @in_modes("c")
    def test_the_number_of_threads_does_not_change_a_bit(self, mode_name):
        rng = np.random.default_rng(29)
        logits, labels = rng.normal(size=(5003, 11)), rng.integers(0, 11, 5003)
        results = {}
        for threads in (1, 2, 3):
            with threadpool_limits(threads, user_api="openmp"):
                results[threads] = self.function(mode_name)(logits, labels, logits[:, 0])
        for threads in (2, 3):
            for one, other in zip(results[1], results[threads], strict=True):
                np.testing.assert_array_equal(one, other)


@in_modes("c", "python")
def test_infinities_and_what_is_not_a_number_give_what_numpy_gives(mode_name):
    inf, nan = np.inf, np.nan
    logits = np.array(
        [[0, nan, 1], [nan] * 3, [inf, 0, 1], [inf, -inf, inf], [-inf, 0, 0], [-inf] * 3]
    )
    x = pt.matrix()
    graph = Graph(
        [x], [RowSoftmax()(x), RowLogSoftmax()(x), *LogLikelihood()(x, [0] * 6)], [logits]
    )
    p, log_p, likelihood, same_p = evaluate(graph, mode_name)
    with np.errstate(invalid="ignore", divide="ignore"):
        shifted = logits - logits.max(axis=1, keepdims=True)
        total = np.exp(shifted).sum(axis=1, keepdims=True)
        np.testing.assert_allclose(p, np.exp(shifted) / total)
        np.testing.assert_allclose(log_p, shifted - np.log(total))
    np.testing.assert_array_equal(likelihood, log_p[:, 0])
    np.testing.assert_array_equal(same_p, p)
    assert np.isnan(p).all(axis=1).tolist() == [True, True, True, True, False, True]


@cache
def answers_for_integers(mode_name):
    graphs = {}
    for dtype in INTEGERS:
        x, y = pt.matrix(), pt.vector(dtype=dtype)
        labels = np.repeat(np.array([2, 0, 1], dtype), 2)[::2]
        graphs[dtype] = Graph([x, y], LogLikelihood()(x, y), [np.arange(9.0).reshape(3, 3), labels])
    return evaluate_together(graphs, mode_name)


@in_modes("c", "python")
@pytest.mark.parametrize("dtype", INTEGERS)
def test_labels_are_integers_of_any_type(dtype, mode_name):
    likelihoods, _ = answers_for_integers(mode_name)[dtype]
    expected, _ = likelihoods_by_loops(np.arange(9.0).reshape(3, 3), [2, 0, 1], np.ones(3))
    np.testing.assert_allclose(likelihoods, expected, rtol=1e-14)


LABELS = np.array([2, 0, -1])
LOGITS = np.random.default_rng(11).normal(size=(3, 4))
DIFFERENTIABLE = {
    "softmax": (RowSoftmax(), [LOGITS]),
    "log-softmax": (RowLogSoftmax(), [LOGITS]),
    "likelihood": (lambda x: LogLikelihood()(x, LABELS)[0], [LOGITS]),
    "probabilities": (lambda x: LogLikelihood()(x, LABELS)[1], [LOGITS]),
    "both": (lambda x: pt.outer(*[o.flatten() for o in LogLikelihood()(x, LABELS)]), [LOGITS]),
    "gradient": (lambda g, p: LogLikelihoodGrad()(g, p, LABELS), [LOGITS[:, 0], LOGITS]),
    "gradient-for-all": (lambda g, p: LogLikelihoodGrad()(g, p, LABELS), [LOGITS[0, 0], LOGITS]),
}


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_gradients_by_finite_differences(name):
    function, arguments = DIFFERENTIABLE[name]
    rng = np.random.default_rng(17)
    verify_grad(function, arguments, n_tests=1, rng=rng, mode=MODES["python"])


@pytest.mark.parametrize("name", ["softmax", "log-softmax", "likelihood", "probabilities"])
def test_second_order_gradients_by_finite_differences(name):
    function, _ = DIFFERENTIABLE[name]

    def change_of_loss(logits):
        output = function(logits)
        weights = pt.sin(pt.arange(output.size)).reshape(output.shape)
        return pytensor.grad((output * weights).sum(), logits)

    rng = np.random.default_rng(19)
    verify_grad(change_of_loss, [LOGITS], n_tests=1, rng=rng, mode=MODES["python"])


def test_labels_are_not_connected_to_the_gradient():
    x, y = pt.matrix(), pt.lvector()
    likelihood, p = LogLikelihood()(x, y)
    for output in (likelihood, p, LogLikelihoodGrad()(likelihood, p, y)):
        with pytest.raises(DisconnectedInputError):
            pytensor.grad(output.sum(), y)


def test_shapes_are_inferred_without_the_operators():
    x, y = pt.matrix(), pt.lvector()
    likelihood, p = LogLikelihood()(x, y)
    outputs = [likelihood, p, LogLikelihoodGrad()(likelihood, p, y), RowSoftmax()(x)]
    function = pytensor.function([x, y], [output.shape for output in outputs], mode=MODES["python"])
    assert not any(isinstance(node.op, SoftmaxOp) for node in function.maker.fgraph.apply_nodes)
    for found, expected in zip(
        function(np.zeros((3, 5)), [0, 1, 2]), [(3,), (3, 5), (3, 5), (3, 5)], strict=True
    ):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("rows", "labels", "expected"), [(None, 7, 7), (7, None, 7), (None, None, None)], ids=str
)
def test_static_shapes_come_from_rows_and_labels(rows, labels, expected):
    x, y = pt.tensor(shape=(rows, 5)), pt.tensor(dtype="int32", shape=(labels,))
    likelihood, p = LogLikelihood()(x, y)
    assert likelihood.type.shape == (expected,)
    assert p.type.shape == LogLikelihoodGrad()(likelihood, p, y).type.shape == (expected, 5)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([[1.0]], [0.5]), TypeError, "labels of .*float.* expected a vector of integers"),
        (([[1.0]], [True]), TypeError, "labels of .*bool.* expected a vector of integers"),
        (([[1.0]], [[0]]), TypeError, "expected a vector of integers"),
        (([1.0], [0]), TypeError, "expected a matrix"),
        ((1.0, [0]), TypeError, "got a scalar"),
        (([[1j]], [0]), TypeError, "cannot normalise complex128, expected float32 or float64"),
        (([[1.0], [2.0]], [0, 0, 0]), ValueError, "got 3 labels, expected 2, one for each row"),
    ],
    ids=["floats", "booleans", "matrix-of-labels", "vector", "scalar", "complex", "lengths"],
)
def test_what_is_no_batch_of_logits_and_labels(arguments, error, message):
    with pytest.raises(error, match=message):
        LogLikelihood()(*map(pt.as_tensor_variable, arguments))


def test_a_gradient_has_at_most_one_axis():
    with pytest.raises(TypeError, match="expected a vector or a scalar"):
        LogLikelihoodGrad()(pt.matrix(), pt.matrix(), pt.lvector())


@pytest.mark.parametrize(
    ("dtype", "expected"), [("int8", "float32"), ("int64", "float64"), ("float32", "float32")]
)
def test_integers_become_floating_point_numbers(dtype, expected):
    x = pt.matrix(dtype=dtype)
    (found,) = evaluate(Graph([x], [RowSoftmax()(x)], [np.array([[100, -100]], dtype)]), "python")
    assert found.dtype == expected
    np.testing.assert_allclose(found, [[1, 0]], atol=1e-12)


@pytest.mark.skipif(bool(MISSING["c"]), reason=MISSING["c"])
def test_c_code_and_specification_agree_in_debug_mode():
    x, y = pt.matrix(), pt.lvector()
    likelihood, p = LogLikelihood()(x, y)
    outputs = [LogLikelihoodGrad()(likelihood, p, y), RowSoftmax()(x), RowLogSoftmax()(x)]
    mode = DebugMode(optimizer="merge", stability_patience=1)
    found, *_ = pytensor.function([x, y], outputs, mode=mode)(LOGITS, LABELS)
    likelihoods, _ = likelihoods_by_loops(LOGITS, LABELS, np.ones(3))
    _, expected = likelihoods_by_loops(LOGITS, LABELS, likelihoods)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
