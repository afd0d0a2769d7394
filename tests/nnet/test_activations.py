import math
import warnings
from functools import cache

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from scipy.special import expit, log_softmax
from scipy.special import softmax as scipy_softmax

from lenet import nnet
from lenet.nnet import relu, softmax
from tests.nnet.modes import MODES, Graph, evaluate, evaluate_together, in_modes

NUMBERS = np.array([[-2.5, -1.0, 0.0, 0.5, 3.0]])


def relu_by_hand(x, alpha):
    return np.where(x > 0, x, alpha * x)


def slope_by_hand(x, alpha):
    return np.where(x > 0, 1.0, np.where(x < 0, alpha, (1 + alpha) / 2))


@in_modes("c", "python", "jax")
@pytest.mark.parametrize("alpha", [0, 0.25, 1, -0.5, [0.1, 0.2, 0.3, 0.4, 0.5]], ids=str)
def test_relu_and_its_gradient(alpha, mode_name):
    x = pt.matrix("x", dtype="float64")
    output = relu(x, alpha)
    graph = Graph([x], [output, pytensor.grad(output.sum(), x)], [NUMBERS])
    found, slope = evaluate(graph, mode_name)
    alpha = np.array(alpha)
    np.testing.assert_allclose(found, relu_by_hand(NUMBERS, alpha), rtol=1e-14, atol=0)
    np.testing.assert_allclose(slope, slope_by_hand(NUMBERS, alpha), rtol=1e-14, atol=0)


def test_relu_is_a_rectifier_if_nothing_is_said():
    x = pt.vector("x", dtype="float32")
    (found,) = evaluate(Graph([x], [relu(x)], [NUMBERS[0].astype("float32")]), "python")
    assert found.dtype == "float32"
    np.testing.assert_array_equal(found, np.maximum(NUMBERS[0], 0))


def test_the_slope_may_be_learnt():
    x, alpha = pt.matrix("x", dtype="float64"), pytensor.shared(0.25)
    output = relu(x, alpha)
    function = pytensor.function(
        [x], [output, pytensor.grad(output.sum(), alpha)], mode=MODES["python"]
    )
    for value in (0.25, -3.0):
        alpha.set_value(value)
        found, change = function(NUMBERS)
        np.testing.assert_allclose(found, relu_by_hand(NUMBERS, value), rtol=1e-14)
        np.testing.assert_allclose(change, NUMBERS[NUMBERS < 0].sum(), rtol=1e-14)


@in_modes("python", "jax")
def test_softmax_of_each_row(mode_name):
    logits = np.random.default_rng(3).normal(size=(4, 7))
    x = pt.matrix("x", dtype="float64")
    (found,) = evaluate(Graph([x], [softmax(x)], [logits]), mode_name)
    np.testing.assert_allclose(found, scipy_softmax(logits, axis=1), rtol=1e-12)


@pytest.mark.parametrize("shape", [(5,), (2, 3, 5)], ids=str)
def test_softmax_is_over_the_last_axis(shape):
    logits = np.random.default_rng(5).normal(size=shape)
    x = pt.tensor(dtype="float64", shape=(None,) * len(shape))
    (found,) = evaluate(Graph([x], [softmax(x)], [logits]), "python")
    np.testing.assert_allclose(found, scipy_softmax(logits, axis=-1), rtol=1e-12)


@in_modes("python", "jax")
def test_softmax_of_large_logits_does_not_overflow(mode_name):
    x = pt.matrix("x", dtype="float64")
    logits = np.array([[1000.0, 1000.0, -1000.0], [-1e4, -1e4, -1e4]])
    (found,) = evaluate(Graph([x], [softmax(x)], [logits]), mode_name)
    np.testing.assert_allclose(found, [[0.5, 0.5, 0.0], [1 / 3, 1 / 3, 1 / 3]], rtol=1e-12)


def test_softmax_over_a_single_class_warns_the_caller():
    with pytest.warns(UserWarning, match="softmax over a single class is always one") as warned:
        softmax(pt.tensor(shape=(None, 1)))
    assert warned[0].filename == __file__


def test_softmax_over_several_classes_is_silent():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        softmax(pt.matrix())
        softmax(pt.tensor(shape=(1, 2)))


POINTS = np.array(
    [-1000.0, -40, -6.5, -6, -3.5, -3.4, -1, -0.1, 0, 0.1, 2.5, 3.3, 3.5, 7, 40, 1000]
)


def ultra_fast_sigmoid_by_hand(x):
    h = abs(x) / 2
    pieces = [1.5 * h / (1 + h), 0.935409070603099 + 0.0458812946797165 * (h - 1.7)]
    tanh = pieces[0] if h < 1.7 else pieces[1] if h < 3 else 0.99505475368673
    return 0.5 * (1 + math.copysign(tanh, x))


def slope_of_ultra_fast_sigmoid(x):
    h = abs(x) / 2
    return 0.25 * (1.5 / (1 + h) ** 2 if h < 1.7 else 0.0458812946797165 if h < 3 else 0)


def elu_by_hand(x, alpha=1.0):
    return x if x > 0 else alpha * math.expm1(x)


ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805
# The function, by hand, its slope
FUNCTIONS = {
    "elu": (nnet.elu, elu_by_hand, lambda x: 1 if x > 0 else math.exp(x)),
    "elu-alpha": (
        lambda x: nnet.elu(x, 0.3),
        lambda x: elu_by_hand(x, 0.3),
        lambda x: 1 if x > 0 else 0.3 * math.exp(x),
    ),
    "selu": (
        nnet.selu,
        lambda x: SCALE * elu_by_hand(x, ALPHA),
        lambda x: SCALE if x > 0 else SCALE * ALPHA * math.exp(x),
    ),
    "sigmoid": (nnet.sigmoid, expit, lambda x: expit(x) * expit(-x)),
    "ultra_fast_sigmoid": (
        nnet.ultra_fast_sigmoid,
        ultra_fast_sigmoid_by_hand,
        slope_of_ultra_fast_sigmoid,
    ),
    "hard_sigmoid": (
        nnet.hard_sigmoid,
        lambda x: min(max(0.2 * x + 0.5, 0), 1),
        lambda x: 0.2 if -2.5 <= x <= 2.5 else 0,
    ),
    "softplus": (nnet.softplus, lambda x: np.logaddexp(0, x), expit),
    "softsign": (
        nnet.softsign,
        lambda x: x / (1 + abs(x)),
        lambda x: 1 / (1 + abs(x)) ** 2,
    ),
}


@cache
def values_and_slopes(mode_name, dtype):
    x = pt.vector("x", dtype=dtype)
    # PyTensor's gradient of a switch has zeros of the type floatX.
    with pytensor.config.change_flags(floatX=dtype):
        outputs = [function(x) for function, _, _ in FUNCTIONS.values()]
        gradients = [pytensor.grad(output.sum(), x) for output in outputs]
    results = evaluate(Graph([x], [*outputs, *gradients], [POINTS.astype(dtype)]), mode_name)
    return {name: (results[i], results[i + len(FUNCTIONS)]) for i, name in enumerate(FUNCTIONS)}


@in_modes("c", "python", "jax")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_and_their_slopes(name, mode_name):
    _, by_hand, slope = FUNCTIONS[name]
    found, gradient = values_and_slopes(mode_name, "float64")[name]
    np.testing.assert_allclose(found, [by_hand(x) for x in POINTS], rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(gradient, [slope(x) for x in POINTS], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_in_single_precision(name):
    _, by_hand, slope = FUNCTIONS[name]
    found, gradient = values_and_slopes("python", "float32")[name]
    assert found.dtype == gradient.dtype == np.float32
    np.testing.assert_allclose(found, [by_hand(x) for x in POINTS], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(gradient, [slope(x) for x in POINTS], rtol=1e-5, atol=1e-6)


def test_integers_become_floating_point_numbers():
    x = pt.ivector("x")
    values = np.array([-3, -1, 0, 1, 2], dtype="int32")
    outputs = [function(x) for function, _, _ in FUNCTIONS.values()]
    results = evaluate(Graph([x], outputs, [values]), "python")
    for found, (_, by_hand, _) in zip(results, FUNCTIONS.values(), strict=True):
        np.testing.assert_allclose(found, [by_hand(float(v)) for v in values], rtol=1e-12)


def test_the_limit_of_an_elu_may_be_learnt():
    x, alpha = pt.vector("x"), pt.scalar("alpha")
    output = nnet.elu(x, alpha)
    graph = Graph([x, alpha], [output, pytensor.grad(output.sum(), alpha)], [NUMBERS[0], 0.5])
    found, change = evaluate(graph, "python")
    np.testing.assert_allclose(found, [elu_by_hand(n, 0.5) for n in NUMBERS[0]], rtol=1e-12)
    np.testing.assert_allclose(change, np.expm1(NUMBERS[0][NUMBERS[0] < 0]).sum(), rtol=1e-12)


@in_modes("c", "python", "jax")
def test_logarithms_of_the_softmax(mode_name):
    logits = np.array([[1000.0, -1000, 3], [0.5, 0.25, -1]])
    x = pt.matrix("x")
    output = nnet.logsoftmax(x)
    gradient = pytensor.grad(output[:, 1].sum(), x)
    found, slope = evaluate(Graph([x], [output, gradient], [logits]), mode_name)
    np.testing.assert_allclose(found, log_softmax(logits, axis=1), rtol=1e-12)
    expected = np.array([0, 1, 0]) - scipy_softmax(logits, axis=1)
    np.testing.assert_allclose(slope, expected, rtol=1e-12, atol=1e-15)


@in_modes("python", "jax")
@pytest.mark.filterwarnings("ignore:Skipping Assert:UserWarning")
def test_softmax_in_two_levels(mode_name):
    rng = np.random.default_rng(3)
    features, targets = rng.normal(size=(4, 3)), np.array([[6], [0], [3], [4]])
    shapes = {"W1": (3, 3), "b1": (3,), "W2": (3, 3, 3), "b2": (3, 3)}
    weights = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    expected = np.empty((4, 9))
    for row, output in np.ndindex(4, 9):
        group, place = divmod(output, 3)
        of_group = scipy_softmax(features[row] @ weights["W1"] + weights["b1"])
        within = scipy_softmax(features[row] @ weights["W2"][group] + weights["b2"][group])
        expected[row, output] = of_group[group] * within[place]
    x, t = pt.matrix("x"), pt.lmatrix("t")
    symbols = {name: pt.tensor(name, shape=(None,) * len(s)) for name, s in shapes.items()}
    whole = nnet.h_softmax(x, 4, 7, 3, 3, **symbols)
    chosen = nnet.h_softmax(x, 4, 7, 3, 3, **symbols, target=t)
    inputs = [x, t, *symbols.values()]
    outputs = [whole, chosen, pytensor.grad(chosen.sum(), symbols["W2"])]
    results = evaluate(Graph(inputs, outputs, [features, targets, *weights.values()]), mode_name)
    np.testing.assert_allclose(results[0], expected[:, :7], rtol=1e-10)
    np.testing.assert_allclose(results[1], expected[np.arange(4), targets[:, 0]], rtol=1e-10)
    # Within a group, an equal change of all logits changes no probability.
    assert np.abs(results[2]).max() > 1e-3
    np.testing.assert_allclose(results[2].sum(axis=-1), 0, atol=1e-12)


@in_modes("c", "python", "jax")
def test_leaky_relu_squash_and_their_gradients(mode_name):
    graphs = {}
    for name, function in (("leaky", lambda x: nnet.leaky_relu(x, 0.2)), ("squash", nnet.squash)):
        x = pt.matrix("x", dtype="float64")
        output = function(x)
        graphs[name] = Graph([x], [output, pytensor.grad(output.sum(), x)], [NUMBERS])
    found = evaluate_together(graphs, mode_name)
    leaky, slope = found["leaky"]
    np.testing.assert_allclose(leaky, relu_by_hand(NUMBERS, 0.2), rtol=1e-14)
    np.testing.assert_allclose(slope, np.where(NUMBERS > 0, 1, 0.2), rtol=1e-14)
    squashed, slope = found["squash"]
    tanh = np.tanh(2 * NUMBERS / 3)
    np.testing.assert_allclose(squashed, 1.7159 * tanh, rtol=1e-13)
    np.testing.assert_allclose(slope, 1.7159 * 2 / 3 * (1 - tanh**2), rtol=1e-12)


def test_squash_keeps_ones_and_leaky_relu_lets_little_through():
    x = pt.vector("x", dtype="float32")
    graph = Graph([x], [nnet.squash(x), nnet.leaky_relu(x)], [np.float32([-1, 1])])
    squashed, leaky = evaluate(graph, "python")
    np.testing.assert_allclose(squashed, [-1, 1], atol=1e-4)
    np.testing.assert_allclose(leaky, [-0.01, 1], rtol=1e-6)
    assert squashed.dtype == leaky.dtype == "float32"


def test_identity_returns_its_argument():
    x = pt.vector("x")
    assert nnet.identity(x) is x
