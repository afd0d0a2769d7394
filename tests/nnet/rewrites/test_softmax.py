import importlib
from functools import cache

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
import scipy.special
from pytensor.compile.builders import OpFromGraph
from pytensor.compile.mode import Mode, get_mode, optdb
from pytensor.graph.fg import FunctionGraph
from pytensor.tensor.special import log_softmax
from pytensor.tensor.subtensor import AdvancedIncSubtensor, AdvancedSubtensor

import lenet.nnet
from lenet.LogisticRegression import LogisticRegression
from lenet.nnet import softmax
from lenet.nnet.ops.softmax import SoftmaxOp
from tests.nnet.modes import Graph, evaluate_together, in_modes

# What the Ops replace: PyTensor's softmax, which is an OpFromGraph, and its advanced indexing.
REPLACED = (OpFromGraph, AdvancedSubtensor, AdvancedIncSubtensor)
# Rewriting without compiling; those that work in place would ask for a compiled function's features.
C_MODE = Mode(linker="cvm", optimizer="fast_run").excluding("inplace")
ROWS, CLASSES = 6, 5
LOGITS = np.random.default_rng(3).normal(0, 2, (ROWS, CLASSES))
LABELS = np.array([0, 4, -1, 2, 2, -5], dtype="int32")


@pytest.fixture(autouse=True)
def errors_in_rewrites_are_raised():
    with pytensor.config.change_flags(on_opt_error="raise"):
        yield


def rewritten(inputs, outputs, mode=C_MODE):
    """Return a graph as it would be compiled."""
    fgraph = FunctionGraph(list(inputs), list(outputs), clone=True)
    mode.optimizer.rewrite(fgraph)
    return fgraph


def kinds(fgraph):
    """Return the sorted names of the package's Ops in a graph, and whether any replaced Op is left."""
    ops = [node.op for node in fgraph.apply_nodes]
    names = sorted(type(op).__name__ for op in ops if isinstance(op, SoftmaxOp))
    return names, any(isinstance(op, REPLACED) for op in ops)


def evaluate_rewritten(inputs, outputs, *values):
    """Return what the rewritten graph computes, without a compiler."""
    fgraph = rewritten(inputs, outputs)
    mode = Mode(linker="py", optimizer=None)
    function = pytensor.function(fgraph.inputs, fgraph.outputs, mode=mode, on_unused_input="ignore")
    return function(*values)


FUSED = ["LogLikelihood", "LogLikelihoodGrad"]
FORMS = {
    "log-softmax": lambda x, y: log_softmax(x, axis=1)[pt.arange(y.shape[0]), y],
    "log-softmax-last-axis": lambda x, y: log_softmax(x, axis=-1)[pt.arange(y.shape[0]), y],
    "tutorial": lambda x, y: pt.log(softmax(x))[pt.arange(y.shape[0]), y],
    "tutorial-of-pytensor": lambda x, y: pt.log(pt.special.softmax(x, axis=1))[
        pt.arange(y.shape[0]), y
    ],
    "log-of-picked": lambda x, y: pt.log(softmax(x)[pt.arange(y.shape[0]), y]),
    "rows-of-logits": lambda x, y: log_softmax(x, axis=1)[pt.arange(x.shape[0]), y],
    "rows-of-probabilities": lambda x, y: pt.log(softmax(x))[pt.arange(softmax(x).shape[0]), y],
}
COSTS = {
    "mean": lambda likelihood: -pt.mean(likelihood),
    "mean-of-negatives": lambda likelihood: pt.mean(-likelihood),
    "sum": lambda likelihood: likelihood.sum(),
    "weighted": lambda likelihood: (likelihood * pt.sin(pt.arange(ROWS))).sum(),
    "focal": lambda likelihood: -((1 - pt.exp(likelihood)) ** 2 * likelihood).mean(),
    "two-sums": lambda likelihood: pt.sqr(likelihood).sum() - pt.exp(likelihood).sum(),
}
CASES = [
    *((form, "mean") for form in FORMS),
    *(("log-softmax", cost) for cost in COSTS if cost != "mean"),
    *(("tutorial", cost) for cost in COSTS if cost != "mean"),
]


def graph_of(form, cost, dtype="float64"):
    """Return the cost and its gradient, and the probabilities besides."""
    x, y = pt.matrix(dtype=dtype), pt.ivector()
    loss = COSTS[cost](FORMS[form](x, y))
    outputs = [loss, pytensor.grad(loss, x), softmax(x)]
    return Graph([x, y], outputs, [LOGITS.astype(dtype), LABELS])


def loss_in_numpy(cost, logits):
    picked = scipy.special.log_softmax(logits, axis=1)[np.arange(ROWS), LABELS]
    return {
        "mean": lambda: -picked.mean(),
        "mean-of-negatives": lambda: -picked.mean(),
        "sum": picked.sum,
        "weighted": lambda: picked @ np.sin(np.arange(ROWS)),
        "focal": lambda: -((1 - np.exp(picked)) ** 2 * picked).mean(),
        "two-sums": lambda: (picked**2).sum() - np.exp(picked).sum(),
    }[cost]()


def central_differences(function, x, step=1e-5):
    """Return the gradient of a function of a matrix."""
    result = np.zeros_like(x)
    for place in np.ndindex(*x.shape):
        change = np.zeros_like(x)
        change[place] = step
        result[place] = (function(x + change) - function(x - change)) / (2 * step)
    return result


@cache
def answers(dtype):
    return evaluate_together({case: graph_of(*case, dtype) for case in CASES}, "c")


@pytest.mark.parametrize(("form", "cost"), CASES)
def test_one_op_and_its_gradient_take_the_place_of_all(form, cost):
    graph = graph_of(form, cost)
    assert kinds(rewritten(graph.inputs, graph.outputs)) == (FUSED, False)


@in_modes("c")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("form", "cost"), CASES)
def test_cost_gradient_and_probabilities_are_right(form, cost, dtype, mode_name):
    loss, gradient, probabilities = answers(dtype)[form, cost]
    tolerance = 1e-5 if dtype == "float32" else 1e-9
    logits = LOGITS.astype(dtype).astype("float64")
    assert loss == pytest.approx(loss_in_numpy(cost, logits), rel=tolerance)
    assert gradient.dtype == probabilities.dtype == dtype
    np.testing.assert_allclose(probabilities, scipy.special.softmax(logits, axis=1), tolerance)
    expected = central_differences(lambda x: loss_in_numpy(cost, x), logits)
    np.testing.assert_allclose(gradient, expected, rtol=1e-5, atol=1e-6)


def test_logistic_regression_computes_one_softmax():
    x, y = pt.matrix(), pt.ivector()
    layer = LogisticRegression(x, 7, CLASSES)
    loss = layer.negative_log_likelihood(y)
    gradients = pytensor.grad(loss, layer.params)
    outputs = [loss, *gradients, layer.errors(y), layer.p_y_given_x]
    inputs = [x, y, *layer.params]
    assert kinds(rewritten(inputs, outputs)) == (FUSED, False)
    assert kinds(rewritten(inputs, [layer.errors(y)])) == (["RowSoftmax"], False)


@pytest.mark.parametrize("form", ["log-softmax", "tutorial", "log-of-picked"])
def test_probabilities_that_underflow_have_logarithms(form):
    x, y = pt.matrix(), pt.ivector()
    loss = FORMS[form](x, y).sum()
    outputs = [loss, pytensor.grad(loss, x)]
    found, gradient = evaluate_rewritten([x, y], outputs, [[0, 2000, 0]], [0])
    assert found == -2000
    np.testing.assert_array_equal(gradient, [[1, -1, 0]])


@in_modes("c")
def test_bad_labels_are_named(mode_name):
    graph = graph_of("tutorial", "mean")
    function = pytensor.function(graph.inputs, graph.outputs, mode=C_MODE)
    with pytest.raises(IndexError, match="label 5 is out of bounds for 5 classes"):
        function(LOGITS, np.full_like(LABELS, 5))
    with pytest.raises(ValueError, match="got 5 labels, expected 6"):
        function(LOGITS, LABELS[:5])


MIXTURES = {
    "two-labels": lambda log_p, p, y, z: 0.3 * nll(log_p, y) + 0.7 * nll(log_p, z),
    "label-smoothing": lambda log_p, p, y, z: 0.9 * nll(log_p, y) - 0.1 * log_p.mean(),
    "entropy": lambda log_p, p, y, z: nll(log_p, y) - (p * log_p).sum(axis=1).mean(),
    "probabilities": lambda log_p, p, y, z: nll(log_p, y) + (p**3).sum(),
    "expected-accuracy": lambda log_p, p, y, z: nll(log_p, y) - p[np.arange(ROWS), y].mean(),
}
LOGARITHMS = {
    "log-softmax": lambda x: log_softmax(x, axis=1),
    "tutorial": lambda x: pt.log(softmax(x)),
}
MIXTURE_CASES = [(mixture, logarithm) for mixture in MIXTURES for logarithm in LOGARITHMS]


def nll(log_p, y):
    rows = pt.arange(y.shape[0]) if isinstance(y, pt.TensorVariable) else np.arange(len(y))
    return -log_p[rows, y].mean()


def mixture_graph(mixture, logarithm):
    x, y, z = pt.matrix(), pt.ivector(), pt.ivector()
    loss = MIXTURES[mixture](LOGARITHMS[logarithm](x), softmax(x), y, z)
    return [x, y, z], [loss, pytensor.grad(loss, x)]


@pytest.mark.parametrize(("mixture", "logarithm"), MIXTURE_CASES)
def test_costs_of_which_the_likelihood_is_a_part(mixture, logarithm):
    def loss_of(logits):
        p = scipy.special.softmax(logits, axis=1)
        return MIXTURES[mixture](np.log(p), p, LABELS, LABELS[::-1])

    graph = mixture_graph(mixture, logarithm)
    names, _ = kinds(rewritten(*graph))
    assert set(FUSED) <= set(names) <= {*FUSED, "RowLogSoftmax"}
    loss, gradient = evaluate_rewritten(*graph, LOGITS, LABELS, LABELS[::-1])
    assert loss == pytest.approx(loss_of(LOGITS), rel=1e-12)
    np.testing.assert_allclose(gradient, central_differences(loss_of, LOGITS), atol=1e-8)


def test_the_gradient_of_a_gradient_survives():
    x, y = pt.matrix(), pt.ivector()
    gradient = pytensor.grad(FORMS["tutorial"](x, y).sum(), x)
    second = pytensor.grad(pt.sin(gradient).sum(), x)
    (found,) = evaluate_rewritten([x, y], [second], LOGITS, LABELS)
    one_hot = np.eye(CLASSES)[LABELS]
    expected = central_differences(
        lambda logits: np.sin(one_hot - scipy.special.softmax(logits, axis=1)).sum(), LOGITS
    )
    np.testing.assert_allclose(found, expected, atol=1e-8)


def test_a_gradient_that_indexing_repeats_is_left_alone():
    x, y, g = pt.matrix(), pt.ivector(), pt.tensor(dtype="float64", shape=(1,))
    likelihood = FORMS["log-softmax"](x, y)
    gradient = pytensor.grad(None, x, known_grads={likelihood: g})
    assert kinds(rewritten([x, y, g], [gradient])) == (["RowSoftmax"], True)


def test_a_cost_of_higher_precision():
    x, y, weights = pt.fmatrix(), pt.ivector(), pt.dvector()
    loss = (FORMS["tutorial"](x, y) * weights).sum()
    gradient = pytensor.grad(loss, x)
    assert (loss.type.dtype, gradient.type.dtype) == ("float64", "float32")
    assert kinds(rewritten([x, y, weights], [loss, gradient])) == (FUSED, False)


def test_labels_that_the_model_itself_chose():
    x = pt.matrix()
    labels = pt.argmax(softmax(x), axis=1)
    loss = -log_softmax(x, axis=1)[pt.arange(labels.shape[0]), labels].mean()
    graph = [x], [loss, pytensor.grad(loss, x)]
    assert kinds(rewritten(*graph)) == ([*FUSED, "RowSoftmax"], False)
    p = scipy.special.softmax(LOGITS, axis=1)
    found, gradient = evaluate_rewritten(*graph, LOGITS)
    assert found == pytest.approx(-np.log(p.max(axis=1)).mean())
    expected = (p - (p == p.max(axis=1, keepdims=True))) / ROWS
    np.testing.assert_allclose(gradient, expected, atol=1e-12)


PLAIN = {
    "softmax": (pt.matrix(), softmax, "RowSoftmax"),
    "log-softmax": (pt.matrix(), lambda x: log_softmax(x, axis=1), "RowLogSoftmax"),
    "log-of-softmax": (pt.matrix(), lambda x: pt.log(softmax(x)), "RowLogSoftmax"),
    "log-of-a-column": (pt.matrix(), lambda x: pt.log(softmax(x)[:, 0]), "RowLogSoftmax"),
    "vector": (pt.vector(), softmax, "RowSoftmax"),
    "vector-of-all-axes": (pt.vector(), pt.special.softmax, "RowSoftmax"),
    "four-axes": (pt.tensor4(), lambda x: log_softmax(x, axis=-1), "RowLogSoftmax"),
    "single-precision": (pt.fmatrix(), softmax, "RowSoftmax"),
    "written-out": (
        pt.matrix(),
        lambda x: pt.exp(x) / pt.exp(x).sum(axis=1, keepdims=True),
        "RowSoftmax",
    ),
}


@pytest.mark.parametrize("name", PLAIN)
def test_softmax_alone_becomes_one_op(name):
    x, function, expected = PLAIN[name]
    assert kinds(rewritten([x], [function(x)])) == ([expected], False)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: pt.special.softmax(x, axis=0),
        lambda x: pt.special.softmax(x),
        lambda x: log_softmax(x, axis=(0, 1)),
        lambda x: softmax(pt.cast(x, "int32")),
    ],
    ids=["columns", "all-axes", "both-axes", "integers"],
)
def test_other_softmaxes_are_left_alone(function):
    x = pt.matrix()
    names, _ = kinds(rewritten([x], [function(x)]))
    assert names == []


LENGTHS = {
    "length-from-elsewhere": lambda log_p, y, n: log_p[pt.arange(n), y],
    "from-one": lambda log_p, y, n: log_p[pt.arange(1, y.shape[0]), y],
    "every-other": lambda log_p, y, n: log_p[pt.arange(0, y.shape[0], 2), y],
    "classes": lambda log_p, y, n: log_p[pt.arange(log_p.shape[1]), y],
    "constant": lambda log_p, y, n: log_p[np.arange(ROWS), y],
    "columns": lambda log_p, y, n: log_p[y, pt.arange(y.shape[0])],
    "first-row": lambda log_p, y, n: log_p[0, y],
    "one-label": lambda log_p, y, n: log_p[pt.arange(log_p.shape[0]), [3]],
    "table-of-labels": lambda log_p, y, n: log_p[pt.arange(y.shape[0]), y[:, None]],
}


@pytest.mark.parametrize("name", LENGTHS)
def test_other_indices_are_left_alone(name):
    x, y, n = pt.matrix(), pt.ivector(), pt.iscalar()
    picked = LENGTHS[name](log_softmax(x, axis=1), y, n)
    names, left = kinds(rewritten([x, y, n], [picked, pytensor.grad(picked.sum(), x)]))
    assert left
    assert set(names) == {"RowLogSoftmax", "RowSoftmax"}


@pytest.mark.parametrize("rows", [pt.arange(ROWS), np.arange(ROWS)], ids=["symbolic", "constant"])
@pytest.mark.parametrize("known", [(ROWS, None), (None, ROWS)], ids=["logits", "labels"])
def test_the_number_of_rows_may_be_known_beforehand(known, rows):
    x, y = pt.tensor(shape=(known[0], None)), pt.tensor(dtype="int64", shape=known[1:])
    likelihood = log_softmax(x, axis=1)[rows, y]
    outputs = [likelihood, pytensor.grad(likelihood.sum(), x)]
    assert kinds(rewritten([x, y], outputs)) == (FUSED, False)


@pytest.mark.parametrize("known", [(1, None), (None, 1), (1, 1)], ids=str)
def test_one_row_and_one_label(known):
    x, y = pt.tensor(shape=(known[0], CLASSES)), pt.tensor(dtype="int64", shape=known[1:])
    likelihood = log_softmax(x, axis=1)[pt.arange(y.shape[0]), y]
    names, left = kinds(rewritten([x, y], [likelihood, pytensor.grad(likelihood.sum(), x)]))
    # Many rows and one label that is known to be one would be another meaning.
    assert (names == FUSED and not left) == (known != (None, 1))


@pytest.mark.parametrize(
    "rows",
    [pt.arange(ROWS - 1), np.arange(ROWS)[::-1].copy(), np.arange(1, ROWS + 1)],
    ids=["fewer", "reversed", "from-one"],
)
def test_rows_that_are_known_to_be_others_are_left_alone(rows):
    x, y = pt.tensor(shape=(ROWS, None)), pt.ivector()
    names, left = kinds(rewritten([x, y], [log_softmax(x, axis=1)[rows, y]]))
    assert (names, left) == (["RowLogSoftmax"], True)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("lenet_softmax", ([], True)),
        ("lenet_row_softmax", ([], True)),
        ("lenet_log_of_softmax", (["LogLikelihoodGrad", "RowSoftmax"], True)),
        ("lenet_log_likelihood", (["LogLikelihoodGrad", "RowLogSoftmax", "RowSoftmax"], True)),
        ("lenet_log_likelihood_gradient", (["LogLikelihood"], True)),
        ("lenet_shared_softmax", ([*FUSED, "RowSoftmax"], False)),
    ],
)
def test_each_rewrite_can_be_excluded_by_its_name(name, expected):
    graph = graph_of("tutorial", "mean")
    assert kinds(rewritten(graph.inputs, graph.outputs, C_MODE.excluding(name))) == expected


@in_modes("jax")
def test_other_backends_never_see_the_operators(mode_name):
    graph = graph_of("log-softmax", "mean")
    mode = get_mode(mode_name.upper()).excluding("inplace")
    names, left = kinds(rewritten(graph.inputs, graph.outputs, mode))
    assert (names, left) == ([], True)


def test_importing_again_registers_nothing_twice():
    def names():
        return [rewrite for rewrite in optdb.__position__ if rewrite.startswith("lenet_")]

    before = names()
    assert "lenet_softmax" in before
    importlib.reload(lenet.nnet)
    assert names() == before
