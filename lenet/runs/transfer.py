"""Layers that a network takes from a trained one.

References
----------
Yosinski, J., Clune, J., Bengio, Y. and Lipson, H. (2014). How transferable are features in deep neural networks?
NeurIPS.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from pytensor.compile.sharedvalue import SharedVariable

from lenet.data.dataset import Dataset
from lenet.errors import CheckpointError
from lenet.layers import Layer
from lenet.models.network import Network
from lenet.runs.checkpoint import Checkpoint, load_model
from lenet.runs.saved_model import check_attributes, rebuild, saved_layers
from lenet.training.settings import Settings
from lenet.training.transfer_options import PRETRAINED

Given = TypeVar("Given", bound=Settings)
Shapes = dict[str, tuple[int, ...]]

OTHER_CLASSES = "its classes are others"


@dataclass(frozen=True)
class Transfer:
    """Layers that a network has taken from a trained one.

    Attributes
    ----------
    origin : str
        The trained network, as it was named.
    taken : tuple of str
        Names of the layers that have its weights.
    left : dict of str to list of str
        Names of the other layers with weights, by the reason why these are new.
    """

    origin: str
    taken: tuple[str, ...]
    left: dict[str, list[str]]

    @property
    def lines(self) -> list[str]:
        """A line about the layers taken, and one about each group of others."""
        first = f"{', '.join(self.taken)} of {self.origin}"
        return [first, *(f"new: {', '.join(names)} ({why})" for why, names in self.left.items())]


def source_of(init_from: str | Path, begun: Checkpoint | None = None) -> Checkpoint:
    """Return the trained network that a training begins with.

    Parameters
    ----------
    init_from : str or Path
        Its name, file or folder.
    begun : Checkpoint, optional
        Of a training that goes on: it says all that is to be known of the trained network, which need not be there any
        more.

    Raises
    ------
    CheckpointError
        If it cannot be read, or is no network of `lenet-train`.
    """
    saved = load_model(init_from) if begun is None else begun
    check_attributes(saved)
    return saved


def with_normalisation(settings: Given, source: Checkpoint | None, dataset: Dataset) -> Given:
    """Return settings that normalise images as the trained network, or as they say.

    Its first layer has learnt from images of that scale. By the numbers of the new images, a pixel would mean something
    else to it than before, most of all where there are few of them or a network has learnt from bytes as 0 to 1.

    Raises
    ------
    CheckpointError
        If that is asked for, and the images have other channels than the network.
    """
    if source is None or settings.normalize not in ("", PRETRAINED):
        return settings
    channels = source.attributes["channels"]
    if channels == dataset.channels:
        return replace(settings, normalize=PRETRAINED)
    if settings.normalize == PRETRAINED:
        raise CheckpointError(
            f"--normalize {PRETRAINED}: {source.path} takes images of {channels} channels, and {dataset.name} has "
            f"{dataset.channels}; choose another"
        )
    return settings


def pretrained_layers(source: Checkpoint | None) -> Sequence[Layer]:
    """Return the layers of a trained network, or none without one.

    Raises
    ------
    CheckpointError
        If the file describes no layers.
    """
    if source is None:
        return []
    try:
        return saved_layers(source.attributes)
    except Exception as error:  # whatever an invalid description makes a layer raise
        raise CheckpointError(
            f"{source.path}: its attributes make no network ({error}); use another copy"
        ) from error


def take_layers(
    network: Network, class_names: Sequence[str], source: Checkpoint, origin: str | Path
) -> Transfer:
    """Give a network the weights and state of all layers that fit; return which.

    A layer fits if the trained network has one with that name, and with numbers of the same names and shapes. One named
    after another, as "conv1_norm" after "conv1", goes with it. The last one also needs the same classes in the same
    order: its scores would be those of others.

    Parameters
    ----------
    network : Network
        Changed.
    class_names : sequence of str
    source : Checkpoint
    origin : str or Path
        The trained network, as it was named.

    Raises
    ------
    CheckpointError
        If the file is damaged, or no layer fits; the network is then unchanged.
    """
    before = {layer.name: layer for layer in rebuild(source).model.layers}
    layers = network.model.layers
    has_other_classes = list(class_names) != list(source.attributes["class_names"])
    values: list[tuple[Layer, Layer]] = []
    left: dict[str, list[str]] = {}
    for layer in layers:
        if not shapes_of(layer):
            continue
        there = before.get(layer.name)
        missed = [name for names in left.values() for name in names]
        if layer is layers[-1] and has_other_classes:
            why: str | None = OTHER_CLASSES
        elif any(layer.name.startswith(f"{name}_") for name in missed):
            why = "what it normalises is new"
        else:
            why = difference(layer, there)
        if there is None or why is not None:
            left.setdefault(str(why), []).append(layer.name)
        else:
            values.append((layer, there))
    if not values:
        reasons = "; ".join(f"{', '.join(names)}: {why}" for why, names in left.items())
        raise CheckpointError(
            f"--init_from {origin}: none of its layers fits the network ({reasons}); choose another network, or "
            "the layers that it has"
        )
    for layer, there in values:
        theirs = numbers_of(there)
        for name, ours in numbers_of(layer).items():
            ours.set_value(theirs[name].get_value(borrow=True))
    return Transfer(str(origin), tuple(layer.name for layer, _ in values), left)


def difference(layer: Layer, there: Layer | None) -> str | None:
    """Return why a layer does not fit one of a trained network; None if it does."""
    if there is None:
        return "not in it"
    ours, theirs = shapes_of(layer), shapes_of(there)
    if ours.keys() != theirs.keys():
        return f"has {' '.join(ours)}, there {' '.join(theirs) or 'nothing'}"
    for name, shape in ours.items():
        if theirs[name] != shape:
            return f"{name} was {theirs[name]}, is {shape}"
    return None


def shapes_of(layer: Layer) -> Shapes:
    """Return the shapes of a layer's weights and state, by their names within it."""
    return {name: value.get_value(borrow=True).shape for name, value in numbers_of(layer).items()}


def numbers_of(layer: Layer) -> dict[str, SharedVariable]:
    """Return a layer's weights and state, by their names within it; no generators."""
    return {
        str(value.name).removeprefix(f"{layer.name}_"): value
        for value in (*layer.params, *layer.state)
        if isinstance(value.get_value(borrow=True), np.ndarray)
    }
