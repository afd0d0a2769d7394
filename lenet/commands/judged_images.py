"""Images of an evaluation, with the predictions for them and their judgement."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from lenet.commands.out_of_fold import OutOfFold, out_of_fold
from lenet.data.dataset import Dataset, Split, joined_splits
from lenet.errors import CommandError
from lenet.report.class_metrics import ClassScore, class_scores, confusion_counts
from lenet.report.judgement import Judgement
from lenet.runs.ensemble import Ensemble, TrainedModel, named

OUT_OF_FOLD = "out of fold"
ABOUT_FOLDS = "each image is judged by the network of the fold that it tested"


@dataclass(frozen=True)
class JudgedImages:
    """Images in their parts, and what a network says of them.

    Attributes
    ----------
    name : str
        Of the part, or of all.
    splits : dict of str to Split
        By part.
    judgement : Judgement
    class_names : sequence of str
    model : str
        The model, and how it has answered, in words.
    """

    name: str
    splits: dict[str, Split]
    judgement: Judgement
    class_names: Sequence[str]
    model: str

    @property
    def probabilities(self) -> np.ndarray:
        """Probabilities of the classes, shape (n, classes)."""
        return self.judgement.probabilities

    @cached_property
    def joined(self) -> Split:
        """All images."""
        return joined_splits(*self.splits.values())

    @cached_property
    def counts(self) -> np.ndarray:
        """The confusion matrix."""
        predictions = self.probabilities.argmax(axis=1)
        return confusion_counts(self.judgement.labels, predictions, len(self.class_names))

    @cached_property
    def scores(self) -> list[ClassScore]:
        """Precision and the like of each class."""
        return class_scores(self.counts)


def judged_images(
    arguments: argparse.Namespace, model: TrainedModel, dataset: Dataset
) -> JudgedImages:
    """Return what a network says of the images that the arguments choose.

    The images that a cross-validation has learnt from are judged out of fold, all of them.

    Parameters
    ----------
    arguments : argparse.Namespace
        With split and batch_size, and those of `lenet.commands.evaluate.learnt_by`.
    model : SavedModel or Ensemble
    dataset : Dataset

    Raises
    ------
    CheckpointError, CommandError, DataError
        For what the user can put right.
    """
    from lenet.commands.evaluate import choose_splits

    if isinstance(model, Ensemble) and is_learnt(model, dataset):
        return judged_out_of_fold(arguments, model, dataset)
    name, splits = choose_splits(dataset, arguments.split)
    images, labels = joined_splits(*splits.values())
    probabilities = model.probabilities(images, arguments.batch_size, arguments.tta)
    confidences = model.confidences(images, probabilities, arguments.batch_size)
    # What fits the validation images was found without other versions of them.
    fit = None if arguments.tta else model.fit
    judgement = Judgement(labels, probabilities, confidences, fit)
    return JudgedImages(name, splits, judgement, model.class_names, told(model, arguments.tta))


def told(model: TrainedModel, tta: bool) -> str:
    """Return a model's name, and how many versions of an image it sees, if several."""
    return f"{named(model)}, {model.n_versions} versions of each image" if tta else named(model)


def is_learnt(model: TrainedModel, dataset: Dataset) -> bool:
    """Return whether a data set is what a model has learnt from."""
    digest, of_model = (each.get("images_digest") for each in (dataset.origin, model.attributes))
    is_same = dataset.name == model.dataset and (None in (digest, of_model) or digest == of_model)
    return len(dataset.train.labels) > 0 and is_same


def judged_out_of_fold(
    arguments: argparse.Namespace, model: Ensemble, dataset: Dataset
) -> JudgedImages:
    """Return the judgement of each image by the network of the fold that tested it.

    Raises
    ------
    CommandError
        If a part is asked for; see also `out_of_fold`.
    """
    if arguments.split not in (None, "test", "all"):
        raise CommandError(
            f"--part {arguments.split}: {model.path} is a cross-validation, in which each image tests once; leave "
            "--part out, or name one fold"
        )
    found = folds_of(arguments, model, dataset)
    labels = np.concatenate([split.labels for split in found.splits.values()])
    judgement = Judgement(labels, found.probabilities, found.confidences)
    said = f"{told(model, arguments.tta)}, {ABOUT_FOLDS}"
    return JudgedImages(OUT_OF_FOLD, found.splits, judgement, model.class_names, said)


def folds_of(arguments: argparse.Namespace, model: Ensemble, dataset: Dataset) -> OutOfFold:
    """Return out-of-fold predictions of all images; see `out_of_fold`."""
    from lenet.commands.evaluate import learnt_by

    def load(attributes: Mapping[str, Any]) -> Dataset:
        return learnt_by(attributes, arguments)

    # Only `lenet evaluate` has the flag.
    tta = vars(arguments).get("tta", False)
    return out_of_fold(model, dataset, load, arguments.batch_size, tta)
