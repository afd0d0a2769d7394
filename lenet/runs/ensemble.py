"""The networks of a cross-validation as one: the mean of their probabilities."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from pytensor.compile.mode import Mode

from lenet.data.indexed_images import Images
from lenet.data.value_ranges import RANGES
from lenet.errors import CheckpointError
from lenet.models.network import Network
from lenet.runs.names import MODEL
from lenet.runs.saved_model import SavedModel
from lenet.runs.validation_fit import ValidationFit
from lenet.text import listed, shown

FOLD = re.compile(r"fold-([1-9]\d{0,5})")
# What the folds of one cross-validation have in common.
ALIKE = (
    *("class_names", "channels", "size", "dataset", "image_dir", "images_digest", "keep_aspect"),
    *("pages", "channels_kept", "folds", "fold_seed", "group", "groups_digest", "corrections"),
)


@dataclass(frozen=True)
class Ensemble:
    """Networks of the folds of a cross-validation, used as one.

    It has the attributes of `SavedModel` that they have in common.

    Attributes
    ----------
    path : Path
        Their folder.
    members : tuple of SavedModel
        In the order of the folds; at least one.
    """

    path: Path
    members: tuple[SavedModel, ...]

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self.members[0].class_names

    @property
    def channels(self) -> int:
        """Channels of the images."""
        return self.members[0].channels

    @property
    def size(self) -> int:
        """Side of the images in pixels."""
        return self.members[0].size

    @property
    def dataset(self) -> str:
        """Name of the data set that they were trained on."""
        return self.members[0].dataset

    @property
    def keep_aspect(self) -> bool:
        """Whether their training images were padded, not stretched, to a square."""
        return self.members[0].keep_aspect

    @property
    def n_versions(self) -> int:
        """Number of versions of an image in test-time augmentation."""
        return self.members[0].n_versions

    @property
    def sees_digits(self) -> bool:
        """Whether they were trained on digits as in MNIST."""
        return self.members[0].sees_digits

    @property
    def attributes(self) -> dict[str, Any]:
        """Attributes of the first one's file, without its fold."""
        return {k: v for k, v in self.members[0].attributes.items() if k != "fold"}

    @property
    def epoch(self) -> None:
        """None: each network is of an epoch of its own."""
        return

    @property
    def errors(self) -> dict[str, float]:
        """Nothing: no image is there that none of them has seen."""
        return {}

    @property
    def fit(self) -> ValidationFit | None:
        """None: the images that validate one of them have trained others."""
        return None

    @property
    def network(self) -> Network:
        """Nothing: there are several.

        Raises
        ------
        CheckpointError
            Always.
        """
        raise CheckpointError(
            f"{self.path}: {len(self.members)} networks; name one of them, {self.members[0].path.parent}"
        )

    @cached_property
    def has_one_sight(self) -> bool:
        """Whether all of them see pictures of more than 8 bits by the same ranges."""
        return len({member.attributes.get(RANGES) for member in self.members}) == 1

    def probabilities(self, images: Images, batch_size: int = 500, tta: bool = False) -> np.ndarray:
        """Return the mean of the networks' class probabilities of each image.

        Parameters
        ----------
        images, batch_size, tta
            See `SavedModel.probabilities`.

        Returns
        -------
        ndarray of floating point, shape (n, classes)

        Raises
        ------
        ValueError, CheckpointError
            See `SavedModel.probabilities`; or if they have learnt other ranges of deep values.
        """
        if not self.has_one_sight:
            raise CheckpointError(
                f"{self.path}: its folds have measured other ranges of values, by which no picture can be read for "
                "all of them; train them with --range LOW HIGH, or name one fold"
            )
        found = [member.probabilities(images, batch_size, tta) for member in self.members]
        return np.mean(found, axis=0, dtype=float).astype(found[0].dtype)

    def confidences(
        self, images: Images, probabilities: np.ndarray, batch_size: int = 500
    ) -> np.ndarray:
        """Return how sure they are of their answers, the mean probability of the class."""
        return probabilities.max(axis=1).astype(float)


TrainedModel = SavedModel | Ensemble


def load_model(path: str | os.PathLike, mode: Mode | None = None) -> TrainedModel:
    """Read a model from a file, a run, or all folds of a cross-validation.

    Parameters
    ----------
    path, mode
        See `SavedModel.load`; or the folder of a run with ``--folds``, whose networks are in fold-1 and so on.

    Raises
    ------
    CheckpointError
        If there is no such file, or it is damaged or does not describe a network, or the folds are not of one
        cross-validation.
    """
    path = Path(path)
    folds = fold_models(path)
    if not folds:
        return SavedModel.load(path, mode)
    return together(path, [SavedModel.load(model, mode) for model in folds])


def together(path: Path, members: Sequence[SavedModel]) -> Ensemble:
    """Return the networks of a cross-validation as one.

    Parameters
    ----------
    path : Path
        Their folder.
    members : sequence of SavedModel
        At least one.

    Raises
    ------
    CheckpointError
        If they are not the folds of one cross-validation, each once.
    """
    first, *others = members
    numbers = [member.attributes.get("fold") for member in members]
    for member, number in zip(members, numbers, strict=True):
        if number is None or numbers.count(number) > 1:
            said = "no fold of a cross-validation" if number is None else f"fold {number} once more"
            raise CheckpointError(f"{member.path}: {said}; expected each fold once in {path}")
    for member in others:
        unlike = [k for k in ALIKE if member.attributes.get(k) != first.attributes.get(k)]
        if unlike:
            raise CheckpointError(
                f"{member.path}: another {listed(unlike, 3)} than {first.path} has; expected the folds of one "
                "cross-validation"
            )
    return Ensemble(path, tuple(members))


def fold_models(path: Path) -> list[Path]:
    """Return the models of a cross-validation's folds; none of another folder."""
    if not path.is_dir() or (path / MODEL).exists():
        return []
    found = {}
    for folder in path.iterdir():
        match = FOLD.fullmatch(folder.name)
        if match and (folder / MODEL).exists():
            found[int(match[1])] = folder / MODEL
    return [found[number] for number in sorted(found)]


def named(model: TrainedModel) -> str:
    """Return a model's path, with the number of its networks if they are several."""
    name = shown(model.path)
    if isinstance(model, SavedModel):
        return name
    n, folds = len(model.members), model.attributes.get("folds")
    return f"{name}: {n} of {folds} folds" if n != folds else f"{name}: {n} folds"
