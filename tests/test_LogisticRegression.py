import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode
from scipy.special import log_softmax, softmax

from lenet.LogisticRegression import LogisticRegression

PYTHON = Mode(linker="py", optimizer="fast_run")


@pytest.fixture
def layer():
    x = pt.matrix("x", dtype="float64")
    layer = LogisticRegression(x, 4, 3)
    rng = np.random.default_rng(0)
    layer.W.set_value(rng.normal(size=(4, 3)))
    layer.b.set_value(rng.normal(size=3))
    return layer


@pytest.fixture
def features():
    return np.random.default_rng(1).normal(size=(7, 4))


def logits(layer, features):
    return features @ layer.W.get_value() + layer.b.get_value()


def test_parameters_start_at_zero_and_are_named():
    layer = LogisticRegression(pt.matrix(), 4, 3)
    assert [p.name for p in layer.params] == ["output_W", "output_b"]
    assert not layer.W.get_value().any()
    assert not layer.b.get_value().any()


def test_probabilities_and_predictions(layer, features):
    predict = pytensor.function([layer.input], [layer.p_y_given_x, layer.y_pred], mode=PYTHON)
    probabilities, classes = predict(features)
    np.testing.assert_allclose(probabilities, softmax(logits(layer, features), axis=1), rtol=1e-12)
    np.testing.assert_array_equal(classes, logits(layer, features).argmax(axis=1))


def test_negative_log_likelihood_and_errors(layer, features):
    y = pt.ivector("y")
    labels = np.array([0, 1, 2, 0, 1, 2, 0], dtype="int32")
    outputs = [layer.negative_log_likelihood(y), layer.errors(y)]
    nll, errors = pytensor.function([layer.input, y], outputs, mode=PYTHON)(features, labels)
    log_p = log_softmax(logits(layer, features), axis=1)
    assert nll == pytest.approx(-log_p[np.arange(7), labels].mean(), rel=1e-12)
    assert errors == np.mean(logits(layer, features).argmax(axis=1) != labels)


@pytest.mark.parametrize("mode", [PYTHON, "CVM"], ids=["python", "c"])
def test_a_confident_mistake_costs_its_margin(mode):
    x, y = pt.matrix("x", dtype="float64"), pt.ivector("y")
    layer = LogisticRegression(x, 2, 2)
    layer.W.set_value(np.diag([1000.0, 0.0]))
    cost = layer.negative_log_likelihood(y)
    f = pytensor.function([x, y], [cost, *pytensor.grad(cost, layer.params)], mode=mode)
    nll, grad_W, grad_b = f(np.array([[2.0, 0.0]]), np.array([1], dtype="int32"))
    assert nll == pytest.approx(2000)
    np.testing.assert_allclose(grad_W, [[2, -2], [0, 0]])
    np.testing.assert_allclose(grad_b, [1, -1])


def test_errors_refuses_targets_of_another_shape(layer):
    with pytest.raises(TypeError, match="y has 2 axes, expected 1"):
        layer.errors(pt.imatrix())


def test_errors_refuses_targets_that_are_not_classes(layer):
    with pytest.raises(NotImplementedError, match="y holds float64, expected integer"):
        layer.errors(pt.vector(dtype="float64"))
