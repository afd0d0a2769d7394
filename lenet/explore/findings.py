"""Exploration of a data set: all findings about it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from lenet.data.indexed_images import Images
from lenet.explore.index import DatasetIndex
from lenet.explore.label_errors import Suspect, Vote, confident_disagreements, mistakes, vote
from lenet.explore.leakage import Leakage, leakage_of
from lenet.explore.near_duplicates import Group, exact_copies, near_copies, same_pictures
from lenet.explore.similarity import features_of, nearest, similarity_in_detail
from lenet.explore.summary import FileSizes, Values, file_sizes, value_ranges

NEIGHBOURS = 10


@dataclass(frozen=True)
class Findings:
    """Findings about a data set: duplicates, suspected label errors, statistics.

    Attributes
    ----------
    album : DatasetIndex
    values : list of Values
    sizes : FileSizes or None
        None for images that are from no files of their own.
    copies : list of Group
        Images whose pixels are all the same.
    near_copies : list of Group
        Images that seem to be made from the same picture.
    vote : Vote or None
        None, like no near copies, if there are too few images to compare one with others.
    leakage : Leakage or None
        None if there are too few images to tell.
    model : Path or None
        A trained network.
    mistakes : list of lists of Suspect
        What it takes for another class, for each part; nothing without a network.
    disagreements : list of Suspect or None
        Labels that networks of a cross-validation contradict which have not learnt them; None without any.
    """

    album: DatasetIndex
    values: list[Values]
    sizes: FileSizes | None
    copies: list[Group]
    near_copies: list[Group]
    vote: Vote | None
    leakage: Leakage | None = None
    model: Path | None = None
    mistakes: list[list[Suspect]] = field(default_factory=list)
    disagreements: list[Suspect] | None = None

    @cached_property
    def counts(self) -> np.ndarray:
        """Number of images of each class in each part, int, shape (classes, parts)."""
        return self.album.counts()


def explore_album(
    album: DatasetIndex,
    model: Path | None = None,
    probabilities: Callable[[Images], np.ndarray] | None = None,
    out_of_fold: np.ndarray | None = None,
) -> Findings:
    """Explore all images of a data set and return the findings.

    Parameters
    ----------
    album : DatasetIndex
    model : Path, optional
        A trained network.
    probabilities : callable (images) -> ndarray of float, shape (n, classes), optional
        Its answers.
    out_of_fold : ndarray of float, shape (n, classes), optional
        What networks say of all images, each by one that was not trained on it.
    """
    pictures = same_pictures(album)
    distinct = np.unique(pictures, return_index=True)[1]
    distinct.sort()
    near: list[Group] = []
    votes = None
    if len(distinct) > NEIGHBOURS:
        looks = features_of(album.batches())
        outlines, thumbnails = looks.outlines[distinct], looks.thumbnails[distinct]
        neighbours, similarity = nearest(outlines, NEIGHBOURS)
        in_detail = similarity_in_detail(thumbnails, neighbours)
        near = near_copies(album, distinct, neighbours, similarity, in_detail)
        votes = vote(album, distinct, neighbours, similarity)
    wrong = []
    if probabilities is not None:
        parts = [split.images for split in album.splits.values()]
        wrong = mistakes(album, [probabilities(images) for images in parts])
    return Findings(
        album=album,
        values=value_ranges(album),
        sizes=file_sizes(album),
        copies=exact_copies(album, pictures),
        near_copies=near,
        vote=votes,
        leakage=leakage_of(album, near),
        model=model,
        mistakes=wrong,
        disagreements=None if out_of_fold is None else confident_disagreements(album, out_of_fold),
    )
