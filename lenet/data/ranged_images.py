"""Images of more than 8 bits, which become bytes by ranges of their types."""

from collections.abc import Container
from typing import Any

import numpy as np

from lenet.data.deep_values import INVERTED, NUMBERS
from lenet.data.range_rule import Ranges, Rule

BYTES = "uint8"


class RangedImages:
    """Images of any type of number, turned into bytes as they are asked for.

    Parameters
    ----------
    values : ndarray of float32 or uint8, shape (n, channels, size, size)
        Usually mapped from a file.
    numbers : ndarray of uint8, shape (n,)
        Types of their numbers, as in `DeepPicture`.
    limits : ndarray of float, shape (n, 2)
        What the file of each says is black and white; NaN if it does not.
    ranges : mapping
        See `Ranges`; bytes that it does not name stay as they are.
    rule : Rule
        That has led to the ranges.
    """

    ndim, dtype = 4, np.dtype(np.uint8)

    def __init__(
        self,
        values: np.ndarray,
        numbers: np.ndarray,
        limits: np.ndarray,
        ranges: Ranges,
        rule: Rule,
    ) -> None:
        self.values, self.numbers, self.limits = values, numbers, limits
        self.ranges, self.rule, self.shape = dict(ranges), rule, values.shape

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, index: Any) -> np.ndarray:
        values, numbers = self.values[index], self.numbers[index]
        if values.ndim == 3:
            return to_bytes(values, int(numbers), self.ranges)
        found = np.empty(values.shape, np.uint8)
        for number in np.unique(numbers):
            chosen = numbers == number
            found[chosen] = to_bytes(values[chosen], int(number), self.ranges)
        return found


def type_name(number: int) -> str:
    """Return the key of a type of number in `Ranges`, inverted or not."""
    return NUMBERS[number % INVERTED]


def planes_of(
    name: str, channels: int, by_channel: bool, known: Container[str] = ()
) -> list[tuple[str, slice]]:
    """Return the keys in `Ranges` of a type of number, and their channels.

    Parameters
    ----------
    name : str
        Of the type.
    channels : int
    by_channel : bool
        Whether each channel has a range of its own.
    known : container of str
        Keys that there are: all channels of a type in it have one range.
    """
    if not by_channel or channels == 1 or name in known:
        return [(name, slice(None))]
    return [(channel_key(name, k), slice(k, k + 1)) for k in range(channels)]


def channel_key(name: str, channel: int) -> str:
    """Return the key in `Ranges` of a channel of a type of number."""
    return f"{name} channel {channel + 1}"


def to_bytes(values: np.ndarray, number: int, ranges: Ranges) -> np.ndarray:
    """Scale values of a type of number to uint8 by its range, clipped to it.

    Each channel, the last axis but two, has a range of its own if there are such.
    """
    name = type_name(number)
    if name not in ranges and channel_key(name, 0) in ranges:
        channels = [
            to_bytes(values[..., k, :, :], number, {name: ranges[channel_key(name, k)]})
            for k in range(values.shape[-3])
        ]
        return np.stack(channels, axis=-3)
    if number and name not in ranges:
        raise KeyError(f"no range of {name}")
    black, white = ranges.get(name, (0.0, 255.0))
    if (black, white) == (0.0, 255.0) and number == 0:
        return values.astype(np.uint8)
    scaled = (values.astype(np.float32) - np.float32(black)) * np.float32(255 / (white - black))
    pixels = np.rint(scaled.clip(0, 255)).astype(np.uint8)
    return 255 - pixels if number >= INVERTED else pixels
