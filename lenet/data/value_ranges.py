"""Range of deep values from black to white: one for a folder and type of number.

Pictures of more than 8 bits rarely use what their type could hold: cameras have 12 bits of 16, photons are
counted to some hundreds. The range is that of the training pictures, without the darkest and lightest
0.1 % of their pixels, or what tags of the files or the user say; it is saved with the network.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from lenet.data.dataset import Dataset, Split
from lenet.data.deep_values import INVERTED, NUMBERS
from lenet.data.indexed_images import IndexedImages
from lenet.data.range_rule import Rule, pair
from lenet.data.ranged_images import BYTES, RangedImages, planes_of
from lenet.data.sampling import evenly
from lenet.errors import CheckpointError
from lenet.text import listed

# Percentiles of the training pixels: a hot pixel, or a dead one, does not decide.
LOWEST, HIGHEST = 0.1, 99.9
# Pictures and pixels that are looked at, at most, evenly spaced.
MAX_IMAGES, MAX_PIXELS = 2_000, 1_000_000
COUNTED = 1 << 16  # pixels of which a histogram is made at a time
# Floats between 0 and 1 that rounding or interpolation has moved out of it.
TOLERANCE = 0.01
# Attributes of a network's file.
RANGES, SPANS, LEVELS = "number_ranges", "number_spans", "levels"
CHANNEL_LEVELS, KEPT = "channel_levels", "channels_kept"
# Pictures of another scale: a third of their values at most where those of the training images are, or so many
# pictures within an eighth of these. A range of which less than an eighth is used is hardly theirs, either.
MIN_SHARE, MIN_SPAN, MIN_IMAGES = 1 / 3, 1 / 8, 20
MAX_NAMES = 6


def percentiles(images: np.ndarray) -> tuple[float, float]:
    """Return the percentiles 0.1 and 99.9 of the pixels of images."""
    low, high = np.percentile(images, (LOWEST, HIGHEST))
    return float(low), float(high)


def range_of(
    values: np.ndarray, name: str, levels: tuple[float, float] = (0.0, 255.0)
) -> tuple[float, float]:
    """Return the values that become 0 and 255, by percentiles and their levels.

    Floats of 0 to 1, but for a hundredth beyond, have that range.
    """
    low, high = percentiles(values)
    is_whole = levels == (0.0, 255.0)
    is_float = name.startswith("float") and is_whole
    if is_float and values.min() >= -TOLERANCE and values.max() <= 1 + TOLERANCE:
        return 0.0, 1.0
    if high <= low:
        low, high = float(values.min()), float(values.max())
    if high <= low:  # of one value
        return low, low + 1
    step = (high - low) / max(levels[1] - levels[0], 1.0)
    return low - levels[0] * step, high + (255 - levels[1]) * step


def sample(images: Any, rows: np.ndarray, plane: slice = slice(None)) -> np.ndarray:
    """Return a sample of the pixels of some images, evenly spaced, in one dimension.

    Parameters
    ----------
    images : ndarray, shape (n, channels, height, width)
    rows : ndarray of int
    plane : slice
        Of the channels that are looked at.
    """
    rows = some(rows)
    channels = len(range(images.shape[1])[plane])
    pixels = len(rows) * channels * int(np.prod(images.shape[2:]))
    step = max(1, math.ceil(math.sqrt(pixels / MAX_PIXELS)))
    return np.concatenate([images[int(row)][plane, ::step, ::step].ravel() for row in rows])


def some(rows: np.ndarray) -> np.ndarray:
    """Return the rows that are looked at, in order."""
    rows = np.sort(rows)
    return rows[evenly(len(rows), MAX_IMAGES)]


def byte_levels(images: Any, rows: np.ndarray, plane: slice = slice(None)) -> tuple[float, float]:
    """Return the bytes that all but a thousandth of the pixels are above, and below.

    Of all channels, or those in a slice.
    """
    rows, counts = some(rows), np.zeros(256, np.int64)
    at_a_time = max(1, COUNTED // int(np.prod(images.shape[1:])))
    for start in range(0, len(rows), at_a_time):
        pixels = images[rows[start : start + at_a_time]][:, plane]
        counts += np.bincount(pixels.ravel(), minlength=256)
    shares = counts.cumsum() / counts.sum()
    ends = np.searchsorted(shares, (LOWEST / 100, HIGHEST / 100), side="left")
    return float(ends[0]), float(ends[1])


def ranges_of(images: RangedImages, rows: np.ndarray) -> dict[str, tuple[float, float]]:
    """Return ranges by type of number: learnt, named, tagged or measured.

    Parameters
    ----------
    images : RangedImages
    rows : ndarray of int
        Those that decide, such as the training images; others have their types' ranges from themselves.
    """
    rule, numbers = images.rule, images.numbers % INVERTED
    found: dict[str, tuple[float, float]] = {}
    learnt = rule.learnt
    bytes_there = rows[numbers[rows] == 0]
    for number in np.unique(numbers).tolist():
        name = NUMBERS[number]
        if number == 0 and learnt is None:
            found[name] = (0.0, 255.0)
            continue
        members = rows[numbers[rows] == number]
        if not len(members):
            members = np.flatnonzero(numbers == number)
        for key, plane in planes_of(name, images.shape[1], rule.by_channel, learnt or ()):
            if learnt is not None and key in learnt:
                found[key] = learnt[key]
                continue
            if rule.named is not None and number:
                found[key] = rule.named
                continue
            levels = rule.levels_of(plane)
            if learnt is None and len(bytes_there):
                # Beside pictures of bytes, the others become as dark and as light as these are.
                levels = byte_levels(images, bytes_there, plane)
                if levels[1] <= levels[0]:
                    levels = (0.0, 255.0)
            values = sample(images.values, members, plane)
            tagged = None if learnt is not None else tagged_range(images, members)
            if tagged is not None and is_used(tagged, *percentiles(values)):
                found[key] = tagged
            else:
                found[key] = range_of(values, name, levels)
    return found


def tagged_range(images: RangedImages, rows: np.ndarray) -> tuple[float, float] | None:
    """Return the range that tags of the files name; None if one has none."""
    limits = images.limits[rows]
    if not len(limits) or not np.isfinite(limits).all():
        return None
    return float(limits[:, 0].min()), float(limits[:, 1].max())


def is_used(ends: tuple[float, float], low: float, high: float) -> bool:
    """Return whether values from low to high use enough of a range to be seen in it.

    Many programs write the whole range of the type as tags, whatever the camera has.
    """
    black, white = ends
    return min(high, white) - max(low, black) >= MIN_SPAN * (white - black)


def measured(dataset: Dataset) -> Dataset:
    """Return a data set whose training images decide which values are black and white.

    Parameters
    ----------
    dataset : Dataset
        One without training images is measured as a whole, which are test images.

    Returns
    -------
    Dataset
        Its origin has the ranges, and the levels of its training images.
    """
    split = dataset.train if len(dataset.train.labels) else dataset.test
    images = split.images
    if not isinstance(images, IndexedImages) or dataset.origin.get("by_type"):
        return dataset
    base = images.base
    origin = dict(dataset.origin)
    if isinstance(base, RangedImages):
        ranges = ranges_of(base, images.rows)
        base = RangedImages(base.values, base.numbers, base.limits, ranges, base.rule)
        parts = [on_base(part, base) for part in (dataset.train, dataset.valid, dataset.test)]
        dataset = replace(dataset, train=parts[0], valid=parts[1], test=parts[2])
        origin[RANGES] = json.dumps(ranges)
        if base.rule.learnt is None:
            origin[SPANS] = json.dumps(spans_of(base, images.rows))
    else:
        origin[RANGES] = json.dumps({BYTES: (0.0, 255.0)})
    origin[LEVELS] = list(byte_levels(base, images.rows))
    if KEPT in origin and base.shape[1] > 1:
        planes = [slice(k, k + 1) for k in range(base.shape[1])]
        origin[CHANNEL_LEVELS] = json.dumps(
            [byte_levels(base, images.rows, plane) for plane in planes]
        )
    return replace(dataset, origin=origin)


def spans_of(images: RangedImages, rows: np.ndarray) -> dict[str, tuple[float, float]]:
    """Return the percentiles of deep values of some images by type of number."""
    numbers = images.numbers[rows] % INVERTED
    return {
        key: percentiles(sample(images.values, rows[numbers == number], plane))
        for number in np.unique(numbers[numbers > 0]).tolist()
        for key, plane in planes_of(NUMBERS[number], images.shape[1], images.rule.by_channel)
    }


def ranged(
    images: np.ndarray, numbers: np.ndarray | None, limits: np.ndarray | None, rule: Rule
) -> np.ndarray | RangedImages:
    """Return decoded images, those of deep values as `RangedImages`.

    Parameters
    ----------
    images, numbers, limits
        See `RangedImages`; without numbers, they are bytes.
    rule : Rule
    """
    if numbers is None and (rule.learnt is None or BYTES in rule.learnt):
        return images
    if numbers is None or limits is None:
        numbers, limits = np.zeros(len(images), np.uint8), np.full((len(images), 2), np.nan)
    return RangedImages(images, numbers, limits, {}, rule)


def on_base(split: Split, base: Any) -> Split:
    """Return a split of the same images with other ranges."""
    images = split.images
    assert isinstance(images, IndexedImages)
    return Split(IndexedImages(base, images.rows, images.sources, images.digests), split.labels)


def ranges_text(dataset: Dataset) -> str:
    """Return the ranges of deep values in words; nothing if all are bytes."""
    text = dataset.origin.get(RANGES)
    ranges = {} if text is None else json.loads(text)
    parts: dict[str, list[str]] = {}
    for key, (black, white) in ranges.items():
        name, by_channel, _ = key.partition(" channel ")
        said = f"{name} by channel" if by_channel else name
        if name != BYTES:
            parts.setdefault(said, []).append(f"{black:.6g} to {white:.6g}")
    return ", ".join(f"{name} from {listed(ends, MAX_NAMES)}" for name, ends in parts.items())


def learnt_rule(attributes: Mapping[str, Any]) -> Rule:
    """Return the rule by which a trained network sees pictures.

    Networks of earlier versions have none, and see values by their type.

    Raises
    ------
    CheckpointError
        If the attributes of its file are damaged.
    """
    if RANGES not in attributes:
        return Rule(by_type=True)
    by_channel = bool(attributes.get(KEPT, False))
    try:
        ranges = json.loads(attributes[RANGES])
        learnt = {str(name): pair(ends) for name, ends in ranges.items()}
        spans = json.loads(attributes.get(SPANS, "{}"))
        spans = {str(name): pair(ends) for name, ends in spans.items()}
        levels = pair(attributes[LEVELS])
        of_channels = [pair(ends) for ends in json.loads(attributes.get(CHANNEL_LEVELS, "[]"))]
        if of_channels and len(of_channels) != attributes["channels"]:
            raise ValueError("levels of other channels than it has")
        if any(low == high for low, high in learnt.values()):
            raise ValueError("a range of one value")
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise CheckpointError(
            f"the network's file has no ranges of values in {RANGES} and {LEVELS}; use another copy"
        ) from error
    return Rule(
        learnt=learnt, spans=spans, levels=levels, by_channel=by_channel, channel_levels=of_channels
    )


def adapted(dataset: Dataset, rule: Rule) -> Dataset:
    """Return unknown images with their values brought to what a network has learnt.

    Parameters
    ----------
    dataset : Dataset
        Its warnings get a line for each type of number that the network has not learnt, or at another scale.
    rule : Rule
    """
    images = dataset.test.images
    base = images.base if isinstance(images, IndexedImages) else None
    if not isinstance(base, RangedImages):
        return dataset
    ranges, lines = dict(base.ranges), []
    numbers = base.numbers % INVERTED
    for number in np.unique(numbers).tolist():
        members = np.flatnonzero(numbers == number)
        planes = planes_of(NUMBERS[number], base.shape[1], rule.by_channel, rule.learnt or ())
        pixels = {key: (plane, sample(base.values, members, plane)) for key, plane in planes}
        brought, line = brought_ranges(rule, pixels, len(members))
        ranges |= brought
        if line:
            lines.append(f"{len(members):,} images of {line}")
    base = RangedImages(base.values, base.numbers, base.limits, ranges, base.rule)
    train, valid, test = (
        on_base(part, base) for part in (dataset.train, dataset.valid, dataset.test)
    )
    warnings = (*dataset.warnings, *lines)
    return replace(dataset, train=train, valid=valid, test=test, warnings=warnings)


def brought_ranges(
    rule: Rule, pixels: Mapping[str, tuple[slice, np.ndarray]], n_images: int
) -> tuple[dict[str, tuple[float, float]], str]:
    """Return ranges for values of another type or scale, and a line on it.

    If channels have ranges of their own, all of them must be of another scale: one that is dark in all pictures
    shows that nothing is there.

    Parameters
    ----------
    rule : Rule
    pixels : mapping of str to (slice, ndarray)
        By type of number and channel: which channels, and values of theirs.
    n_images : int
        How many images they are of.
    """
    lines = [stranger(rule, key, values, n_images) for key, (_, values) in pixels.items()]
    if not all(lines):
        return {}, ""
    found = {
        key: range_of(values, key, rule.levels_of(plane)) for key, (plane, values) in pixels.items()
    }
    others = f" (and so each of the {len(lines)} channels)" if len(lines) > 1 else ""
    return found, f"{lines[0]}{others}"


def stranger(rule: Rule, name: str, pixels: np.ndarray, n_images: int) -> str:
    """Return a line on values of a type or scale that was not learnt, else nothing.

    Parameters
    ----------
    rule : Rule
    name : str
        Of their type of number.
    pixels : ndarray
    n_images : int
        How many images they are of.
    """
    learnt, (low, high) = rule.learnt or {}, percentiles(pixels)
    done = (
        "; their values have been brought to the range of those, measured over all that are given"
    )
    found = f"{name}, {low:.6g} to {high:.6g}: the network has learnt"
    if name not in learnt:
        return f"{found} {' and '.join(learnt)}{done}"
    if name == BYTES or name not in rule.spans:
        return ""
    least, most = rule.spans[name]
    shared = max(0.0, min(high, most) - max(low, least))
    is_beyond = shared <= MIN_SHARE * (high - low) and (high > low or not least <= low <= most)
    is_narrow = high - low <= MIN_SPAN * (most - least) and n_images >= MIN_IMAGES
    return f"{found} values of {least:.6g} to {most:.6g}{done}" if is_beyond or is_narrow else ""
