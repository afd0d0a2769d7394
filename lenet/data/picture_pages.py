"""Pages of picture files: which of them are pictures, and what becomes of several."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lenet.data.deep_values import INVERTED, DeepPicture, number_name, without_hot_pixels
from lenet.data.headers import has_pages
from lenet.data.hyperstacks import Pictures
from lenet.data.image_files import (
    Decoded,
    check_channels,
    decoded_page,
    number_of,
    own,
    page_count,
    page_sizes,
    read_image,
    read_picture,
    seek_page,
    tags_of,
    values_of,
)
from lenet.data.kept_channels import kept_file
from lenet.data.opening import AS_STORED, BY_TYPE, errors_of, opened
from lenet.data.page_choice import ALL, FIRST, PROJECT
from lenet.data.tiff_tags import is_thumbnail
from lenet.errors import ImageError
from lenet.text import counted, shown


@dataclass(frozen=True)
class Reading:
    """Choice of the pages and channels of a file that make a picture.

    Attributes
    ----------
    channels : int
        1 for gray, 3 for colours; or as many as all files must have, if all channels are kept.
    keep : bool
        Whether all channels that files have are kept, up to 16.
    pages : {"all", "first", "project"}
        Whether each page of a TIFF file, or each plane of a hyperstack, is a picture, the first one is, or the
        lightest values of all of them are.
    """

    channels: int
    keep: bool = False
    pages: str = ALL


class PageReader(NamedTuple):
    """Open picture file: the pages of each picture, and a function to decode one."""

    pictures: Pictures
    read: Callable[[tuple[int, ...], str | os.PathLike], Decoded]


def read_pages(
    path: str | os.PathLike,
    reading: Reading,
    fit: Callable[[np.ndarray], np.ndarray],
    rules: int = BY_TYPE,
) -> list[Decoded | ImageError | None]:
    """Decode the pictures in a file: those of a TIFF file's pages, one of any other.

    Parameters
    ----------
    path : path-like
    reading : Reading
    fit : callable (image) -> image
        What becomes of each picture before the next one is read, so that large ones are not all held.
    rules : {BY_TYPE, AS_STORED}
        Whether values become bytes by their type, as in `read_image`, or stay as in `read_picture`.

    Returns
    -------
    list of ndarray, DeepPicture, ImageError or None
        In place of a page that cannot be read, the reason; of a thumbnail that is left out, and of each channel
        of a picture but the first, None.

    Raises
    ------
    ImageError
        If the file as a whole cannot be read; see `read_image`.
    """
    found: list[Decoded | ImageError | None] = []
    with errors_of(path), reader(path, reading, rules) as file:
        if reading.pages != ALL:
            picture = taken(path, file, reading)
            return [fitted(picture, reading.channels, fit)]
        several = file.pictures[-1][-1] > 0
        for pages in file.pictures:
            found += [None] * (pages[0] - len(found))
            name = f"{os.fspath(path)} page {pages[0] + 1}" if several else path
            try:
                with errors_of(name):
                    picture = checked(file.read(pages, name), reading, name)
                    found.append(fitted(picture, reading.channels, fit))
            except ImageError as error:
                found.append(error)
    return found


def read_page(
    path: str | os.PathLike, reading: Reading, page: int = 0, rules: int = AS_STORED
) -> Decoded:
    """Decode the picture that begins on a page, or what is taken of all pages.

    Raises
    ------
    ImageError
        See `read_image`.
    """
    if reading.pages != PROJECT and not reading.keep:  # without a look at other pages
        read = read_image if rules == BY_TYPE else read_picture
        return read(path, reading.channels, page)
    with errors_of(path), reader(path, reading, rules) as file:
        if reading.pages != ALL:
            return taken(path, file, reading)
        pages = next((pages for pages in file.pictures if pages[0] == page), None)
        if pages is None:
            raise ImageError(f"{shown(path)}: has no picture on page {page + 1}")
        found = checked(file.read(pages, path), reading, path)
        return own(found)


def first_pages(path: str | os.PathLike, reading: Reading) -> list[int]:
    """Return the first page of each picture that is taken of a file.

    Raises
    ------
    ImageError
        See `read_image`.
    """
    with errors_of(path), reader(path, reading) as file:
        if reading.pages == ALL:
            return [pages[0] for pages in file.pictures]
        return [file.pictures[0][0]]


def picture_sizes(
    path: str | os.PathLike, first_only: bool = False, keep: bool = False
) -> list[tuple[int, int]]:
    """Return rows and columns of each page, or the first, of any channels.

    Of pages that are the channels of a picture, one counts if channels are kept.

    Raises
    ------
    ImageError
        See `read_image`.
    """
    try:
        sizes = [] if keep else page_sizes(path, first_only)
    except ImageError:
        sizes = []
    if not sizes:
        with kept_file(path) as file:
            sizes = file.sizes()
    sizes = sizes or page_sizes(path, first_only)
    return sizes[:1] if first_only else sizes


def has_several(path: str | os.PathLike, keep: bool) -> bool:
    """Return whether a file has several pictures; not, if it cannot be read."""
    several = has_pages(path)
    if not keep or not several:
        return several
    try:
        with kept_file(path) as file:
            return len(file.pictures) > 1
    except (ImageError, MemoryError):
        return False


def picture_pages(path: str | os.PathLike) -> list[int]:
    """Return the pages of a TIFF file, from 0, without thumbnails of others.

    Raises
    ------
    ImageError
        See `read_image`.
    """
    return first_pages(path, Reading(3))


def reader(
    path: str | os.PathLike, reading: Reading, rules: int | None = None
) -> AbstractContextManager[PageReader]:
    """Open a file to read its pictures."""
    return kept_reader(path) if reading.keep else page_reader(path, reading, rules)


@contextmanager
def kept_reader(path: str | os.PathLike) -> Iterator[PageReader]:
    """Open a file to read its pictures with all their channels."""
    with kept_file(path) as file:
        yield PageReader(file.pictures, file.read)


@contextmanager
def page_reader(
    path: str | os.PathLike, reading: Reading, rules: int | None
) -> Iterator[PageReader]:
    """Open a file to read its pages, of 1 or 3 channels each."""
    check_channels(reading.channels)
    with opened(path, rules or AS_STORED) as image:
        pages = range(page_count(image) if reading.pages != FIRST else 1)

        def is_picture(page: int) -> bool:
            if not page or rules == BY_TYPE:
                return True
            try:
                seek_page(image, page, path)
            except Exception:  # which is said when it is read
                return True
            return not is_thumbnail(tags_of(image))

        def read(pages: tuple[int, ...], name: str | os.PathLike) -> Decoded:
            seek_page(image, pages[0], name)
            return decoded_page(image, reading.channels, name, rules or AS_STORED)

        yield PageReader([(page,) for page in pages if is_picture(page)], read)


def taken(path: str | os.PathLike, file: PageReader, reading: Reading) -> Decoded:
    """Return the first picture of a file, or the lightest values of all of them."""
    pictures = file.pictures[:1] if reading.pages == FIRST else file.pictures
    found = own(checked(file.read(pictures[0], path), reading, path))
    for pages in pictures[1:]:
        name = f"{os.fspath(path)} page {pages[0] + 1}"
        with errors_of(name):
            found = lighter(found, checked(file.read(pages, name), reading, name), name)
    return found


def lighter(one: Decoded, other: Decoded, name: str | os.PathLike) -> Decoded:
    """Return the lighter of the values of two pictures, pixel by pixel.

    Raises
    ------
    ImageError
        If they are of different sizes or types of number.
    """
    numbers = [number_of(picture) for picture in (one, other)]
    values = [values_of(picture) for picture in (one, other)]
    sizes = [each.shape for each in values]
    if numbers[0] != numbers[1] or sizes[0] != sizes[1]:
        what = f"{sizes[1][2]} x {sizes[1][1]} pixels"
        if sizes[0] == sizes[1]:
            what = f"values of {number_name(numbers[1])}"
        raise ImageError(
            f"{shown(name)}: {what}, other than the pages before; --pages project takes pages of one size and "
            "type of number, choose --pages first"
        )
    lightest = (np.minimum if numbers[0] >= INVERTED else np.maximum)(values[0], values[1])
    return one._replace(values=lightest) if isinstance(one, DeepPicture) else lightest


def checked(picture: Decoded, reading: Reading, name: str | os.PathLike) -> Decoded:
    """Return a picture, if it has as many channels as all must have that keep theirs.

    Raises
    ------
    ImageError
        If it has not.
    """
    channels = len(values_of(picture))
    if reading.keep and channels != reading.channels:
        raise ImageError(
            f"{shown(name)}: {counted(channels, 'channel')}, and {counted(reading.channels, 'channel')} are "
            "expected in each picture; save it with these, or leave it out"
        )
    return picture


def fitted(picture: Decoded, channels: int, fit: Callable[[np.ndarray], np.ndarray]) -> Decoded:
    """Return a picture of another size; a deep one of one channel has so many, alike.

    Deep values stay between the lowest and the highest, which Lanczos' filter goes beyond at edges. Hot pixels
    are clipped before.
    """
    if not isinstance(picture, DeepPicture):
        return fit(picture)
    planes = []
    for plane in picture.values:
        values = without_hot_pixels(plane[np.newaxis])
        planes.append(fit(values).clip(values.min(), values.max()))
    values = np.concatenate(planes)
    return picture._replace(values=np.broadcast_to(values, (channels, *values.shape[1:])))
