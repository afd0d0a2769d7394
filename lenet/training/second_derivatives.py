"""Diagonal of the Gauss-Newton matrix.

The update rule sdlm divides its steps by it.
"""

import numpy as np
import pytensor.tensor as pt
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.tensor.variable import TensorVariable

from lenet.data.dataset import Split
from lenet.layers.rbf import RBF
from lenet.models.classifier import Classifier
from lenet.models.rbf_losses import RUBBISH_DISTANCE, with_rubbish
from lenet.nnet import softmax

SAMPLE_SIZE = 500


def second_derivatives(
    model: Classifier,
    input: TensorVariable,
    loss: str,
    rubbish_distance: float = RUBBISH_DISTANCE,
) -> dict[SharedVariable, TensorVariable]:
    """Return approximate second derivatives of the mean loss over a batch.

    None of them is negative.

    Parameters
    ----------
    model : Classifier
    input : TensorVariable
        The images as its first layer sees them.
    loss : str
        "cross_entropy", "mse" or "map"; see `lenet.models.losses` and `lenet.models.rbf_losses`.
    rubbish_distance : float
        See `lenet.models.rbf_losses.maximum_a_posteriori`.

    Returns
    -------
    dict of SharedVariable to TensorVariable
        With respect to each number in each of the model's parameters. Penalties have no part in them.

    Raises
    ------
    ValueError
        If there are none for the loss or for one of the layers.
    """
    layers, outputs = list(model.layers), list(model.outputs.values())
    inputs = [input, *outputs[:-1]]
    last = layers[-1]
    if isinstance(last, RBF):
        shares = class_shares(outputs[-1], loss, rubbish_distance)
        h = last.criterion_second_derivatives(inputs[-1], shares)
        layers, inputs = layers[:-1], inputs[:-1]
    else:
        h = of_scores(outputs[-1], loss)
    h = h / input.shape[0].astype(h.dtype)
    found: dict[SharedVariable, TensorVariable] = {}
    for layer, layer_input in zip(reversed(layers), reversed(inputs), strict=True):
        h, of_layer = layer.second_derivatives(layer_input, h)
        found |= of_layer
    return found


def of_scores(scores: TensorVariable, loss: str) -> TensorVariable:
    """Return the second derivatives of each image's loss with respect to its scores."""
    match loss:
        case "cross_entropy":
            p = softmax(scores)
            return p * (1 - p)
        case "mse":
            return pt.full_like(scores, 2) / scores.shape[1].astype(scores.dtype)
    raise ValueError(f"--update sdlm goes with --loss cross_entropy or mse, not {loss}")


def class_shares(outputs: TensorVariable, loss: str, rubbish_distance: float) -> TensorVariable:
    """Return the derivatives of an RBF loss without its term of the right class.

    The loss is one of `lenet.models.rbf_losses`.
    """
    match loss:
        case "mse":
            return pt.zeros_like(outputs)
        case "map":
            return softmax(with_rubbish(outputs, rubbish_distance))[:, :-1]
        case "cross_entropy":
            return softmax(outputs)
    raise ValueError(f"--update sdlm goes with --loss mse, map or cross_entropy, not {loss}")


def sample(split: Split) -> tuple[np.ndarray, np.ndarray]:
    """Return the images, and their labels, on which second derivatives are estimated.

    They are 500, or all if there are fewer, at even distances, and so always the same.
    """
    n = len(split.labels)
    chosen = np.linspace(0, n - 1, min(n, SAMPLE_SIZE)).round().astype(int)
    return split.images[chosen], split.labels[chosen]
