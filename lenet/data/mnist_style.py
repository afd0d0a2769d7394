"""MNIST-style preprocessing of pictures of handwritten digits.

MNIST's digits are light on dark, scaled to fit a box of 20x20 pixels, and placed in 28x28 pixels so that
their centre of mass is in the middle. A network that has seen nothing else knows nothing else.

References
----------
LeCun, Y., Cortes, C. and Burges, C. J. C. The MNIST database of handwritten digits.
"""

import numpy as np
from scipy import ndimage

from lenet.data.image_files import background, resize
from lenet.errors import ImageError

BOX = 20 / 28
# Of the range from background to full ink: what is less is paper, shadow or noise.
FAINTEST_INK = 0.3
# Of the largest patch of ink: what is smaller is dust.
MIN_PATCH = 0.05
# Of a picture in which a digit is looked for; more costs time and shows no more.
MAX_SIDE = 1024
# Of the side of a picture of the network's own size: MNIST's digits have their centre of mass within 1.4/28 of the
# middle, those of scikit-learn within 3.1/28, and a longer side of 19/28 to 22/28.
FARTHEST_CENTRE = 3.5 / 28
SHORTEST, LONGEST = 12 / 28, 24 / 28


def is_dark_on_light(image: np.ndarray) -> bool:
    """Return whether a picture's border is nearer to its lightest than darkest tone.

    Parameters
    ----------
    image : ndarray of uint8, shape (channels, rows, columns)
    """
    border = float(background(image).mean())
    return 2 * border > float(image.min()) + float(image.max())


def is_placed(image: np.ndarray) -> bool:
    """Return whether a digit has the place and size that MNIST gives it.

    Parameters
    ----------
    image : ndarray of uint8, shape (1, size, size)
        One digit, lighter than what is around it. Where nothing is lighter, nothing can be moved.
    """
    size = image.shape[-1]
    ink = np.maximum(image[0] - _paper(image[0]), 0)
    if ink.max() == 0:
        return True
    strokes = ink > FAINTEST_INK * ink.max()
    top, bottom, left, right = _box(strokes)
    if not SHORTEST * size <= max(bottom - top, right - left) <= LONGEST * size:
        return False
    middle = (size - 1) / 2
    off = (abs(at - middle) for at in ndimage.center_of_mass(np.where(strokes, ink, 0)))
    return max(off) <= FARTHEST_CENTRE * size


def centre_digit(image: np.ndarray, size: int) -> np.ndarray:
    """Crop, scale and centre a digit as MNIST does.

    Parameters
    ----------
    image : ndarray of uint8, shape (1, rows, columns)
        One digit, lighter than what is around it.
    size : int
        Side of the result in pixels.

    Returns
    -------
    ndarray of uint8, shape (1, size, size)
        The digit on black: its lightest tone is 255, its longer side 20/28 of `size`, and its centre
        of mass in the middle, as far as it then is wholly inside.

    Raises
    ------
    ImageError
        If there is nothing lighter than the border. It does not name the picture's file.
    """
    longest = max(image.shape)
    if longest > MAX_SIDE:
        image = resize(image, *(max(1, side * MAX_SIDE // longest) for side in image.shape[1:]))
    ink = np.maximum(image[0] - _paper(image[0]), 0)
    if ink.max() == 0:
        raise ImageError("shows no digit, nothing is lighter than its border; use another picture")
    return place_digit(ink / ink.max(), size)


def place_digit(ink: np.ndarray, size: int) -> np.ndarray:
    """Crop, scale and centre the ink of a digit as MNIST does.

    Parameters
    ----------
    ink : ndarray of float, shape (rows, columns)
        0 where nothing is written, 1 at most.
    size : int
        Side of the result in pixels.

    Returns
    -------
    ndarray of uint8, shape (1, size, size)
        See `centre_digit`.
    """
    top, bottom, left, right = _box(ink > FAINTEST_INK)
    levels = np.rint(255 * ink[top:bottom, left:right]).astype(np.uint8)
    longest = max(levels.shape)
    height, width = (max(1, round(BOX * size * side / longest)) for side in levels.shape)
    digit = resize(levels[np.newaxis], height, width)[0].astype(np.float32)
    digit *= 255 / digit.max()  # thin lines fade as they shrink
    centre = ndimage.center_of_mass(digit)
    corner = [
        min(max(round(size / 2 - middle), 0), size - side)
        for middle, side in zip(centre, digit.shape, strict=True)
    ]
    placed = np.zeros((1, size, size), np.uint8)
    rows, columns = (slice(at, at + side) for at, side in zip(corner, digit.shape, strict=True))
    placed[0, rows, columns] = np.rint(digit)
    return placed


def _paper(plane: np.ndarray) -> np.ndarray:
    """Estimate the brightness of the paper as a plane, float, shape (rows, columns).

    The plane has a slope, as shadows have.

    It passes through the medians of the four edges, which a stroke that reaches an edge does not change.
    """
    top, bottom, left, right = (
        float(np.median(edge)) for edge in (plane[0], plane[-1], plane[:, 0], plane[:, -1])
    )
    down, across = (np.linspace(-0.5, 0.5, side, dtype=np.float32) for side in plane.shape)
    middle = (top + bottom + left + right) / 4
    return middle + (bottom - top) * down[:, np.newaxis] + (right - left) * across


def _box(ink: np.ndarray) -> tuple[int, int, int, int]:
    """Return the bounding box (top, bottom, left, right) of all ink but dust."""
    patches, _ = ndimage.label(ink, structure=np.ones((3, 3)))
    areas = np.bincount(patches.ravel())
    areas[0] = 0  # what is no ink
    kept = (areas >= MIN_PATCH * areas.max()) & (areas > 0)
    rows, columns = np.nonzero(kept[patches])
    return rows.min(), rows.max() + 1, columns.min(), columns.max() + 1
