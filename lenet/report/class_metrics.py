"""Classification metrics by class: confusion matrix, precision, recall, F1."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lenet.text import percent, shown

# Images of the largest class, and those for one of the rarest, from where on it is said: fewer may be chance.
MIN_LARGEST, MAX_IMBALANCE = 20, 5


class ClassScore(NamedTuple):
    """Number of images, precision, recall and F1 of one class.

    Scores are fractions, NaN where they are 0 of 0.

    Attributes
    ----------
    images : int
        Images of the class.
    precision : float
        Fraction of the images predicted as the class that belong to it.
    recall : float
        Fraction of the images of the class that are predicted as it.
    f1 : float
        Harmonic mean of the two.
    """

    images: int
    precision: float
    recall: float
    f1: float


def imbalance(labels: np.ndarray, class_names: Sequence[str]) -> str | None:
    """Return a line about the rarest class if it is much rarer than others, else None.

    Parameters
    ----------
    labels : ndarray of int, shape (n,)
    class_names : sequence of str
    """
    counts = np.bincount(labels, minlength=len(class_names))
    rarest = int(counts.argmin())
    if counts.max() < MIN_LARGEST or counts[rarest] * MAX_IMBALANCE >= counts.max():
        return None
    share = percent(counts[rarest] / counts.sum())
    return (
        f"{shown(class_names[rarest])} has {share} % of the training images: a network that never says it has an "
        f"error of {share} %"
    )


def error_interval(wrong: int, images: int) -> tuple[float, float]:
    """Return the 95 % confidence interval of a share of images, as fractions.

    It is Wilson's score interval, which holds for few images and for none wrong as well.

    Parameters
    ----------
    wrong, images : int
        Wrong predictions, and all; at least one image.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of the
    American Statistical Association 22(158).
    """
    from scipy.stats import binomtest

    interval = binomtest(wrong, images).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)


def interval_text(error: float | None, images: int) -> str:
    """Return the 95 % interval of an error in percent; empty if not measured.

    Parameters
    ----------
    error : float or None
        Fraction of wrong predictions.
    images : int
    """
    if error is None or math.isnan(error) or not images:
        return ""
    low, high = error_interval(round(error * images), images)
    return f"{percent(low)} to {percent(high)} %"


def confusion_counts(labels: np.ndarray, predictions: np.ndarray, n_classes: int) -> np.ndarray:
    """Return the confusion matrix: images by true class (row) and prediction (column).

    Parameters
    ----------
    labels, predictions : ndarray of int, shape (n,)
    n_classes : int

    Returns
    -------
    ndarray of int, shape (n_classes, n_classes)

    Raises
    ------
    ValueError
        If the two differ in length or name a class that is not one of `n_classes`.
    """
    labels, predictions = (np.asarray(classes, dtype=int) for classes in (labels, predictions))
    if labels.shape != predictions.shape or labels.ndim != 1:
        raise ValueError(
            f"expected as many labels as predictions, got shapes {labels.shape} and "
            f"{predictions.shape}"
        )
    for classes in (labels, predictions):
        wrong = classes[(classes < 0) | (classes >= n_classes)]
        if wrong.size:
            raise ValueError(f"expected classes from 0 to {n_classes - 1}, got {wrong[0]}")
    cells = labels * n_classes + predictions
    return np.bincount(cells, minlength=n_classes**2).reshape(n_classes, n_classes)


def confident_mistakes(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Return the misclassified images, those of highest probability first.

    Parameters
    ----------
    labels : ndarray of int, shape (n,)
    probabilities : ndarray of float, shape (n, classes)

    Returns
    -------
    ndarray of int, shape (mistakes,)
    """
    predictions = probabilities.argmax(axis=1)
    mistakes = np.flatnonzero(predictions != labels)
    confidences = probabilities[mistakes, predictions[mistakes]]
    return mistakes[np.argsort(-confidences, kind="stable")]


def class_scores(counts: np.ndarray) -> list[ClassScore]:
    """Return the metrics of each class.

    Parameters
    ----------
    counts : ndarray of int, shape (n_classes, n_classes)
        See `confusion_counts`.
    """
    hits, images, taken = counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)
    with np.errstate(invalid="ignore"):
        scores = zip(images, hits / taken, hits / images, 2 * hits / (images + taken), strict=True)
    return [ClassScore(int(n), *map(float, fractions)) for n, *fractions in scores]
