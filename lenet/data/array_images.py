"""Arrays of numbers as images: square, with channels first, of bytes.

Whoever programs has images in many forms: with channels first or last or none, as rows of a table, as bytes or as
fractions, as arrays of several sizes or as paths.
"""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lenet.data.image_files import fit_to, read_image
from lenet.data.statistics import BRIGHTEST

MAX_COLOURS, MAX_CHANNELS = 4, 16
SIZE_OF_LISTS = 32  # the side to which images of several sizes are brought, if none is chosen


@dataclass(frozen=True)
class Levels:
    """Range of numbers that becomes 0 to 255.

    Attributes
    ----------
    low, high : float
    """

    low: float = 0.0
    high: float = BRIGHTEST

    @classmethod
    def of(cls, values: np.ndarray) -> "Levels":
        """Return the range for training images: of their type, of fractions, or their own."""
        if values.dtype == np.uint8:
            return cls()
        low, high = float(values.min()), float(values.max())
        if values.dtype == bool or (values.dtype.kind == "f" and low >= 0 and high <= 1):
            return cls(0.0, 1.0)
        if values.dtype.kind in "iu" and low >= 0 and high <= BRIGHTEST:
            return cls()
        return cls(low, high if high > low else low + 1)

    @property
    def is_of_bytes(self) -> bool:
        """Whether black and white are those of pictures."""
        return self.low == 0 and self.high in (1, BRIGHTEST)

    def bytes_of(self, values: np.ndarray) -> np.ndarray:
        """Return numbers as bytes; what is beyond the range becomes black or white.

        Where black and white are those of pictures, bytes are what they are, and so are fractions from 0 to 1.
        """
        if values.dtype == np.uint8 and self.is_of_bytes:
            return values
        own = Levels.of(values) if self.is_of_bytes and values.size else self
        low, high = (own.low, own.high) if own.is_of_bytes else (self.low, self.high)
        scaled = (values.astype(np.float64) - low) * (BRIGHTEST / (high - low))
        return np.rint(scaled.clip(0, BRIGHTEST)).astype(np.uint8)


def with_channels_first(images: np.ndarray, image_shape: Sequence[int] | None) -> np.ndarray:
    """Return images with channels first.

    Parameters
    ----------
    images : ndarray
        Of shape (n, rows, columns), (n, channels, rows, columns), (n, rows, columns, channels) or (n, features). Four
        axes are taken for channels last if the last one is that of colours, 4 at most, or of 16 channels at most,
        and the second one is longer than that.
    image_shape : sequence of int, optional
        Shape of the image that a row of features is. Without it, they fill a square, row by row, and zeros
        its rest.

    Returns
    -------
    ndarray, shape (n, channels, rows, columns)

    Raises
    ------
    ValueError
        If they have another number of axes, or the features another shape.
    """
    if images.ndim == 2:
        if image_shape is None:
            side = math.isqrt(max(images.shape[1] - 1, 0)) + 1
            rest = np.zeros((len(images), side * side - images.shape[1]), images.dtype)
            return np.hstack([images, rest]).reshape(-1, 1, side, side)
        if math.prod(image_shape) != images.shape[1]:
            raise ValueError(
                f"image_shape={tuple(image_shape)}: expected the shape of {images.shape[1]} features"
            )
        images = images.reshape(-1, *image_shape)
    if images.ndim == 3:
        return images[:, np.newaxis]
    if images.ndim != 4:
        raise ValueError(
            f"images of shape {images.shape}: expected (n, rows, columns), (n, channels, rows, columns), (n, rows, "
            "columns, channels) or (n, features)"
        )
    second, last = images.shape[1], images.shape[3]
    is_last = any(last <= channels < second for channels in (MAX_COLOURS, MAX_CHANNELS))
    return images.transpose(0, 3, 1, 2) if is_last else images


def squares(images: np.ndarray) -> np.ndarray:
    """Return images of bytes, framed to squares by the tone of their border."""
    rows, columns = images.shape[2:]
    if rows == columns:
        return np.ascontiguousarray(images)
    return np.stack([fit_to(np.ascontiguousarray(image), max(rows, columns)) for image in images])


def is_ragged(images: Sequence[Any]) -> bool:
    """Return whether a sequence is of paths, or of arrays of several shapes."""
    return isinstance(images[0], str | os.PathLike) or len(set(map(np.shape, images))) > 1


def of_list(images: Sequence[Any], size: int | None, channels: int | None) -> np.ndarray:
    """Return arrays of any sizes, or pictures in files, as images of bytes.

    Parameters
    ----------
    images : sequence of array_like or path-like
        Arrays of shape (rows, columns), (channels, rows, columns) or (rows, columns, channels).
    size : int, optional
        Side of the results, 32 if left out.
    channels : int, optional
        Of the results; that of the first image if left out, and 3 for files.

    Returns
    -------
    ndarray of uint8, shape (n, channels, size, size)
    """
    side = size or SIZE_OF_LISTS
    if isinstance(images[0], str | os.PathLike):
        return np.stack([fit_to(read_image(path, channels or 3), side) for path in images])
    arrays = [with_channels_first(np.asarray(image)[np.newaxis], None) for image in images]
    levels = Levels.of(np.concatenate([array.ravel() for array in arrays]))
    return np.stack([fit_to(levels.bytes_of(array)[0], side) for array in arrays])
