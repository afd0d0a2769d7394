"""Warnings about ranges of deep values that hardly fit the pictures."""

import json
from collections.abc import Sequence

import numpy as np

from lenet.data.dataset import Dataset
from lenet.data.deep_values import INVERTED, NUMBERS
from lenet.data.indexed_images import IndexedImages
from lenet.data.ranged_images import RangedImages, planes_of
from lenet.data.value_ranges import (
    RANGES,
    is_used,
    percentiles,
    sample,
    tagged_range,
)

# Share of the training pixels that a named range may leave out: they become black or white.
MAX_BEYOND = 0.1


def range_warnings(dataset: Dataset, flag: str = "") -> list[str]:
    """Return warnings about the ranges of the training images' deep values.

    Parameters
    ----------
    dataset : Dataset
        Of picture files, split; there are none about others.
    flag : str
        That has named a range; empty if none has.
    """
    images = dataset.train.images
    if not isinstance(images, IndexedImages) or RANGES not in dataset.origin:
        return []
    base, ranges = images.base, json.loads(dataset.origin[RANGES])
    if not isinstance(base, RangedImages) or not base.numbers.any():
        return [f"no pictures of more than 8 bits: {flag} does nothing"] if flag else []
    numbers, lines = base.numbers[images.rows] % INVERTED, []
    for number in np.unique(numbers[numbers > 0]).tolist():
        members = images.rows[numbers == number]
        for name, plane in planes_of(NUMBERS[number], base.shape[1], base.rule.by_channel):
            lines += warnings_of(base, members, name, plane, ranges[name], flag)
    return lines


def warnings_of(
    base: RangedImages,
    members: np.ndarray,
    name: str,
    plane: slice,
    ends: Sequence[float],
    flag: str,
) -> list[str]:
    """Return warnings about the range of one type of number, or of a channel of it.

    Parameters
    ----------
    base : RangedImages
    members : ndarray of int
        The images of that type that train.
    name : str
        Of the type, and the channel.
    plane : slice
        Of the channels.
    ends : sequence of two float
        The range.
    flag : str
        That has named a range; empty if none has.
    """
    values = sample(base.values, members, plane)
    if is_constant(base.values, members, values, plane):
        return [
            f"all pictures have one value: those of {name} that train are {values[0]:.6g} everywhere, of which "
            "nothing can be learnt; export them with their values"
        ]
    low, high = percentiles(values)
    tagged = tagged_range(base, members)
    if base.rule.named is not None:
        return named_lines(name, base.rule.named, values, flag)
    if tagged is None or tagged == tuple(ends):
        return []
    said = f"{tagged[0]:.10g} to {tagged[1]:.10g}"
    return [
        f"range of {name}: tags say {said}, the pictures use {low:.6g} to {high:.6g}: measured instead; "
        f"--range {said.replace(' to', '')} takes the tags' range"
    ]


def named_lines(name: str, ends: tuple[float, float], values: np.ndarray, flag: str) -> list[str]:
    """Return a line on a named range that hardly fits the values of a type.

    Parameters
    ----------
    name : str
        Of the type of number.
    ends : tuple of two float
        Of the range.
    values : ndarray
        Of the training pixels, or a sample.
    flag : str
        That has named it.
    """
    low, high = percentiles(values)
    below, above = (float(found.mean()) for found in (values < ends[0], values > ends[1]))
    if below + above <= MAX_BEYOND and is_used(ends, low, high):
        return []
    shares = f"{100 * below:.3g} % of the training pixels are below and {100 * above:.3g} % above"
    return [
        f"range of {name}: {flag} says {ends[0]:.10g} to {ends[1]:.10g}, the pictures use "
        f"{low:.6g} to {high:.6g}: {shares}; without {flag}, one that fits is chosen"
    ]


def is_constant(
    images: np.ndarray, rows: np.ndarray, values: np.ndarray, plane: slice = slice(None)
) -> bool:
    """Return whether all pixels of some images are alike.

    Parameters
    ----------
    images : ndarray
    rows : ndarray of int
        Which of them.
    values : ndarray
        A sample of their pixels, which spares a look at all of most.
    plane : slice
        Of the channels that are looked at.
    """
    same = values[0]
    return bool((values == same).all() and all((images[k][plane] == same).all() for k in rows))
