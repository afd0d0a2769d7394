"""Pictures of any number of channels in colours, to be looked at."""

import numpy as np

# Red, green, blue, gray, cyan, magenta and yellow: the colours, and the order, of ImageJ's composites.
COLOURS = ((1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 1), (0, 1, 1), (1, 0, 1), (1, 1, 0))


def composite(images: np.ndarray) -> np.ndarray:
    """Return images with a colour for each channel, those of 1 or 3 as they are.

    Parameters
    ----------
    images : ndarray, shape (..., channels, rows, columns)
        uint8, or floats between 0 and 1.

    Returns
    -------
    ndarray of the same type
        Of one or three channels. Colours are added up, and end where they are as light as they can be.
    """
    channels = images.shape[-3]
    if channels in (1, 3):
        return images
    colours = np.array([COLOURS[k % len(COLOURS)] for k in range(channels)], np.float32)
    highest = 255 if images.dtype == np.uint8 else 1
    sums = np.einsum("...crw,cd->...drw", images.astype(np.float32), colours)
    return np.minimum(sums, highest).astype(images.dtype)
