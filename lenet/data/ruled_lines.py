"""Frames of forms and ruled lines, taken off what is written in and on them."""

import numpy as np
from scipy import ndimage

from lenet.data.paper import FAINTEST_INK

# Of the picture: a frame or ruled line is at least so long.
LONG = 0.1
# A cell of a form has so many pixels, and fills its box so well beside what is written; with more of them the paper is squared.
SMALLEST_CELL, RECTANGLE, SQUARED = 12, 0.6, 40
# Of the box around a frame that it encloses, even if it is not quite level.
FILLED = 0.82
# Of a cell's shorter side, and of the width of what is written on a line: what is straight for so long is ruled.
FRAME, LINED = 0.9, 0.8
EVERYWHERE = np.ones((3, 3), bool)


def without_rules(density: np.ndarray, peak: float) -> np.ndarray:
    """Take off the frames of a form and ruled lines, where digits touch them, too.

    Parameters
    ----------
    density : ndarray of float32, shape (rows, columns)
    peak : float
        See `Ink`.
    """
    patches, _ = ndimage.label(density > FAINTEST_INK * peak, EVERYWHERE)
    cleared = density
    for k, box in enumerate(ndimage.find_objects(patches), 1):
        rows, columns = (side.stop - side.start for side in box)
        if max(rows, columns) < LONG * min(density.shape):
            continue
        patch = patches[box] == k
        ruled = _ruled(patch, columns >= LONG * density.shape[1])
        if ruled.any():
            cleared = density.copy() if cleared is density else cleared
            cleared[box][ruled] = 0
    return cleared


def _ruled(patch: np.ndarray, is_wide: bool) -> np.ndarray:
    """Return the lines of a patch, if it is a frame or a ruled line."""
    rows, columns = patch.shape
    cell = _cell(patch)
    if cell:
        length = round(FRAME * min(cell))
        return _runs(patch, length) | _runs(patch.T, length).T
    if is_wide and columns > 1.5 * rows:
        line = _runs(patch, max(3, columns // 4))
        if line.any(axis=0).mean() > LINED:
            return line
    return np.zeros_like(patch)


def _cell(patch: np.ndarray) -> tuple[float, float] | None:
    """Return rows and columns of a cell of a frame, None if the patch is no frame."""
    if ndimage.binary_fill_holes(patch).mean() < FILLED:
        return None
    holes, _ = ndimage.label(~np.pad(patch, 1))
    outside = holes[0, 0]
    sizes = []
    for k, box in enumerate(ndimage.find_objects(holes), 1):
        rows, columns = (side.stop - side.start for side in box)
        if k == outside or min(rows, columns) < SMALLEST_CELL:
            continue
        hole = ndimage.binary_fill_holes(holes[box] == k)
        if hole.mean() > RECTANGLE:
            sizes.append((rows, columns))
    if not sizes:
        return None
    least = max(map(min, sizes)) / 2  # what is smaller is a hole of a digit
    rows, columns = np.median([size for size in sizes if min(size) >= least], axis=0)
    if len(sizes) >= SQUARED:  # digits are written over the cells, not into them
        return patch.shape[0] / 2, patch.shape[1] / 2
    return float(rows), float(columns)


def _runs(patch: np.ndarray, length: int) -> np.ndarray:
    """Return the thin horizontal lines of a patch; they may be a little off the level.

    What crosses them is left: a stroke goes on there.
    """
    thick = np.pad(ndimage.binary_dilation(patch, np.ones((3, 1), bool)), 1)
    runs = ndimage.binary_opening(thick, np.ones((1, length), bool))[1:-1, 1:-1]
    crossing = ndimage.binary_opening(patch, np.ones((max(5, length // 10), 1), bool))
    return ndimage.binary_dilation(runs, np.ones((3, 1), bool)) & patch & ~crossing
