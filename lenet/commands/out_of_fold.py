"""Predictions out of fold: each image by the network that was not trained on it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from lenet.commands.chosen_dataset import saved
from lenet.data.dataset import Dataset, Split, joined_splits
from lenet.data.folds import fold_of
from lenet.runs.ensemble import Ensemble


class OutOfFold(NamedTuple):
    """Test images of all folds, and what the network of its fold says of each.

    Attributes
    ----------
    splits : dict of str to Split
        By fold, such as "fold 1".
    probabilities : ndarray of float, shape (n, classes)
        Of the images of all splits, one after the other.
    confidences : ndarray of float, shape (n,)
    """

    splits: dict[str, Split]
    probabilities: np.ndarray
    confidences: np.ndarray

    def whole(self, dataset: Dataset) -> Dataset:
        """Return a data set whose test part has all these images, in their order."""
        nothing = dataset.train.take(slice(0))
        return replace(
            dataset, train=nothing, valid=nothing, test=joined_splits(*self.splits.values())
        )


def out_of_fold(
    model: Ensemble,
    dataset: Dataset,
    load: Callable[[Mapping[str, Any]], Dataset],
    batch_size: int,
    tta: bool = False,
) -> OutOfFold:
    """Return predictions of each image by the network that was not trained on it.

    Parameters
    ----------
    model : Ensemble
    dataset : Dataset
        What they have learnt from, not divided into folds.
    load : callable (attributes) -> Dataset
        Loads it as another fold sees it, if they see deep values by different ranges.
    batch_size : int
        Images to classify at a time.
    tta : bool
        Whether each is the mean over versions of the image.

    Raises
    ------
    CheckpointError, DataError
        If a file does not say which fold it is of, or the images cannot be divided any more.
    """
    splits, probabilities, confidences = {}, [], []
    for member in model.members:
        folds, fold, seed = saved(member.attributes, "folds", "fold", "fold_seed")
        if model.has_one_sight:
            # As it was when it was made, however far apart the classes' shares.
            test = fold_of(dataset, folds, fold, seed, epsilon=1.0).test
        else:
            test = load(member.attributes).test
        found = member.probabilities(test.images, batch_size, tta)
        splits[f"fold {fold}"] = test
        probabilities.append(found)
        confidences.append(member.confidences(test.images, found, batch_size))
    return OutOfFold(splits, np.concatenate(probabilities), np.concatenate(confidences))
