"""Warnings about ranges of deep values that hardly fit the pictures."""

import json

import numpy as np

from lenet.data.dataset import Dataset
from lenet.data.deep_values import INVERTED, NUMBERS
from lenet.data.indexed_images import IndexedImages
from lenet.data.value_ranges import RANGES, RangedImages, percentiles, sample, tagged_range


def range_warnings(dataset: Dataset) -> list[str]:
    """Return warnings about the ranges of the training images' deep values.

    Parameters
    ----------
    dataset : Dataset
        Of picture files, split; there are none about others.
    """
    images = dataset.train.images
    if not isinstance(images, IndexedImages) or RANGES not in dataset.origin:
        return []
    if not isinstance(images.base, RangedImages) or images.base.rule.learnt is not None:
        return []
    base, ranges = images.base, json.loads(dataset.origin[RANGES])
    numbers, lines = base.numbers[images.rows] % INVERTED, []
    for number in np.unique(numbers[numbers > 0]).tolist():
        name, members = NUMBERS[number], images.rows[numbers == number]
        low, high = percentiles(sample(base.values, members))
        tagged = tagged_range(base, members)
        if base.rule.named is None and tagged not in (None, tuple(ranges[name])):
            assert tagged is not None
            ends = f"{tagged[0]:.10g} to {tagged[1]:.10g}"
            lines.append(
                f"range of {name}: tags say {ends}, the pictures use {low:.6g} to {high:.6g}: measured instead; "
                f"--range {ends.replace(' to', '')} takes the tags' range"
            )
    return lines
