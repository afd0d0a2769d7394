"""Gradients of Theano's softmax and cross-entropies, as operations."""

from typing import Any

import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from lenet.nnet.ops.softmax import LogLikelihoodGrad
from lenet.theano_compat.recognised import Recognising
from lenet.theano_compat.theano.tensor.nnet.checked_labels import not_negative

__all__ = [
    "CrossentropyCategorical1HotGrad",
    "CrossentropySoftmax1HotWithBiasDx",
    "SoftmaxGrad",
    "crossentropy_categorical_1hot_grad",
    "crossentropy_softmax_1hot_with_bias_dx",
    "softmax_grad",
]


def at_labels(labels: Any) -> tuple[TensorVariable, TensorVariable]:
    """Return the indices of each row's label in a matrix.

    Raises
    ------
    ValueError
        If the labels are not a vector of integers.
    """
    labels = pt.as_tensor_variable(labels)
    if labels.type.ndim != 1 or "int" not in labels.type.dtype:
        raise ValueError(f"y_idx is {labels.type}, expected a vector of integers")
    return pt.arange(labels.shape[0]), labels


def crossentropy_softmax_1hot_with_bias_dx(dy: Any, sm: Any, y_idx: Any) -> TensorVariable:
    """Gradient of the cross-entropy of a softmax, with respect to its logits.

    Parameters
    ----------
    dy : tensor_like, shape (rows,) or ()
        The gradient with respect to the cross-entropies.
    sm : tensor_like, shape (rows, classes)
        The softmax.
    y_idx : tensor_like of int, shape (rows,)
        The labels; a negative one raises a ValueError when the graph runs.

    Returns
    -------
    TensorVariable, shape (rows, classes)
    """
    sm, dy = pt.as_tensor_variable(sm), pt.as_tensor_variable(dy)
    if dy.type.ndim > 1:
        raise ValueError(f"dy has {dy.type.ndim} axes, expected 0 or 1")
    factor = dy.dimshuffle(0, "x") if dy.type.ndim else dy
    return factor * pt.inc_subtensor(sm[at_labels(not_negative(y_idx))], -1)


def crossentropy_categorical_1hot_grad(
    g_y: Any, coding_dist: Any, true_one_of_n: Any
) -> TensorVariable:
    """Gradient of the cross-entropies ``-log(coding_dist[i, label of i])``.

    Parameters
    ----------
    g_y : tensor_like, shape (rows,)
        The gradient with respect to these.
    coding_dist : tensor_like, shape (rows, classes)
    true_one_of_n : tensor_like of int, shape (rows,)

    Returns
    -------
    TensorVariable, shape (rows, classes)
    """
    probabilities, places = pt.as_tensor_variable(coding_dist), at_labels(true_one_of_n)
    zeros = pt.zeros_like(probabilities)
    return pt.set_subtensor(zeros[places], -pt.as_tensor_variable(g_y) / probabilities[places])


def softmax_grad(dy: Any, sm: Any) -> TensorVariable:
    """Gradient of a softmax of rows, from the softmax and the gradient of it."""
    dy, sm = pt.as_tensor_variable(dy), pt.as_tensor_variable(sm)
    return (dy - (dy * sm).sum(axis=-1, keepdims=True)) * sm


def operation(name: str, function: Any, *operations: type) -> type:
    """Return a class without arguments whose instances are a function.

    Operations of other classes may stand for it in graphs.
    """
    body = {
        "__doc__": f"The operation of `{function.__name__}`.",
        "__call__": staticmethod(function),
        "operations": operations,
    }
    return Recognising(name, (), body)


CrossentropySoftmax1HotWithBiasDx = operation(
    "CrossentropySoftmax1HotWithBiasDx", crossentropy_softmax_1hot_with_bias_dx, LogLikelihoodGrad
)
CrossentropyCategorical1HotGrad = operation(
    "CrossentropyCategorical1HotGrad", crossentropy_categorical_1hot_grad
)
SoftmaxGrad = operation("SoftmaxGrad", softmax_grad)
