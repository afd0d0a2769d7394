"""Random choices, each with a name, so that a failure can be repeated and made smaller."""

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

MAX_SIDE = 300
# Lengths at which vectors, blocks of them, tiles and caches' lines begin anew.
PERIODS = (2, 4, 8, 16, 32, 64, 128)
LAYOUTS = ("contiguous", "transposed", "sliced", "negative", "misaligned")
# Sums of small integers are exact in any order: not a bit may differ, and maxima are tied.
VALUES = ("integers", "integers", "normal", "nonfinite")


class Draw:
    """Makes random choices and keeps them by name.

    Parameters
    ----------
    rng : numpy.random.Generator
    given : mapping of str to value
        Choices that are already made.
    """

    def __init__(self, rng: np.random.Generator, given: Mapping[str, Any] | None = None) -> None:
        self.rng = rng
        self.given = {} if given is None else given
        self.made: dict[str, Any] = {}

    def __call__(self, name: str, options: Sequence) -> Any:
        """Choose one of the options; the simplest should be the first."""
        return self.keep(name, lambda: options[int(self.rng.integers(len(options)))])

    def keep(self, name: str, make: Any) -> Any:
        """Return the choice of a name, made by a function if it has not been made before."""
        if name not in self.made:
            self.made[name] = self.given[name] if name in self.given else make()
        return self.made[name]

    def integer(self, name: str, low: int, high: int) -> int:
        """Choose an integer from `low` to `high`."""
        return self.keep(name, lambda: int(self.rng.integers(low, high + 1)))

    def integers(self, name: str, count: int, options: Sequence[int]) -> list[int]:
        """Choose several integers among the options."""
        return self.keep(name, lambda: [int(n) for n in self.rng.choice(options, count)])

    def size(self, name: str, most: int, least: int = 0) -> int:
        """Choose the length of an axis, so that every remainder of a vector, tile or block occurs."""
        return self.keep(name, lambda: self.random_size(most, least))

    def random_size(self, most: int, least: int) -> int:
        """Return zero now and then; else a few, any number, or one beside the multiple of a period."""
        most = max(most, least)
        if least == 0 and self.rng.random() < 0.02:
            return 0
        least = max(least, 1)
        kind = self.rng.random()
        if kind < 0.3:
            return int(self.rng.integers(least, max(least, min(most, 9)) + 1))
        if kind < 0.6:
            return int(self.rng.integers(least, max(most, least) + 1))
        period = int(self.rng.choice(PERIODS))
        near = period * int(self.rng.integers(1, max(2, most // period + 1)))
        return int(np.clip(near + self.rng.integers(-1, 2), least, max(most, least)))

    def sizes(
        self, budget: int, most: Mapping[str, int], least: Mapping[str, int] | None = None
    ) -> dict[str, int]:
        """Choose several sizes whose product is about `budget` at most; any of them may be the large one.

        Most products are far smaller, so that there is time for many.
        """
        least, chosen = least or {}, {}
        budget = int(budget ** self.rng.uniform(0.4, 1))
        # Of what is chosen already, the others must know.
        for name in sorted(
            self.rng.permutation(list(most)), key=lambda name: name not in self.given
        ):
            size = self.size(str(name), min(most[name], budget), least.get(name, 0))
            budget //= max(size, 1)
            chosen[str(name)] = size
        return chosen

    def array(
        self, name: str, shape: Sequence[int], dtype: str, values: str | None = None
    ) -> np.ndarray:
        """Choose the elements of an array, and how they lie in memory."""
        kind = values or self("values", VALUES)
        layout = self(f"{name} layout", (*LAYOUTS[:-1] * 6, *LAYOUTS))
        seed = self.integer("seed", 0, 2**31)
        rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
        return laid_out(elements(rng, kind, tuple(shape)).astype(dtype), layout)


def elements(rng: np.random.Generator, kind: str, shape: tuple[int, ...]) -> np.ndarray:
    """Return random numbers: small integers, normal ones, or such with some that are not finite."""
    if kind == "integers":
        return rng.integers(-3, 4, shape).astype("float64")
    numbers = rng.standard_normal(shape)
    if kind == "nonfinite":
        count = int(rng.integers(1, 4))
        numbers.flat[rng.integers(0, max(numbers.size, 1), count if numbers.size else 0)] = (
            rng.choice([np.nan, np.inf, -np.inf])
        )
    return numbers


def laid_out(array: np.ndarray, layout: str) -> np.ndarray:
    """Return the same array, with its elements elsewhere in memory."""
    if layout == "transposed":
        return np.ascontiguousarray(array.T).T
    if layout == "sliced":
        wide = np.full((*array.shape[:-1], 2 * array.shape[-1] + 1), 7, array.dtype)
        wide[..., 1::2] = array
        return wide[..., 1::2]
    if layout == "negative":
        turned = np.ascontiguousarray(array[(slice(None, None, -1),) * array.ndim])
        return turned[(slice(None, None, -1),) * array.ndim]
    if layout == "misaligned":
        memory = np.zeros(array.nbytes + 1, np.uint8)[1:]
        memory[:] = np.frombuffer(array.tobytes(), np.uint8)
        return memory.view(array.dtype).reshape(array.shape)
    return array
