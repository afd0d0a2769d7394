"""Contact sheet: images of a data set side by side, as PNG bytes."""

import io
from collections.abc import Sequence

import numpy as np

from lenet.data.image_files import resize
from lenet.report.composite import composite

SMALLEST, LARGEST = 48, 72  # side of a tile in pixels, unless an image is between them
CARD = 96  # the same of a tile to be looked at closely
FRAME = 4


def strip(
    images: Sequence[np.ndarray] | np.ndarray,
    columns: int,
    smallest: int = SMALLEST,
    largest: int = LARGEST,
) -> bytes:
    """Draw images as a grid, row by row, and return it as PNG.

    Small ones are enlarged by a whole number, so that each pixel stays one, and large ones made smaller.
    What is left of the last row is transparent.

    Parameters
    ----------
    images : sequence of ndarray of uint8, shape (channels, side, side)
        At least one, all of one shape; see `composite` for those of other than 1 or 3 channels.
    columns : int
        Images in a row.
    smallest, largest : int
        Side of a tile in pixels, unless an image is between them.
    """
    from PIL import Image

    tiles = [_tile(image, smallest, largest) for image in images]
    side = len(tiles[0])
    columns = min(columns, len(tiles))
    rows = -(-len(tiles) // columns)
    step = side + FRAME
    sheet = np.zeros((rows * step - FRAME, columns * step - FRAME, 4), np.uint8)
    for place, tile in enumerate(tiles):
        top, left = (step * number for number in divmod(place, columns))
        sheet[top : top + side, left : left + side, :3] = tile
        sheet[top : top + side, left : left + side, 3] = 255
    buffer = io.BytesIO()
    Image.fromarray(sheet).save(buffer, format="png", optimize=True)
    return buffer.getvalue()


def _tile(image: np.ndarray, smallest: int, largest: int) -> np.ndarray:
    """Return an image as it is drawn, uint8, shape (side, side, 1 or 3)."""
    image, side = composite(image), image.shape[1]
    if side > largest:
        image = resize(image, largest, largest)
    factor = max(1, -(-smallest // side))
    return image.repeat(factor, axis=1).repeat(factor, axis=2).transpose(1, 2, 0)
