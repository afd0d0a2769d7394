"""Image augmentation in one pass: affine maps, displacements, brightness, noise.

Users call `lenet.augment.transforms`.

Places, weights, brightness and noise are whole numbers of small units, so that NumPy and C agree to the byte.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Apply

from lenet.nnet.ops.base import CFileOp

# Fractional bits: of places in an image, of the weights of its pixels, of brightness and of noise.
PLACE_BITS, WEIGHT_BITS, BRIGHTNESS_BITS, NOISE_BITS = 16, 11, 16, 20
# Of a draw, those that choose a quantile.
DRAW_BITS, QUANTILE_BITS = 16, 12
# The unit of the quantiles.
QUANTILE_ONE = 1 << 12
INPUTS = {
    "images": ("uint8", 4),
    "matrices": ("int64", 3),
    "bends": ("float32", 4),
    "backgrounds": ("uint8", 2),
    "brightness": ("int32", 1),
    "noise": ("int32", 1),
    "draws": ("uint16", 4),
    "quantiles": ("int32", 1),
}


class AlterImages(CFileOp):
    """Augmentation of a batch of images of bytes, each in its own way.

    A pixel of the result is what the image has at another place: between four pixels, a mean that is the
    nearer to each the nearer it is. Then it is multiplied, and noise is added. After each of the three it is
    rounded, halves up, and what is above 255 or below 0 becomes that.

    Its inputs, for n images of shape (channels, rows, columns):

    images : uint8, shape (n, channels, rows, columns)
    matrices : int64, shape (n, 2, 3)
        The place that belongs to row y and column x is the product with (y, x, 1), in 1/65536 pixels. Beyond
        1/2048 of a pixel it is rounded.
    bends : float32, shape (n, 2, rows, columns)
        Added to the place: rows and columns, in pixels, cut to 1/65536. None, if empty.
    backgrounds : uint8, shape (n, channels)
        What is around an image. If empty, its outermost pixels go on for ever.
    brightness : int32, shape (n,)
        The factors, times 65536.
    noise : int32, shape (n,)
        The standard deviations, times 256.
    draws : uint16, shape (n, channels, rows, columns)
        Sixteen times indices of `quantiles`. No noise, if empty.
    quantiles : int32, shape (4096,)
        Of the noise whose standard deviation is one, times 4096.
    """

    c_files = ("alter_images.h",)
    c_function = "alter_images"

    def make_node(self, *inputs: Any) -> Apply:
        tensors = [pt.as_tensor_variable(value) for value in inputs]
        for tensor, (name, expected) in zip(tensors, INPUTS.items(), strict=True):
            if (tensor.type.dtype, tensor.type.ndim) != expected:
                raise TypeError(f"{self}: {name} are {tensor.type}, expected {expected}")
        return Apply(self, tensors, [tensors[0].type()])

    def infer_output_shape(self, node: Apply, shapes: Sequence[tuple]) -> tuple:
        return shapes[0]

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        images, matrices, bends, backgrounds, brightness, noise, draws, quantiles = inputs
        altered = warp(images, matrices, bends, backgrounds)
        factors = brightness[:, np.newaxis, np.newaxis, np.newaxis]
        altered = np.minimum(rounded(altered * factors, BRIGHTNESS_BITS), 255)
        if draws.size:
            deviates = quantiles[draws >> (DRAW_BITS - QUANTILE_BITS)]
            deviations = noise[:, np.newaxis, np.newaxis, np.newaxis]
            altered = np.clip(altered + rounded(deviates * deviations, NOISE_BITS), 0, 255)
        output_storage[0][0] = altered.astype(np.uint8)


def warp(
    images: np.ndarray, matrices: np.ndarray, bends: np.ndarray, backgrounds: np.ndarray
) -> np.ndarray:
    """Return images with each pixel from another place; see `AlterImages`."""
    n, channels, *size = images.shape
    y, x = np.indices(size)
    places = np.einsum("nij,jyx->niyx", matrices, np.stack([y, x, np.ones_like(x)]))
    if bends.size:
        places = places + (bends * np.float32(1 << PLACE_BITS)).astype(np.int64)
    framed = np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="edge")
    if backgrounds.size:
        framed[...] = backgrounds[:, :, np.newaxis, np.newaxis]
        framed[:, :, 1:-1, 1:-1] = images
    one = 1 << WEIGHT_BITS
    limits = np.array(size).reshape(2, 1, 1)
    inside = np.clip(rounded(places, PLACE_BITS - WEIGHT_BITS) + one, 0, (limits + 1) * one)
    corners = np.minimum(inside >> WEIGHT_BITS, limits)
    (row, column), (down, across) = (
        array[:, :, np.newaxis].swapaxes(0, 1) for array in (corners, inside - corners * one)
    )
    image = np.arange(n).reshape(n, 1, 1, 1)
    channel = np.arange(channels).reshape(1, channels, 1, 1)
    a, b, c, d = (
        framed[image, channel, row + i, column + j].astype(np.int64) for i in (0, 1) for j in (0, 1)
    )
    above, below = a * (one - across) + b * across, c * (one - across) + d * across
    return rounded(above * (one - down) + below * down, 2 * WEIGHT_BITS)


def rounded(values: np.ndarray, bits: int) -> np.ndarray:
    """Round fixed-point numbers with fractions of `bits` bits to integers, halves up."""
    return (values + (1 << (bits - 1))) >> bits
