"""Single pictures read with the ranges of values that a network has learnt."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from lenet.data.deep_values import INVERTED, NUMBERS, DeepPicture
from lenet.data.headers import read_header
from lenet.data.image_files import fit_to, fitted, read_image, read_picture
from lenet.data.range_rule import Rule
from lenet.data.value_ranges import BYTES, range_of, stranger, to_bytes
from lenet.errors import ImageError
from lenet.text import shown

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

    def adapt(
        self, paths: Sequence[Path], channels: int, size: int, keep_aspect: bool
    ) -> list[str]:
        """Measure pictures of types of number, or of scales, that were not learnt.

        Each type is brought to the levels of those that it has.

        Parameters
        ----------
        paths : sequence of Path
            All pictures that it is to be shown; of very many, some are looked at.
        channels, size, keep_aspect
            Of the images that the network takes: what noise there is depends on them.

        Returns
        -------
        list of str
            A line about each type.
        """
        learnt = self.rule.learnt
        if learnt is None:
            return []
        groups: dict[str, list[Path]] = {}
        for path in paths:
            header = read_header(path)
            if header.is_deep or BYTES not in learnt:
                groups.setdefault(f"{header.kind} {header.depth}", []).append(path)
        pixels: dict[str, list[np.ndarray]] = {}
        for group in groups.values():
            for path in evenly(group, MAX_PICTURES):
                try:
                    found = read_picture(path, channels)
                except (ImageError, MemoryError):
                    continue  # which is said where it is classified
                if isinstance(found, DeepPicture):
                    deep = fitted(found, 1, lambda image: fit_to(image, size, keep_aspect))
                    name, values = NUMBERS[found.number % INVERTED], deep.values
                else:
                    name, values = BYTES, fit_to(found, size, keep_aspect)
                flat = np.ravel(values)
                step = max(1, flat.size * MAX_PICTURES // MAX_PIXELS)
                pixels.setdefault(name, []).append(flat[::step])
        ranges, lines = dict(learnt), []
        for name, parts in pixels.items():
            values = np.concatenate(parts)
            if line := stranger(self.rule, name, values, len(parts)):
                ranges[name] = range_of(values, name, self.rule.levels)
                lines.append(f"pictures of {line}")
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
        name = NUMBERS[found.number % INVERTED]
        if name not in learnt:  # as on another page than the first
            raise ImageError(
                f"{shown(path)}: page {page + 1} has values of {name}, and the network has learnt "
                f"{' and '.join(learnt)}; save it as a file of its own"
            )
        deep = fitted(found, channels, lambda image: fit_to(image, size, keep_aspect))
        return to_bytes(deep.values, deep.number, learnt)


def evenly(paths: Sequence[Path], most: int) -> list[Path]:
    """Return at most so many paths, evenly spaced."""
    if len(paths) <= most:
        return list(paths)
    return [paths[k] for k in np.linspace(0, len(paths) - 1, most).astype(int)]
