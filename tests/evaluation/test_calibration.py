"""Calibration, against plain loops, SciPy's softmax and a grid of temperatures."""

import numpy as np
import pytest
from scipy.special import log_softmax, softmax

from lenet.evaluation.calibration import (
    fitted_temperature,
    negative_log_likelihood,
    reliability,
    tempered,
)


def scores_and_labels(n=400, classes=5, sharpness=1.0, seed=0):
    """Return scores, and labels that are drawn with the probabilities of the scores."""
    rng = np.random.default_rng(seed)
    scores = 2 * rng.normal(size=(n, classes))
    labels = [rng.choice(classes, p=shares) for shares in softmax(scores, axis=1)]
    return sharpness * scores, np.array(labels)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("bins", [1, 10, 15])
def test_the_expected_calibration_error_is_that_of_a_plain_loop(dtype, bins):
    scores, labels = scores_and_labels(sharpness=3)
    probabilities = softmax(scores, axis=1).astype(dtype)
    expected = 0.0
    for k in range(bins):
        inside = [
            (float(p.max()), p.argmax() == y)
            for p, y in zip(probabilities, labels, strict=True)
            if k / bins < p.max() <= (k + 1) / bins
        ]
        if inside:
            sure, right = np.mean(inside, axis=0)
            expected += len(inside) / len(labels) * abs(sure - right)
    found = reliability(labels, probabilities, bins)
    assert found.error == pytest.approx(expected, rel=1e-6)
    assert found.images.sum() == len(labels)
    assert len(found.images) == bins


def test_by_hand():
    probabilities = np.array([[0.95, 0.05], [0.95, 0.05], [0.4, 0.6], [0.0, 1.0]])
    found = reliability(np.array([0, 1, 1, 1]), probabilities, 10)
    assert found.images.tolist() == [0, 0, 0, 0, 0, 1, 0, 0, 0, 3]
    assert found.accuracy[[5, 9]] == pytest.approx([1, 2 / 3])
    assert found.confidence[[5, 9]] == pytest.approx([0.6, 2.9 / 3])
    assert found.error == pytest.approx((0.4 + 3 * abs(2 / 3 - 2.9 / 3)) / 4)
    assert np.isnan(found.accuracy[0])


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5])
def test_probabilities_at_a_temperature_are_those_of_scores_divided_by_it(temperature):
    scores, _ = scores_and_labels()
    found = tempered(softmax(scores, axis=1), temperature)
    np.testing.assert_allclose(found, softmax(scores / temperature, axis=1))
    np.testing.assert_array_equal(found.argmax(axis=1), scores.argmax(axis=1))


def test_probabilities_of_zero_stay_numbers():
    probabilities = np.array([[1.0, 0.0, 0.0]], np.float32)
    found = tempered(probabilities, 5.0)
    assert found.dtype == np.float32
    assert found.sum() == pytest.approx(1)
    assert found[0, 0] > 0.99
    assert np.isfinite(negative_log_likelihood(np.array([1]), probabilities))


def test_the_likelihood_is_that_of_scipy():
    scores, labels = scores_and_labels()
    expected = -log_softmax(scores / 1.7, axis=1)[np.arange(len(labels)), labels].mean()
    found = negative_log_likelihood(labels, softmax(scores, axis=1), 1.7)
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("sharpness", [0.5, 1.0, 4.0])
def test_the_temperature_is_the_best_of_a_grid(sharpness):
    scores, labels = scores_and_labels(n=2000, sharpness=sharpness)
    grid = np.exp(np.linspace(np.log(0.05), np.log(20), 4001))
    steps = np.arange(len(labels))
    costs = [-log_softmax(scores / t, axis=1)[steps, labels].mean() for t in grid]
    found = fitted_temperature(labels, softmax(scores, axis=1))
    assert found == pytest.approx(grid[np.argmin(costs)], rel=2e-3)
    assert found == pytest.approx(sharpness, rel=0.15)


def test_a_temperature_makes_what_is_too_sure_reliable():
    scores, labels = scores_and_labels(n=2000, sharpness=3)
    others, their_labels = scores_and_labels(n=2000, sharpness=3, seed=1)
    temperature = fitted_temperature(labels, softmax(scores, axis=1))
    before = softmax(others, axis=1)
    after = tempered(before, temperature)
    assert reliability(their_labels, before).error > 0.1
    assert reliability(their_labels, after).error < 0.04


def test_where_all_is_right_or_chance_no_temperature_fits():
    sure = np.eye(3)[[0, 1, 2, 0]] * 0.8 + 0.2 / 3
    assert fitted_temperature(np.array([0, 1, 2, 0]), sure) is None
    never = np.eye(3)[[0, 1, 2, 0]] * 0.8 + 0.2 / 3
    assert fitted_temperature(np.array([1, 2, 0, 1]), never) is None
