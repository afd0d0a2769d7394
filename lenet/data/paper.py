"""Ink on paper: where the paper is, how bright it is, and what is written on it.

The paper is found before the ink, as a table or a room around it is darker than any pen. Its brightness is that of a
local median, which follows vignettes and shadows; ink is the share of the light that it takes away.
"""

from typing import NamedTuple

import numpy as np
from scipy import ndimage
from scipy.spatial import ConvexHull

from lenet.data.image_files import resize

# Of a picture in which ink is looked for; more costs time and shows no more.
MAX_SIDE = 1024
# Of the picture in which paper is looked for and its brightness measured.
COARSE_SIDE = 128
# Of the light of the paper: what lies beyond a sharp edge and is darker is no shadow, but something else.
DARKEST_SHADOW = 0.62
# Of the picture, and of its convex hull: a sheet of paper covers at least so much.
MIN_SHEET, MIN_SOLIDITY = 0.04, 0.85
# Of the narrowest rectangle around it: a sheet that is wholly seen fills more than an ellipse.
MIN_RECTANGLE = 0.82
# Of a sheet: ink covers less, and something, if the sheet is so narrow that it could be a stroke.
MAX_WRITTEN, NARROW = 0.3, 0.45
# Of the range of tones: a border that varies less is of one piece, and is the background.
EVEN_BORDER = 0.25
# Side of the window of the first background, of the shorter side of the picture, and its percentile: less than the
# median, as bold digits cover half of a window.
WINDOW, PERCENTILE = 0.4, 40
# Of the range from paper to full ink: what is less is paper, shadow or noise.
FAINTEST_INK = 0.3
# Of 255: what is darker, or lighter where ink is light, would make ink of noise.
LEAST_LIGHT = 64
# Below this share of the light, or so many deviations of noise, nothing is written.
MIN_INK, MIN_DEVIATIONS = 0.08, 6


class Ink(NamedTuple):
    """Ink that is found in a picture.

    Attributes
    ----------
    density : ndarray of float32, shape (rows, columns)
        0 for paper, up to 1 for ink that takes all light; 0 around the paper.
    peak : float
        Of the strongest ink; 0 if nothing is written.
    inverted : bool
        Whether the ink is dark on light.
    scale : float
        Pixels of the picture for one of `density`.
    """

    density: np.ndarray
    peak: float
    inverted: bool
    scale: float


def find_ink(image: np.ndarray, invert: bool | None = None) -> Ink:
    """Separate ink from paper.

    Parameters
    ----------
    image : ndarray of uint8, shape (1, rows, columns)
    invert : bool, optional
        Whether the ink is darker than the paper; None finds it out.
    """
    scale = max(1.0, max(image.shape) / MAX_SIDE)
    image = _reduced(image, MAX_SIDE)
    coarse = _reduced(image, COARSE_SIDE)[0].astype(np.float32)
    sheet = None if invert is False else find_sheet(coarse)
    inverted = (sheet is not None or _is_dark_on_light(coarse)) if invert is None else invert
    plane = image[0].astype(np.float32)
    if inverted:
        plane, coarse = 255 - plane, 255 - coarse
    paper = _enlarged(_background(coarse, sheet), plane.shape)
    density = (plane - paper) / np.maximum(255 - paper, LEAST_LIGHT)
    noise = _deviation(density)
    if sheet is not None:
        inner = ndimage.binary_erosion(sheet, iterations=2, border_value=1)
        within = _enlarged(inner.astype(np.float32), plane.shape) > 0.5
        noise = _deviation(density[within])
        density[~within] = 0
    return Ink(np.maximum(density, 0), _peak(density, noise), inverted, scale)


def find_sheet(coarse: np.ndarray) -> np.ndarray | None:
    """Find a sheet of paper before something dark.

    Parameters
    ----------
    coarse : ndarray of float32, shape (rows, columns)
        A picture of about `COARSE_SIDE` pixels.

    Returns
    -------
    ndarray of bool, shape (rows, columns), or None
        Where the sheet is, its ink included; None if the picture shows nothing else, or no sheet. What ends without a
        sharp edge is no sheet: vignettes do.
    """
    smooth = ndimage.median_filter(coarse, 3, mode="nearest")
    patches, n_patches = ndimage.label(ndimage.binary_opening(smooth > _otsu(smooth)))
    if not n_patches:
        return None
    areas = np.bincount(patches.ravel())
    areas[0] = 0
    sheet = ndimage.binary_fill_holes(patches == areas.argmax())
    # A pen that reaches the rim has cut into the sheet.
    reach = max(3, round(0.1 * np.sqrt(sheet.sum())))
    sheet = ndimage.binary_fill_holes(_closed(sheet, reach))
    share = sheet.mean()
    if not MIN_SHEET < share < 0.98 or _solidity(sheet) < MIN_SOLIDITY:
        return None
    within, beyond = (_rim(smooth, side) for side in (sheet, ~sheet))
    if not len(within) or not len(beyond):
        return None
    if np.median(beyond) > DARKEST_SHADOW * np.median(within):
        return None
    return sheet if _is_written_on(smooth, sheet) else None


def _is_written_on(smooth: np.ndarray, sheet: np.ndarray) -> bool:
    """Return whether a light patch is paper, and not a bold stroke on a blackboard."""
    inner = ndimage.binary_erosion(sheet, iterations=2, border_value=1)
    if not inner.any():
        return False
    written = float((smooth[inner] < 0.7 * np.median(smooth[inner])).mean())
    if sheet[0].any() or sheet[-1].any() or sheet[:, 0].any() or sheet[:, -1].any():
        return written < MAX_WRITTEN  # strokes seldom reach the border
    length, width, _ = smallest_rectangle(sheet)
    if sheet.sum() < MIN_RECTANGLE * length * width:
        return False
    return written < MAX_WRITTEN and (written > 0 or width > NARROW * length)


def smallest_rectangle(patch: np.ndarray) -> tuple[float, float, float]:
    """Return the smallest rectangle around a patch, turned or not.

    Returns
    -------
    length, width : float
        In pixels.
    turn : float
        Degrees from -45 to 45 by which its sides are turned, to the right if positive and rows count downwards.
    """
    corners = _corners(patch)
    hull = corners[ConvexHull(corners).vertices]
    angles = np.radians(np.arange(90))
    along = np.stack([np.cos(angles), np.sin(angles)])
    across = np.stack([-np.sin(angles), np.cos(angles)])
    lengths, widths = (np.ptp(hull @ axis, axis=0) for axis in (along, across))
    best = (lengths * widths).argmin()
    width, length = sorted((float(lengths[best]), float(widths[best])))
    return length, width, float(-best if best <= 45 else 90 - best)


def _rim(smooth: np.ndarray, side: np.ndarray) -> np.ndarray:
    """Return the tones of pixels of one side two to four pixels from the other."""
    if side.all() or not side.any():
        return np.empty(0, np.float32)
    distance = ndimage.distance_transform_edt(side)
    return smooth[(distance >= 2) & (distance <= 4)]


def _closed(patch: np.ndarray, reach: int) -> np.ndarray:
    """Fill the gaps of a patch that are up to twice this wide, as if it went on."""
    padded = np.pad(patch, reach, mode="edge")
    near = ndimage.distance_transform_edt(~padded) <= reach
    shrunk = ndimage.distance_transform_edt(near) > reach
    return shrunk[reach:-reach, reach:-reach] | patch


def _solidity(patch: np.ndarray) -> float:
    """Return the area of a patch, of that of its convex hull."""
    return float(patch.sum() / ConvexHull(_corners(patch)).volume)


def _corners(patch: np.ndarray) -> np.ndarray:
    """Return the corners of the pixels of a patch, shape (n, 2)."""
    rows, columns = np.nonzero(patch)
    return np.concatenate(
        [np.stack([rows + dy, columns + dx], 1) for dy in (0, 1) for dx in (0, 1)]
    )


def _otsu(plane: np.ndarray) -> float:
    """Return Otsu's threshold between dark and light."""
    counts = np.bincount(plane.astype(np.uint8).ravel(), minlength=256).astype(float)
    below, mass = np.cumsum(counts), np.cumsum(counts * np.arange(256))
    above = below[-1] - below
    with np.errstate(divide="ignore", invalid="ignore"):
        between = (mass[-1] * below - mass * below[-1]) ** 2 / (below * above)
    return float(np.nan_to_num(between, nan=0.0, posinf=0.0).argmax())


def _is_dark_on_light(coarse: np.ndarray) -> bool:
    """Return whether what is written is darker than what it is written on."""
    edges = np.concatenate([coarse[0], coarse[-1], coarse[:, 0], coarse[:, -1]])
    lowest, highest = float(coarse.min()), float(coarse.max())
    spread = np.subtract(*np.percentile(edges, (95, 5)))
    if spread <= EVEN_BORDER * (highest - lowest):
        return 2 * float(edges.mean()) > lowest + highest
    coarse = coarse[::2, ::2]
    window = max(3, round(WINDOW * min(coarse.shape)) | 1)
    differs = coarse - ndimage.median_filter(coarse, window, mode="nearest")
    least = FAINTEST_INK * float(abs(differs).max())
    return float(-differs[differs < -least].sum()) > float(differs[differs > least].sum())


def _background(coarse: np.ndarray, sheet: np.ndarray | None) -> np.ndarray:
    """Estimate the brightness of the paper below light ink."""
    if sheet is not None:  # around the sheet, as at its nearest point
        inner = ndimage.binary_erosion(sheet, iterations=2, border_value=1)
        nearest = ndimage.distance_transform_edt(
            ~inner, return_distances=False, return_indices=True
        )
        coarse = coarse[tuple(nearest)]
    halves = coarse[::2, ::2]  # a window of half the side takes a sixteenth of the time
    window = max(3, round(WINDOW * min(halves.shape)) | 1)
    first = _enlarged(
        ndimage.percentile_filter(halves, PERCENTILE, window, mode="nearest"), coarse.shape
    )
    above = coarse - first
    ink = above > max(0.2 * float(above.max()), 4 * _deviation(above))
    bare = (~ndimage.binary_dilation(ink)).astype(np.float32)
    weight = ndimage.gaussian_filter(bare, window / 4, mode="nearest")
    around = ndimage.gaussian_filter(coarse * bare, window / 4, mode="nearest")
    below = np.where(weight > 0.02, around / np.maximum(weight, 0.02), first)
    return ndimage.median_filter(np.where(bare > 0, coarse, below), 7, mode="nearest").astype(
        np.float32
    )


def _peak(density: np.ndarray, noise: float) -> float:
    """Return the density of the strongest ink, 0 if nothing stands out."""
    peak = float(ndimage.uniform_filter(density, 2, mode="nearest").max())
    return peak if peak > max(MIN_INK, MIN_DEVIATIONS * noise) else 0.0


def _deviation(values: np.ndarray) -> float:
    """Return the deviation of the noise of values most of which are about 0."""
    return 1.4826 * float(np.median(abs(values))) if values.size else 0.0


def _reduced(image: np.ndarray, longest: int) -> np.ndarray:
    """Return a picture with its longer side as long as this at most."""
    side = max(image.shape)
    if side <= longest:
        return image
    return resize(image, *(max(1, length * longest // side) for length in image.shape[1:]))


def _enlarged(coarse: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Interpolate a plane to a shape."""
    if coarse.shape == shape:
        return coarse
    factors = [side / length for side, length in zip(shape, coarse.shape, strict=True)]
    return ndimage.zoom(coarse, factors, order=1, mode="nearest", grid_mode=True)
