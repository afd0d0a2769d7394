"""Trained network loaded from its file, ready to classify images."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pytensor
from pytensor.compile.mode import Mode

from lenet import limits
from lenet.augment.test_time import number_of_versions, versions
from lenet.data.dataset import AS_MNIST, DIGIT_NAMES, FOLDER, MAX_NAMES
from lenet.data.indexed_images import Images
from lenet.errors import CheckpointError
from lenet.evaluation.rejection import confidences_of
from lenet.layers import RBF, Layer, described
from lenet.layers.initialisers import Unfilled
from lenet.models.architectures import lenet
from lenet.models.network import Network, network_of_layers
from lenet.runs.checkpoint import Checkpoint, load_model
from lenet.runs.validation_fit import ValidationFit
from lenet.text import listed, percent, shown

REQUIRED = ("class_names", "channels", "size", "dataset")
# Data sets whose images may be mirrored, of files that do not say so; those of a folder but for digits.
MIRRORED = ("cifar10", FOLDER)


@dataclass(frozen=True, repr=False)
class SavedModel:
    """Network saved by `lenet-train`.

    Attributes
    ----------
    path : Path
        Its file.
    class_names : tuple of str
    channels, size : int
        Of its input images.
    dataset : str
        Name of the data set that it was trained on.
    epoch : int or None
        The epoch of training that it comes from, if the file says so.
    errors : dict of str to float
        "validation" and "test", if the file has them; fractions between 0 and 1.
    attributes : dict
        All attributes of the file.
    network : Network
    mode : pytensor.compile.mode.Mode or None
        Mode in which `probabilities` is compiled; None is PyTensor's default.
    """

    path: Path
    class_names: tuple[str, ...]
    channels: int
    size: int
    dataset: str
    epoch: int | None
    errors: dict[str, float]
    attributes: dict[str, Any]
    network: Network
    mode: Mode | None

    def __repr__(self) -> str:
        errors = "".join(
            f", {name} error {percent(error)} %" for name, error in self.errors.items()
        )
        return (
            f"<SavedModel {shown(self.path)}: {self.channels} x {self.size} x {self.size} images, trained on "
            f"{shown(self.dataset)}{errors}; classes {shown(listed(self.class_names, MAX_NAMES))}>"
        )

    def _repr_html_(self) -> str:
        """Return the layers as a table for notebooks."""
        return self.network._repr_html_()

    @classmethod
    def load(cls, path: str | os.PathLike, mode: Mode | None = None) -> "SavedModel":
        """Read a model from its file, or from the folder of a run.

        Parameters
        ----------
        path : path-like
            A ``model.h5``, the folder of a run that holds one, or a name of `lenet.trained`.
        mode : pytensor.compile.mode.Mode, optional
            From `lenet.compile.backends.select_backend`, which must be called first, because it sets floatX.

        Raises
        ------
        CheckpointError
            If there is no such file, or it is damaged or does not describe a network.
        """
        return cls.of(load_model(path), mode)

    @classmethod
    def of(cls, saved: Checkpoint, mode: Mode | None = None) -> "SavedModel":
        """Return the model that a checkpoint holds; see `load`."""
        check_attributes(saved)
        names = {"validation": "validation_error", "test": "test_error"}
        return cls(
            path=saved.path,
            class_names=tuple(saved.attributes["class_names"]),
            channels=saved.attributes["channels"],
            size=saved.attributes["size"],
            dataset=saved.attributes["dataset"],
            epoch=saved.attributes.get("epoch"),
            errors={
                split: saved.attributes[name]
                for split, name in names.items()
                if name in saved.attributes
            },
            attributes=saved.attributes,
            network=rebuild(saved),
            mode=mode,
        )

    @property
    def keep_aspect(self) -> bool:
        """Whether its training images were padded, not stretched, to a square."""
        return bool(self.attributes.get("keep_aspect", True))

    @property
    def sees_digits(self) -> bool:
        """Whether it was trained on digits as in MNIST: light on dark and centred."""
        are_digits = self.class_names == DIGIT_NAMES and self.channels == 1
        return are_digits and self.dataset != FOLDER and bool(self.attributes.get(AS_MNIST, True))

    @property
    def mirror(self) -> bool:
        """Whether a left-right mirror image is of the same class."""
        usual = self.dataset in MIRRORED and self.class_names != DIGIT_NAMES
        return bool(self.attributes.get("mirror", usual))

    @property
    def n_versions(self) -> int:
        """Number of versions of an image in test-time augmentation."""
        return number_of_versions(self.mirror)

    @cached_property
    def fit(self) -> ValidationFit | None:
        """Temperature and rejection by its validation images, if the file has them."""
        return ValidationFit.from_attributes(self.attributes, self.path)

    def confidences(
        self, images: Images, probabilities: np.ndarray, batch_size: int = 500
    ) -> np.ndarray:
        """Return how sure the network is of its answers, shape (n,).

        Parameters
        ----------
        images : ndarray of uint8 or IndexedImages, shape (n, channels, size, size)
        probabilities : ndarray of float, shape (n, classes)
            Of them.
        batch_size : int

        Notes
        -----
        See `lenet.evaluation.rejection.confidences_of`. Without a `fit`, a network of distances has no distance of
        rubbish.
        """
        rubbish = None if self.fit is None else self.fit.rubbish_distance
        is_rbf = isinstance(self.network.model.layers[-1], RBF)
        if rubbish is None or not is_rbf or not len(images):
            return confidences_of(probabilities)
        starts = range(0, len(images), batch_size)
        parts = [self._outputs(images[start : start + batch_size]) for start in starts]
        return confidences_of(probabilities, np.concatenate(parts), rubbish)

    def probabilities(self, images: Images, batch_size: int = 500, tta: bool = False) -> np.ndarray:
        """Return the class probabilities of each image.

        Parameters
        ----------
        images : ndarray of uint8 or IndexedImages, shape (n, channels, size, size)
        batch_size : int
            Images to classify at a time.
        tta : bool
            Test-time augmentation: average over versions of each image; see `lenet.augment.test_time`.

        Returns
        -------
        ndarray of floating point, shape (n, classes)

        Raises
        ------
        ValueError
            If the images have another shape or type.
        CheckpointError
            If the number of the network's outputs is not that of the class names.
        """
        shape = (self.channels, self.size, self.size)
        if images.ndim != 4 or images.shape[1:] != shape or images.dtype != np.uint8:
            raise ValueError(
                f"images of shape {images.shape} and type {images.dtype}, expected (n, "
                f"{', '.join(map(str, shape))}) of uint8; see lenet.data.image_files"
            )
        n_classes = len(self.class_names)
        found = np.empty((len(images), n_classes), pytensor.config.floatX)
        for start in range(0, len(images), batch_size):
            batch = images[start : start + batch_size]
            if tta:
                answers = [self._classify(version) for version in versions(batch, self.mirror)]
                part = np.mean(answers, axis=0)
            else:
                part = self._classify(batch)
            if part.shape[1] != n_classes:
                raise CheckpointError(
                    f"{self.path}: {n_classes} class names for {part.shape[1]} classes; save the "
                    "model with lenet-train"
                )
            found[start : start + batch_size] = part
        return found

    @cached_property
    def _classify(self) -> Any:
        """Compiled function from images to probabilities."""
        network = self.network
        return pytensor.function(
            [network.images], network.model.p_y_given_x, mode=self.mode, name="predict_model"
        )

    @cached_property
    def _outputs(self) -> Any:
        """Compiled function from images to what the last layer gives."""
        inputs, scores = [self.network.images], self.network.model.scores
        return pytensor.function(inputs, scores, mode=self.mode, name="outputs")


def rebuild(saved: Checkpoint) -> Network:
    """Return the network that a file describes, with the file's parameters.

    Raises
    ------
    CheckpointError
        If its attributes describe no network, or one that does not fit its parameters.
    """
    attributes = saved.attributes
    channels, size = attributes["channels"], attributes["size"]
    values = (*saved.parameters.values(), *saved.groups["state"].values())
    n_values = sum(np.size(value) for value in values)
    try:
        network = network_of_layers(
            saved_layers(attributes), (channels, size, size), Unfilled(n_values)
        )
    except Exception as error:  # whatever an invalid description makes a layer raise
        raise CheckpointError(
            f"{saved.path}: its attributes make no network ({error}); use another copy"
        ) from error
    saved.restore(network.model)
    return network


def saved_layers(attributes: dict[str, Any]) -> list[Layer]:
    """Return the layers that a file's attributes describe.

    The first files had widths in place of an architecture: they hold the documented network.
    """
    if "architecture" in attributes:
        return [
            described(layer)
            for layer in json.loads(attributes["architecture"], object_hook=counted())
        ]
    return lenet(len(attributes["class_names"]), attributes["lwidth"])


def counted() -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return a JSON object hook that raises `ValueError` after too many layers."""
    numbers = iter(range(limits.MODEL_LAYERS))

    def count(description: dict[str, Any]) -> dict[str, Any]:
        if next(numbers, None) is None:
            raise ValueError(f"more than {limits.MODEL_LAYERS:,} layers")
        return description

    return count


def check_attributes(saved: Checkpoint) -> None:
    """Raise `CheckpointError` unless a file describes its images and classes."""
    for name in REQUIRED:
        if name not in saved.attributes:
            raise CheckpointError(
                f"{saved.path}: lacks the attribute {name}; save the model with lenet-train"
            )
    names, dataset = saved.attributes["class_names"], saved.attributes["dataset"]
    sizes = [saved.attributes[name] for name in ("channels", "size")]
    are_names = isinstance(names, list) and names and all(isinstance(n, str) for n in names)
    are_sizes = all(isinstance(n, int) and 1 <= n <= limits.MODEL_IMAGE_SIDE for n in sizes)
    if not (are_names and are_sizes and isinstance(dataset, str)):
        raise CheckpointError(
            f"{saved.path}: its class_names, channels, size or dataset are not what lenet-train "
            "writes; use another copy"
        )
