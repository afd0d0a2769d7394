"""Gradients that programs call as operations, against those of the functions themselves."""

import numpy as np
import pytest
from scipy.special import softmax

GENERATOR = np.random.default_rng(0)
LOGITS = GENERATOR.standard_normal((4, 3))
LABELS = np.array([0, 2, 1, 2])
WEIGHTS = GENERATOR.standard_normal(4)


def differences(f, x, step=1e-6):
    slope = np.empty_like(x)
    for place in np.ndindex(x.shape):
        change = np.zeros_like(x)
        change[place] = step
        slope[place] = (f(x + change) - f(x - change)) / (2 * step)
    return slope


def losses(p):
    return -np.log(p[np.arange(4), LABELS])


@pytest.fixture
def nnet(theano):
    return theano.tensor.nnet


@pytest.mark.parametrize("dy", [WEIGHTS, 0.5])
def test_crossentropy_of_a_softmax(nnet, dy):
    found = nnet.nnet.crossentropy_softmax_1hot_with_bias_dx(dy, softmax(LOGITS, axis=1), LABELS)
    expected = differences(lambda x: (dy * losses(softmax(x, axis=1))).sum(), LOGITS)
    np.testing.assert_allclose(found.eval(mode="FAST_COMPILE"), expected, atol=1e-8)
    same = nnet.nnet.CrossentropySoftmax1HotWithBiasDx()(dy, softmax(LOGITS, axis=1), LABELS)
    np.testing.assert_allclose(same.eval(mode="FAST_COMPILE"), expected, atol=1e-8)


def test_crossentropy_of_probabilities(nnet):
    p = softmax(LOGITS, axis=1)
    found = nnet.nnet.crossentropy_categorical_1hot_grad(WEIGHTS, p, LABELS)
    expected = differences(lambda p: (WEIGHTS * losses(p)).sum(), p)
    np.testing.assert_allclose(found.eval(mode="FAST_COMPILE"), expected, rtol=1e-6)


def test_softmax(nnet):
    dy = GENERATOR.standard_normal((4, 3))
    found = nnet.nnet.softmax_grad(dy, softmax(LOGITS, axis=1)).eval(mode="FAST_COMPILE")
    expected = differences(lambda x: (dy * softmax(x, axis=1)).sum(), LOGITS)
    np.testing.assert_allclose(found, expected, atol=1e-8)


def test_operations_of_the_losses(nnet):
    p = softmax(LOGITS, axis=1)
    loss = nnet.nnet.CrossentropyCategorical1Hot()(p, LABELS)
    np.testing.assert_allclose(loss.eval(mode="FAST_COMPILE"), losses(p))
    outputs = nnet.nnet.CrossentropySoftmaxArgmax1HotWithBias()(LOGITS, np.zeros(3), LABELS)
    loss, probabilities, largest = (each.eval(mode="FAST_COMPILE") for each in outputs)
    np.testing.assert_allclose(loss, losses(p))
    np.testing.assert_allclose(probabilities, p)
    np.testing.assert_array_equal(largest, p.argmax(axis=1))


def test_bad_arguments(nnet):
    with pytest.raises(ValueError, match="expected a vector of integers"):
        nnet.nnet.crossentropy_softmax_1hot_with_bias_dx(WEIGHTS, LOGITS, WEIGHTS)
    with pytest.raises(ValueError, match="dy has 2 axes"):
        nnet.nnet.crossentropy_softmax_1hot_with_bias_dx(LOGITS, LOGITS, LABELS)
