"""Picture files with all their channels: samples of pixels, pages of stacks."""

import os
import struct
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import IO

import numpy as np
from PIL import Image

from lenet.data.deep_values import (
    INVERTED,
    NUMBERS,
    OME_BITS,
    UNKNOWN,
    WHITE_IS_ZERO,
    DeepPicture,
    checked,
    number_name,
)
from lenet.data.headers import HEAD, OTHER, TIFF, Header, layout_of, read_header
from lenet.data.hyperstacks import Pictures, pictures_in
from lenet.data.image_files import (
    Decoded,
    channels_of,
    decoded_page,
    number_of,
    refuse_size,
    seek_page,
    values_of,
)
from lenet.data.opening import AS_STORED, errors_of, formats, opened_file
from lenet.data.range_rule import EACH, Rule
from lenet.data.tiff_samples import GRAY, MAX_BLOCKS, OF_SAMPLES, has_channels, samples_in
from lenet.data.tiff_tags import (
    DESCRIPTION,
    EXTRA,
    LENGTH,
    ORIENTATION,
    PHOTOMETRIC,
    WIDTH,
    Page,
    directories,
    directory,
    first,
    is_thumbnail,
)
from lenet.errors import DataError, ImageError
from lenet.text import counted, listed, shown

MAX_CHANNELS, MAX_NAMES = 16, 5
MAX_PAGES = 100_000
MAX_DESCRIPTION = 1 << 24
LOWEST, HIGHEST = 280, 281  # TIFF's MinSampleValue and MaxSampleValue


class KeptFile:
    """Open picture file, whose pages are decoded with all channels that they have.

    Attributes
    ----------
    pictures : list of tuple of int
        The pages of each picture: several, if each is a channel.
    channels : int
        Those of the first picture.
    """

    def __init__(self, file: IO[bytes], path: str | os.PathLike, stack: ExitStack) -> None:
        self._file, self._path, self._stack = file, path, stack
        self._image: Image.Image | None = None
        self._places: list[tuple[int, Page]] = []
        self._description = ""
        if not file.read(HEAD).startswith(TIFF):
            self.pictures: Pictures = [(0,)]
            self.channels = channels_of(self._opened())
            return
        self._places = list(islice(directories(file), MAX_PAGES))
        if not self._places:
            raise ImageError(f"{shown(path)}: damaged, it has no pages; use or export another copy")
        at, tags = self._places[0]
        found, _ = directory(file, at, (DESCRIPTION,), MAX_DESCRIPTION)
        self._description = bytes(found.get(DESCRIPTION, ())).decode(errors="replace")
        pages = [k for k, (_, one) in enumerate(self._places) if not (k and is_thumbnail(one))]
        samples = channels_in(tags)
        try:
            self.pictures = pictures_in(self._description, pages, samples)
        except ValueError as error:
            raise ImageError(f"{shown(path)}: {error}") from error
        self.channels = samples * len(self.pictures[0])

    @property
    def header(self) -> Header:
        """The header: what is known of its values before they are decoded."""
        if not self._places:
            return read_header(self._path)
        is_deep, depth, remark = False, "", ""
        for _, tags in self._places:
            samples, bits, formats = layout_of(tags)
            kept = has_channels(tags) or samples == 1
            page_is_deep = kept and (bits > 8 or (bits == 8 and formats == 2))
            is_deep |= page_is_deep
            depth += f"{bits} {formats} " if page_is_deep and not depth else ""
            if bits == 16 and not kept:
                remark = "16 bits with colours and transparency, of which 8 are read"
        return Header("TIFF", is_deep, is_new=True, remark=remark, depth=depth)

    def sizes(self) -> list[tuple[int, int]]:
        """Return rows and columns of each picture, upright, if it is a TIFF file."""
        found = []
        for pages in self.pictures if self._places else ():
            tags, _ = directory(self._file, self._places[pages[0]][0], (WIDTH, LENGTH, ORIENTATION))
            rows, columns = first(tags, LENGTH, 0), first(tags, WIDTH, 0)
            is_turned = first(tags, ORIENTATION, 1) in (5, 6, 7, 8)
            found.append((columns, rows) if is_turned else (rows, columns))
        return found

    def read(self, pages: Sequence[int], name: str | os.PathLike) -> Decoded:
        """Decode a picture at its full size.

        Parameters
        ----------
        pages : sequence of int
            Of its channels, as in `pictures`.
        name : path-like
            For messages.

        Raises
        ------
        ImageError
            If one cannot be read, or they differ in size or type of number.
        """
        found = [self._page(page, name) for page in pages]
        if len(found) == 1:
            return found[0]
        planes = [values_of(one) for one in found]
        sizes, types = {plane.shape[1:] for plane in planes}, set(map(number_of, found))
        if len(sizes) > 1 or len(types) > 1:
            what = "sizes" if len(sizes) > 1 else f"types ({', '.join(map(number_name, types))})"
            raise ImageError(
                f"{shown(name)}: its channels are of different {what}; save them as one type and size"
            )
        values = np.concatenate(planes)
        (kind,) = types
        return DeepPicture(values, kind, self._limits()) if kind else values

    def _page(self, page: int, name: str | os.PathLike) -> Decoded:
        """Decode a page with all its channels."""
        if not self._places or not has_channels(self._places[page][1]):
            image = self._opened()
            seek_page(image, page, name)
            return decoded_page(image, 0, name, AS_STORED)
        tags, _ = directory(self._file, self._places[page][0], OF_SAMPLES, MAX_BLOCKS)
        refuse_size(first(tags, WIDTH, 0), first(tags, LENGTH, 0), name)
        try:
            values = samples_in(self._file, tags)
        except ValueError as error:
            raise ImageError(f"{shown(name)}: {error}") from error
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            raise ImageError(f"{shown(name)}: holds values that are not finite; replace them")
        is_inverted = first(tags, PHOTOMETRIC, 1) == WHITE_IS_ZERO
        if values.dtype == np.uint8:
            return 255 - values if is_inverted else values
        kind = NUMBERS.index(values.dtype.name) + (INVERTED if is_inverted else 0)
        return DeepPicture(values.astype(np.float32), kind, self._limits())

    def _limits(self) -> tuple[float, float]:
        """Return what the file says is black and white in all of its channels.

        ImageJ's range is that of the channel that was last looked at.
        """
        bits = OME_BITS.search(self._description)
        if bits is not None:
            return checked(0, (1 << int(bits[1])) - 1)
        tags, _ = directory(self._file, self._places[0][0], (LOWEST, HIGHEST))
        ends = [set(tags.get(tag, ())) for tag in (LOWEST, HIGHEST)]
        if len(ends[1]) != 1 or len(ends[0]) > 1:
            return UNKNOWN
        return checked(*(ends[0] or {0}), *ends[1])

    def _opened(self) -> Image.Image:
        """Return the file as Pillow opens it."""
        if self._image is None:
            self._file.seek(0)
            self._image = self._stack.enter_context(Image.open(self._file, formats=formats()))
        return self._image


@contextmanager
def kept_file(path: str | os.PathLike) -> Iterator[KeptFile]:
    """Open a picture file to read all channels that it has.

    Raises
    ------
    ImageError
        If it cannot be read; a line names it.
    """
    with errors_of(path), ExitStack() as stack:
        yield KeptFile(stack.enter_context(opened_file(path)), path, stack)


def kept_header(path: str | os.PathLike) -> tuple[Header, int]:
    """Return what is known of a file's values, and the channels of its pictures.

    Of a file that cannot be read these are `OTHER` and 0.
    """
    try:
        with kept_file(path) as file:
            return file.header, file.channels
    except (ImageError, MemoryError, struct.error):
        return OTHER, 0


def channels_in(tags: Page) -> int:
    """Return the channels that a page of a TIFF file is decoded to."""
    samples, *_ = layout_of(tags)
    if has_channels(tags):
        return samples
    is_gray = first(tags, PHOTOMETRIC, GRAY[1]) in GRAY
    return 1 if (samples == 1 and is_gray) or (is_gray and tags.get(EXTRA)) else 3


def common_channels(
    paths: Sequence[str | os.PathLike], counts: Sequence[int], expected: int | None = None
) -> int:
    """Return the number of channels that all pictures have.

    Parameters
    ----------
    paths : sequence of path-like
    counts : sequence of int
        The channels of each; 0 if it cannot be read.
    expected : int, optional
        How many a network has learnt.

    Raises
    ------
    DataError
        If they differ, or are too many.
    """
    by_count = {count: path for path, count in zip(reversed(paths), reversed(counts), strict=True)}
    by_count.pop(0, None)
    for count, path in by_count.items():
        if expected is not None and count != expected:
            raise DataError(
                f"{shown(path)}: {counted(count, 'channel')}, and the network has learnt pictures of {expected}, "
                "all of which it takes; name a folder of such"
            )
        if count > MAX_CHANNELS:
            raise DataError(
                f"{shown(path)}: {count} channels, more than the {MAX_CHANNELS} that --channels all keeps; leave "
                "some of them out"
            )
    if len(by_count) > 1:
        found = listed(
            [
                f"{counts.count(count):,} with {counted(count, 'channel')}, as {shown(by_count[count])}"
                for count in sorted(by_count)
            ],
            MAX_NAMES,
        )
        raise DataError(
            f"--channels all: expected as many channels in each picture, and there are {found}; leave some out, or "
            "choose --channels 1 or 3"
        )
    return expected or next(iter(by_count), 1)


def kept_headers(paths: Sequence[Path], rule: Rule, kept: int | None) -> tuple[int, list[Header]]:
    """Return the channels that all files have, and the header of each.

    Raises
    ------
    DataError
        If files differ in their channels, or have too many.
    """
    if rule.by_type:
        raise DataError(
            f"--range {EACH}: does not go with --channels all, which earlier versions did not have; leave one of "
            "them out"
        )
    found = [kept_header(path) for path in paths]
    return common_channels(paths, [count for _, count in found], kept), [one for one, _ in found]
