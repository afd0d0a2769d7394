"""Hyperstacks of ImageJ and OME: pages of a TIFF file that are channels."""

import math
import re
from collections.abc import Sequence

import numpy as np

IMAGEJ = re.compile(r"^(channels|images)=(\d{1,6})\s*$", re.MULTILINE)
PIXELS = re.compile(r"<(?:\w+:)?Pixels\b([^>]*)>")
PLANES = re.compile(r"<(?:\w+:)?TiffData\b([^>]*)>")
ATTRIBUTE = re.compile(r'\b(\w+)="([^"]*)"')
AXES = "CZT"

Pictures = list[tuple[int, ...]]
"""The pages of each picture, in the order of its channels."""


def pictures_in(description: str, pages: Sequence[int], samples: int) -> Pictures:
    """Return the pages of each picture in a TIFF file.

    Parameters
    ----------
    description : str
        That of the first page: what ImageJ or OME say of channels, if one of them has written the file.
    pages : sequence of int
        Those that hold pictures.
    samples : int
        Channels that each page has.

    Raises
    ------
    ValueError
        If it does not fit the pages.
    """
    if description.startswith("ImageJ="):
        return of_imagej(dict(IMAGEJ.findall(description)), pages, samples)
    found = PIXELS.search(description)
    if found is not None:
        planes = [dict(ATTRIBUTE.findall(plane)) for plane in PLANES.findall(description)]
        return of_ome(dict(ATTRIBUTE.findall(found[1])), planes, pages, samples)
    return [(page,) for page in pages]


def of_imagej(said: dict[str, str], pages: Sequence[int], samples: int) -> Pictures:
    """Return the pages of each picture by ImageJ's description; channels lie together."""
    channels, images = int(said.get("channels", 1)), int(said.get("images", len(pages)))
    if channels <= 1 or (len(pages) == 1 and channels == samples):
        return [(page,) for page in pages]
    if images != len(pages) or images % channels:
        raise ValueError(
            f"ImageJ's description says {images} images of {channels} channels, and there are "
            f"{len(pages)} pages; save it again"
        )
    return [tuple(pages[k : k + channels]) for k in range(0, len(pages), channels)]


def of_ome(
    said: dict[str, str], planes: Sequence[dict[str, str]], pages: Sequence[int], samples: int
) -> Pictures:
    """Return the pages of each picture by OME's sizes of axes and their order."""
    sizes = {axis: number(said, f"Size{axis}", 1) for axis in AXES}
    sizes["C"] = max(1, sizes["C"] // samples)
    order = said.get("DimensionOrder", "XYCZT")[2:]
    if sizes["C"] == 1:
        return [(page,) for page in pages]
    if sorted(order) != sorted(AXES) or math.prod(sizes.values()) != len(pages):
        text = " x ".join(f"{sizes[axis]} {axis}" for axis in AXES)
        raise ValueError(
            f"OME's description says {text} pages, and there are {len(pages)}; save each picture, with its "
            "channels, as a file of its own"
        )
    # The first axis of the order changes from page to page.
    shape = [sizes[axis] for axis in reversed(order)]
    places = np.arange(len(pages)).reshape(shape)
    at = {axis: list(reversed(order)).index(axis) for axis in AXES}
    places = places.transpose(at["T"], at["Z"], at["C"])
    for plane in planes:
        *others, channel = (number(plane, f"First{axis}", 0) for axis in "TZC")
        where = (*others, channel // samples)
        if any(k >= n for k, n in zip(where, places.shape, strict=True)) or (
            places[where] != number(plane, "IFD", 0)
        ):
            raise ValueError(
                "OME's description has its pages in another order than its DimensionOrder; save it again"
            )
    sets = places.reshape(-1, places.shape[2])
    return [tuple(pages[k] for k in row) for row in sets]


def number(attributes: dict[str, str], name: str, default: int) -> int:
    """Return an attribute as a whole number; the default, if it is none."""
    text = attributes.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else default
