"""Proportions of pictures: whether what they show is wider where they are.

Where classes are told apart by neither, and pictures were squares before somebody stretched them, they are made
squares again; all others are framed, so that a rod does not become a coccus.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lenet.data.image_files import read_reduced, values_of
from lenet.data.uneven import CLASSES, least_of, members_of, sampled_sizes
from lenet.errors import ImageError

# Logarithm of width to height: between the outer deciles of each class, if it says nothing of the class; and how
# much further these may be apart in one class than in another.
SHAPES_VARY, SPREAD_RATIO = 0.5, 1.5
# Between pictures of things as they are, of slope 0, and of things that are wider where the picture is, of -1.
SLOPE = -0.5
SAMPLE = 100  # files that are decoded, all classes together
SIDE = 256  # pixels, of which a JPEG picture has no fewer where it is decoded in part


class Shape(NamedTuple):
    """Choice of how pictures that are not square become it.

    Attributes
    ----------
    keep_aspect : bool
        Whether they are framed, not stretched.
    note : str
        Why; empty if there is nothing to say.
    """

    keep_aspect: bool
    note: str


def shape_of(
    paths: Sequence[Path], labels: np.ndarray, names: Sequence[str], keep_aspect: bool | None
) -> Shape:
    """Return how pictures become squares.

    They are stretched if their proportions vary within each class, about as much in all, and what they show is
    drawn out along with them: then neither says anything of the class.

    Parameters
    ----------
    paths : sequence of Path
    labels : ndarray of int
        The class of each.
    names : sequence of str
        Of the classes.
    keep_aspect : bool or None
        Whether to frame them; None to choose.
    """
    if keep_aspect is False:
        return Shape(False, "")
    sizes = sampled_sizes(paths, labels, names, CLASSES)
    logs = [np.log([columns / rows for rows, columns in found]) for found in sizes.values()]
    if len(logs) < 2 or min(map(len, logs)) < least_of(CLASSES):
        return Shape(True, "")
    spreads = [float(np.subtract(*np.percentile(found, (90, 10)))) for found in logs]
    within = min(spreads)
    between = float(np.ptp([np.median(found) for found in logs]))
    if within < SHAPES_VARY or between > within / 3 or max(spreads) > SPREAD_RATIO * within:
        return Shape(True, "")
    low, high = np.exp(np.percentile(np.concatenate(logs), (5, 95)))
    beginning = f"pictures of each class are {low:.2g} to {high:.2g} times as wide as high"
    if keep_aspect is None and are_drawn_out(paths, labels, names):
        return Shape(
            False,
            f"{beginning}, and what they show is drawn out as much: stretched to squares, which undoes that; "
            "--no_stretch frames them",
        )
    return Shape(
        True,
        f"{beginning}, and framed to keep that: if their proportions mean nothing, --stretch serves better",
    )


def are_drawn_out(paths: Sequence[Path], labels: np.ndarray, names: Sequence[str]) -> bool:
    """Return whether what pictures show is wider where they are.

    Along a side that was drawn out by some factor, values change more slowly by as much. So the logarithm of how
    much they change along rows to along columns falls with that of width to height, with a slope of -1; it does
    not where pictures were cut out of what they show.
    """
    points = []
    for group in range(len(names)):
        members = members_of(labels, group, max(least_of(CLASSES), SAMPLE // len(names)))
        found = [steepness(paths[k]) for k in members]
        known = np.array([point for point in found if point is not None])
        if len(known):
            points.append(known - known.mean(axis=0))  # classes may differ in what they show
    if not points:
        return False
    logs, ratios = np.concatenate(points).T
    slope = logs @ ratios / (logs @ logs)
    residuals = ratios - slope * logs
    error = np.sqrt(residuals @ residuals / len(logs) / (logs @ logs))
    return bool(slope + 2 * error < SLOPE)


def steepness(path: Path) -> tuple[float, float] | None:
    """Return the proportions of a picture and of its changes of values.

    Both are logarithms: of width to height, and of horizontal to vertical changes. None if it cannot be read, or does
    not change along both.
    """
    try:
        picture = read_reduced(path, SIDE)
    except ImageError:
        return None
    plane = np.asarray(values_of(picture)[0], np.float32)
    across, down = (float(np.abs(np.diff(plane, axis=axis)).mean()) for axis in (1, 0))
    if not (0 < across < np.inf and 0 < down < np.inf):
        return None
    return float(np.log(plane.shape[1] / plane.shape[0])), float(np.log(across / down))
