"""Graphs made from settings: layers, loss, updates, the network of a data set."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.tensor.variable import TensorVariable

from lenet.augment.compose import Augmentation
from lenet.augment.crops import Crops
from lenet.data.dataset import Dataset, Split
from lenet.data.statistics import BRIGHTEST, NORMALISATIONS, channel_statistics
from lenet.layers import RBF, FullyConnected, Layer, Normalise
from lenet.models.architectures import MIN_LENET, lenet, lenet5_1998, logistic, mlp
from lenet.models.lenet5_1998 import SIZE as SIZE_OF_1998
from lenet.models.losses import LOSSES, Weights, balanced_weights
from lenet.models.network import Network, network_of_layers
from lenet.models.rbf_losses import RBF_LOSSES
from lenet.optim.clipping import clip_by_global_norm
from lenet.optim.sdlm import sdlm
from lenet.optim.updates import RULES, CostOrGrads, Updates, gradients, hyper_parameters
from lenet.training.choices import MODELS
from lenet.training.settings import Settings
from lenet.training.transfer_options import PRETRAINED

UPDATE_RULES = {**RULES, "sdlm": sdlm}


def build_network(
    dataset: Dataset,
    settings: Settings,
    rng: np.random.Generator,
    is_weighted: bool = False,
    pretrained: Sequence[Layer] = (),
) -> Network:
    """Return the symbolic network for the images of a data set, with new weights.

    Parameters
    ----------
    dataset : Dataset
    settings : Settings
    rng : numpy.random.Generator
        Source of the weights.
    is_weighted : bool
        Whether a third input of its training says how much each image counts.
    pretrained : sequence of Layer
        Those of the trained network that it begins with; see `lenet.runs.transfer`. ``normalize="pretrained"``
        takes the first, which normalises images, and ``model="pretrained"`` the others.

    Raises
    ------
    ValueError
        If the network is not made for images of that size, the settings not for weighted ones, or a layer to freeze is
        none of its layers.
    """
    if is_weighted and settings.update == "sdlm":
        raise ValueError("--update sdlm does not weigh images; choose another --update")
    if is_weighted and settings.mixup is not None:
        raise ValueError("--mixup does not go with images that have weights; leave one of them out")
    refuse_image_size(dataset.size, settings)
    n_classes = len(dataset.class_names)
    normalising: Sequence[Layer] = [
        layer for layer in pretrained[:1] if isinstance(layer, Normalise)
    ]
    others = pretrained[len(normalising) :]
    if settings.normalize != PRETRAINED:
        normalising = normalising_layers(dataset.train, settings.normalize or dataset.normalize)
    weights = balanced_weights(dataset.train.labels, n_classes) if settings.class_weights else None
    return network_of_layers(
        [*normalising, *layers_of(settings, n_classes, others)],
        (dataset.channels, dataset.size, dataset.size),
        rng,
        is_weighted,
        is_mixed=settings.mixup is not None,
        loss=loss_of(settings, weights),
        l1_pen=settings.l1_pen,
        l2_pen=settings.l2_pen,
        freeze=settings.freeze,
    )


def augmentation_of(settings: Settings, dataset: Dataset) -> Augmentation | Crops:
    """Return what is done with the training images of a data set."""
    if not settings.data_augm:
        return settings.augmentation
    return Crops(settings.ncrops, dataset.mirror, settings.augmentation)


def layers_of(settings: Settings, n_classes: int, pretrained: Sequence[Layer] = ()) -> list[Layer]:
    """Return the layers of the network; see `build_network`."""
    # What is not said is left to the architecture.
    names = ("activation", "initialiser", "batch_norm", "dropout")
    options: dict[str, Any] = {
        name: getattr(settings, name) for name in names if getattr(settings, name)
    }
    own_pooling = settings.pooling in ("", "subsampling")
    pooling: dict[str, Any] = {} if own_pooling else {"pooling": settings.pooling}
    match settings.model:
        case "lenet":
            return lenet(n_classes, settings.lwidth, **options, **pooling)
        case "lenet5-1998":
            own = {"connections": settings.connections, "output": settings.output}
            chosen: dict[str, Any] = {name: value for name, value in own.items() if value}
            return lenet5_1998(n_classes, **options, **pooling, **chosen)
        case "mlp":
            return mlp(n_classes, settings.hidden, **options)
        case "logistic":
            return logistic(n_classes)
        case "pretrained" if pretrained:
            return for_classes(pretrained, n_classes)
    raise ValueError(f"model {settings.model!r}, expected one of {', '.join(MODELS)}")


def for_classes(layers: Sequence[Layer], n_classes: int) -> list[Layer]:
    """Return layers whose last one has as many outputs as there are classes.

    Raises
    ------
    ValueError
        If it has not, and is no layer of which one could say how many it has.
    """
    *others, last = layers
    outputs = len(last.codes) if isinstance(last, RBF) else getattr(last, "units", None)
    if outputs == n_classes:
        return list(layers)
    if not isinstance(last, FullyConnected):
        raise ValueError(
            f"the last layer of the network of --init_from is {type(last).__name__}, for other classes than these "
            f"{n_classes}; expected a fully connected one"
        )
    return [*others, replace(last, units=n_classes)]


def loss_of(settings: Settings, class_weights: Weights = None) -> Callable[..., TensorVariable]:
    """Return the loss, a function of scores and labels."""
    loss = (RBF_LOSSES if settings.has_rbf else LOSSES)[settings.loss_name]
    options: dict[str, Any] = {}
    if class_weights is not None:
        options["class_weights"] = class_weights
    if settings.loss_name == "map":
        options["rubbish_distance"] = settings.rubbish_distance
    if settings.label_smoothing:
        options["label_smoothing"] = settings.label_smoothing
    return partial(loss, **options) if options else loss


def updates_of(
    settings: Settings,
    cost: TensorVariable,
    params: Sequence[SharedVariable],
    learning_rate: SharedVariable,
    momentum: SharedVariable,
) -> Updates:
    """Return a training step's updates of the parameters and of the optimizer state."""
    rule, options = UPDATE_RULES[settings.update], dict(settings.update_options)
    if "momentum" in hyper_parameters(rule):
        options["momentum"] = momentum
    cost_or_grads: CostOrGrads = cost
    if settings.clip_norm is not None:
        cost_or_grads = clip_by_global_norm(gradients(cost, params), settings.clip_norm)
    return rule(cost_or_grads, params, learning_rate, **options)


def refuse_image_size(size: int, settings: Settings) -> None:
    """Raise `ValueError` if images are too small or too large for the network."""
    if settings.model == "lenet" and size < MIN_LENET:
        raise ValueError(
            f"images of {size}x{size} pixels are too small for --model lenet, which needs at least "
            f"{MIN_LENET}x{MIN_LENET}"
        )
    if settings.model == "lenet5-1998" and size > SIZE_OF_1998:
        raise ValueError(
            f"images of {size}x{size} pixels are too large for --model lenet5-1998, which takes "
            f"{SIZE_OF_1998}x{SIZE_OF_1998} at most"
        )


def normalising_layers(split: Split, kind: str) -> Sequence[Layer]:
    """Return the layer that a network begins with, or none.

    Parameters
    ----------
    split : Split
        The training part, uint8.
    kind : {"zscore", "unit", "minmax", "none"}
        Each channel with mean 0 and deviation 1; bytes divided by 255; each channel from 0 to 1; bytes
        as they are. A channel of one value becomes 0 by "zscore" and "minmax".

    Raises
    ------
    ValueError
        If there is no such kind.
    """
    if kind == "unit":  # what every network is given
        return []
    channels = split.images.shape[1]
    if kind == "none":
        return [normalise(np.zeros(channels), np.ones(channels))]
    if kind == "zscore":
        found = channel_statistics(split)
        return [normalise(found.mean, found.deviation)]
    if kind == "minmax":
        found = channel_statistics(split)
        return [normalise(found.lowest, found.highest - found.lowest)]
    raise ValueError(f"normalisation {kind!r}, expected one of {', '.join(NORMALISATIONS)}")


def normalise(shift: np.ndarray, span: np.ndarray) -> Normalise:
    """Return the layer that scales a range of pixel values to 0 to 1.

    It takes bytes / 255 from `shift` to 0 and from `shift` + `span`, bytes, to 1.
    """
    scale = BRIGHTEST / np.where(span > 0, span, BRIGHTEST)
    return Normalise((shift / BRIGHTEST).tolist(), scale.tolist(), name="normalise")
