import warnings

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from scipy.special import softmax as scipy_softmax

from lenet.nnet import relu, softmax
from tests.nnet.modes import MODES, Graph, evaluate, in_modes

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
