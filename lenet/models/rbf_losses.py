"""Losses of networks that end with an `RBF` layer.

Each is ``loss(outputs, labels, ...) -> scalar``.

`outputs` are minus the squared distances y of a batch to the codes of the classes, shape (batch, classes),
and `labels` the numbers of the right classes, shape (batch,).

References
----------
LeCun, Y., Bottou, L., Bengio, Y. and Haffner, P. (1998). Gradient-based learning applied to document
recognition. Proceedings of the IEEE 86(11), section II.C.
"""

from collections.abc import Callable

import numpy as np
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from lenet.models.losses import Weights, check, cross_entropy, mean_over_images
from lenet.nnet.losses import of_labels

# Less than the squared distance between any two of the pictures of `lenet.models.lenet5_1998`.
RUBBISH_DISTANCE = 20.0


def distance(
    outputs: TensorVariable,
    labels: TensorVariable,
    class_weights: Weights = None,
    image_weights: TensorVariable | None = None,
) -> TensorVariable:
    """Return the mean squared distance from the codes of the right classes.

    Equation 8; see `lenet.models.losses`.

    Raises
    ------
    TypeError
        If axes or types do not fit.
    """
    check(outputs, labels)
    of_right = of_labels(outputs, labels)
    return -mean_over_images(of_right, labels, class_weights, image_weights)


def maximum_a_posteriori(
    outputs: TensorVariable,
    labels: TensorVariable,
    rubbish_distance: float = RUBBISH_DISTANCE,
    class_weights: Weights = None,
    image_weights: TensorVariable | None = None,
) -> TensorVariable:
    """Return the mean of ``y_right + log(exp(-j) + sum_i exp(-y_i))``: equation 9.

    It is the negative log-probability of the right class, if there is another for rubbish.

    Parameters
    ----------
    outputs, labels, class_weights, image_weights
        See `lenet.models.losses.cross_entropy`.
    rubbish_distance : float
        The paper's j: from this distance on, what is near no code is rather no digit at all.

    Raises
    ------
    TypeError
        If axes or types do not fit.
    """
    return cross_entropy(
        with_rubbish(outputs, rubbish_distance),
        labels,
        class_weights=class_weights,
        image_weights=image_weights,
    )


def with_rubbish(outputs: TensorVariable, rubbish_distance: float) -> TensorVariable:
    """Append the column of the rubbish class to the outputs."""
    rubbish = pt.full_like(outputs[:, :1], np.asarray(-rubbish_distance, outputs.dtype))
    return pt.concatenate([outputs, rubbish], axis=1)


RBF_LOSSES: dict[str, Callable[..., TensorVariable]] = {
    "mse": distance,
    "map": maximum_a_posteriori,
    "cross_entropy": cross_entropy,
}
