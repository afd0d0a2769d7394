"""Temperature and rejection of a network, fitted to its validation images."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lenet.errors import CheckpointError, CommandError
from lenet.evaluation.calibration import COLDEST, HOTTEST, fitted_temperature
from lenet.evaluation.rejection import RiskCoverage, risk_coverage
from lenet.text import counted

TEMPERATURE, IMAGES = "temperature", "validation_images"
CURVE = ("reject_thresholds", "reject_accepted", "reject_wrong")
RUBBISH = "rubbish_distance"


@dataclass(frozen=True)
class ValidationFit:
    """Temperature of a network, and its curve of risk and coverage.

    Attributes
    ----------
    temperature : float or None
        See `lenet.evaluation.calibration.fitted_temperature`.
    curve : RiskCoverage
    rubbish_distance : float or None
        By which a network of distances is sure or not; None for others.
    """

    temperature: float | None
    curve: RiskCoverage
    rubbish_distance: float | None = None

    @classmethod
    def of(
        cls,
        labels: np.ndarray,
        probabilities: np.ndarray,
        confidences: np.ndarray,
        rubbish_distance: float | None = None,
    ) -> "ValidationFit":
        """Fit to validation images.

        Parameters
        ----------
        labels : ndarray of int, shape (n,)
            At least one.
        probabilities : ndarray of float, shape (n, classes)
        confidences : ndarray of float, shape (n,)
            See `lenet.evaluation.rejection.confidences_of`.
        rubbish_distance : float, optional
        """
        is_right = probabilities.argmax(axis=1) == labels
        temperature = fitted_temperature(labels, probabilities)
        return cls(temperature, risk_coverage(is_right, confidences).thinned, rubbish_distance)

    @property
    def attributes(self) -> dict[str, Any]:
        """Attributes of a model's file."""
        curve = zip(CURVE, self.curve[:3], strict=True)
        found = {name: values.tolist() for name, values in curve}
        more = {TEMPERATURE: self.temperature, RUBBISH: self.rubbish_distance}
        known = {name: value for name, value in more.items() if value is not None}
        return {**found, IMAGES: self.curve.images, **known}

    @classmethod
    def from_attributes(
        cls, attributes: Mapping[str, Any], path: object = "the network's file"
    ) -> "ValidationFit | None":
        """Return what a model's file has; None from a file of an earlier version.

        Raises
        ------
        CheckpointError
            If it has something else in its place.
        """
        if IMAGES not in attributes:
            return None
        try:
            columns = [np.asarray(attributes[name], float) for name in CURVE]
            thresholds, accepted, wrong = columns
            images = int(attributes[IMAGES])
            temperature, rubbish = (
                None if attributes.get(name) is None else float(attributes[name])
                for name in (TEMPERATURE, RUBBISH)
            )
            is_right = (
                thresholds.ndim == 1
                and len(thresholds) > 0
                and thresholds.shape == accepted.shape == wrong.shape
                and all(np.isfinite(column).all() for column in columns)
                and bool((accepted >= 1).all() and (wrong >= 0).all() and (wrong <= accepted).all())
                and images < 2**53
                and bool((accepted <= images).all() and (np.diff(accepted) > 0).all())
                and (rubbish is None or math.isfinite(rubbish))
                and (temperature is None or COLDEST <= temperature <= HOTTEST)
            )
        except (KeyError, TypeError, ValueError, OverflowError):
            is_right = False
        if not is_right:
            raise CheckpointError(
                f"{path}: what it has of its validation images ({', '.join((TEMPERATURE, IMAGES, *CURVE))}) is not "
                "what lenet-train writes; use another copy"
            )
        curve = RiskCoverage(thresholds, accepted.astype(int), wrong.astype(int), images)
        return cls(temperature, curve, rubbish)

    def threshold_for(self, share: float) -> float:
        """Return the confidence from which on at most a share is wrong.

        Raises
        ------
        CommandError
            If there is none.
        """
        threshold = self.curve.threshold_for(share)
        if threshold is None:
            raise CommandError(
                f"--reject {share:g}: of the {counted(self.curve.images, 'validation image')}, more are wrong however "
                f"many are rejected; choose a share of {math.ceil(1e4 * self.curve.risk.min()) / 1e4:g} or more"
            )
        return threshold
