"""Rejection: images left unanswered, so that fewer answers are wrong.

References
----------
Chow, C. K. (1970). On optimum recognition error and reject tradeoff. IEEE Transactions on Information
Theory 16(1). El-Yaniv, R. and Wiener, Y. (2010). On the foundations of noise-free selective
classification. Journal of Machine Learning Research 11: risk and coverage.
"""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np

NONE = "none of these"
SHARE = 0.01  # of the accepted images that may be wrong, if nobody says otherwise
MAX_POINTS = 1000  # of a curve that is kept


class RiskCoverage(NamedTuple):
    """Numbers of images that are accepted, and wrong, from a confidence on.

    Attributes
    ----------
    thresholds : ndarray of float, shape (points,)
        Confidences, the highest first.
    accepted, wrong : ndarray of int, shape (points,)
        Images of at least that confidence, and those of them that are wrong.
    images : int
        How many there are.
    """

    thresholds: np.ndarray
    accepted: np.ndarray
    wrong: np.ndarray
    images: int

    @property
    def coverage(self) -> np.ndarray:
        """Share of the images that are accepted."""
        return self.accepted / self.images

    @property
    def risk(self) -> np.ndarray:
        """Share of the accepted images that are wrong."""
        return self.wrong / self.accepted

    def threshold_for(self, share: float) -> float | None:
        """Return the lowest confidence from which on at most a share is wrong, or None."""
        fitting = np.flatnonzero(self.risk <= share)
        return float(self.thresholds[fitting[-1]]) if len(fitting) else None

    @property
    def thinned(self) -> "RiskCoverage":
        """The points before each at which something wrong is accepted, and not too many."""
        kept = np.flatnonzero(np.append(np.diff(self.wrong) > 0, True))
        if len(kept) > MAX_POINTS:
            kept = kept[np.unique(np.linspace(0, len(kept) - 1, MAX_POINTS).round().astype(int))]
        return RiskCoverage(
            self.thresholds[kept], self.accepted[kept], self.wrong[kept], self.images
        )


def risk_coverage(is_right: np.ndarray, confidences: np.ndarray) -> RiskCoverage:
    """Return the curve of risk and coverage.

    Parameters
    ----------
    is_right : ndarray of bool, shape (n,)
        At least one.
    confidences : ndarray of float, shape (n,)
    """
    thresholds, place = np.unique(-np.asarray(confidences, float), return_inverse=True)
    accepted = np.cumsum(np.bincount(place))
    wrong = np.cumsum(np.bincount(place, ~np.asarray(is_right, bool))).astype(int)
    return RiskCoverage(-thresholds, accepted, wrong, len(confidences))


def confidences_of(
    probabilities: np.ndarray,
    outputs: np.ndarray | None = None,
    rubbish_distance: float | None = None,
) -> np.ndarray:
    """Return how sure a network is of its answers, shape (n,).

    Parameters
    ----------
    probabilities : ndarray of float, shape (n, classes)
    outputs : ndarray of float, shape (n, classes), optional
        Of a network that ends with `lenet.layers.RBF`: minus squared distances to the codes of the classes.
    rubbish_distance : float, optional
        With `outputs`: the distance from which on an image is rather of no class.

    Notes
    -----
    It is the probability of the most probable class. That of a network of distances has rubbish among the
    classes, as in equation 9 of LeCun et al. (1998): an image that is far from all codes is of none of them,
    however much nearer it may be to one than to the others, which is all that the probabilities tell.
    """
    if outputs is None or rubbish_distance is None:
        return probabilities.max(axis=1).astype(float)
    from scipy.special import logsumexp

    scores = outputs.astype(float)
    total = np.logaddexp(logsumexp(scores, axis=1), -rubbish_distance)
    return np.exp(scores.max(axis=1) - total)


def none_name(class_names: Collection[str]) -> str:
    """Return what an image is called that is of no class: a name that no class has."""
    name = NONE
    while name in class_names:
        name = f"({name})"
    return name
