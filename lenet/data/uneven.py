"""Differences of depth, kind, size and range between classes of pictures.

A network may learn them in place of what the pictures show.

Where one class is from another camera, its depth, format or size tells the class.
"""

import os
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from lenet.data.dataset import Dataset
from lenet.data.deep_values import INVERTED, NUMBERS, number_name
from lenet.data.headers import Header
from lenet.data.indexed_images import IndexedImages
from lenet.data.picture_pages import picture_sizes
from lenet.data.picture_search import kinds_left_out
from lenet.data.ranged_images import RangedImages, planes_of
from lenet.data.sampling import evenly
from lenet.data.splits import PARTS
from lenet.data.value_ranges import percentiles, sample
from lenet.errors import ImageError
from lenet.text import listed, shown

# Of the files of one class and of another: how far a share may differ, and how many make a share.
MAX_DIFFERENCE, MIN_FILES = 0.5, 5
# Between the ranges, and between the sides, of pictures of two classes.
MAX_RATIO, SIDE_RATIO = 4.0, 1.25
MAX_NAMES = 3
# Parts are dealt out by chance, in which a few files say little.
MIN_OF_PARTS = 20
CLASSES, OF_PARTS, FOLDERS = "classes", "parts", "folders"
ENDS = {
    CLASSES: "the network may learn that in place of what is shown",
    OF_PARTS: "the error of one says little about another",
    FOLDERS: "see whether the network is as good for each of them",
}
MAX_IMAGES = 20_000  # that are looked at in parts and folders, evenly spaced
SAMPLE = 400  # files whose size is looked at, all classes together
KINDS = {".jpeg": ".jpg", ".jpe": ".jpg", ".jfif": ".jpg", ".tiff": ".tif", ".dib": ".bmp"}


def folder_warnings(
    paths: Sequence[Path],
    labels: np.ndarray,
    names: Sequence[str],
    headers: Sequence[Header],
    others: Sequence[Path],
    files: np.ndarray,
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
    base : ndarray or RangedImages
        All images.
    """
    lines = [kinds_left_out(others)] if others else []
    remarks: dict[str, list[str]] = {}
    for path, header in zip(paths, headers, strict=True):
        if header.remark:
            remarks.setdefault(header.remark, []).append(shown(path))
    lines += [f"{remark}: {listed(found, MAX_NAMES)}" for remark, found in remarks.items()]
    classes = labels[files]
    lines += differences(base, np.arange(len(classes)), [paths[k] for k in files], classes, names)
    return lines


def split_warnings(dataset: Dataset) -> list[str]:
    """Return warnings about differences between the parts and between the folders.

    Parameters
    ----------
    dataset : Dataset
        Of picture files, split; there are none about others. Of very many, some are looked at.
    """
    images = [part.images for part in (dataset.train, dataset.valid, dataset.test)]
    known = [found for found in images if isinstance(found, IndexedImages)]
    sources = known[0].sources if len(known) == len(images) else None
    if sources is None:
        return []
    rows = np.concatenate([found.rows for found in known])
    parts = np.repeat(np.arange(len(known)), [len(found) for found in known])
    some = evenly(len(rows), MAX_IMAGES)
    rows, parts = rows[some], parts[some]
    paths = [Path(os.path.abspath(sources[int(k)].path)) for k in rows]
    base = known[0].base
    lines = list(differences(base, rows, paths, parts, PARTS, OF_PARTS))
    folders = [Path(os.path.abspath(folder)) for folder in dataset.origin.get("image_dir", ())]
    if len(folders) > 1:
        of_folders = np.array(
            [
                next((k for k, f in enumerate(folders) if path.is_relative_to(f)), -1)
                for path in paths
            ]
        )
        inside = np.flatnonzero(of_folders >= 0)
        lines += differences(
            base,
            rows[inside],
            [paths[k] for k in inside],
            of_folders[inside],
            [shown(folder) for folder in folders],
            FOLDERS,
        )
    return lines


def differences(
    base: object,
    rows: np.ndarray,
    paths: Sequence[Path],
    groups: np.ndarray,
    names: Sequence[str],
    of: str = CLASSES,
) -> Iterator[str]:
    """Yield lines on depth, kind, size and range that differ between groups of images.

    Parameters
    ----------
    base : ndarray or RangedImages
    rows : ndarray of int, shape (n,)
        Which of its images.
    paths : sequence of Path, of length n
        The file of each.
    groups : ndarray of int, shape (n,)
        The group of each.
    names : sequence of str
        Of the groups.
    of : str
        What the groups are.
    """
    numbers = base.numbers[rows] if isinstance(base, RangedImages) else None
    yield from filter(None, [share_line("depth", depths(numbers, len(rows)), groups, names, of)])
    yield from filter(None, [share_line("kind of file", file_kinds(paths), groups, names, of)])
    yield from filter(None, [size_line(paths, groups, names, of)])
    if isinstance(base, RangedImages):
        yield from range_lines(base, rows, groups, names, of)


def share_line(
    what: str, values: Sequence[str], groups: np.ndarray, names: Sequence[str], of: str = CLASSES
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
    large = np.flatnonzero(counts >= least_of(of))
    if len(large) < 2:
        return ""
    worst, line = MAX_DIFFERENCE, ""
    found = np.asarray(values, dtype=str)
    for kind in sorted(set(values)):
        shares = np.bincount(groups[found == kind], minlength=len(names))[large] / counts[large]
        difference = float(shares.max() - shares.min())
        if difference < worst or (line and difference == worst):
            continue
        worst = difference
        most, least = (
            [names[k] for k in large[shares == share]] for share in (shares.max(), shares.min())
        )
        line = (
            f"{what} differs between {of}: {kind} is {100 * shares.max():.0f} % of "
            f"{listed(most, MAX_NAMES)}, {100 * shares.min():.0f} % of {listed(least, MAX_NAMES)}"
        )
        line += f"; {ENDS[of]}"
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
    images: RangedImages,
    rows: np.ndarray,
    groups: np.ndarray,
    names: Sequence[str],
    of: str = CLASSES,
) -> list[str]:
    """Return lines on ranges of deep values that are wider in one class.

    Parameters
    ----------
    images : RangedImages
    rows : ndarray of int, shape (n,)
        Which of the images.
    groups : ndarray of int, shape (n,)
        The group of each.
    names : sequence of str
    of : str
        What the groups are.
    """
    lines = []
    numbers = images.numbers[rows] % INVERTED
    for number in np.unique(numbers[numbers > 0]).tolist():
        found = []
        for key, plane in planes_of(NUMBERS[number], images.shape[1], images.rule.by_channel):
            spans: dict[str, tuple[float, float]] = {}
            for group, name in enumerate(names):
                members = rows[(numbers == number) & (groups == group)]
                if len(members) >= least_of(of):
                    spans[name] = percentiles(sample(images.values, members, plane))
            if len(spans) < 2:
                continue
            widths = {name: high - low for name, (low, high) in spans.items()}
            ends = max(widths, key=widths.__getitem__), min(widths, key=widths.__getitem__)
            if widths[ends[0]] > MAX_RATIO * widths[ends[1]]:
                found.append((key, [f"{name} has {span_text(*spans[name])}" for name in ends]))
        if found:
            key, texts = found[0]
            more = (
                f", and of {len(found) - 1} more channel{'s' * (len(found) > 2)}"
                if len(found) > 1
                else ""
            )
            lines.append(
                f"range of {key} differs between {of}: {', '.join(texts)}{more}; {ENDS[of]}"
            )
    return lines


def span_text(low: float, high: float) -> str:
    """Return the lowest and the highest value of something in words."""
    return f"{low:.6g} to {high:.6g}"


def size_line(
    paths: Sequence[Path], groups: np.ndarray, names: Sequence[str], of: str = CLASSES
) -> str:
    """Return a line if all pictures of one group are larger than those of another.

    A sample of the files is looked at.
    """
    sides = {
        name: [max(size) for size in sizes]
        for name, sizes in sampled_sizes(paths, groups, names, of).items()
    }
    known = {
        name: np.percentile(found, (5, 50, 95))
        for name, found in sides.items()
        if len(found) >= least_of(of)
    }
    if len(known) < 2:
        return ""
    small = min(known, key=lambda name: known[name][2])
    large = max(known, key=lambda name: known[name][0])
    if known[large][0] <= SIDE_RATIO * known[small][2]:
        return ""
    return (
        f"size of the pictures differs between {of}: about {known[large][1]:.0f} pixels for {large}, "
        f"{known[small][1]:.0f} for {small}; {ENDS[of]}"
    )


def sampled_sizes(
    paths: Sequence[Path], groups: np.ndarray, names: Sequence[str], of: str
) -> dict[str, list[tuple[int, int]]]:
    """Return rows and columns of a sample of the pictures of each group."""
    most = max(least_of(of), SAMPLE // max(1, len(names)))
    sizes = {}
    for group, name in enumerate(names):
        found = [first_size(paths[k]) for k in members_of(groups, group, most)]
        sizes[name] = [size for size in found if size]
    return sizes


def members_of(groups: np.ndarray, group: int, most: int) -> list[int]:
    """Return the members of a group, or so many of them, evenly spaced."""
    members = np.flatnonzero(groups == group)
    return members[evenly(len(members), most)].tolist()


@lru_cache(4 * SAMPLE)
def first_size(path: Path) -> tuple[int, int] | None:
    """Return rows and columns of the first picture in a file; None if unknown."""
    try:
        return picture_sizes(path, first_only=True)[0]
    except ImageError:
        return None


def least_of(of: str) -> int:
    """Return how many images of a group it takes to say something of it."""
    return MIN_OF_PARTS if of == OF_PARTS else MIN_FILES
