"""Frames of forms and ruled lines, taken off what is written in and on them."""

import numpy as np
from scipy import ndimage

from lenet.data.paper import FAINTEST_INK, smallest_rectangle

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
    length, width, turn = smallest_rectangle(patch)
    if not is_wide and min(patch.shape) < SMALLEST_CELL:
        return np.zeros_like(patch)
    slope = float(np.tan(np.radians(turn)))
    is_full = ndimage.binary_fill_holes(patch).sum() > FILLED * length * width
    cell = _cell(patch) if is_full else None
    if cell:
        side = round(FRAME * min(cell))
        return _runs(patch, side, slope) | _runs(patch.T, side, -slope).T
    rows, columns = patch.shape
    if is_wide and columns > 1.5 * rows:
        line = _runs(patch, max(3, columns // 4), slope)
        if line.any(axis=0).mean() > LINED:
            return line
    return np.zeros_like(patch)


def _cell(patch: np.ndarray) -> tuple[float, float] | None:
    """Return rows and columns of a cell of a frame, None if the patch is no frame."""
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


def _runs(patch: np.ndarray, length: int, slope: float) -> np.ndarray:
    """Return the thin lines of a patch that go down by a slope from left to right.

    What crosses them is left: a stroke goes on there.
    """
    rows, columns = patch.shape
    shift = np.rint(slope * (np.arange(columns) - columns / 2)).astype(int)
    margin = int(abs(shift).max()) + 1
    padded = np.pad(patch, ((margin, margin), (0, 0)))
    upright = np.arange(rows + 2 * margin)[:, np.newaxis]
    last = rows + 2 * margin - 1
    level = np.take_along_axis(padded, np.clip(upright + shift, 0, last), axis=0)
    thick = np.pad(ndimage.binary_dilation(level, np.ones((3, 1), bool)), 1)
    runs = ndimage.binary_opening(thick, np.ones((1, length), bool))[1:-1, 1:-1]
    if not runs.any():
        return np.zeros_like(patch)
    around = 2 * max(1, min(length, 90) // 30) + 1  # the slope is not known that well
    runs = ndimage.binary_dilation(runs, np.ones((around, 1), bool))
    thickness = (runs & level).sum(axis=0)
    thickest = min(2 * int(np.median(thickness[thickness > 0])) + 2, max(5, length // 10))
    crossing = ndimage.binary_opening(level, np.ones((thickest, 1), bool))
    back = np.clip(upright - shift, 0, last)
    lines = np.take_along_axis(runs & level & ~crossing, back, axis=0)
    return lines[margin:-margin] & patch
