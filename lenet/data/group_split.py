"""Splits of grouped images: each group is in one part."""

from collections.abc import Sequence

import numpy as np

from lenet.data.splits import stratified
from lenet.errors import DataError
from lenet.text import counted

MOST_TRIES, MOST_PLACED = 30, 30_000
GROUP, FILE = "group", "file"
REMEDIES = {
    GROUP: "add images of other groups, choose --split 80 20 0 or another --group",
    FILE: "add other files, choose --split 80 20 0 or another --pages",
}


def divided(
    labels: np.ndarray,
    groups: np.ndarray,
    are_named: bool,
    shares: Sequence[float],
    class_names: Sequence[str],
    rng: np.random.Generator,
    complete: Sequence[int] | None = None,
    what: str = GROUP,
) -> list[np.ndarray]:
    """Split into parts with the same shares of the classes, as far as groups allow it.

    Parameters
    ----------
    are_named : bool
        Whether the user has said what the groups are, each of which is then in one part, and parts may lack
        classes. Else they are copies of a picture and pages of a file; see `lenet.data.splits.stratified`.
    labels, groups, shares, class_names, rng, complete, what
        See `grouped_parts`.

    Raises
    ------
    DataError
        If there are too few images or groups.
    """
    if are_named:
        return grouped_parts(labels, groups, shares, class_names, rng, complete, what)
    return stratified(labels, groups, shares, class_names, rng)


def grouped_parts(
    labels: np.ndarray,
    groups: np.ndarray,
    shares: Sequence[float],
    class_names: Sequence[str],
    rng: np.random.Generator,
    complete: Sequence[int] | None = None,
    what: str = GROUP,
) -> list[np.ndarray]:
    """Split that keeps each group in one part, class shares as near as it allows.

    Parameters
    ----------
    labels, groups : ndarray of int, shape (n,)
    shares : sequence of float
        How large the parts are, on any scale.
    class_names : sequence of str
    rng : numpy.random.Generator
        Decides which groups come into which part, and the order of the images there.
    complete : sequence of int, optional
        Parts that must have every class; by default all. No part is empty.
    what : {"group", "file"}
        What the groups are, for messages.

    Returns
    -------
    list of ndarray of int
        The images of each part.

    Raises
    ------
    DataError
        If there are too few groups.

    Notes
    -----
    Groups are assigned one by one, the largest first, each to the part that it brings nearest to its shares
    of all classes, by the sum of squared differences over what is wanted (chi-squared). Once a class
    has only as many groups left as parts that must have it and do not, these are what they come to. The
    best of some random orders is taken.
    """
    n_classes, n_parts = len(class_names), len(shares)
    ids, members = np.unique(groups, return_inverse=True)
    counts = np.zeros((len(ids), n_classes + 1), int)  # the last column: images of any class
    np.add.at(counts, (members, labels), 1)
    counts[:, -1] = counts.sum(axis=1)
    parts = np.asarray(shares, float) / np.sum(shares)
    wanted = np.maximum(counts.sum(axis=0)[:, np.newaxis] * parts, 0.5)
    needed = np.zeros(wanted.shape, bool)
    needed[:, list(range(n_parts) if complete is None else complete)] = True
    needed[-1] = True
    present = counts > 0
    for row, name in enumerate((*class_names, "")):
        there, least = int(present[:, row].sum()), int(needed[row].sum())
        if there < least and (there or row == n_classes):
            images = f"class {name}: its images are" if name else "all images are"
            raise DataError(
                f"{images} in {counted(there, what)}, expected at least {least}, one for each part; {REMEDIES[what]}"
            )
    needed[~present.any(axis=0)] = False

    best: tuple[float, np.ndarray] | None = None
    lacking = ""
    for _ in range(max(1, min(MOST_TRIES, MOST_PLACED // len(ids)))):
        chosen = _assigned(counts, wanted, needed, rng.permutation(len(ids)))
        got = np.zeros(wanted.shape)
        np.add.at(got.T, chosen, counts)
        missing = (needed & (got == 0)).any(axis=1)
        if missing.any():
            lacking = (*class_names, "")[int(np.flatnonzero(missing)[0])]
            continue
        cost = float(((got - wanted) ** 2 / wanted).sum())
        if best is None or cost < best[0]:
            best = (cost, chosen)
    if best is None:
        raise DataError(
            f"class {lacking}: its {what}s cannot be divided so that each part has some of every class; "
            f"{REMEDIES[what]}"
        )
    of_image = best[1][members]
    order = rng.permutation(len(labels))
    return [order[of_image[order] == part] for part in range(n_parts)]


def _assigned(
    counts: np.ndarray, wanted: np.ndarray, needed: np.ndarray, order: np.ndarray
) -> np.ndarray:
    """Return the part of each group, in one order of them; see `grouped_parts`."""
    order = order[np.argsort(-counts[order, -1], kind="stable")]
    got = np.zeros(wanted.shape)
    left = (counts > 0).sum(axis=0)
    chosen = np.empty(len(counts), np.intp)
    for group in order:
        own = counts[group][:, np.newaxis]
        costs = (own * (own + 2 * got) / wanted).sum(axis=0)
        lacks = needed & (got == 0)
        # Of a class with no group to spare, this one must go where it is lacking.
        urgent = (counts[group] > 0) & (left <= lacks.sum(axis=1)) & lacks.any(axis=1)
        if urgent.any():
            costs = costs - 1e12 * lacks[urgent].sum(axis=0)
        part = int(costs.argmin())
        chosen[group] = part
        got[:, part] += counts[group]
        left -= counts[group] > 0
    return chosen
