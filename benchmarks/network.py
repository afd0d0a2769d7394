"""The network that all sides train: its sizes, its first weights, its data and its operations."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

LWIDTH = (16, 31, 64, 128)
CLASSES = 10
LEARNING_RATE, MOMENTUM, L2_PEN = 0.01, 0.9, 0.001
IMAGES = {"cifar10": (3, 32), "mnist": (1, 28)}


@dataclass(frozen=True)
class Problem:
    """One network, as `lenet.Lenet5` makes it, and one batch of random images and labels.

    Every side makes the same numbers out of the same seed, so that nothing but this travels.
    """

    images: str
    batch: int
    seed: int = 0
    tolerance: ClassVar[float] = 1e-4

    @property
    def image_shape(self) -> tuple[int, int, int, int]:
        """(batch, channels, rows, columns)."""
        channels, size = IMAGES[self.images]
        return (self.batch, channels, size, size)

    def data(self) -> tuple[np.ndarray, np.ndarray]:
        """Return images as bytes, channels first, and labels as int32."""
        rng = np.random.default_rng(self.seed)
        images = rng.integers(0, 256, self.image_shape, dtype=np.uint8)
        return images, rng.integers(0, CLASSES, self.batch, dtype=np.int32)

    def weights(self) -> list[np.ndarray]:
        """Return W and b of each layer, in the order and layout of `Lenet5.params`.

        All are random, also those that training starts at zero: a layer of zeros would hide what is
        wrong in front of it.
        """
        rng = np.random.default_rng(self.seed + 1)
        weights = []
        for filters, _ in self.convolutions():
            bound = np.sqrt(6 / ((filters[0] + filters[1]) * filters[2] * filters[3]))
            weights += [rng.uniform(-bound, bound, filters), rng.uniform(-0.1, 0.1, filters[0])]
        for n_in, n_out in self.products():
            bound = np.sqrt(6 / (n_in + n_out))
            weights += [rng.uniform(-bound, bound, (n_in, n_out)), rng.uniform(-0.1, 0.1, n_out)]
        return [weight.astype(np.float32) for weight in weights]

    def convolutions(self) -> list[tuple[tuple[int, int, int, int], int]]:
        """Return filter shape and side of the output, before pooling, of each convolution."""
        _, channels, size, _ = self.image_shape
        layers = []
        for maps, kernel, pool in zip(LWIDTH, (5, 5, 3), (2, 2, 1), strict=False):
            size = size - kernel + 1
            layers.append(((maps, channels, kernel, kernel), size))
            channels, size = maps, size // pool
        return layers

    def products(self) -> list[tuple[int, int]]:
        """Return (inputs, outputs) of each matrix product."""
        (maps, *_), size = self.convolutions()[-1]
        return [(maps * size * size, LWIDTH[-1]), (LWIDTH[-1], CLASSES)]

    def step_flops(self) -> int:
        """Return the additions and multiplications of one training step.

        Those of convolutions and matrix products, counted as if nothing were saved: forward, weights'
        gradient and, for all layers but the first, input's gradient.
        """
        layers = [np.prod(filters) * size**2 for filters, size in self.convolutions()]
        layers += [n_in * n_out for n_in, n_out in self.products()]
        return int(2 * self.batch * (3 * sum(layers) - layers[0]))


def as_correlation(filters: np.ndarray) -> np.ndarray:
    """Return the filters that other libraries need for what Theano's flipped ones do."""
    return filters[:, :, ::-1, ::-1].copy()


def channels_last_weights(problem: Problem) -> list[np.ndarray]:
    """Return the weights for images (batch, rows, columns, channels): filters (rows, columns, in, out)."""
    weights = problem.weights()
    for layer in (0, 2, 4):
        weights[layer] = np.ascontiguousarray(as_correlation(weights[layer]).transpose(2, 3, 1, 0))
    (maps, *_), size = problem.convolutions()[-1]
    weights[6] = np.ascontiguousarray(
        weights[6].reshape(maps, size, size, -1).transpose(1, 2, 0, 3).reshape(weights[6].shape)
    )
    return weights
