"""Transform plan of a batch: several transforms, applied to images in one pass."""

import math
from collections.abc import Callable
from functools import cache

import numpy as np

FILLS = ("edge", "background")


class ImageChanges:
    """Transform plan of a batch, collected from several transforms.

    A new plan changes nothing.

    Parameters
    ----------
    shape : tuple of int
        (n, channels, rows, columns) of the images.

    Attributes
    ----------
    matrices : ndarray of float, shape (n, 3, 3)
        What gives for (row, column, 1) of a pixel, counted from the middle of the image, the place that it
        shows.
    bends : ndarray of float32, shape (n, 2, rows, columns) or (0, 2, rows, columns)
        What is added to that place, in pixels.
    brightness : ndarray of float, shape (n,)
        What the pixels are multiplied by.
    noise : ndarray of float, shape (n,)
        Standard deviation, as a share of the range from black to white.
    draws : ndarray of uint16, shape (n, channels, rows, columns) or (0, channels, rows, columns)
        What decides the noise, evenly distributed.
    holes : ndarray of int, shape (n, 4)
        First row and column of what is cut out, and those after its last; some may lie outside.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        n, channels, *size = shape
        self.shape, self.size = shape, (size[0], size[1])
        self.matrices = unit_matrices(n)
        self.bends = np.zeros((0, 2, *size), np.float32)
        self.brightness = np.ones(n)
        self.noise = np.zeros(n)
        self.draws = np.zeros((0, channels, *size), np.uint16)
        self.holes = np.zeros((n, 4), int)

    def warp(self, chosen: np.ndarray, matrices: np.ndarray) -> None:
        """Add a warp by 3x3 matrices to chosen images, after the changes planned so far.

        Parameters
        ----------
        chosen : ndarray of int, shape (k,)
        matrices : ndarray of float, shape (k, 3, 3)
        """
        self.matrices[chosen] = self.matrices[chosen] @ matrices

    def bend(self, chosen: np.ndarray, bends: np.ndarray) -> None:
        """Add displacement fields to chosen images.

        `bends` has the shape (k, 2, rows, columns) and is in pixels.
        """
        if not len(self.bends) and len(chosen) == self.shape[0]:
            self.bends = bends
            return
        if not len(self.bends):
            self.bends = np.zeros((self.shape[0], 2, *self.size), np.float32)
        self.bends[chosen] += bends

    def brighten(self, chosen: np.ndarray, factors: np.ndarray) -> None:
        """Multiply the pixels of chosen images by `factors`, shape (k,)."""
        self.brightness[chosen] *= factors

    def add_noise(self, chosen: np.ndarray, deviation: float, rng: np.random.Generator) -> None:
        """Add Gaussian noise to chosen images.

        Its standard deviation is a fraction of the range from black to white.
        """
        if not len(self.draws):
            self.draws = np.empty(self.shape, np.uint16)
        self.draws[chosen] = random_bits((len(chosen), *self.shape[1:]), np.uint16, rng)
        self.noise[chosen] = np.hypot(self.noise[chosen], deviation)

    def cut_out(self, chosen: np.ndarray, holes: np.ndarray) -> None:
        """Cut rectangles out of chosen images, after all other changes; see `holes`."""
        self.holes[chosen] = holes

    def applied_to(self, images: np.ndarray, fill: str) -> np.ndarray:
        """Apply the plan to images and return the results.

        Parameters
        ----------
        images : ndarray of uint8, shape (n, channels, rows, columns)
        fill : {"edge", "background"}
            What is around an image: its outermost pixels for ever, or one tone, their median.
        """
        from lenet.nnet.ops.images import BRIGHTNESS_BITS, NOISE_BITS, PLACE_BITS, QUANTILE_ONE

        # Counted from the corner, as the pixels are.
        middle = (np.array(self.size) - 1) / 2
        matrices = self.matrices[:, :2].copy()
        matrices[:, :, 2] += middle - matrices[:, :, :2] @ middle
        altered = compiled_alter_images()(
            images,
            in_units(matrices, 1 << PLACE_BITS, np.int64),
            self.bends,
            border_tones(images) if fill == "background" else images[:0, :, 0, 0],
            in_units(self.brightness, 1 << BRIGHTNESS_BITS, np.int32),
            in_units(255 * self.noise, (1 << NOISE_BITS) / QUANTILE_ONE, np.int32),
            self.draws,
            gaussian_quantiles(),
        )
        return self.with_holes(altered) if self.holes.any() else altered

    def with_holes(self, images: np.ndarray) -> np.ndarray:
        """Return images with one tone in their holes, the median of their border."""
        tops, lefts, bottoms, rights = self.holes.T[:, :, np.newaxis]
        rows, columns = (np.arange(side) for side in self.size)
        in_rows, in_columns = (
            (rows >= tops) & (rows < bottoms),
            (columns >= lefts) & (columns < rights),
        )
        is_hole = in_rows[:, np.newaxis, :, np.newaxis] & in_columns[:, np.newaxis, np.newaxis]
        return np.where(is_hole, border_tones(images)[:, :, np.newaxis, np.newaxis], images)


def unit_matrices(n: int) -> np.ndarray:
    """Return identity matrices, shape (n, 3, 3)."""
    return np.repeat(np.eye(3)[np.newaxis], n, axis=0)


def random_bits(shape: tuple[int, ...], dtype: type, rng: np.random.Generator) -> np.ndarray:
    """Return random integers over the whole range of a type.

    The time grows with their number of bytes.
    """
    size = math.prod(shape)
    words = -(-size * np.dtype(dtype).itemsize // 8)
    drawn = rng.integers(0, 1 << 64, words, dtype=np.uint64)
    return drawn.view(dtype)[:size].reshape(shape)


def border_tones(images: np.ndarray) -> np.ndarray:
    """Return the median of each channel's border pixels, uint8, shape (n, channels)."""
    edges = (images[:, :, 0], images[:, :, -1], images[..., 0], images[..., -1])
    return np.median(np.concatenate(edges, axis=2), axis=2).astype(np.uint8)


def in_units(values: np.ndarray, units: float, dtype: type) -> np.ndarray:
    """Return values as fixed-point integers: multiples of 1 / `units`."""
    return np.rint(values * units).astype(dtype)


@cache
def gaussian_quantiles() -> np.ndarray:
    """Return equally likely quantiles of the standard normal distribution, int32.

    They are fixed-point numbers in the unit of `AlterImages`.
    """
    from scipy.special import ndtri

    from lenet.nnet.ops.images import QUANTILE_BITS, QUANTILE_ONE

    n = 1 << QUANTILE_BITS
    return in_units(ndtri((np.arange(n) + 0.5) / n), QUANTILE_ONE, np.int32)


@cache
def compiled_alter_images() -> Callable[..., np.ndarray]:
    """Return `AlterImages` compiled to C.

    Without a C++ compiler it runs in NumPy: slower, with the same bytes as the result.
    """
    import pytensor
    import pytensor.tensor as pt
    from pytensor.compile.mode import Mode

    from lenet.compile.parallel import ParallelLinker
    from lenet.nnet.ops.images import INPUTS, AlterImages

    inputs = [
        pt.tensor(name, dtype=dtype, shape=(None,) * ndim) for name, (dtype, ndim) in INPUTS.items()
    ]
    linker = ParallelLinker(use_cloop=True) if pytensor.config.cxx else "py"
    function = pytensor.function(
        inputs, AlterImages()(*inputs), mode=Mode(linker, optimizer=None), name="alter_images"
    )
    function.trust_input = (
        True  # to check the types of eight arrays takes longer than a small batch
    )
    return function
