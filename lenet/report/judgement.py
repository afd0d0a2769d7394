"""Judgement of predictions: error, calibration, rejection."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from lenet.evaluation.calibration import Reliability, reliability, tempered
from lenet.evaluation.rejection import SHARE, RiskCoverage, risk_coverage
from lenet.report.class_metrics import error_interval, interval_text
from lenet.runs.validation_fit import ValidationFit
from lenet.text import counted, percent


class Accepted(NamedTuple):
    """Images that are not rejected, and how many of them are wrong.

    Attributes
    ----------
    share : float
        Of the accepted validation images, that may be wrong.
    threshold : float
        The lowest confidence that is accepted.
    images, accepted, wrong : int
        All, those that are accepted, and those of these that are wrong.
    """

    share: float
    threshold: float
    images: int
    accepted: int
    wrong: int

    @property
    def text(self) -> str:
        """Coverage and error in words."""
        error = self.wrong / self.accepted if self.accepted else None
        interval = interval_text(error, self.accepted)
        said = f"{self.accepted:,} of {counted(self.images, 'image')} ({percent(self.accepted / self.images)} %)"
        if error is not None:
            said += f", {self.wrong:,} of them wrong: {percent(error)} % (95 % interval {interval})"
        return (
            f"{said}; confidence {self.threshold:.4f} or more, from which at most {100 * self.share:g} % of the "
            "validation images are wrong"
        )

    @property
    def content(self) -> dict[str, Any]:
        """The same for JSON."""
        interval = error_interval(self.wrong, self.accepted) if self.accepted else None
        found = {
            **self._asdict(),
            "coverage": self.accepted / self.images,
            "error": self.wrong / self.accepted if self.accepted else None,
            "error_interval": interval,
        }
        return {"rejection": found}


@dataclass(frozen=True)
class Judgement:
    """Predictions of labelled images, and what the validation images have told before.

    Attributes
    ----------
    labels : ndarray of int, shape (n,)
        At least one.
    probabilities : ndarray of float, shape (n, classes)
    confidences : ndarray of float, shape (n,)
        See `lenet.evaluation.rejection.confidences_of`.
    fit : ValidationFit or None
    """

    labels: np.ndarray
    probabilities: np.ndarray
    confidences: np.ndarray
    fit: ValidationFit | None = None

    @cached_property
    def is_right(self) -> np.ndarray:
        """Whether each prediction is right, bool, shape (n,)."""
        return self.probabilities.argmax(axis=1) == self.labels

    @property
    def temperature(self) -> float | None:
        """The temperature, if one has been fitted."""
        return None if self.fit is None else self.fit.temperature

    @cached_property
    def reliability(self) -> Reliability:
        """That of the probabilities as they are."""
        return reliability(self.labels, self.probabilities)

    @cached_property
    def calibrated(self) -> Reliability | None:
        """That of the probabilities at the temperature, if there is one."""
        if self.temperature is None:
            return None
        return reliability(self.labels, tempered(self.probabilities, self.temperature))

    @cached_property
    def curve(self) -> RiskCoverage:
        """Risk and coverage of these images."""
        return risk_coverage(self.is_right, self.confidences)

    def accepted(self, share: float) -> Accepted | None:
        """Return the images that a share of wrong ones leaves; None without a fit.

        Raises
        ------
        CommandError
            If no confidence is high enough for that.
        """
        if self.fit is None:
            return None
        threshold = self.fit.threshold_for(share)
        is_kept = self.confidences >= threshold
        n, wrong = int(is_kept.sum()), int((is_kept & ~self.is_right).sum())
        return Accepted(share, threshold, len(self.labels), n, wrong)

    @cached_property
    def usual(self) -> Accepted | None:
        """The images that the usual share leaves, if that is possible."""
        if self.fit is None or self.fit.curve.threshold_for(SHARE) is None:
            return None
        return self.accepted(SHARE)

    @property
    def calibration_text(self) -> str:
        """Calibration errors in words."""
        said = f"probabilities are off by {percent(self.reliability.error)} % on average (ECE)"
        if self.calibrated is not None:
            at = f"at temperature {self.temperature:.3g}, fitted to the validation images"
            return f"{said}, by {percent(self.calibrated.error)} % {at}"
        if self.fit is not None:
            return f"{said}; no temperature fits, as {self.why_none}"
        return said

    @property
    def why_none(self) -> str:
        """Why no temperature has been fitted."""
        if self.fit is not None and not self.fit.curve.wrong[-1]:
            return "no validation image is wrong"
        return "the validation images have none that is best"

    @property
    def content(self) -> dict[str, Any]:
        """Error and calibration for JSON."""
        n, wrong = len(self.labels), int((~self.is_right).sum())
        after = self.calibrated
        return {
            "images": n,
            "wrong": wrong,
            "error": wrong / n,
            "error_interval": error_interval(wrong, n),
            "calibration": {
                "ece": self.reliability.error,
                "temperature": self.temperature,
                "ece_at_temperature": None if after is None else after.error,
            },
        }
