"""Rejection, against plain loops over all thresholds."""

import numpy as np
import pytest

from lenet.evaluation.rejection import MAX_POINTS, confidences_of, none_name, risk_coverage


def answers(n=300, seed=0, levels=None):
    """Return who is right, the more often the surer; confidences have a few levels, if so asked."""
    rng = np.random.default_rng(seed)
    sure = rng.random(n)
    if levels:
        sure = np.ceil(sure * levels) / levels
    return rng.random(n) < 0.3 + 0.7 * sure, sure


@pytest.mark.parametrize("levels", [None, 7])
def test_the_curve_is_that_of_a_plain_loop(levels):
    is_right, sure = answers(levels=levels)
    curve = risk_coverage(is_right, sure)
    assert curve.thresholds.tolist() == sorted(set(sure.tolist()), reverse=True)
    for threshold, accepted, wrong, coverage, risk in zip(
        curve.thresholds, curve.accepted, curve.wrong, curve.coverage, curve.risk, strict=True
    ):
        kept = [right for right, c in zip(is_right, sure, strict=True) if c >= threshold]
        assert (accepted, wrong) == (len(kept), kept.count(False))
        assert coverage == len(kept) / len(sure)
        assert risk == kept.count(False) / len(kept)


@pytest.mark.parametrize("levels", [None, 7])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.05, 0.2, 0.9])
def test_the_threshold_is_the_lowest_that_keeps_to_the_share(levels, share):
    is_right, sure = answers(levels=levels)
    fitting = [t for t in set(sure) if np.mean(~is_right[sure >= t]) <= share]
    expected = min(fitting, default=None)
    curve = risk_coverage(is_right, sure)
    assert curve.threshold_for(share) == expected
    # What is kept of the curve does for any share.
    assert curve.thinned.threshold_for(share) == expected


def test_the_curve_that_is_kept_is_short_and_true():
    rng = np.random.default_rng(0)
    is_right, sure = rng.random(20_000) < 0.5, rng.random(20_000)
    curve = risk_coverage(is_right, sure)
    kept = curve.thinned
    assert len(kept.thresholds) <= MAX_POINTS
    points = set(zip(*(column.tolist() for column in curve[:3]), strict=True))
    assert points >= set(zip(*(column.tolist() for column in kept[:3]), strict=True))
    assert kept.accepted[-1] == kept.images == 20_000


def test_where_nothing_is_wrong_what_is_less_sure_than_all_is_rejected():
    curve = risk_coverage(np.array([True, True]), np.array([0.6, 0.9]))
    assert curve.thinned.threshold_for(0.0) == 0.6


def test_the_surest_may_be_wrong():
    curve = risk_coverage(np.array([False, True, True]), np.array([0.9, 0.8, 0.7]))
    assert curve.threshold_for(0.3) is None
    assert curve.threshold_for(0.34) == 0.7


def test_distances_have_rubbish_among_the_classes():
    """Equation 9 of LeCun et al. (1998) as it stands, for distances that exponentials of doubles can hold."""
    distances = np.array([[1.0, 30.0, 40.0], [19.0, 19.5, 60.0], [90.0, 130.0, 140.0]])
    expected = [max(np.exp(-row)) / (np.exp(-20.0) + sum(np.exp(-row))) for row in distances]
    shares = np.exp(-distances) / np.exp(-distances).sum(axis=1, keepdims=True)
    found = confidences_of(shares, -distances, 20.0)
    np.testing.assert_allclose(found, expected)
    # Far from all codes, and yet much nearer to one: the probability has no doubt, the confidence has.
    assert shares[2, 0] > 0.999999
    assert found[2] < 1e-30
    np.testing.assert_array_equal(confidences_of(shares), shares.max(axis=1))


def test_no_class_is_called_what_is_of_no_class():
    assert none_name(["cat", "dog"]) == "none of these"
    assert none_name(["none of these", "(none of these)"]) == "((none of these))"
