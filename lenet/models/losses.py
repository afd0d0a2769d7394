"""Losses, ``loss(outputs, labels, ...) -> scalar``, and L1 and L2 penalties.

`outputs` is what a network makes of a batch, shape (batch, classes), and `labels` the numbers of the
right classes, shape (batch,). A loss is a mean over the images of a batch, each of which counts as much as
`class_weights`, shape (classes,), says of its class and `image_weights`, shape (batch,), of itself; without them all
count the same.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.tensor.variable import TensorVariable

from lenet.nnet import relu
from lenet.nnet.activations import constants
from lenet.nnet.losses import of_labels

Weights = Sequence[float] | np.ndarray | None


def cross_entropy(
    outputs: TensorVariable,
    labels: TensorVariable,
    label_smoothing: float = 0.0,
    class_weights: Weights = None,
    image_weights: TensorVariable | None = None,
) -> TensorVariable:
    """Return the cross-entropy: mean negative log-probability of the right classes.

    Parameters
    ----------
    outputs : TensorVariable, shape (batch, classes)
        Logits: any numbers; their softmax are the probabilities.
    labels : TensorVariable, integer, shape (batch,)
    label_smoothing : float
        Share of the target that is spread evenly over all classes, from 0 to below 1.
    class_weights : sequence of float, optional
        How much an image of each class counts; see `balanced_weights`.
    image_weights : TensorVariable, optional, shape (batch,)
        How much each image counts.

    Returns
    -------
    TensorVariable, scalar
        In nats.

    Raises
    ------
    TypeError
        If axes or types do not fit.
    ValueError
        If `label_smoothing` is out of its range.

    References
    ----------
    Szegedy, C., Vanhoucke, V., Ioffe, S., Shlens, J. and Wojna, Z. (2016). Rethinking the Inception
    architecture for computer vision. CVPR. Smoothing of labels.
    """
    check(outputs, labels)
    if not 0 <= label_smoothing < 1:
        raise ValueError(f"label_smoothing {label_smoothing}: expected a number from 0 to below 1")
    log_p = pt.special.log_softmax(outputs, axis=1)
    of_right = -mean_over_images(of_labels(log_p, labels), labels, class_weights, image_weights)
    if label_smoothing == 0:
        return of_right
    kept, spread = constants(outputs, 1 - label_smoothing, label_smoothing)
    return kept * of_right - spread * mean_over_images(log_p, labels, class_weights, image_weights)


def mse(
    outputs: TensorVariable,
    labels: TensorVariable,
    low: float = 0.0,
    high: float = 1.0,
    class_weights: Weights = None,
    image_weights: TensorVariable | None = None,
) -> TensorVariable:
    """Return the mean squared difference between outputs and targets.

    Parameters
    ----------
    outputs : TensorVariable, shape (batch, classes)
    labels : TensorVariable, integer, shape (batch,)
    low, high : float
        Targets of the wrong classes and of the right one.
    class_weights : sequence of float, optional
        How much an image of each class counts; see `balanced_weights`.
    image_weights : TensorVariable, optional, shape (batch,)
        How much each image counts.

    Returns
    -------
    TensorVariable, scalar
        Mean over all outputs of all images.

    Raises
    ------
    TypeError
        If axes or types do not fit.
    """
    squares = (outputs - targets(outputs, labels, low, high)) ** 2
    return mean_over_images(squares, labels, class_weights, image_weights)


def l1(
    outputs: TensorVariable,
    labels: TensorVariable,
    low: float = 0.0,
    high: float = 1.0,
    class_weights: Weights = None,
    image_weights: TensorVariable | None = None,
) -> TensorVariable:
    """Return the mean absolute difference between outputs and targets; see `mse`."""
    differences = abs(outputs - targets(outputs, labels, low, high))
    return mean_over_images(differences, labels, class_weights, image_weights)


def hinge(
    outputs: TensorVariable,
    labels: TensorVariable,
    margin: float = 1.0,
    class_weights: Weights = None,
    image_weights: TensorVariable | None = None,
) -> TensorVariable:
    """Return the mean hinge loss, each class against all others.

    Of the right class, an output above `margin` costs nothing; of a wrong class, one below ``-margin``.

    Parameters
    ----------
    outputs : TensorVariable, shape (batch, classes)
    labels : TensorVariable, integer, shape (batch,)
    margin : float
        Positive.
    class_weights : sequence of float, optional
        How much an image of each class counts; see `balanced_weights`.
    image_weights : TensorVariable, optional, shape (batch,)
        How much each image counts.

    Returns
    -------
    TensorVariable, scalar
        Mean over all outputs of all images of ``max(0, margin - sign * output)``, where the sign is that
        of the target, 1 or -1.

    Raises
    ------
    TypeError
        If axes or types do not fit.
    ValueError
        If `margin` is not positive.

    Notes
    -----
    Unlike Crammer and Singer's, in which only the largest wrong output counts, it has no ties: those
    share the gradient among all wrong classes of a network that starts with outputs of zero.

    References
    ----------
    Tang, Y. (2013). Deep learning using linear support vector machines. ICML workshop on challenges in
    representation learning.
    """
    if not margin > 0:
        raise ValueError(f"margin {margin}: expected a positive number")
    (margin_,) = constants(outputs, margin)
    losses = relu(margin_ - outputs * targets(outputs, labels, -1, 1))
    return mean_over_images(losses, labels, class_weights, image_weights)


LOSSES: dict[str, Callable[..., TensorVariable]] = {
    "cross_entropy": cross_entropy,
    "mse": mse,
    "l1": l1,
    "hinge": hinge,
}


def mean_over_images(
    values: TensorVariable,
    labels: TensorVariable,
    class_weights: Weights,
    image_weights: TensorVariable | None,
) -> TensorVariable:
    """Return the weighted mean of values, shape (batch,) or (batch, classes).

    Each image has the weight of its label, times its own.
    """
    weights = [] if image_weights is None else [image_weights]
    if class_weights is not None:
        weights.append(pt.constant(np.asarray(class_weights, values.dtype))[labels])
    for weight in weights:
        values = values * (weight if values.ndim == 1 else weight[:, None])
    return pt.mean(values)


def balanced_weights(labels: np.ndarray, n_classes: int) -> np.ndarray:
    """Return class weights inversely proportional to the images of each class.

    All classes count the same, and an image counts 1 on average.

    Parameters
    ----------
    labels : ndarray of int, shape (n,)
        Of the training images.
    n_classes : int

    Returns
    -------
    ndarray of float, shape (classes,)
        ``n / (n_classes * images of the class)``.
    """
    counts = np.bincount(labels, minlength=n_classes)
    return len(labels) / (n_classes * np.maximum(counts, 1))


def l1_penalty(params: Sequence[SharedVariable]) -> TensorVariable:
    """Return the sum of the absolute values of all numbers in `params`, a scalar.

    Raises
    ------
    ValueError
        If there are no parameters.
    """
    return total([abs(param).sum() for param in params])


def l2_penalty(params: Sequence[SharedVariable]) -> TensorVariable:
    """Return the sum of squares of all numbers in `params`; see `l1_penalty`."""
    return total([(param**2).sum() for param in params])


def total(terms: Sequence[TensorVariable]) -> TensorVariable:
    """Return the sum of some scalars."""
    if not terms:
        raise ValueError("no parameters to penalise: expected at least one")
    return pt.add(*terms)


def targets(
    outputs: TensorVariable, labels: TensorVariable, low: float, high: float
) -> TensorVariable:
    """Return the targets: `high` for the right class, `low` for all others."""
    check(outputs, labels)
    classes = pt.arange(outputs.shape[1])
    return pt.switch(pt.eq(labels[:, None], classes), *constants(outputs, high, low))


def check(outputs: Any, labels: Any) -> None:
    """Raise TypeError unless outputs and labels fit a loss."""
    if outputs.ndim != 2 or labels.ndim != 1:
        raise TypeError(
            f"outputs of {outputs.ndim} and labels of {labels.ndim} axes: expected (batch, classes) and "
            "(batch,)"
        )
    if not np.issubdtype(np.dtype(labels.dtype), np.integer):
        raise TypeError(f"labels hold {labels.dtype}, expected integer class numbers")
