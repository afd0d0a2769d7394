"""Sliding windows over the last axes of an array, as NumPy views.

Convolution and pooling are both sums (or maxima) over windows; their NumPy specifications differ only
in what they do with the views that these functions return.
"""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np


def pad_spatial(
    array: np.ndarray, pads: Sequence[tuple[int, int]], value: float = 0.0
) -> np.ndarray:
    """Pad the last ``len(pads)`` axes with `value`; without padding, return `array`."""
    if not any(low or high for low, high in pads):
        return array
    return np.pad(array, [(0, 0)] * (array.ndim - len(pads)) + list(pads), constant_values=value)


def crop_spatial(array: np.ndarray, pads: Sequence[tuple[int, int]]) -> np.ndarray:
    """Undo `pad_spatial`: a view without the padding."""
    sizes = array.shape[array.ndim - len(pads) :]
    inside: Any = [slice(low, size - high) for (low, high), size in zip(pads, sizes, strict=True)]
    return array[(..., *inside)]


def window_offsets(
    window: Sequence[int],
    output: Sequence[int],
    stride: Sequence[int],
    dilation: Sequence[int],
) -> Iterator[tuple[tuple[int, ...], tuple]]:
    """Iterate over the places of a window.

    Yields
    ------
    place : tuple of int
        Index into the window.
    index : tuple
        Index into a (padded) image that selects, for every output position at once, the element
        that lies at this place of its window; its last axes have shape `output`.
    """
    for place in product(*map(range, window)):
        starts = [p * d for p, d in zip(place, dilation, strict=True)]
        yield (
            place,
            (
                ...,
                *(
                    slice(start, start + (n - 1) * s + 1 if n else start, s)
                    for start, n, s in zip(starts, output, stride, strict=True)
                ),
            ),
        )


def sliding_windows(
    array: np.ndarray,
    window: Sequence[int],
    stride: Sequence[int],
    dilation: Sequence[int],
) -> np.ndarray:
    """Return a read-only view of all windows.

    Parameters
    ----------
    array : ndarray, shape (..., *image)
    window, stride, dilation : sequence of int
        One entry for each of the last axes. With dilation d, a window of k elements spans
        ``(k - 1) * d + 1`` elements of the image.

    Returns
    -------
    ndarray, shape (..., *output, *window)
    """
    spatial = len(window)
    spans = [(k - 1) * d + 1 for k, d in zip(window, dilation, strict=True)]
    axes = tuple(range(array.ndim - spatial, array.ndim))
    views = np.lib.stride_tricks.sliding_window_view(array, spans, axis=axes)
    steps: Any = [slice(None, None, step) for step in (*stride, *dilation)]
    return views[(..., *steps)]
