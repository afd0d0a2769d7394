"""Image transforms for augmentation: geometric ones, brightness, noise and cutout.

There are rotation, scaling, mirroring, shift, crop, elastic distortion, brightness, noise and cutout, each
described by a few numbers.

`lenet.augment.compose` composes them. Whatever moves pixels ends up in one map from pixels to places, and the
image is looked up once: it is not the blurrier for having been transformed several times.
"""

import math
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import numpy as np

from lenet.augment.batch_plan import ImageChanges, random_bits, unit_matrices

FLIPS = ("h", "v", "both")


@dataclass(frozen=True)
class Range:
    """Uniform range of numbers from `low` to `high`.

    Raises
    ------
    ValueError
        If they are not finite, or `low` is not below `high`.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not -math.inf < self.low < self.high < math.inf:
            raise ValueError(f"{self}: expected two numbers, the lower one first")

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}"


def ends(values: tuple[float, ...] | Range) -> tuple[float, ...]:
    """Return numbers unchanged, or the two ends of a range."""
    return (values.low, values.high) if isinstance(values, Range) else values


@dataclass(frozen=True)
class Draw:
    """Source of the random parameters of transforms for some images.

    Attributes
    ----------
    rng : numpy.random.Generator
    n : int
        Images.
    version : int or None
        Index of the version of a transform that all get. None leaves it to chance; where there is a choice
        between fixed versions, that nothing is done is one more of them.
    """

    rng: np.random.Generator
    n: int
    version: int | None = None

    def values(self, values: tuple[float, ...] | Range, neutral: float) -> np.ndarray:
        """Draw a number for each image, float, shape (n,); `neutral` changes nothing."""
        if isinstance(values, Range):
            return self.rng.uniform(values.low, values.high, self.n)
        if self.version is not None:
            return np.full(self.n, values[self.version], float)
        return self.rng.choice((neutral, *values), self.n)

    def whole(self, low: int, high: int) -> np.ndarray:
        """Draw an integer from `low` to `high`, both included, for each image."""
        return self.rng.integers(low, high + 1, self.n)


class Transform:
    """Base class of image transforms.

    Its subclasses raise `ValueError` for numbers that are impossible, and say which are not.
    """

    name: ClassVar[str]

    @property
    def versions(self) -> tuple[str, ...]:
        """Names of the versions that this transform makes of an image."""
        return (str(self),)

    def check(self, size: tuple[int, int]) -> None:
        """Raise `ValueError` if images of (rows, columns) are too small."""

    def change(self, changes: ImageChanges, chosen: np.ndarray, draw: Draw) -> None:
        """Add this transform to the plan of the images `chosen`, int, shape (n,)."""
        raise NotImplementedError


class Warp(Transform):
    """Base class of affine transforms, each given by a matrix."""

    def change(self, changes: ImageChanges, chosen: np.ndarray, draw: Draw) -> None:
        matrices = unit_matrices(draw.n)
        self.set_matrices(matrices, changes.size, draw)
        changes.warp(chosen, matrices)

    def set_matrices(self, matrices: np.ndarray, size: tuple[int, int], draw: Draw) -> None:
        """Turn identity matrices, shape (n, 3, 3), into those of the transform, in place.

        `ImageChanges` describes them.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class OfValues(Transform):
    """Base class of transforms by a number: one of a list, or any of a range.

    Each number of a list is a version.
    """

    limits: ClassVar[tuple[float, float]]
    values: tuple[float, ...] | Range

    def __post_init__(self) -> None:
        if not ends(self.values):
            raise ValueError(f"{self.name}: expected at least one number")
        low, high = self.limits
        for value in ends(self.values):
            if not low <= value <= high:
                raise ValueError(
                    f"{self.name} {value:g}: expected numbers from {low:g} to {high:g}"
                )

    def __str__(self) -> str:
        separator = " to " if isinstance(self.values, Range) else " "
        return f"{self.name} {separator.join(f'{value:g}' for value in ends(self.values))}"

    @property
    def versions(self) -> tuple[str, ...]:
        if isinstance(self.values, Range):
            return (str(self),)
        return tuple(f"{self.name} {value:g}" for value in self.values)


@dataclass(frozen=True)
class OfLength(Transform):
    """Base class of transforms by a length in pixels, or in fractions of the side.

    A number below 1 is a fraction of the image's side.
    """

    length: float

    def __post_init__(self) -> None:
        is_whole = self.length >= 1 and float(self.length).is_integer()
        if not (is_whole or 0 < self.length < 1):
            raise ValueError(
                f"{self.name} {self.length:g}: expected whole pixels, or below 1 a share of the side"
            )

    def __str__(self) -> str:
        return f"{self.name} {self.length:g}"

    def check(self, size: tuple[int, int]) -> None:
        if self.length >= min(size):
            raise ValueError(
                f"{self.name} {self.length:g}: expected less than the {min(size)} pixels of the images' side"
            )

    def pixels(self, side: int) -> int:
        """Return the length in pixels, at least one."""
        return int(self.length) if self.length >= 1 else max(1, round(self.length * side))


class Rotate(OfValues, Warp):
    """Rotate images about their centre by angles in degrees, counter-clockwise.

    Multiples of 90 do not change the pixels of a square image, but their places.
    """

    name = "rotate"
    limits = (-360.0, 360.0)

    def set_matrices(self, matrices: np.ndarray, size: tuple[int, int], draw: Draw) -> None:
        angles = np.deg2rad(draw.values(self.values, 0.0))
        matrices[:, 0, 0] = matrices[:, 1, 1] = np.cos(angles)
        matrices[:, 0, 1] = np.sin(angles)
        matrices[:, 1, 0] = -matrices[:, 0, 1]


@dataclass(frozen=True)
class Scale(OfValues, Warp):
    """Scale images about their centre.

    Factors above 1 enlarge them, factors below 1 shrink them.
    """

    name = "scale"
    limits = (0.1, 10.0)
    values: tuple[float, ...] | Range = Range(0.9, 1.1)

    def set_matrices(self, matrices: np.ndarray, size: tuple[int, int], draw: Draw) -> None:
        factors = draw.values(self.values, 1.0)
        matrices[:, 0, 0] = matrices[:, 1, 1] = 1 / factors


@dataclass(frozen=True)
class Flip(Warp):
    """Mirror images; at random, with probability 1/2.

    Parameters
    ----------
    axis : {"h", "v", "both"}
        Left to right, top to bottom, or the one and the other, independently of each other.
    """

    name = "flip"
    axis: str = "h"

    def __post_init__(self) -> None:
        if self.axis not in FLIPS:
            raise ValueError(f"flip {self.axis}: expected one of {', '.join(FLIPS)}")

    def __str__(self) -> str:
        return f"flip {self.axis}"

    @property
    def axes(self) -> tuple[str, ...]:
        """The axes that are mirrored."""
        return ("h", "v") if self.axis == "both" else (self.axis,)

    @property
    def versions(self) -> tuple[str, ...]:
        return tuple(f"flip {axis}" for axis in self.axes)

    def set_matrices(self, matrices: np.ndarray, size: tuple[int, int], draw: Draw) -> None:
        for version, axis in enumerate(self.axes):
            place = "vh".index(axis)
            if draw.version is None:
                matrices[:, place, place] = 1 - 2 * draw.whole(0, 1)
            elif draw.version == version:
                matrices[:, place, place] = -1


@dataclass(frozen=True)
class Shift(OfLength, Warp):
    """Shift images vertically and horizontally by whole pixels, at most by a length."""

    name = "shift"
    length: float = 0.1

    def set_matrices(self, matrices: np.ndarray, size: tuple[int, int], draw: Draw) -> None:
        for axis, side in enumerate(size):
            most = self.pixels(side)
            matrices[:, axis, 2] = draw.whole(-most, most)


@dataclass(frozen=True)
class Crop(OfLength, Warp):
    """Cut a window out of images at a random place, and enlarge it to their size.

    The length is that of its shorter side; it has the proportions of the image.

    References
    ----------
    Krizhevsky, A., Sutskever, I. and Hinton, G. E. (2012). ImageNet classification with deep convolutional
    neural networks. NIPS. They cut 224 of 256 pixels, seven eighths.
    """

    name = "crop"
    length: float = 7 / 8

    def set_matrices(self, matrices: np.ndarray, size: tuple[int, int], draw: Draw) -> None:
        share = self.pixels(min(size)) / min(size)
        for axis, side in enumerate(size):
            outside = side - share * side
            matrices[:, axis, axis] = share
            matrices[:, axis, 2] = draw.whole(0, int(outside)) - outside / 2


@dataclass(frozen=True)
class Elastic(Transform):
    """Elastic distortion, which makes new handwriting of old.

    Each pixel is displaced at random, down and to a side by -1 to 1; these displacements are blurred, so that
    neighbours move together, and multiplied.

    Parameters
    ----------
    alpha : float
        What they are multiplied by, in pixels.
    sigma : float
        Standard deviation of the Gaussian blur, in pixels: small ones crumple, large ones move the image.

    References
    ----------
    Simard, P. Y., Steinkraus, D. and Platt, J. C. (2003). Best practices for convolutional neural networks
    applied to visual document analysis. ICDAR. Their best for MNIST was alpha 34 with sigma 4.
    """

    name = "elastic"
    alpha: float = 34.0
    sigma: float = 4.0

    def __post_init__(self) -> None:
        for name, value in (("alpha", self.alpha), ("sigma", self.sigma)):
            if not 0 < value <= 1000:
                raise ValueError(f"elastic: {name} is {value:g}, expected above 0, at most 1000")

    def __str__(self) -> str:
        return f"elastic {self.alpha:g} {self.sigma:g}"

    def change(self, changes: ImageChanges, chosen: np.ndarray, draw: Draw) -> None:
        rows, columns = (gaussian_blur(side, self.sigma) for side in changes.size)
        # Bytes are fine enough: the blur over many of them leaves no trace of their steps.
        steps = random_bits((2 * draw.n, len(columns), len(rows)), np.int8, draw.rng)
        noise = steps + np.float32(0.5)
        # One product of large matrices takes a tenth of the time of many of small ones.
        rows = rows * np.float32(self.alpha / 127.5)
        down = (noise.reshape(-1, len(rows)) @ rows).reshape(noise.shape).swapaxes(1, 2)
        bends = down.reshape(-1, len(columns)) @ columns
        changes.bend(chosen, bends.reshape(-1, 2, *changes.size))


@dataclass(frozen=True)
class Brightness(OfValues):
    """Multiply the pixels by factors; those above 1 brighten images."""

    name = "brightness"
    limits = (0.1, 10.0)
    values: tuple[float, ...] | Range = Range(0.7, 1.3)

    def change(self, changes: ImageChanges, chosen: np.ndarray, draw: Draw) -> None:
        changes.brighten(chosen, draw.values(self.values, 1.0))


@dataclass(frozen=True)
class Noise(Transform):
    """Add Gaussian noise to each pixel of each channel.

    Parameters
    ----------
    deviation : float
        Its standard deviation, as a share of the range from black to white.
    """

    name = "noise"
    deviation: float = 0.1

    def __post_init__(self) -> None:
        if not 0 < self.deviation <= 1:
            raise ValueError(f"noise {self.deviation:g}: expected a share above 0, at most 1")

    def __str__(self) -> str:
        return f"noise {self.deviation:g}"

    def change(self, changes: ImageChanges, chosen: np.ndarray, draw: Draw) -> None:
        changes.add_noise(chosen, self.deviation, draw.rng)


@dataclass(frozen=True)
class Cutout(OfLength):
    """Cut a square out of images: its pixels become the median of the border.

    Its middle may be any pixel, so that a part of it may lie outside.

    References
    ----------
    DeVries, T. and Taylor, G. W. (2017). Improved regularization of convolutional neural networks with cutout.
    arXiv:1708.04552. For CIFAR-10 they cut 16 of 32 pixels.
    """

    name = "cutout"
    length: float = 0.5

    def change(self, changes: ImageChanges, chosen: np.ndarray, draw: Draw) -> None:
        lengths = [self.pixels(side) for side in changes.size]
        middles = [draw.whole(0, side - 1) for side in changes.size]
        firsts = np.stack(middles, axis=1) - np.array(lengths) // 2
        changes.cut_out(chosen, np.hstack([firsts, firsts + lengths]))


@cache
def gaussian_blur(side: int, sigma: float) -> np.ndarray:
    """Return the matrix of a Gaussian blur of `side` numbers, float32.

    It is symmetric.
    """
    from scipy.ndimage import gaussian_filter1d

    return gaussian_filter1d(np.eye(side), sigma, mode="constant").astype(np.float32)


# In the order in which flags apply them.
TRANSFORMS = (Crop, Flip, Rotate, Scale, Shift, Elastic, Brightness, Noise, Cutout)
