"""Stratified splits of a data set: training, validation, test, and folds.

Images that belong together, as the pages of a file or copies of one picture, form a group and come into
the same part.
"""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from lenet.errors import DataError
from lenet.text import table

PARTS = ("training", "validation", "test")
EPSILON = 0.05


def stratified(
    labels: np.ndarray,
    groups: np.ndarray,
    shares: Sequence[float],
    class_names: Sequence[str],
    rng: np.random.Generator,
) -> list[np.ndarray]:
    """Stratified split: parts with the same class shares.

    Parameters
    ----------
    labels : ndarray of int, shape (n,)
    groups : ndarray of int, shape (n,)
        Images with the same number stay together, unless a part would then have none of a class.
    shares : sequence of float
        How large the parts are, on any scale.
    class_names : sequence of str
    rng : numpy.random.Generator
        Decides which images come into which part, and their order there.

    Returns
    -------
    list of ndarray of int
        The images of each part. All images are in one, and none in two.

    Raises
    ------
    DataError
        If a class has fewer images than there are parts.

    Notes
    -----
    How many images of a class a part gets is rounded by largest remainders. Groups are assigned first, the
    largest before all others, each to the part that lacks most images of its classes.
    """
    n_parts = len(shares)
    counts = np.bincount(labels, minlength=len(class_names))
    for name, count in zip(class_names, counts, strict=True):
        if count < n_parts:
            raise DataError(
                f"class {name}: {count} {'image' if count == 1 else 'images'}, expected at least "
                f"{n_parts}, one for each part; add images, or leave the class out"
            )
    wanted = np.zeros((len(counts), n_parts), int)
    for label, count in enumerate(counts):
        # Of parts that are as near to one more, the smallest: else the first would get it every time.
        wanted[label] = apportioned(count, shares, last=wanted.sum(axis=0) / np.asarray(shares))
    order = rng.permutation(len(labels))
    while True:
        parts = _assigned(labels, groups, wanted, order)
        without = (counts_of(labels, parts, wanted.shape) == 0).any(axis=1)
        if not without.any():
            return [order[parts[order] == part] for part in range(n_parts)]
        # A few large groups cannot be everywhere: their images can.
        apart = without[labels]
        groups = np.where(apart, groups.max() + 1 + np.arange(len(groups)), groups)


def check_shares(shares: Sequence[float]) -> None:
    """Raise `DataError` if the shares of the parts leave one empty or do not add up.

    There may be no test part.

    Parameters
    ----------
    shares : sequence of three float
        Percents or fractions.
    """
    text = "--split " + " ".join(f"{share:g}" for share in shares)
    for part, share in zip(PARTS, shares, strict=True):
        if not (share > 0 or (share == 0 and part == PARTS[-1])):
            raise DataError(
                f"{text}: leaves the {part} part empty; expected positive numbers, of which the last, for "
                "testing, may be 0"
            )
    total = sum(shares)
    if not any(math.isclose(total, whole, rel_tol=1e-3) for whole in (100, 1)):
        raise DataError(f"{text}: adds up to {total:g}, expected 100 or 1")


def apportioned(
    count: int, shares: Sequence[float] | np.ndarray, last: np.ndarray | None = None
) -> np.ndarray:
    """Divide a number by the method of largest remainders.

    Each share that is not zero gets one at least, if there are as many.

    Parameters
    ----------
    count : int
    shares : sequence of float
    last : ndarray of float, shape of `shares`, optional
        Of shares with the same remainder, those with the smallest number here come first.

    Returns
    -------
    ndarray of int, shape of `shares`
    """
    weights = np.asarray(shares, float)
    if not weights.any():
        return np.zeros(len(weights), int)
    exact = count * weights / weights.sum()
    found = np.floor(exact).astype(int)
    remainders = np.round(exact - found, 9)
    order = np.lexsort((np.zeros(len(exact)) if last is None else last, -remainders))
    found[order[: count - found.sum()]] += 1
    for part in np.flatnonzero((found == 0) & (weights > 0)):
        if found.max() > 1:
            found[found.argmax()] -= 1
            found[part] += 1
    return found


def counts_of(labels: np.ndarray, parts: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Count the images of each class in each part, shape (classes, parts)."""
    counts = np.zeros(shape, int)
    np.add.at(counts, (labels, parts), 1)
    return counts


def _assigned(
    labels: np.ndarray, groups: np.ndarray, wanted: np.ndarray, order: np.ndarray
) -> np.ndarray:
    """Return the part of each image, shape (n,); see `stratified`."""
    parts = np.empty(len(labels), np.intp)
    missing = wanted.copy()
    is_single = (np.bincount(groups)[groups] == 1)[order]
    for images in _largest_first(order[~is_single], groups):
        of_classes = np.bincount(labels[images], minlength=len(wanted))
        part = int((of_classes @ missing).argmax())
        parts[images] = part
        missing[:, part] -= of_classes
    singles = order[is_single]
    for label, lacks in enumerate(missing):
        images = singles[labels[singles] == label]
        numbers = apportioned(len(images), np.maximum(lacks, 0))
        parts[images] = np.repeat(np.arange(len(numbers)), numbers)
    return parts


def _largest_first(images: np.ndarray, groups: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the images of each group, the largest group first.

    Groups of one size come in the order of their images.
    """
    if not len(images):
        return
    _, first, sizes = np.unique(groups[images], return_index=True, return_counts=True)
    by_group = images[np.argsort(groups[images], kind="stable")]
    members = np.split(by_group, np.cumsum(sizes)[:-1])
    for k in np.lexsort((first, -sizes)):
        yield members[k]


def group_ids(
    files: np.ndarray, pictures: np.ndarray, groups: np.ndarray | None = None
) -> np.ndarray:
    """Return a group id for each image, shared by those of one file and by duplicates.

    Parameters
    ----------
    files, pictures : ndarray of int, shape (n,)
        Number of the file that an image is from, and of what it shows.
    groups : ndarray of int, shape (n,), optional
        Of the group that the user has put it into, whose images share an id, too.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n_files = int(files.max()) + 1
    others = n_files + pictures
    size = int(others.max()) + 1
    if groups is not None:
        files, others = np.tile(files, 2), np.concatenate([others, size + groups])
        size = int(others.max()) + 1
    edges = coo_array((np.ones(len(files)), (files, others)), shape=(size, size))
    _, components = connected_components(edges, directed=False)
    return components[files[: len(pictures)]]


def refuse_other_shares(
    labels: Sequence[np.ndarray],
    class_names: Sequence[str],
    epsilon: float | None = None,
    parts: Sequence[str] = PARTS,
) -> None:
    """Raise `DataError` if the shares of a class in two parts differ too much.

    Parameters
    ----------
    labels : sequence of ndarray of int
        Those of the images in each part; an empty one does not count.
    class_names, parts : sequence of str
    epsilon : float, optional
        The largest difference, as a fraction of the images of a part; by default 0.05, or what two images
        are of the smallest part, if that is more: rounding alone makes no larger one.
    """
    counts = np.stack([np.bincount(part, minlength=len(class_names)) for part in labels], axis=1)
    parts = [part for part, total in zip(parts, counts.sum(axis=0), strict=False) if total]
    counts = counts[:, counts.any(axis=0)]
    if epsilon is None:
        epsilon = max(EPSILON, 2 / counts.sum(axis=0).min())
    shares = counts / counts.sum(axis=0)
    worst = int(np.ptp(shares, axis=1).argmax())
    low, high = shares[worst].argmin(), shares[worst].argmax()
    if shares[worst, high] - shares[worst, low] > epsilon:
        raise DataError(
            f"class {class_names[worst]}: {100 * shares[worst, low]:.2f} % of the {parts[low]} images, "
            f"but {100 * shares[worst, high]:.2f} % of the {parts[high]} images, further apart than "
            f"--epsilon {epsilon:g}; add images, or allow more"
        )


def shares_table(
    counts: np.ndarray, class_names: Sequence[str], parts: Sequence[str] = PARTS
) -> str:
    """Return the table of `shares_rows` as text."""
    return table(shares_rows(counts, class_names, parts))


def shares_rows(
    counts: np.ndarray, class_names: Sequence[str], parts: Sequence[str] = PARTS
) -> list[list[str]]:
    """Return a table of the images of each class in each part: counts and shares.

    Parameters
    ----------
    counts : ndarray of int, shape (classes, parts)
    class_names, parts : sequence of str

    Returns
    -------
    list of lists of str
        The first row is the header, the last one the total.
    """
    rows = [["class", "images", *(cell for part in parts for cell in (part, "%"))]]
    totals = counts.sum(axis=0)
    for name, row in zip([*class_names, "total"], [*counts, totals], strict=True):
        cells = [
            text
            for count, total in zip(row, totals, strict=True)
            for text in (f"{count:,}", f"{100 * count / total:.2f}" if total else "-")
        ]
        rows.append([name, f"{row.sum():,}", *cells])
    return rows
