"""Symbolic networks: the images, their scaling and the layers that settings or a list of them ask for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from lenet.architectures import SMALLEST_LENET
from lenet.Classifier import Classifier
from lenet.data.dataset import Dataset
from lenet.layers.base import Layer, Shape
from lenet.lenet5_1998 import SIZE as LARGEST_OF_1998
from lenet.losses import balanced_weights
from lenet.normalisation import normalising_layers
from lenet.settings import Settings


@dataclass(frozen=True)
class Network:
    """A symbolic network and its inputs.

    Attributes
    ----------
    images : TensorVariable, uint8, shape (batch, channels, size, size)
    labels : TensorVariable, int32, shape (batch,)
    scaled : TensorVariable, floating point
        The images as the first layer sees them.
    model : Classifier
    """

    images: TensorVariable
    labels: TensorVariable
    scaled: TensorVariable
    model: Classifier


def build_network(dataset: Dataset, settings: Settings, rng: np.random.Generator) -> Network:
    """Return the symbolic network for the images of a data set, with new weights.

    Raises
    ------
    ValueError
        If the network is not made for images of that size.
    """
    refuse_image_size(dataset.size, settings)
    n_classes = len(dataset.class_names)
    normalising = normalising_layers(dataset.train, settings.normalize or dataset.normalize)
    weights = balanced_weights(dataset.train.labels, n_classes) if settings.class_weights else None
    return network_of_layers(
        [*normalising, *settings.layers(n_classes)],
        (dataset.channels, dataset.size, dataset.size),
        rng,
        loss=settings.loss_function(weights),
        l1_pen=settings.l1_pen,
        l2_pen=settings.l2_pen,
    )


def refuse_image_size(size: int, settings: Settings) -> None:
    """Raise `ValueError` if images are too small or too large for the network of the settings."""
    if settings.model == "lenet" and size < SMALLEST_LENET:
        raise ValueError(
            f"images of {size}x{size} pixels are too small for --model lenet, which needs at least "
            f"{SMALLEST_LENET}x{SMALLEST_LENET}"
        )
    if settings.model == "lenet5-1998" and size > LARGEST_OF_1998:
        raise ValueError(
            f"images of {size}x{size} pixels are too large for --model lenet5-1998, which takes "
            f"{LARGEST_OF_1998}x{LARGEST_OF_1998} at most"
        )


def network_of_layers(
    layers: Sequence[Layer], image_shape: Shape, rng: np.random.Generator, **options: Any
) -> Network:
    """Return the symbolic network of some layers, with new weights; `Classifier` has the options."""
    images = pt.tensor("images", dtype="uint8", shape=(None, *image_shape))
    labels = pt.ivector("labels")
    # Bytes travel, the graph scales them: a batch of floats is four to eight times as large.
    scaled = images.astype(pytensor.config.floatX) / np.asarray(255, pytensor.config.floatX)
    model = Classifier(layers, scaled, labels, rng, image_shape, **options)
    return Network(images, labels, scaled, model)
