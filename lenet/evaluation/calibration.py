"""Calibration: whether a probability of 80 % is right in 80 % of all cases.

References
----------
Guo, C., Pleiss, G., Sun, Y. and Weinberger, K. Q. (2017). On calibration of modern neural networks.
Proceedings of the 34th International Conference on Machine Learning.
"""

from typing import NamedTuple

import numpy as np

BINS = 15  # as in the paper
# A temperature beyond these says that the validation images are of no use for it.
COLDEST, HOTTEST = 0.05, 100.0


class Reliability(NamedTuple):
    """Images in bins of equal width by the probability of the predicted class.

    Attributes
    ----------
    images : ndarray of int, shape (bins,)
    confidence, accuracy : ndarray of float, shape (bins,)
        Mean probability of the predicted classes, and share of right predictions; NaN without images.
    """

    images: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray

    @property
    def error(self) -> float:
        """Expected calibration error (ECE): mean distance, weighted by the images."""
        gaps = np.abs(self.confidence - self.accuracy)
        return float(np.nansum(self.images * gaps) / self.images.sum())


def reliability(labels: np.ndarray, probabilities: np.ndarray, bins: int = BINS) -> Reliability:
    """Return what a reliability diagram shows.

    Parameters
    ----------
    labels : ndarray of int, shape (n,)
        At least one.
    probabilities : ndarray of float, shape (n, classes)
    bins : int
        The k-th is of probabilities above k / bins, up to (k + 1) / bins.
    """
    top = probabilities.max(axis=1).astype(float)
    is_right = probabilities.argmax(axis=1) == labels
    place = np.clip(np.ceil(top * bins).astype(int) - 1, 0, bins - 1)
    images = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        confidence = np.bincount(place, top, bins) / images
        accuracy = np.bincount(place, is_right, bins) / images
    return Reliability(images, confidence, accuracy)


def tempered(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Return the probabilities of a softmax whose scores are divided by a temperature.

    The classes keep their order. Above 1 the probabilities come nearer to one another.

    Parameters
    ----------
    probabilities : ndarray of float, shape (n, classes)
    temperature : float
        Above 0.

    Notes
    -----
    Logarithms of probabilities are the scores, but for a number of each image that the softmax takes out.
    """
    scores = _logarithms(probabilities) / temperature
    scores -= scores.max(axis=1, keepdims=True)
    shares = np.exp(scores)
    return (shares / shares.sum(axis=1, keepdims=True)).astype(probabilities.dtype)


def negative_log_likelihood(
    labels: np.ndarray, probabilities: np.ndarray, temperature: float = 1.0
) -> float:
    """Return the mean negative log-likelihood of labels at a temperature."""
    from scipy.special import logsumexp

    scores = _logarithms(probabilities) / temperature
    right = scores[np.arange(len(labels)), labels]
    return float(np.mean(logsumexp(scores, axis=1) - right))


def fitted_temperature(labels: np.ndarray, probabilities: np.ndarray) -> float | None:
    """Return the temperature of the least negative log-likelihood.

    Parameters
    ----------
    labels : ndarray of int, shape (n,)
    probabilities : ndarray of float, shape (n, classes)
        Of images that the network has not learnt.

    Returns
    -------
    float or None
        None if all predictions are right: the colder, the better would be no answer; or if there is no
        least value between `COLDEST` and `HOTTEST`.
    """
    from scipy.optimize import minimize_scalar

    if not (probabilities.argmax(axis=1) != labels).any():
        return None
    ends = np.log([COLDEST, HOTTEST])
    found = minimize_scalar(
        lambda cold: negative_log_likelihood(labels, probabilities, float(np.exp(cold))),
        bounds=ends,
        method="bounded",
        options={"xatol": 1e-6},
    )
    if np.min(np.abs(ends - found.x)) < 1e-3:
        return None
    # Not to the last bit, which depends on how a CPU computes logarithms.
    return round(float(np.exp(found.x)), 5)


def _logarithms(probabilities: np.ndarray) -> np.ndarray:
    """Return logarithms in double precision; 0 counts as the smallest number."""
    smallest = np.finfo(probabilities.dtype).smallest_subnormal
    return np.log(np.maximum(probabilities, smallest).astype(float))
