"""Differences of depth, kind, size and range between classes of pictures.

A network may learn them in place of what the pictures show.

Where one class is from another camera, its depth, format or size tells the class.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lenet.data.deep_values import INVERTED, NUMBERS, number_name
from lenet.data.headers import Header
from lenet.data.image_files import page_sizes
from lenet.data.picture_search import kinds_left_out
from lenet.data.value_ranges import RangedImages, percentiles, sample
from lenet.errors import ImageError
from lenet.text import listed, shown

# Of the files of one class and of another: how far a share may differ, and how many make a share.
MAX_DIFFERENCE, MIN_FILES = 0.5, 5
# Between the ranges, and between the sides, of pictures of two classes.
MAX_RATIO, SIDE_RATIO = 4.0, 1.25
MAX_NAMES = 3
SAMPLE = 400  # files whose size is looked at, all classes together
KINDS = {".jpeg": ".jpg", ".jpe": ".jpg", ".jfif": ".jpg", ".tiff": ".tif", ".dib": ".bmp"}


def folder_warnings(
    paths: Sequence[Path],
    labels: np.ndarray,
    names: Sequence[str],
    headers: Sequence[Header],
    others: Sequence[Path],
    files: np.ndarray,
    numbers: np.ndarray | None,
    base: object,
) -> list[str]:
    """Return warnings about files left out and differences between classes.

    Parameters
    ----------
    paths : sequence of Path
        The picture files.
    labels : ndarray of int
        The class of each.
    names : sequence of str
        Of the classes.
    headers : sequence of Header
        Of the files.
    others : sequence of Path
        Files that are no pictures by their names.
    files : ndarray of int, shape (n,)
        Which file each image is from.
    numbers : ndarray of uint8, shape (n,), optional
        The type of number of each image; without it, all are bytes.
    base : ndarray or RangedImages
        All images.
    """
    lines = [kinds_left_out(others)] if others else []
    remarks: dict[str, list[str]] = {}
    for path, header in zip(paths, headers, strict=True):
        if header.remark:
            remarks.setdefault(header.remark, []).append(shown(path))
    lines += [f"{remark}: {listed(found, MAX_NAMES)}" for remark, found in remarks.items()]
    classes, kinds = labels[files], file_kinds([paths[k] for k in files])
    lines.append(share_line("depth", depths(numbers, len(classes)), classes, names))
    lines.append(share_line("kind of file", kinds, classes, names))
    lines.append(size_line(paths, labels, names))
    if isinstance(base, RangedImages):
        lines += range_lines(base, np.arange(len(classes)), classes, names)
    return [line for line in lines if line]


def share_line(
    what: str, values: Sequence[str], groups: np.ndarray, names: Sequence[str], of: str = "classes"
) -> str:
    """Return a line on a property of files that is more common in one group.

    Parameters
    ----------
    what : str
        The property, such as "depth".
    values : sequence of str, of length n
    groups : ndarray of int, shape (n,)
    names : sequence of str
        Of the groups.
    of : str
        What the groups are.
    """
    counts = np.bincount(groups, minlength=len(names))
    large = np.flatnonzero(counts >= MIN_FILES)
    if len(large) < 2:
        return ""
    worst, line = MAX_DIFFERENCE, ""
    for kind in sorted(set(values)):
        has_it = np.array([value == kind for value in values])
        shares = np.bincount(groups[has_it], minlength=len(names))[large] / counts[large]
        difference = float(shares.max() - shares.min())
        if difference < worst or (line and difference == worst):
            continue
        worst = difference
        most = [
            names[k]
            for k, share in zip(large.tolist(), shares, strict=True)
            if share >= shares.max()
        ]
        least = [
            names[k]
            for k, share in zip(large.tolist(), shares, strict=True)
            if share <= shares.min()
        ]
        line = (
            f"{what} differs between {of}: {kind} is {100 * shares.max():.0f} % of "
            f"{listed(most, MAX_NAMES)}, {100 * shares.min():.0f} % of {listed(least, MAX_NAMES)}"
        )
        line += "; the network may learn that in place of what is shown" if of == "classes" else ""
    return line


def file_kinds(paths: Sequence[Path]) -> list[str]:
    """Return the kind of each file, by the end of its name."""
    ends = (path.suffix.lower() for path in paths)
    return [KINDS.get(end, end) for end in ends]


def depths(numbers: np.ndarray | None, n: int) -> list[str]:
    """Return the depth of each of n images in words; bytes if none are given."""
    if numbers is None:
        return [NUMBERS[0]] * n
    return [number_name(number) for number in numbers.tolist()]


def range_lines(
    images: RangedImages, rows: np.ndarray, groups: np.ndarray, names: Sequence[str]
) -> list[str]:
    """Return lines on ranges of deep values that are wider in one class.

    Parameters
    ----------
    images : RangedImages
    rows : ndarray of int, shape (n,)
        Which of the images.
    groups : ndarray of int, shape (n,)
        The class of each.
    names : sequence of str
    """
    lines = []
    numbers = images.numbers[rows] % INVERTED
    for number in np.unique(numbers[numbers > 0]).tolist():
        found: dict[str, tuple[float, float]] = {}
        for group, name in enumerate(names):
            members = rows[(numbers == number) & (groups == group)]
            if len(members) >= MIN_FILES:
                found[name] = percentiles(sample(images.values, members))
        if len(found) < 2:
            continue
        wide = max(found, key=lambda name: found[name][1] - found[name][0])
        narrow = min(found, key=lambda name: found[name][1] - found[name][0])
        spans = [found[name][1] - found[name][0] for name in (wide, narrow)]
        if spans[0] > MAX_RATIO * spans[1]:
            texts = (
                f"{name} has {found[name][0]:.6g} to {found[name][1]:.6g}"
                for name in (wide, narrow)
            )
            lines.append(
                f"range of {NUMBERS[number]} differs between classes: {', '.join(texts)}; the network "
                "may learn that in place of what is shown"
            )
    return lines


def size_line(paths: Sequence[Path], labels: np.ndarray, names: Sequence[str]) -> str:
    """Return a line if all pictures of one class are larger than those of another.

    A sample of the files is looked at.
    """
    sides: dict[int, list[int]] = {k: [] for k in range(len(names))}
    for label, found in sides.items():
        members = np.flatnonzero(labels == label)
        most = max(MIN_FILES, SAMPLE // max(1, len(names)))
        if len(members) > most:
            members = members[np.linspace(0, len(members) - 1, most).astype(int)]
        for k in members:
            try:
                found.append(max(page_sizes(paths[int(k)])[0]))
            except (ImageError, IndexError):
                continue
    known = {
        names[k]: np.percentile(found, (5, 50, 95))
        for k, found in sides.items()
        if len(found) >= MIN_FILES
    }
    if len(known) < 2:
        return ""
    small = min(known, key=lambda name: known[name][2])
    large = max(known, key=lambda name: known[name][0])
    if known[large][0] <= SIDE_RATIO * known[small][2]:
        return ""
    return (
        f"size of the pictures differs between classes: about {known[large][1]:.0f} pixels for {large}, "
        f"{known[small][1]:.0f} for {small}; the network may learn that in place of what is shown"
    )
