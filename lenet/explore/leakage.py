"""Leakage between parts: test images too near to training images.

Crops of one slide do not show the same things, but are of one colour, sharpness and grain. Those of a slide
that some training images are of, too, have these as their nearest neighbours, all about as near, and then
none for a while: a knot. Independent pictures have neighbours at all distances.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lenet.explore.index import DatasetIndex, image_batches
from lenet.explore.near_duplicates import Group, seen_in_training
from lenet.explore.similarity import shrunk
from lenet.seeds import DEFAULT_SEED, LEAKAGE, generator

BY_CHANCE = 0.05
# Of independent photographs and digits 0.09 to 0.11 lie in knots, of slides in all parts 0.2 to 0.5.
LIKELY_KNOTS = 0.16
LIKELY_NEAR = 0.05
# Of a class, at least: training images, and images of other parts of all classes.
MIN_TRAINING, MIN_COMPARED = 8, 30
# At most, so that it takes seconds.
MAX_TRAINING, MAX_COMPARED = 2000, 2000
SCALES = (32, 16, 8)
MIN_SIDE = 4


@dataclass(frozen=True)
class Leakage:
    """Signs that images of other parts are not independent of the training images.

    Attributes
    ----------
    compared : int
        Validation and test images, or a sample of them.
    knots : float
        The fraction of them in a knot of training images of their class; `BY_CHANCE` of images whose looks
        are drawn independently.
    near : float
        The fraction of all validation and test images with near duplicates in training.
    """

    compared: int
    knots: float
    near: float

    @property
    def is_likely(self) -> bool:
        """Whether a test error is likely to be too low."""
        return self.knots >= LIKELY_KNOTS or self.near >= LIKELY_NEAR

    @property
    def content(self) -> dict[str, Any]:
        """Numbers and verdict, for JSON."""
        return {
            "likely": self.is_likely,
            "compared": self.compared,
            "in_knots": self.knots,
            "in_knots_by_chance": BY_CHANCE,
            "near_duplicates_in_training": self.near,
        }


def leakage_line(found: Leakage | None) -> str | None:
    """Return a line about leakage between the parts; None if nothing can be said."""
    if found is None:
        return None
    numbers = (
        f"{100 * found.knots:.0f} % of {found.compared:,} validation and test images are in a knot of training "
        f"images of their class (independent pictures: about {100 * BY_CHANCE:.0f} to "
        f"{100 * LIKELY_KNOTS:.0f} %), {100 * found.near:.0f} % have near duplicates there"
    )
    if not found.is_likely:
        return f"leakage between parts: no sign, {numbers}"
    return (
        f"leakage between parts: likely, {numbers}; a test on them says little about new slides, plates or "
        "patients: keep images of each in one part by --group"
    )


def leakage_of(album: DatasetIndex, near: Sequence[Group]) -> Leakage | None:
    """Estimate how many validation and test images depend on training images.

    Parameters
    ----------
    album : DatasetIndex
    near : sequence of Group
        Near duplicates.

    Notes
    -----
    For each image the distances of its looks to those of the training images of its class are sorted, and the
    largest step from one to the next is taken, as a ratio, beginning with the second. So that the number
    of images and how their looks vary do not matter, it is compared with the steps in a class of the same
    size whose looks, along its principal axes, are those of images drawn independently for each axis: a
    step larger than 95 % of these makes a knot.
    """
    if album.dataset.size < MIN_SIDE:
        return None
    rng = generator(DEFAULT_SEED, LEAKAGE)
    n_classes = album.dataset.n_classes
    most = max(2, MAX_COMPARED // n_classes)
    steps: list[np.ndarray] = []
    by_chance: list[np.ndarray] = []
    for label in range(n_classes):
        of_class = album.labels == label
        training = _some(np.flatnonzero(of_class & (album.parts == 0)), MAX_TRAINING, rng)
        others = _some(np.flatnonzero(of_class & (album.parts > 0)), most, rng)
        if len(training) < MIN_TRAINING or not len(others):
            continue
        looks = looks_of(album, np.concatenate([training, others]))
        n = len(training)
        steps.append(largest_steps(looks[n:], looks[:n]))
        axes = np.linalg.svd(looks - looks.mean(axis=0), full_matrices=False)[2]
        drawn = np.stack([rng.permutation(values) for values in axes @ looks.T], axis=1)
        by_chance.append(largest_steps(drawn[n:], drawn[:n]))
    compared = sum(map(len, steps))
    if compared < MIN_COMPARED:
        return None
    limit = np.quantile(np.concatenate(by_chance), 1 - BY_CHANCE)
    knots = float((np.concatenate(steps) > limit).mean())
    counts = album.counts().sum(axis=0)
    near_duplicates = float(seen_in_training(album, near).sum() / counts[1:].sum())
    return Leakage(compared, knots, near_duplicates)


def looks_of(album: DatasetIndex, images: np.ndarray) -> np.ndarray:
    """Return numbers of the looks of images, wherever in them their objects lie.

    They are means and deviations of the colours, quantiles of the brightness, and the strengths of edges
    across and along at three scales; of mean 0 and deviation 1, shape (n, numbers).
    """
    found = []
    pictures = [album.pixels(int(image)) for image in images]
    for batch in image_batches(np.stack(pictures)):
        values = batch.astype(np.float32) / 255
        gray = values.mean(axis=1)
        numbers = [
            values.mean(axis=(2, 3)),
            values.std(axis=(2, 3)),
            np.quantile(gray.reshape(len(gray), -1), (0.05, 0.5, 0.95), axis=1).T,
        ]
        for side in SCALES:
            small = shrunk(gray, min(side, gray.shape[-1]))
            edges = [np.diff(small, axis=axis).std(axis=(1, 2)) for axis in (1, 2)]
            numbers.append(np.log(1e-3 + np.stack(edges, axis=1)))
        found.append(np.concatenate(numbers, axis=1))
    looks = np.concatenate(found)
    return (looks - looks.mean(axis=0)) / (looks.std(axis=0) + 1e-6)


def largest_steps(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the largest step between the sorted distances of each point to others.

    It is the logarithm of a ratio. The nearest one alone makes none, and of the farther half none counts.
    """
    squares = (points**2).sum(axis=1)[:, np.newaxis] + (others**2).sum(axis=1)
    distances = np.sqrt(np.maximum(squares - 2 * points @ others.T, 0))
    distances.sort(axis=1)
    near = np.log(np.maximum(distances[:, 1 : max(len(others) // 2, 3)], 1e-3))
    return np.diff(near, axis=1).max(axis=1)


def _some(images: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    """Return images, or as many of them as there may be, drawn at random."""
    return images if len(images) <= most else np.sort(rng.choice(images, most, replace=False))
