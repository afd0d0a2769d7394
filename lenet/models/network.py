"""Symbolic networks: images, their scaling, and a classifier."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from lenet.layers.base import Layer, Shape
from lenet.models.classifier import Classifier
from lenet.text import shape_text


@dataclass(frozen=True, repr=False)
class Network:
    """Symbolic network and its inputs.

    Attributes
    ----------
    images : TensorVariable, uint8, shape (batch, channels, size, size)
    labels : TensorVariable, int32, shape (batch,)
    scaled : TensorVariable, floating point
        The images as the first layer sees them.
    model : Classifier
    weights : TensorVariable or None, floating point, shape (batch,)
        How much each image counts in training.
    mixture : tuple of TensorVariable
        If it is trained on mixtures of images: the labels of their smaller parts, int32, and the shares of the larger
        ones, float32, shape (batch,); see `lenet.augment.mixup`.
    """

    images: TensorVariable
    labels: TensorVariable
    scaled: TensorVariable
    model: Classifier
    weights: TensorVariable | None = None
    mixture: tuple[TensorVariable, ...] = ()

    @property
    def batch(self) -> list[TensorVariable]:
        """Variables that its cost in training is of."""
        weights = [] if self.weights is None else [self.weights]
        return [self.images, self.labels, *weights, *self.mixture]

    def __repr__(self) -> str:
        return f"<Network for images of {shape_text(self.images.type.shape[1:])}>\n{self.model!r}"

    def _repr_html_(self) -> str:
        return self.model._repr_html_()


def network_of_layers(
    layers: Sequence[Layer],
    image_shape: Shape,
    rng: np.random.Generator,
    is_weighted: bool = False,
    is_mixed: bool = False,
    **options: Any,
) -> Network:
    """Return a symbolic network of layers, with new weights.

    The options are those of `Classifier`, whose `image_weights` are an input if `is_weighted`, and whose `mixture` is if
    `is_mixed`.
    """
    images = pt.tensor("images", dtype="uint8", shape=(None, *image_shape))
    labels = pt.ivector("labels")
    # Bytes travel, the graph scales them: a batch of floats is four to eight times as large.
    scaled = images.astype(pytensor.config.floatX) / np.asarray(255, pytensor.config.floatX)
    weights = pt.vector("weights") if is_weighted else None
    mixture = (pt.ivector("partners"), pt.fvector("shares")) if is_mixed else ()
    if mixture:
        options["mixture"] = (mixture[0], mixture[1].astype(pytensor.config.floatX))
    model = Classifier(layers, scaled, labels, rng, image_shape, image_weights=weights, **options)
    return Network(images, labels, scaled, model, weights, mixture)
