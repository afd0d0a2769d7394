"""Names of arrays in files: the part of a data set that each is of."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from lenet.data.splits import PARTS
from lenet.errors import DataError
from lenet.text import listed, shown

TRAINING, VALIDATION, TEST = PARTS
IMAGES, LABELS = "images", "labels"
WHOLE = "all"  # part of images that have none
CLASS_NAMES = "class_names"
OF_PART = {
    **{"train": TRAINING, "training": TRAINING, "test": TEST},
    **dict.fromkeys(("val", "valid", "validation", "dev"), VALIDATION),
}
OF_KIND = {
    **dict.fromkeys(("x", "images", "image", "data"), IMAGES),
    **dict.fromkeys(("y", "labels", "label", "target", "targets"), LABELS),
}
MAX_NAMES = 8
EXPECTED = (
    "expected x_train, y_train, x_test and y_test (x_val and y_val, too), or train_images, train_labels and so on, or "
    "X and y, or images and labels"
)


class Names(NamedTuple):
    """Names of the two arrays of a part."""

    images: str
    labels: str


def parts_named(names: Iterable[str], place: str) -> Mapping[str, Names]:
    """Return the names of the arrays of each part.

    Parameters
    ----------
    names : iterable of str
        Of all arrays in a file.
    place : str
        The file, for messages.

    Returns
    -------
    mapping of str to Names
        Training, test and perhaps validation; training and perhaps validation; or `WHOLE` alone.

    Raises
    ------
    DataError
        If they do not say, lack one of two, or say it twice.
    """
    names = list(names)
    found: dict[tuple[str, str], str] = {}
    for name in names:
        meant = meaning(name)
        if meant is None:
            continue
        if meant in found:
            raise DataError(
                f"{place}: {shown(found[meant])} and {shown(name)} are both of the {meant[1]} of one part; rename "
                "or leave out one of them"
            )
        found[meant] = name
    there = listed([shown(name) for name in names], MAX_NAMES) or "no arrays"
    parts = {part for part, _ in found}
    for part in parts:
        for kind, other in ((IMAGES, LABELS), (LABELS, IMAGES)):
            if (part, kind) not in found:
                raise DataError(
                    f"{place}: has {shown(found[part, other])}, but no {kind} beside it; it holds {there}, {EXPECTED}"
                )
    if not parts:
        raise DataError(f"{place}: holds {there}; {EXPECTED}")
    if WHOLE in parts and len(parts) > 1:
        raise DataError(
            f"{place}: {shown(found[WHOLE, IMAGES])} is of no part, but others are; leave it out, or them"
        )
    if WHOLE not in parts and TRAINING not in parts:
        raise DataError(f"{place}: no training images; it holds {there}, {EXPECTED}")
    return {part: Names(found[part, IMAGES], found[part, LABELS]) for part in sorted(parts)}


def meaning(name: str) -> tuple[str, str] | None:
    """Return the part and the kind of an array by its name; None if it says neither.

    ``x_train`` and ``train_images`` are words for the same.
    """
    words = name.lower().split("_")
    if len(words) == 1 and words[0] in OF_KIND:
        return WHOLE, OF_KIND[words[0]]
    if len(words) != 2:
        return None
    for kind, part in (words, words[::-1]):
        if kind in OF_KIND and part in OF_PART:
            return OF_PART[part], OF_KIND[kind]
    return None
