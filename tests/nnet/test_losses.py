from functools import cache

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode
from pytensor.gradient import verify_grad
from scipy.special import expit, log_softmax, xlogy
from scipy.special import softmax as scipy_softmax

from lenet import nnet
from tests.nnet.modes import MODES, Graph, evaluate, in_modes

RNG = np.random.default_rng(3)
LOGITS, BIAS = RNG.normal(size=(5, 4)), RNG.normal(size=4)
LABELS = np.array([3, 0, 1, 1, 2])
ONE_HOT = np.eye(4)[LABELS]
MIXED = scipy_softmax(RNG.normal(size=(5, 4)), axis=1)
PROBABILITIES = scipy_softmax(LOGITS, axis=1)
ROWS = np.arange(5)


def expected_values():
    biased = log_softmax(LOGITS + BIAS, axis=1)
    loss = -log_softmax(LOGITS, axis=1)[ROWS, LABELS]
    return {
        "integer": loss,
        "one-hot": loss,
        "mixed": -(MIXED * np.log(PROBABILITIES)).sum(axis=1),
        "softmax": loss,
        "softmax-mixed": -(MIXED * np.log(PROBABILITIES)).sum(axis=1),
        "binary": -xlogy(MIXED, PROBABILITIES) - xlogy(1 - MIXED, 1 - PROBABILITIES),
        "sigmoid": -xlogy(MIXED, expit(LOGITS)) - xlogy(1 - MIXED, expit(-LOGITS)),
        "with-bias": -biased[ROWS, LABELS],
        "probabilities": np.exp(biased),
        "argmax": biased.argmax(axis=1),
        "softmax-with-bias": np.exp(biased),
        "1hot": loss,
        "1hot-probabilities": PROBABILITIES,
        "max": PROBABILITIES.max(axis=1),
        "max-argmax": PROBABILITIES.argmax(axis=1),
    }


@cache
def answers(mode_name, dtype):
    x, p, m, h = (pt.matrix(dtype=dtype) for _ in range(4))
    b, y = pt.vector(dtype=dtype), pt.ivector()
    with_bias = nnet.crossentropy_softmax_argmax_1hot_with_bias(x, b, y)
    loss, probabilities, best, arg_best = nnet.crossentropy_softmax_max_and_argmax_1hot(x, y)
    outputs = {
        "integer": nnet.categorical_crossentropy(p, y),
        "one-hot": nnet.categorical_crossentropy(p, h),
        "mixed": nnet.categorical_crossentropy(p, m),
        "softmax": nnet.categorical_crossentropy(nnet.softmax(x), y),
        "softmax-mixed": nnet.categorical_crossentropy(nnet.softmax(x), m),
        "binary": nnet.binary_crossentropy(p, m),
        "sigmoid": nnet.sigmoid_binary_crossentropy(x, m),
        **dict(zip(["with-bias", "probabilities", "argmax"], with_bias, strict=True)),
        "softmax-with-bias": nnet.softmax_with_bias(x, b),
        "1hot": loss,
        "1hot-probabilities": probabilities,
        "max": best,
        "max-argmax": arg_best,
    }
    values = [v.astype(dtype) for v in (LOGITS, PROBABILITIES, MIXED, ONE_HOT, BIAS)]
    graph = Graph([x, p, m, h, b, y], list(outputs.values()), [*values, LABELS.astype("int32")])
    return dict(zip(outputs, evaluate(graph, mode_name), strict=True))


@in_modes("c", "python", "jax")
@pytest.mark.parametrize("name", expected_values())
def test_values(name, mode_name):
    np.testing.assert_allclose(
        answers(mode_name, "float64")[name], expected_values()[name], rtol=1e-10, atol=1e-12
    )


@pytest.mark.parametrize("name", expected_values())
def test_values_in_single_precision(name):
    found, expected = answers("python", "float32")[name], expected_values()[name]
    assert found.dtype == {"argmax": "int32", "max-argmax": "int64"}.get(name, "float32")
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "function",
    [
        lambda p: nnet.categorical_crossentropy(p, LABELS),
        lambda p: nnet.categorical_crossentropy(p, MIXED),
        lambda p: nnet.categorical_crossentropy(nnet.softmax(p), LABELS),
        lambda p: nnet.categorical_crossentropy(nnet.softmax(p), MIXED),
        lambda p: nnet.binary_crossentropy(p, MIXED),
        lambda p: nnet.sigmoid_binary_crossentropy(p, MIXED),
        lambda p: nnet.crossentropy_softmax_argmax_1hot_with_bias(p, BIAS, LABELS)[0],
        lambda p: nnet.softmax_with_bias(p, BIAS),
    ],
    ids=[
        "integer",
        "mixed",
        "softmax-integer",
        "softmax-mixed",
        "binary",
        "sigmoid",
        "with-bias",
        "softmax-with-bias",
    ],
)
def test_gradients(function):
    # Without rewrites, which would only cost time here; the modes are compared above.
    mode = Mode(linker="py", optimizer=None)
    verify_grad(function, [PROBABILITIES], rng=np.random.default_rng(5), mode=mode)


def test_gradient_of_the_sigmoid_crossentropy_is_a_difference_everywhere():
    x, t = pt.dvector(), pt.dvector()
    gradient = pytensor.grad(nnet.sigmoid_binary_crossentropy(x, t).sum(), x)
    logits = np.array([-800.0, -3, 0, 0, 0, 2, 800])
    targets = np.array([0.0, 0.25, 0, 0.5, 1, 0.75, 1])
    (found,) = evaluate(Graph([x, t], [gradient], [logits, targets]), "python")
    np.testing.assert_allclose(found, expit(logits) - targets, rtol=1e-12, atol=1e-12)


EXTREME = np.array([[1000.0, -1000, 0], [-1000, 1000, 0], [0, 0, 1000], [3, -1000, 1000]])
TRUE = np.array([1, 1, 0, 1])
FORMS = {
    "log-then-index": lambda p, y, h: -pt.log(p)[pt.arange(y.shape[0]), y],
    "index-then-log": lambda p, y, h: -pt.log(p[pt.arange(y.shape[0]), y]),
    "integer": lambda p, y, h: nnet.categorical_crossentropy(p, y),
    "one-hot": lambda p, y, h: nnet.categorical_crossentropy(p, h),
}


def check_extreme_logits(form, mode, dtype):
    x, y, h = pt.matrix(dtype=dtype), pt.lvector(), pt.matrix(dtype=dtype)
    loss = FORMS[form](nnet.softmax(x), y, h).mean()
    function = pytensor.function(
        [x, y, h], [loss, pytensor.grad(loss, x)], mode=mode, on_unused_input="ignore"
    )
    one_hot = np.eye(3)[TRUE].astype(dtype)
    found, gradient = function(EXTREME.astype(dtype), TRUE, one_hot)
    np.testing.assert_allclose(found, (2000 + 0 + 1000 + 2000) / 4)
    np.testing.assert_allclose(
        gradient, (scipy_softmax(EXTREME, axis=1) - one_hot) / 4, rtol=1e-6, atol=1e-12
    )


@in_modes("c")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("form", FORMS)
def test_extreme_logits_stay_finite_in_c(form, dtype, mode_name):
    check_extreme_logits(form, MODES[mode_name], dtype)


@in_modes("jax")
@pytest.mark.filterwarnings("ignore:Skipping Assert:UserWarning")
@pytest.mark.parametrize("form", ["log-then-index", "integer", "one-hot"])
def test_extreme_logits_stay_finite_in_jax(form, mode_name):
    check_extreme_logits(form, MODES[mode_name], "float64")


@pytest.mark.parametrize("form", ["integer", "one-hot"])
def test_extreme_logits_stay_finite_without_rewrites(form):
    check_extreme_logits(form, Mode(linker="py", optimizer=None), "float64")


def test_extreme_logits_of_two_classes():
    x, t = pt.dvector(), pt.dvector()
    loss = nnet.sigmoid_binary_crossentropy(x, t)
    logits, targets = np.array([1000.0, 1000, -1000, -1000]), np.array([0.0, 1, 0, 1])
    (found,) = evaluate(Graph([x, t], [loss], [logits, targets]), "python")
    np.testing.assert_array_equal(found, [1000, 0, 0, 1000])


@in_modes("c", "python")
def test_confusion_matrix(mode_name):
    actual, predicted = np.array([2, 0, 2, 2, 0, 1]), np.array([0, 0, 2, 2, 0, 5])
    a, p = pt.lvector(), pt.lvector()
    counts, order = evaluate(
        Graph([a, p], nnet.confusion_matrix(a, p), [actual, predicted]), mode_name
    )
    np.testing.assert_array_equal(order, [0, 1, 2, 5])
    assert counts.dtype == np.int64
    for (row, column), count in np.ndenumerate(counts):
        pairs = (actual == order[row]) & (predicted == order[column])
        assert count == pairs.sum()


@in_modes("c", "python", "jax")
def test_columns_before_a_matrix(mode_name):
    x, v = pt.tensor(dtype="float32", shape=(None, 4)), pt.fscalar()
    outputs = [
        nnet.prepend_0_to_each_row(x),
        nnet.prepend_1_to_each_row(x),
        nnet.prepend_scalar_to_each_row(v, x),
    ]
    gradients = pytensor.grad((outputs[2] * 3).sum(), [v, x])
    matrix = LOGITS.astype("float32")
    *found, of_scalar, of_matrix = evaluate(
        Graph([x, v], [*outputs, *gradients], [matrix, np.float32(2.5)]), mode_name
    )
    for result, value in zip(found, [0, 1, 2.5], strict=True):
        assert result.dtype == np.float32
        np.testing.assert_array_equal(result, np.hstack([np.full((5, 1), value), matrix]))
    np.testing.assert_allclose(of_scalar, 15)
    np.testing.assert_array_equal(of_matrix, np.full((5, 4), 3))


@pytest.mark.parametrize(
    ("function", "arguments", "error", "message"),
    [
        (nnet.categorical_crossentropy, (pt.matrix(), pt.tensor3()), TypeError, "has 3 axes"),
        (nnet.categorical_crossentropy, (pt.matrix(), pt.vector()), TypeError, "of integers"),
        (nnet.categorical_crossentropy, (pt.tensor3(), pt.imatrix()), TypeError, "of integers"),
        (nnet.crossentropy_categorical_1hot, (pt.vector(), pt.ivector()), TypeError, "1 axes"),
        (nnet.softmax_with_bias, (pt.vector(), pt.vector()), ValueError, "x has 1 axes"),
        (nnet.softmax_with_bias, (pt.matrix(), pt.matrix()), ValueError, "b has 2 axes"),
        (nnet.crossentropy_softmax_1hot, (pt.matrix(), pt.vector()), TypeError, "of integers"),
        (nnet.confusion_matrix, (pt.matrix(), pt.vector()), ValueError, "actual has 2 axes"),
        (nnet.confusion_matrix, (pt.vector(), pt.scalar()), ValueError, "pred has 0 axes"),
        (nnet.prepend_1_to_each_row, (pt.vector(),), TypeError, "mat has 1 axes"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_wrong_arguments(function, arguments, error, message):
    with pytest.raises(error, match=message):
        function(*arguments)


@in_modes("c", "python", "jax", "numba")
def test_a_batch_may_have_more_than_127_rows(mode_name):
    x, y = pt.dmatrix("x"), pt.lvector("y")
    logits, labels = RNG.normal(size=(300, 4)), RNG.integers(0, 4, 300)
    graph = Graph([x, y], [nnet.categorical_crossentropy(nnet.softmax(x), y)], [logits, labels])
    expected = -log_softmax(logits, axis=1)[np.arange(300), labels]
    np.testing.assert_allclose(evaluate(graph, mode_name)[0], expected, rtol=1e-10)
