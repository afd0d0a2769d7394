import math

import numpy as np
import pytest

from lenet.report.class_metrics import (
    class_scores,
    confident_mistakes,
    confusion_counts,
    error_interval,
    imbalance,
    interval_text,
)


def test_counts_are_those_of_a_plain_loop():
    rng = np.random.default_rng(0)
    labels, predictions = rng.integers(0, 4, (2, 200))
    expected = [
        [sum((labels == true) & (predictions == taken)) for taken in range(4)] for true in range(4)
    ]
    np.testing.assert_array_equal(confusion_counts(labels, predictions, 4), expected)


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ([1000, 30, 970], "rare has 1.50 % of the training images"),
        ([500, 0, 500], "rare has 0.00 %"),
        ([50, 10, 40], None),
        ([51, 10, 39], "rare has 10.00 %"),
    ],
)
def test_a_rare_class_is_named(counts, said):
    line = imbalance(np.repeat([0, 1, 2], counts), ["a", "rare", "b"])
    assert line is None if said is None else line.startswith(said)


@pytest.mark.parametrize(("wrong", "images"), [(0, 7), (3, 300), (150, 300), (7, 7), (1, 10_000)])
def test_the_interval_of_an_error_is_that_of_wilson(wrong, images):
    """The ends of Wilson's interval lie 1.96 of their own standard deviations from what was measured."""
    low, high = error_interval(wrong, images)
    assert 0 <= low <= wrong / images <= high <= 1
    for end in (low, high):
        if 0 < end < 1:
            deviation = math.sqrt(end * (1 - end) / images)
            assert abs(end - wrong / images) == pytest.approx(1.959964 * deviation, rel=1e-5)
    assert (low == 0, high == 1) == (wrong == 0, wrong == images)


@pytest.mark.parametrize(
    ("wrong", "images", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_published_intervals(wrong, images, low, high):
    """Newcombe (1998), Statistics in Medicine 17, table I, method 3."""
    assert error_interval(wrong, images) == pytest.approx((low, high), abs=5e-5)


def test_an_interval_in_words():
    assert interval_text(0.05, 100) == "2.15 to 11.18 %"
    assert interval_text(0, 300) == "0.00 to 1.26 %"
    assert [interval_text(*nothing) for nothing in ((None, 9), (math.nan, 9), (0.5, 0))] == [""] * 3


def test_scores_agree_with_scikit_learn():
    from sklearn.metrics import precision_recall_fscore_support

    rng = np.random.default_rng(1)
    labels, predictions = rng.integers(0, 5, (2, 300))
    scores = class_scores(confusion_counts(labels, predictions, 5))
    expected = precision_recall_fscore_support(labels, predictions)
    for n, name in enumerate(("precision", "recall", "f1", "images")):
        np.testing.assert_allclose([getattr(score, name) for score in scores], expected[n])


def test_a_class_without_images_or_predictions_has_no_score():
    scores = class_scores(confusion_counts(np.array([0, 0]), np.array([0, 1]), 3))
    assert scores[0] == (2, 1.0, 0.5, 2 / 3)
    assert scores[1].precision == 0
    assert math.isnan(scores[1].recall)
    assert scores[2].images == 0
    assert all(map(math.isnan, scores[2][1:]))


@pytest.mark.parametrize(
    ("labels", "predictions", "message"),
    [
        ([0, 1], [0], r"shapes \(2,\) and \(1,\)"),
        ([0, 3], [0, 1], "from 0 to 2, got 3"),
        ([0, 1], [0, -1], "from 0 to 2, got -1"),
    ],
    ids=["lengths", "label", "prediction"],
)
def test_what_cannot_be_counted_is_named(labels, predictions, message):
    with pytest.raises(ValueError, match=message):
        confusion_counts(np.array(labels), np.array(predictions), 3)


def test_mistakes_come_with_the_most_confident_first():
    probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.9, 0.1], [0.6, 0.4]])
    labels = np.array([0, 0, 0, 1, 1])
    assert confident_mistakes(labels, probabilities).tolist() == [3, 2, 1, 4]
    assert confident_mistakes(labels[:1], probabilities[:1]).tolist() == []
