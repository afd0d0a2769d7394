"""Theano's ``dnn_spatialtf``: images seen through an affine transformation.

From Jaderberg and others, "Spatial Transformer Networks", NIPS 2015.
"""

from typing import Any

import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

__all__ = ["dnn_spatialtf"]


def dnn_spatialtf(
    img: Any, theta: Any, scale_width: Any = 1, scale_height: Any = 1, precision: Any = None
) -> TensorVariable:
    """Sample images at transformed places, between pixels bilinearly.

    Parameters
    ----------
    img : tensor_like, shape (batch, channels, rows, columns)
    theta : tensor_like, shape (batch, 2, 3)
        The place (x, y) of a sample is ``theta @ (x, y, 1)``, where -1 and 1 are the centres of the first and the last
        pixels. What lies outside of the image is zero.
    scale_width, scale_height : float
        Size of the result, as a multiple of the image's.
    precision
        Makes no difference.

    Returns
    -------
    TensorVariable, shape (batch, channels, rows * scale_height, columns * scale_width)

    Raises
    ------
    TypeError
        For another number of axes.
    """
    img, theta = pt.as_tensor_variable(img), pt.as_tensor_variable(theta)
    for name, tensor, axes in (("img", img, 4), ("theta", theta, 3)):
        if tensor.type.ndim != axes:
            raise TypeError(f"{name} has {tensor.type.ndim} axes, expected {axes}")
    rows, columns = img.shape[2], img.shape[3]
    height, width = (
        pt.cast(size * scale, "int64")
        for size, scale in ((rows, scale_height), (columns, scale_width))
    )
    zeros = pt.zeros((height, width), dtype=img.dtype)
    x = (places(width, img.dtype)[None, :] + zeros).flatten()
    y = (places(height, img.dtype)[:, None] + zeros).flatten()
    points = pt.stack([x, y, pt.ones_like(x)])
    moved = pt.matmul(theta, points)  # (batch, 2, samples)
    columns_at, rows_at = (
        (moved[:, axis] + 1) / 2 * (size - 1) for axis, size in ((0, columns), (1, rows))
    )
    samples = sum(
        neighbour(img, rows_at, columns_at, down, right) for down in (0, 1) for right in (0, 1)
    )
    shape = (img.shape[0], height, width, img.shape[1])
    return samples.reshape(shape, ndim=4).dimshuffle(0, 3, 1, 2).astype(img.dtype)


def places(count: TensorVariable, dtype: str) -> TensorVariable:
    """Return so many numbers from -1 to 1; a single one is -1."""
    return pt.arange(count).astype(dtype) * 2 / pt.maximum(count - 1, 1).astype(dtype) - 1


def neighbour(
    img: TensorVariable, rows_at: TensorVariable, columns_at: TensorVariable, down: int, right: int
) -> TensorVariable:
    """Return one neighbour's share of each sample, shape (batch, samples, channels)."""
    share: Any = 1
    pixel = []
    for at, offset, size in ((rows_at, down, img.shape[2]), (columns_at, right, img.shape[3])):
        first = pt.floor(at)
        share = share * ((at - first) if offset else (1 - (at - first)))
        index = first + offset
        share = share * (pt.ge(index, 0) & pt.lt(index, size))
        pixel.append(pt.cast(pt.clip(index, 0, size - 1), "int64"))
    images = pt.arange(img.shape[0])[:, None]
    return share[:, :, None] * img[images, :, pixel[0], pixel[1]]
