"""Single pictures read with the ranges of values that a network has learnt."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from lenet.data.deep_values import INVERTED, NUMBERS, DeepPicture
from lenet.data.headers import read_header
from lenet.data.image_files import fit_to, number_of, values_of
from lenet.data.kept_channels import kept_header
from lenet.data.opening import BY_TYPE
from lenet.data.page_choice import ALL, FIRST
from lenet.data.picture_pages import Reading, first_pages, fitted, read_page
from lenet.data.range_rule import Rule
from lenet.data.ranged_images import BYTES, planes_of, to_bytes
from lenet.data.sampling import evenly
from lenet.data.value_ranges import KEPT, brought_ranges, learnt_rule
from lenet.errors import ImageError
from lenet.text import shown

MAX_PICTURES, MAX_PIXELS = 100, 1_000_000


class Sight:
    """Reader of pictures for a trained network.

    Parameters
    ----------
    rule : Rule
        What it has learnt of values; see `lenet.data.value_ranges.learnt_rule`.
    keep : bool
        Whether it takes all channels that files have.
    pages : {"all", "first", "project"}
        See `lenet.data.picture_pages.Reading`.
    """

    def __init__(self, rule: Rule, keep: bool = False, pages: str = ALL) -> None:
        self.rule, self.keep, self.pages = rule, keep, pages

    def reading(self, channels: int) -> Reading:
        """Return which pages and channels of a file make a picture."""
        return Reading(channels, self.keep, self.pages)

    def pages_of(self, path: Path, channels: int) -> list[int]:
        """Return the pages of a file at which the pictures begin that are taken of it.

        Raises
        ------
        ImageError
            See `read_image`.
        """
        if self.pages != ALL:
            return [0]
        return first_pages(path, self.reading(channels))

    def beginnings(self, paths: Sequence[Path], channels: int) -> list[tuple[Path, int]]:
        """Return the file and page of each picture, of files that can be read."""
        found = []
        for path in paths:
            with suppress(ImageError, MemoryError):
                found += [(path, page) for page in self.pages_of(path, channels)]
        return found

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
            header = kept_header(path)[0] if self.keep else read_header(path)
            if header.is_deep or BYTES not in learnt:
                groups.setdefault(f"{header.kind} {header.depth}", []).append(path)
        # By type of number: of each channel with a range of its own, some values of each picture.
        pixels: dict[str, dict[str, tuple[slice, list[np.ndarray]]]] = {}
        for group in groups.values():
            beginnings = self.beginnings(group, channels)
            for k in evenly(len(beginnings), MAX_PICTURES):
                path, page = beginnings[k]
                try:
                    found = read_page(path, self.reading(channels), page)
                except (ImageError, MemoryError):
                    continue  # which is said where it is classified
                fit = partial(fit_to, size=size, keep_aspect=keep_aspect)
                name = NUMBERS[number_of(found) % INVERTED]
                n = len(values_of(found))
                found = fitted(found, n if self.keep else 1, fit)
                values = values_of(found)
                for key, plane in planes_of(name, len(values), self.rule.by_channel, learnt):
                    flat = np.ravel(values[plane])
                    step = max(1, flat.size * MAX_PICTURES // MAX_PIXELS)
                    of_type = pixels.setdefault(name, {})
                    of_type.setdefault(key, (plane, []))[1].append(flat[::step])
        ranges, lines = dict(learnt), []
        for of_type in pixels.values():
            all_of = {k: (plane, np.concatenate(parts)) for k, (plane, parts) in of_type.items()}
            n_pictures = max(len(parts) for _, parts in of_type.values())
            brought, line = brought_ranges(self.rule, all_of, n_pictures)
            ranges |= brought
            if line:
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
            found = read_page(path, self.reading(channels), page, BY_TYPE)
            assert isinstance(found, np.ndarray)
            return found
        found = read_page(path, self.reading(channels), page)
        if not isinstance(found, DeepPicture):
            return to_bytes(found, 0, learnt)
        name = NUMBERS[found.number % INVERTED]
        known = planes_of(name, len(found.values), self.rule.by_channel, learnt)
        if not all(key in learnt for key, _ in known):  # as on another page than the first
            raise ImageError(
                f"{shown(path)}: page {page + 1} has values of {name}, and the network has learnt "
                f"{' and '.join(learnt)}; save it as a file of its own"
            )
        fit = partial(fit_to, size=size, keep_aspect=keep_aspect)
        deep = fitted(found, channels, fit)
        assert isinstance(deep, DeepPicture)
        return to_bytes(deep.values, deep.number, learnt)

    def bytes_of(self, image: np.ndarray) -> np.ndarray:
        """Return a picture of bytes, as of a film, as `read` returns that of a file.

        Parameters
        ----------
        image : ndarray of uint8, shape (channels, rows, columns)

        Raises
        ------
        ImageError
            If the network has learnt values of other types only.
        """
        learnt = self.rule.learnt
        if learnt is None:
            return image
        if not any(key in learnt for key, _ in planes_of(BYTES, len(image), self.rule.by_channel)):
            raise ImageError(
                f"the network has learnt {' and '.join(learnt)}, and films have bytes; give it pictures"
            )
        return to_bytes(image, 0, learnt)


def sight_of(attributes: Mapping[str, Any], pages: str | None = None) -> Sight:
    """Return how a network, by its file, sees the pages and the values of pictures.

    The pages are those that it has learnt, unless others are asked for.
    """
    kept = bool(attributes.get(KEPT, False))
    return Sight(learnt_rule(attributes), kept, pages or attributes.get("pages", FIRST))
