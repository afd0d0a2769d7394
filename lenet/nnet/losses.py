"""Cross-entropies and related functions, as in ``theano.tensor.nnet``."""

from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.tensor.special import Softmax
from pytensor.tensor.type import integer_dtypes
from pytensor.tensor.variable import TensorVariable

from lenet.nnet.activations import as_float, logsoftmax, relu, softmax, softplus


def binary_crossentropy(output: Any, target: Any) -> TensorVariable:
    """Binary cross-entropy of predicted probabilities, element by element.

    Parameters
    ----------
    output : tensor_like
        Predicted probabilities, strictly between 0 and 1.
    target : tensor_like, shape of `output`
        True probabilities, often 0 or 1.

    Returns
    -------
    TensorVariable, shape of `output`
        ``-(target * log(output) + (1 - target) * log(1 - output))`` in nats, not summed.

    Notes
    -----
    As ``theano.tensor.nnet.binary_crossentropy``.
    """
    output, target = as_float(output), pt.as_tensor_variable(target)
    return -(target * pt.log(output) + (1 - target) * pt.log(1 - output))


def sigmoid_binary_crossentropy(output: Any, target: Any) -> TensorVariable:
    """Binary cross-entropy of logits, element by element.

    Parameters
    ----------
    output : tensor_like
        Any numbers; their `sigmoid` is the predicted probability.
    target : tensor_like, shape of `output`
        True probabilities, from 0 to 1.

    Returns
    -------
    TensorVariable, shape of `output`
        ``binary_crossentropy(sigmoid(output), target)``, exact where the sigmoid saturates.

    Notes
    -----
    As ``theano.tensor.nnet.sigmoid_binary_crossentropy``, with the gradient ``sigmoid(output) - target``.
    """
    output, target = as_float(output), pt.as_tensor_variable(target)
    return softplus(-abs(output)) + relu(output) - output * target


def categorical_crossentropy(coding_dist: Any, true_dist: Any) -> TensorVariable:
    """Cross-entropy between predicted and true distributions over classes.

    Parameters
    ----------
    coding_dist : tensor_like, shape (..., classes)
        Predicted probabilities; each row sums to one.
    true_dist : tensor_like
        Either true probabilities, of the shape of `coding_dist`, such as a one for the true class among
        zeros; or the number of each row's true class, shape (rows,), for a matrix `coding_dist`.

    Returns
    -------
    TensorVariable, shape (...,)
        In nats, one for each row.

    Raises
    ------
    TypeError
        If the numbers of axes do not fit.

    Notes
    -----
    As ``theano.tensor.nnet.categorical_crossentropy``. Of probabilities that come from a `softmax` with
    extreme logits, the result and its gradient stay finite.
    """
    coding_dist, true_dist = as_float(coding_dist), pt.as_tensor_variable(true_dist)
    if true_dist.type.ndim == coding_dist.type.ndim:
        logits = softmax_argument(coding_dist)
        logs = pt.log(coding_dist) if logits is None else logsoftmax(logits)
        return -(true_dist * logs).sum(axis=-1)
    if true_dist.type.ndim == coding_dist.type.ndim - 1:
        return crossentropy_categorical_1hot(coding_dist, true_dist)
    raise TypeError(
        f"true_dist has {true_dist.type.ndim} axes: expected {coding_dist.type.ndim}, those of "
        "coding_dist, or one less if it holds the numbers of the classes"
    )


def crossentropy_categorical_1hot(coding_dist: Any, true_one_of_n: Any) -> TensorVariable:
    """Cross-entropy of predicted probabilities and integer class labels.

    Parameters
    ----------
    coding_dist : tensor_like, shape (rows, classes)
    true_one_of_n : tensor_like of integers, shape (rows,)

    Returns
    -------
    TensorVariable, shape (rows,)
        Minus the logarithm of the probability of each row's class.

    Raises
    ------
    TypeError
        If `coding_dist` is not a matrix or `true_one_of_n` not a vector of integers.

    Notes
    -----
    As ``theano.tensor.nnet.crossentropy_categorical_1hot``.
    """
    coding_dist, labels = as_float(coding_dist), as_labels("true_one_of_n", true_one_of_n)
    if coding_dist.type.ndim != 2:
        raise TypeError(
            f"coding_dist has {coding_dist.type.ndim} axes, expected a matrix: one row for each label"
        )
    logits = softmax_argument(coding_dist)
    if logits is not None:
        return -of_labels(logsoftmax(logits), labels)
    return -pt.log(of_labels(coding_dist, labels))


def crossentropy_softmax_argmax_1hot_with_bias(
    x: Any, b: Any, y_idx: Any
) -> tuple[TensorVariable, TensorVariable, TensorVariable]:
    """Cross-entropies, probabilities and predicted classes of logits ``x + b``.

    Parameters
    ----------
    x : tensor_like, shape (rows, classes)
    b : tensor_like, shape (classes,)
        Biases; the logits are ``x + b``.
    y_idx : tensor_like of integers, shape (rows,)
        True classes.

    Returns
    -------
    crossentropy : TensorVariable, shape (rows,)
    probabilities : TensorVariable, shape (rows, classes)
    best : TensorVariable of the type of `y_idx`, shape (rows,)

    Raises
    ------
    ValueError
        If `x` is not a matrix or `b` not a vector.
    TypeError
        If `y_idx` is not a vector of integers.

    Notes
    -----
    As the Op of that name in ``theano.tensor.nnet``.
    """
    logits, labels = biased(x, b), as_labels("y_idx", y_idx)
    best = logits.argmax(axis=1).astype(labels.type.dtype)
    return -of_labels(logsoftmax(logits), labels), softmax(logits), best


def crossentropy_softmax_1hot_with_bias(
    x: Any, b: Any, y_idx: Any
) -> tuple[TensorVariable, TensorVariable]:
    """First two results of `crossentropy_softmax_argmax_1hot_with_bias`."""
    crossentropy, probabilities, _ = crossentropy_softmax_argmax_1hot_with_bias(x, b, y_idx)
    return crossentropy, probabilities


def crossentropy_softmax_1hot(x: Any, y_idx: Any) -> tuple[TensorVariable, TensorVariable]:
    """Cross-entropies, shape (rows,), and class probabilities of logits `x`."""
    x = as_float(x)
    return crossentropy_softmax_1hot_with_bias(x, pt.zeros_like(x[0]), y_idx)


def crossentropy_softmax_max_and_argmax_1hot_with_bias(
    x: Any, b: Any, y_idx: Any
) -> tuple[TensorVariable, TensorVariable, TensorVariable, TensorVariable]:
    """Results of `crossentropy_softmax_1hot_with_bias`, with maximum and argmax.

    The last two are the highest probability of each row and its class.
    """
    crossentropy, probabilities = crossentropy_softmax_1hot_with_bias(x, b, y_idx)
    return crossentropy, probabilities, probabilities.max(axis=-1), probabilities.argmax(axis=-1)


def crossentropy_softmax_max_and_argmax_1hot(
    x: Any, y_idx: Any
) -> tuple[TensorVariable, TensorVariable, TensorVariable, TensorVariable]:
    """Results of `crossentropy_softmax_1hot`, with maximum and argmax.

    The last two are the highest probability of each row and its class.
    """
    x = as_float(x)
    return crossentropy_softmax_max_and_argmax_1hot_with_bias(x, pt.zeros_like(x[0]), y_idx)


def softmax_with_bias(x: Any, b: Any) -> TensorVariable:
    """Softmax of ``x + b``.

    Parameters
    ----------
    x : tensor_like, shape (rows, classes)
    b : tensor_like, shape (classes,)

    Returns
    -------
    TensorVariable, shape (rows, classes)

    Raises
    ------
    ValueError
        If `x` is not a matrix or `b` not a vector.
    """
    return softmax(biased(x, b))


def confusion_matrix(actual: Any, pred: Any) -> list[TensorVariable]:
    """Confusion matrix: counts by true value (row) and predicted value (column).

    Parameters
    ----------
    actual, pred : tensor_like, shape (samples,)
        True and predicted values.

    Returns
    -------
    counts : TensorVariable of int64, shape (values, values)
        One row for each true value and one column for each predicted one.
    order : TensorVariable, shape (values,)
        All values that occur, sorted: the order of rows and columns.

    Raises
    ------
    ValueError
        If an argument is not a vector.

    Notes
    -----
    As ``theano.tensor.nnet.confusion_matrix``. It does not run in JAX, where the number of values must
    be known before the graph runs.
    """
    actual, pred = pt.as_tensor_variable(actual), pt.as_tensor_variable(pred)
    for name, vector in (("actual", actual), ("pred", pred)):
        if vector.type.ndim != 1:
            raise ValueError(f"{name} has {vector.type.ndim} axes, expected a vector")
    order = pt.unique(pt.concatenate([actual, pred]))
    is_actual, is_predicted = (
        pt.eq(vector[:, None], order).astype("int64") for vector in (actual, pred)
    )
    return [pt.dot(is_actual.T, is_predicted), order]


def prepend_scalar_to_each_row(val: Any, mat: Any) -> TensorVariable:
    """Prepend a column of equal numbers to a matrix.

    Parameters
    ----------
    val : scalar
    mat : tensor_like, shape (rows, columns)

    Returns
    -------
    TensorVariable of the type of `mat`, shape (rows, 1 + columns)

    Raises
    ------
    TypeError
        If `mat` is not a matrix.
    """
    mat = pt.as_tensor_variable(mat)
    if mat.type.ndim != 2:
        raise TypeError(f"mat has {mat.type.ndim} axes, expected a matrix")
    column = pt.full_like(mat[:, :1], val)
    return pt.concatenate([column, mat], axis=1)


def prepend_0_to_each_row(mat: Any) -> TensorVariable:
    """Prepend a column of zeros to a matrix; see `prepend_scalar_to_each_row`."""
    return prepend_scalar_to_each_row(0, mat)


def prepend_1_to_each_row(mat: Any) -> TensorVariable:
    """Prepend a column of ones to a matrix; see `prepend_scalar_to_each_row`."""
    return prepend_scalar_to_each_row(1, mat)


def biased(x: Any, b: Any) -> TensorVariable:
    """Return ``x + b`` for a matrix and a vector."""
    x, b = as_float(x), as_float(b)
    for name, tensor, axes in (("x", x, 2), ("b", b, 1)):
        if tensor.type.ndim != axes:
            raise ValueError(f"{name} has {tensor.type.ndim} axes, expected {axes}")
    return x + b


def softmax_argument(probabilities: TensorVariable) -> TensorVariable | None:
    """Return the logits `x` if a variable is ``softmax(x)`` over the last axis.

    Rewrites would find them too, but not in every mode and backend. Where they do not, the logarithm of a
    probability that underflows would be minus infinity, and its gradient NaN.
    """
    node, last = probabilities.owner, probabilities.type.ndim - 1
    if node is None or not isinstance(node.op, Softmax):
        return None
    over_rows = node.op.axis == (last,) or (node.op.axis is None and last == 0)
    return node.inputs[0] if over_rows else None


def as_labels(name: str, labels: Any) -> TensorVariable:
    """Return class labels as a vector of integers."""
    labels = pt.as_tensor_variable(labels)
    if labels.type.ndim != 1 or labels.type.dtype not in integer_dtypes:
        raise TypeError(f"{name} is {labels.type}, expected a vector of integers")
    return labels


def of_labels(rows: TensorVariable, labels: TensorVariable) -> TensorVariable:
    """Return the entry of each row in the column of its label."""
    # PyTensor would make 0 and 1 8-bit integers, with which JAX cannot count beyond 127.
    numbers = pt.arange(np.int64(0), labels.shape[0], np.int64(1))
    return rows[numbers, labels]
