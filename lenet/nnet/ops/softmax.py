"""Softmax, its logarithm and the log-likelihood of labels, each as one Op.

Nobody needs to call them: `lenet.nnet.rewrites.softmax` puts them where a graph says the same with
PyTensor's functions and advanced indexing.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import DisconnectedType, disconnected_type
from pytensor.graph.basic import Apply, Variable
from pytensor.tensor.type import integer_dtypes
from pytensor.tensor.variable import TensorVariable

from lenet.nnet.ops.base import CFileOp


class SoftmaxOp(CFileOp):
    """Base class of Ops on rows of logits or probabilities, a column for each class."""

    c_files = ("softmax.h",)
    takes_sizes = False  # but a gradient that is one number for all rows

    def infer_output_shape(self, node: Apply, shapes: Sequence[tuple]) -> tuple:
        return shapes[0]

    def rows(self, logits: Any) -> TensorVariable:
        """Return the argument as a floating-point tensor with an axis of classes."""
        (logits,) = self.as_floats([pt.as_tensor_variable(logits)], "normalise")
        if not logits.type.ndim:
            raise TypeError(f"{self}: got a scalar, expected rows of one number for each class")
        return logits

    def labelled_rows(self, rows: TensorVariable, labels: Any) -> tuple[Any, TensorVariable]:
        """Return the rows' static shape, with what the labels tell of it, and the labels.

        Raises
        ------
        TypeError
            If the rows are not a matrix, or the labels not a vector of integers.
        ValueError
            If the lengths are known and differ.
        """
        labels = pt.as_tensor_variable(labels)
        if rows.type.ndim != 2:
            raise TypeError(f"{self}: got rows of {rows.type}, expected a matrix")
        if labels.type.ndim != 1 or labels.type.dtype not in integer_dtypes:
            raise TypeError(f"{self}: got labels of {labels.type}, expected a vector of integers")
        (count, classes), (labelled,) = rows.type.shape, labels.type.shape
        if None not in (count, labelled):
            self.check_length("labels", labelled, count)
        return (labelled if count is None else count, classes), labels

    def check_length(self, what: str, found: int, rows: int) -> None:
        """Check that there is one label or gradient for each row."""
        if found != rows:
            raise ValueError(f"{self}: got {found} {what}, expected {rows}, one for each row")

    def exponentials(self, logits: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return logits less each row's maximum, their exponentials and the sums of those."""
        if logits.size == 0:
            return logits, logits, np.ones((*logits.shape[:-1], 1))
        # Infinity less infinity is not a number, and that is the answer.
        with np.errstate(invalid="ignore"):
            shifted = logits - logits.max(axis=-1, keepdims=True)
        exponentials = np.exp(shifted)
        return shifted, exponentials, exponentials.sum(axis=-1, keepdims=True, dtype="float64")

    def check_classes(self, shape: Sequence[int]) -> None:
        """Check that each row has a maximum."""
        if shape[-1] == 0 and np.prod(shape[:-1]):
            raise ValueError(f"{self}: got rows of 0 classes, expected 1 or more")

    def one_hot(self, labels: np.ndarray, shape: Sequence[int]) -> np.ndarray:
        """Return a mask of each row's label, for rows of this shape.

        Raises
        ------
        ValueError
            If the lengths differ.
        IndexError
            If a label is not the number of a class. Negative numbers count from the last one.
        """
        rows, classes = shape
        self.check_length("labels", len(labels), rows)
        labels = labels.astype("int64")
        for label in labels[(labels < -classes) | (labels >= classes)]:
            raise IndexError(f"{self}: label {label} is out of bounds for {classes} classes")
        return np.where(labels < 0, labels + classes, labels)[:, None] == np.arange(classes)


class RowOp(SoftmaxOp):
    """An Op whose rows become rows of the same length."""

    def make_node(self, logits: Any) -> Apply:
        logits = self.rows(logits)
        return Apply(self, [logits], [logits.type()])


class RowSoftmax(RowOp):
    """Softmax of each row: its exponentials divided by their sum."""

    c_function = "softmax"

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        (logits,) = inputs
        self.check_classes(logits.shape)
        _, exponentials, total = self.exponentials(logits)
        output_storage[0][0] = np.asarray(exponentials / total, dtype=logits.dtype)

    def pullback(
        self, inputs: Sequence[Any], outputs: Sequence[Any], cotangents: Sequence[Any]
    ) -> list[Variable]:
        (probabilities,), (cotangent,) = outputs, cotangents
        return [softmax_gradient(cotangent, probabilities)]


class RowLogSoftmax(RowOp):
    """Log-softmax of each row, exact where a probability underflows."""

    c_function = "log_softmax"

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        (logits,) = inputs
        self.check_classes(logits.shape)
        shifted, _, total = self.exponentials(logits)
        output_storage[0][0] = shifted - np.log(total).astype(logits.dtype)

    def pullback(
        self, inputs: Sequence[Any], outputs: Sequence[Any], cotangents: Sequence[Any]
    ) -> list[Variable]:
        (logits,), (cotangent,) = inputs, cotangents
        return [cotangent - cotangent.sum(axis=-1, keepdims=True) * RowSoftmax()(logits)]


class LogLikelihood(SoftmaxOp):
    """The log-probability of each row's label, and all probabilities.

    Its inputs are the logits, shape (rows, classes), and the labels, shape (rows,), integers of any
    type. Its outputs are the natural logarithms, shape (rows,), and `RowSoftmax` of the logits.

    Notes
    -----
    Theano's ``CrossentropySoftmaxArgmax1HotWithBias``, which returns the logarithms' negatives.
    """

    c_function = "log_likelihood"

    def make_node(self, logits: Any, labels: Any) -> Apply:
        logits = self.rows(logits)
        shape, labels = self.labelled_rows(logits, labels)
        outputs = [pt.tensor(dtype=logits.type.dtype, shape=s) for s in (shape[:1], shape)]
        return Apply(self, [logits, labels], outputs)

    def infer_shape(self, *arguments: Any) -> list[tuple]:
        logits, labels = arguments[-1]
        return [labels, logits]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[True, True], [False, False]]

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        logits, labels = inputs
        self.check_classes(logits.shape)
        chosen = self.one_hot(labels, logits.shape)
        shifted, exponentials, total = self.exponentials(logits)
        output_storage[0][0] = shifted[chosen] - np.log(total[:, 0]).astype(logits.dtype)
        output_storage[1][0] = np.asarray(exponentials / total, dtype=logits.dtype)

    def pullback(
        self, inputs: Sequence[Any], outputs: Sequence[Any], cotangents: Sequence[Any]
    ) -> list[Variable]:
        (_, labels), (_, probabilities) = inputs, outputs
        of_likelihood, of_probabilities = cotangents
        gradients = []
        if not isinstance(of_likelihood.type, DisconnectedType):
            gradients.append(LogLikelihoodGrad()(of_likelihood, probabilities, labels))
        if not isinstance(of_probabilities.type, DisconnectedType):
            gradients.append(softmax_gradient(of_probabilities, probabilities))
        return [pt.add(*gradients) if len(gradients) > 1 else gradients[0], disconnected_type()]


class LogLikelihoodGrad(SoftmaxOp):
    """Gradient of the log-likelihood with respect to the logits.

    Its inputs are the gradient with respect to each row's log-likelihood, shape (rows,) or one number
    for all rows, the probabilities, shape (rows, classes), and the labels, shape (rows,).

    Notes
    -----
    Theano's ``CrossentropySoftmax1HotWithBiasDx``, with the opposite sign.
    """

    c_function = "log_likelihood_grad"

    def make_node(self, gradient: Any, probabilities: Any, labels: Any) -> Apply:
        gradient, probabilities = self.as_floats(
            [pt.as_tensor_variable(gradient), pt.as_tensor_variable(probabilities)], "normalise"
        )
        shape, labels = self.labelled_rows(probabilities, labels)
        if gradient.type.ndim > 1:
            raise TypeError(
                f"{self}: got a gradient of {gradient.type}, expected a vector or a scalar"
            )
        output = pt.tensor(dtype=probabilities.type.dtype, shape=shape)
        return Apply(self, [gradient, probabilities, labels], [output])

    def infer_output_shape(self, node: Apply, shapes: Sequence[tuple]) -> tuple:
        return shapes[1]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[True], [True], [False]]

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        gradient, probabilities, labels = inputs
        chosen = self.one_hot(labels, probabilities.shape)
        if gradient.ndim:
            self.check_length("gradients", len(gradient), len(probabilities))
        output_storage[0][0] = gradient[..., None] * (chosen - probabilities)

    def pullback(
        self, inputs: Sequence[Any], outputs: Sequence[Any], cotangents: Sequence[Any]
    ) -> list[Variable]:
        (gradient, probabilities, labels), (cotangent,) = inputs, cotangents
        of_label = cotangent[pt.arange(labels.shape[0]), labels]
        of_gradient = of_label - (cotangent * probabilities).sum(axis=1)
        return [
            of_gradient if gradient.type.ndim else of_gradient.sum(),
            -cotangent * gradient[..., None],
            disconnected_type(),
        ]


def softmax_gradient(cotangent: TensorVariable, probabilities: TensorVariable) -> TensorVariable:
    """Return the logits' gradient for that of the probabilities."""
    weighted = cotangent * probabilities
    return weighted - weighted.sum(axis=-1, keepdims=True) * probabilities
