"""Single pictures read with the ranges of values that a network has learnt."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from lenet.data.deep_values import INVERTED, NUMBERS, DeepPicture
from lenet.data.headers import read_header
from lenet.data.image_files import fit_to, fitted, read_image, read_picture
from lenet.data.range_rule import Rule
from lenet.data.value_ranges import BYTES, percentiles, range_of, to_bytes
from lenet.errors import ImageError

MAX_PICTURES, MAX_PIXELS = 100, 1_000_000


class Sight:
    """Reader of pictures for a trained network.

    Parameters
    ----------
    rule : Rule
        What it has learnt of values; see `lenet.data.value_ranges.learnt_rule`.
    """

    def __init__(self, rule: Rule) -> None:
        self.rule = rule

    def adapt(self, paths: Sequence[Path]) -> list[str]:
        """Measure pictures of types of number that the network has not learnt.

        Each type is brought to the levels of those that it has.

        Parameters
        ----------
        paths : sequence of Path
            All pictures that it is to be shown.

        Returns
        -------
        list of str
            A line about each type.
        """
        learnt = self.rule.learnt
        if learnt is None:
            return []
        if BYTES in learnt:  # then others are told by their headers
            paths = [path for path in paths if read_header(path).is_deep]
        pixels: dict[str, list[np.ndarray]] = {}
        for path in paths:
            try:
                found = read_picture(path, 1)
            except (ImageError, MemoryError):
                continue  # which is said where it is classified
            name = NUMBERS[found.number % INVERTED] if isinstance(found, DeepPicture) else BYTES
            values = found.values if isinstance(found, DeepPicture) else found
            if name not in learnt and len(pixels.setdefault(name, [])) < MAX_PICTURES:
                step = max(1, values.size * MAX_PICTURES // MAX_PIXELS)
                pixels[name].append(values.ravel()[::step])
        ranges, lines = dict(learnt), []
        for name, parts in pixels.items():
            values = np.concatenate(parts)
            ranges[name] = range_of(values, name, self.rule.levels)
            low, high = percentiles(values)
            lines.append(
                f"pictures of {name}, {low:.6g} to {high:.6g}: the network has learnt "
                f"{' and '.join(learnt)}; their values have been brought to the range of those, "
                "measured over all that are given"
            )
        self.rule = replace(self.rule, learnt=ranges)
        return lines

    def read(
        self, path: Path, channels: int, page: int, size: int, keep_aspect: bool
    ) -> np.ndarray:
        """Return a picture as bytes; a deep one is scaled to a square first.

        Raises
        ------
        ImageError
            See `read_image`.
        """
        learnt = self.rule.learnt
        if learnt is None:
            return read_image(path, channels, page)
        found = read_picture(path, channels, page)
        if not isinstance(found, DeepPicture):
            return to_bytes(found, 0, learnt)
        deep = fitted(found, channels, lambda image: fit_to(image, size, keep_aspect))
        return to_bytes(deep.values, deep.number, learnt)
