"""Small pictures of digits enlarged and framed as those of MNIST are."""

import numpy as np

SIDE, BOX = 28, 20
CHUNK = 4096  # digits whose numbers are held at a time


def enlarged_digits(digits: np.ndarray, brightest: float) -> np.ndarray:
    """Enlarge digits by cubic splines to 20x20 pixels, and frame them by background.

    Parameters
    ----------
    digits : ndarray, shape (n, side, side)
        Light on dark, from 0; `side` is 8 or 16.
    brightest : float
        The value of white.

    Returns
    -------
    ndarray of uint8, shape (n, 1, 28, 28)
        The frame has 4 pixels.
    """
    from scipy import ndimage

    side = digits.shape[1]
    border = side // 4
    # Enlarging is linear along each axis: one matrix enlarges all images. They are framed first, so that
    # the splines end in background.
    frame, factors = np.eye(side + 2 * border), (BOX / side, 1)
    enlarge = ndimage.zoom(frame, factors, order=3, mode="grid-constant", grid_mode=True)
    over = (len(enlarge) - SIDE) // 2
    enlarge = enlarge[over : over + SIDE]
    framed = np.pad(digits, ((0, 0), (border, border), (border, border)))
    images = np.empty((len(digits), 1, SIDE, SIDE), np.uint8)
    for start in range(0, len(digits), CHUNK):
        part = slice(start, start + CHUNK)
        brightness = np.clip(enlarge @ framed[part] @ enlarge.T, 0, brightest) / brightest
        images[part, 0] = np.rint(255 * brightness)
    return images
