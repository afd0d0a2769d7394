"""Digits on paper: found, put into the order of reading, and cut out as MNIST's."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from lenet.data.mnist_style import centre_digit, is_dark_on_light, is_placed, place_digit
from lenet.data.paper import FAINTEST_INK, Ink, find_ink
from lenet.data.ruled_lines import EVERYWHERE, without_rules
from lenet.errors import ImageError

# Of the strongest ink: a patch that has none of it is a ruling line or a stain.
STRONG_INK = 0.5
# Of the height of a picture's digits: smaller patches are specks, or pieces of a digit if one is so near.
SPECK, NEAR, DUST = 0.3, 0.3, 0.06
# Of the same height: a piece that is lower than this may belong to its neighbour; both are at most so large, and at
# most so far apart if they are side by side.
PIECE, LARGEST, BROKEN = 0.75, 1.4, 0.12
# A dash is so much wider than high; a line so much higher than wide.
DASH, LINE = 2.5, 14
# A stroke is at most this wide, of the longer side of its digit.
WIDEST_STROKE = 0.65
# Digits that touch are together so much wider than high, and so little of their height joins them along a line that
# leans as handwriting does.
SEVERAL, THINNEST_PLACE = 1.2, 0.2
# Of the height of both: each of them, where the bar of a five or a seven would be less.
PART = 0.7
SLOPES = (-0.5, -0.25, 0, 0.25)
# What reaches from border to border and is thinner is a fold, or the edge of a shadow.
THINNEST_CROSSING = 0.06
MAX_DIGITS = 200
# Of a picture with more than a few dozen pixels: less cannot be read.
MIN_HEIGHT, SMALL_PICTURE = 8, 64
# Area of ink that is half strong, of that of strong ink: up to 0.5 for pens, even out of focus, above 1 for most
# photographs and all textures.
SOFTEST_INK = 1.1
# Ink whose peak is less is noise, if it is as soft as that.
FAINT = 0.25
HALF_STRONG = 0.6
# A picture of the network's own size has at least such a range of tones.
MIN_RANGE = 16
# Of a digit's longer side: hardly any of MNIST's has a wider stroke.
BOLD_STROKE = 0.55

NOTHING = "shows no digit, nothing stands out from what is around it; use another picture"


class PaperDigit(NamedTuple):
    """One digit of a picture.

    Attributes
    ----------
    image : ndarray of uint8, shape (1, size, size)
        Light on dark, scaled and centred as in MNIST.
    box : tuple of int, or None
        Left, top, right and bottom in pixels of the picture, right and bottom excluded; None if it was not cut out.
    doubt : str
        Why it may be none, or cut off; empty most often.
    """

    image: np.ndarray
    box: tuple[int, int, int, int] | None = None
    doubt: str = ""


class Patch(NamedTuple):
    """Labels of patches of ink that belong together, and the box around them."""

    labels: tuple[int, ...]
    top: int
    bottom: int
    left: int
    right: int

    @property
    def height(self) -> int:
        """Rows."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Columns."""
        return self.right - self.left


def read_digits(
    image: np.ndarray, size: int, invert: bool | None = None
) -> tuple[list[PaperDigit], bool]:
    """Cut out the digits of a picture, line by line from left to right.

    Parameters
    ----------
    image : ndarray of uint8, shape (1, rows, columns)
        If it has the size of the result, it is one digit, and kept as it is if that has the place of MNIST's.
    size : int
        Side of the digits in pixels.
    invert : bool, optional
        Whether the digits are darker than the paper; None finds it out.

    Returns
    -------
    list of PaperDigit
    inverted : bool
        Whether they were darker than the paper.

    Raises
    ------
    ImageError
        If there is none. It does not name the picture's file.
    """
    if image.shape[1:] == (size, size):
        return _ready_digit(image, size, invert)
    ink = find_ink(image, invert)
    if not ink.peak:
        raise ImageError(NOTHING)
    levels = without_rules(ink.density, ink.peak)
    strokes, _ = ndimage.label(levels > FAINTEST_INK * ink.peak, EVERYWHERE)
    patches = parted(_strong(strokes, levels, STRONG_INK * ink.peak), strokes)
    if _softness(levels, strokes, patches, ink.peak) > SOFTEST_INK:
        if ink.peak < FAINT:
            raise ImageError(NOTHING)
        raise ImageError(
            "shows no digit, its tones run into one another as those of photographs and textures; "
            "use a picture of dark ink on light paper, or light on dark"
        )
    found = in_order(joined(patches, strokes))
    if not found:
        raise ImageError("shows no digit, only specks, lines or blots; use another picture")
    if len(found) > MAX_DIGITS:
        raise ImageError(
            f"shows {len(found)} patches of ink, more than {MAX_DIGITS}, the most that are read; use a part of it"
        )
    return [
        _cut(patch, strokes, levels, ink, size, image.shape[1:]) for patch in found
    ], ink.inverted


def _ready_digit(
    image: np.ndarray, size: int, invert: bool | None
) -> tuple[list[PaperDigit], bool]:
    """Return a digit of the network's own size, centred if it is off the middle."""
    if int(image.max()) - int(image.min()) < MIN_RANGE:
        raise ImageError(NOTHING)
    inverted = is_dark_on_light(image) if invert is None else invert
    if inverted:
        image = 255 - image
    if is_placed(image):
        return [PaperDigit(image)], inverted
    return [PaperDigit(centre_digit(image, size), (0, 0, size, size))], inverted


def _softness(
    levels: np.ndarray, strokes: np.ndarray, patches: Sequence[Patch], peak: float
) -> float:
    """Return the area of half strong ink, of that of strong ink, within patches."""
    labels = [label for patch in patches for label in patch.labels]
    ink = levels[np.isin(strokes, labels)]
    strong = int((ink > HALF_STRONG * peak).sum())
    return (len(ink) - strong) / max(strong, 1)


def _strong(strokes: np.ndarray, levels: np.ndarray, least: float) -> list[Patch]:
    """Return the patches that have ink as strong as this."""
    boxes = ndimage.find_objects(strokes)
    if not boxes:
        return []
    peaks = ndimage.maximum(levels, strokes, np.arange(1, len(boxes) + 1))
    return [
        Patch((k + 1,), rows.start, rows.stop, columns.start, columns.stop)
        for k, ((rows, columns), peak) in enumerate(zip(boxes, peaks, strict=True))
        if peak >= least
    ]


def parted(patches: Sequence[Patch], strokes: np.ndarray) -> list[Patch]:
    """Part digits that touch each other, where the least ink lies between them.

    Parameters
    ----------
    patches : sequence of Patch
        Of one label each.
    strokes : ndarray of int, shape (rows, columns)
        Labels; what is parted gets new ones.
    """
    if not patches:
        return []
    height = _typical(np.array([patch.height for patch in patches]))
    waiting, whole = list(patches), []
    while waiting:
        patch = waiting.pop()
        beyond = _beyond_cut(_mask(patch, strokes)) if _may_be_several(patch, height) else None
        if beyond is None:
            whole.append(patch)
            continue
        label = int(strokes.max()) + 1
        strokes[patch.top : patch.bottom, patch.left : patch.right][beyond] = label
        here = strokes[patch.top : patch.bottom, patch.left : patch.right]
        for name in (*patch.labels, label):
            rows, columns = (np.flatnonzero((here == name).any(axis=axis)) for axis in (1, 0))
            edges = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
            sides = zip(edges, (patch.top, patch.top, patch.left, patch.left), strict=True)
            waiting.append(Patch((name,), *(int(edge) + start for edge, start in sides)))
    return whole


def _may_be_several(patch: Patch, height: float) -> bool:
    """Return whether a patch is too wide for one digit, and not too low for any."""
    return patch.width > SEVERAL * patch.height and patch.height > PIECE * height


def _beyond_cut(mask: np.ndarray) -> np.ndarray | None:
    """Return what is to the right of the thinnest place of a patch, if it is thin."""
    rows, columns = mask.shape
    down = (np.arange(rows) - rows / 2)[:, np.newaxis]
    places = np.arange(round(0.25 * columns), round(0.75 * columns))
    least = (THINNEST_PLACE * rows, None)
    for slope in SLOPES:
        at = np.clip(np.rint(places + slope * down).astype(int), 0, columns - 1)
        inked = np.take_along_axis(mask, at, axis=1)
        crossed = inked.sum(axis=0).astype(float)
        starts = np.diff(inked, axis=0, prepend=False) & inked
        crossed[starts.sum(axis=0) > 1] = np.inf  # through a zero, not between two digits
        best = int(crossed.argmin())
        if crossed[best] < least[0]:
            beyond = mask & (np.arange(columns) > places[best] + slope * down)
            halves = (beyond, mask & ~beyond)
            if all(half.any(axis=1).sum() > PART * rows for half in halves):
                least = (float(crossed[best]), beyond)
    return least[1]


def joined(patches: Sequence[Patch], strokes: np.ndarray) -> list[Patch]:
    """Join the pieces of broken digits, and leave out what is none."""
    if not patches:
        return []
    whole, n_pieces = list(patches), len(patches) + 1
    while (
        len(whole) < n_pieces
    ):  # each round may show that digits are higher than pieces of them seemed
        n_pieces = len(whole)
        height = _typical(np.array([patch.height for patch in whole]))
        whole = _joined_once(whole, height)
    return [patch for patch in whole if _is_like_a_digit(patch, height, strokes)]


def _joined_once(patches: Sequence[Patch], height: float) -> list[Patch]:
    """Join pieces to the digits that they are near, the largest first."""
    pieces = [patch for patch in patches if max(patch.height, patch.width) > DUST * height]
    whole: list[Patch] = []
    for patch in sorted(pieces, key=lambda patch: -patch.height * patch.width):
        near = [k for k, other in enumerate(whole) if _belongs(patch, other, height)]
        if near:
            k = min(near, key=lambda k: _gap(patch, whole[k]))
            whole[k] = _together(patch, whole[k])
        else:
            whole.append(patch)
    return whole


def _typical(heights: np.ndarray) -> float:
    """Return the median of heights, weighted by themselves: specks hardly count."""
    order = np.sort(heights)
    return float(order[np.searchsorted(np.cumsum(order), order.sum() / 2)])


def _gap(one: Patch, other: Patch) -> float:
    """Return the distance between two boxes, 0 if they overlap."""
    down = max(one.top - other.bottom, other.top - one.bottom, 0)
    across = max(one.left - other.right, other.left - one.right, 0)
    return float(np.hypot(down, across))


def _belongs(piece: Patch, other: Patch, height: float) -> bool:
    """Return whether a piece is a part of the digit beside it."""
    both, gap = _together(piece, other), _gap(piece, other)
    if both.width > LARGEST * max(height, both.height) or gap > NEAR * height:
        return False
    overlap = min(piece.right, other.right) - max(piece.left, other.left)
    if overlap > 0.5 * min(piece.width, other.width):  # above, below or within
        # A digit alone that is broken in the middle is twice as high as its pieces.
        return both.height <= (LARGEST if gap > BROKEN * height else 2.3) * height
    is_piece = min(piece.height, other.height) < PIECE * height
    return is_piece and gap < BROKEN * height and both.height <= LARGEST * height


def _together(one: Patch, other: Patch) -> Patch:
    return Patch(
        one.labels + other.labels,
        min(one.top, other.top),
        max(one.bottom, other.bottom),
        min(one.left, other.left),
        max(one.right, other.right),
    )


def _is_like_a_digit(patch: Patch, height: float, strokes: np.ndarray) -> bool:
    """Return whether a patch is like a digit among digits of this height."""
    least = MIN_HEIGHT if max(strokes.shape) > SMALL_PICTURE else 3
    if max(patch.height, patch.width) < SPECK * height or patch.height < least:
        return False
    if patch.width > DASH * patch.height or patch.height > LINE * patch.width:
        return False
    width = _stroke_width(patch, strokes) / max(patch.height, patch.width)
    crosses = patch.height == strokes.shape[0] or patch.width == strokes.shape[1]
    return (THINNEST_CROSSING if crosses else 0) < width < WIDEST_STROKE


def _stroke_width(patch: Patch, strokes: np.ndarray) -> float:
    return 2 * float(ndimage.distance_transform_edt(np.pad(_mask(patch, strokes), 1)).max())


def _mask(patch: Patch, strokes: np.ndarray) -> np.ndarray:
    """Return where the ink of a patch is within its box."""
    return np.isin(strokes[patch.top : patch.bottom, patch.left : patch.right], patch.labels)


def in_order(patches: Sequence[Patch]) -> list[Patch]:
    """Sort patches as one reads: lines from top to bottom, each from left to right."""
    lines: list[list[Patch]] = []
    for patch in sorted(patches, key=lambda patch: patch.top + patch.bottom):
        middle = (patch.top + patch.bottom) / 2
        for line in lines:
            nearest = min(line, key=lambda other: abs(other.left - patch.left))
            if nearest.top < middle < nearest.bottom:
                line.append(patch)
                break
        else:
            lines.append([patch])
    return [patch for line in lines for patch in sorted(line, key=lambda patch: patch.left)]


def _cut(
    patch: Patch,
    strokes: np.ndarray,
    levels: np.ndarray,
    ink: Ink,
    size: int,
    shape: tuple[int, ...],
) -> PaperDigit:
    """Cut a digit out of its surroundings."""
    margin = 1
    rows, columns = (
        slice(max(0, low - margin), high + margin)
        for low, high in ((patch.top, patch.bottom), (patch.left, patch.right))
    )
    own = ndimage.binary_dilation(np.isin(strokes[rows, columns], patch.labels), EVERYWHERE)
    digit = np.where(own, levels[rows, columns], 0)
    rows_end, columns_end = strokes.shape
    at_border = (
        min(patch.top, patch.left) == 0 or patch.bottom == rows_end or patch.right == columns_end
    )
    doubt = ""
    if at_border:
        doubt = "ink reaches the border, where it may be cut off"
    elif _stroke_width(patch, strokes) > BOLD_STROKE * max(patch.height, patch.width):
        doubt = "more a blot than a digit"
    left, top, right, bottom = (
        round(side * ink.scale) for side in (patch.left, patch.top, patch.right, patch.bottom)
    )
    box = (left, top, min(right, shape[1]), min(bottom, shape[0]))
    return PaperDigit(place_digit(np.minimum(digit / ink.peak, 1), size), box, doubt)
