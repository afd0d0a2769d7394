"""Theano's ``theano.tensor.nnet.nnet``: activations and losses."""

from functools import partial
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Variable
from pytensor.tensor import special
from pytensor.tensor.variable import TensorVariable

from lenet import nnet
from lenet.nnet import (
    binary_crossentropy,
    confusion_matrix,
    elu,
    h_softmax,
    prepend_0_to_each_row,
    prepend_1_to_each_row,
    prepend_scalar_to_each_row,
    selu,
    sigmoid_binary_crossentropy,
    softmax_with_bias,
    softsign,
)
from lenet.nnet.ops.softmax import LogLikelihood, RowLogSoftmax, RowSoftmax
from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.old_constructor import OldConstructor, stand_in
from lenet.theano_compat.theano.tensor.nnet.checked_labels import (
    with_checked_labels,
    with_checked_labels_of_softmax,
)
from lenet.theano_compat.theano.tensor.nnet.crossentropy_grad import (
    CrossentropyCategorical1HotGrad,
    CrossentropySoftmax1HotWithBiasDx,
    SoftmaxGrad,
    crossentropy_categorical_1hot_grad,
    crossentropy_softmax_1hot_with_bias_dx,
    operation,
    softmax_grad,
)
from lenet.theano_compat.theano.tensor.nnet.sigm import sigmoid, softplus

__all__ = [
    "CrossentropyCategorical1Hot",
    "CrossentropyCategorical1HotGrad",
    "CrossentropySoftmax1HotWithBiasDx",
    "CrossentropySoftmaxArgmax1HotWithBias",
    "LogSoftmax",
    "Prepend_scalar_constant_to_each_row",
    "Prepend_scalar_to_each_row",
    "Softmax",
    "SoftmaxGrad",
    "SoftmaxWithBias",
    "binary_crossentropy",
    "categorical_crossentropy",
    "confusion_matrix",
    "crossentropy_categorical_1hot",
    "crossentropy_categorical_1hot_grad",
    "crossentropy_softmax_1hot",
    "crossentropy_softmax_1hot_with_bias",
    "crossentropy_softmax_1hot_with_bias_dx",
    "crossentropy_softmax_argmax_1hot_with_bias",
    "crossentropy_softmax_max_and_argmax_1hot",
    "crossentropy_softmax_max_and_argmax_1hot_with_bias",
    "elu",
    "h_softmax",
    "logsoftmax",
    "logsoftmax_op",
    "prepend_0_to_each_row",
    "prepend_1_to_each_row",
    "prepend_scalar_to_each_row",
    "relu",
    "selu",
    "sigmoid",
    "sigmoid_binary_crossentropy",
    "softmax",
    "softmax_grad",
    "softmax_graph",
    "softmax_op",
    "softmax_with_bias",
    "softplus",
    "softsign",
]

MISSING = dict.fromkeys(
    [
        "crossentropy_to_crossentropy_with_softmax",
        "crossentropy_to_crossentropy_with_softmax_with_bias",
        "graph_merge_softmax_with_crossentropy_softmax",
        "softmax_simplifier",
    ],
    "PyTensor has rewritings of its own, in pytensor.tensor.rewriting",
)

__getattr__ = forward(__name__, missing=MISSING)


def relu(x: Any, alpha: Any = 0) -> Any:
    """Rectified linear unit; of NumPy's numbers, it is one of these, too."""
    if isinstance(x, np.ndarray | np.number) and not isinstance(alpha, Variable):
        return 0.5 * (1 + alpha) * x + 0.5 * (1 - alpha) * abs(x)
    return nnet.relu(x, alpha)


def softmax(c: Any) -> TensorVariable:
    """Softmax of each row; a vector becomes a matrix of one row."""
    return nnet.softmax(as_rows(c))


def logsoftmax(c: Any) -> TensorVariable:
    """Return the logarithm of `softmax`."""
    return nnet.logsoftmax(as_rows(c))


def as_rows(c: Any) -> TensorVariable:
    """Return an array of rows; Theano's softmax made a matrix of a vector."""
    c = pt.as_tensor_variable(c)
    return c.dimshuffle("x", 0) if c.ndim == 1 else c


categorical_crossentropy = with_checked_labels_of_softmax(nnet.categorical_crossentropy)
crossentropy_categorical_1hot = with_checked_labels_of_softmax(nnet.crossentropy_categorical_1hot)
crossentropy_softmax_1hot = with_checked_labels(nnet.crossentropy_softmax_1hot)
crossentropy_softmax_1hot_with_bias = with_checked_labels(nnet.crossentropy_softmax_1hot_with_bias)
crossentropy_softmax_argmax_1hot_with_bias = with_checked_labels(
    nnet.crossentropy_softmax_argmax_1hot_with_bias
)
crossentropy_softmax_max_and_argmax_1hot = with_checked_labels(
    nnet.crossentropy_softmax_max_and_argmax_1hot
)
crossentropy_softmax_max_and_argmax_1hot_with_bias = with_checked_labels(
    nnet.crossentropy_softmax_max_and_argmax_1hot_with_bias
)

softmax_graph = softmax_op = softmax
logsoftmax_op = logsoftmax
CrossentropySoftmaxArgmax1HotWithBias = operation(
    "CrossentropySoftmaxArgmax1HotWithBias",
    crossentropy_softmax_argmax_1hot_with_bias,
    LogLikelihood,
)
CrossentropyCategorical1Hot = operation(
    "CrossentropyCategorical1Hot", crossentropy_categorical_1hot
)


class Softmax(metaclass=OldConstructor):
    """The operation of `softmax`, which is what calling it returns."""

    original = special.Softmax
    others = (RowSoftmax,)

    @staticmethod
    def build() -> Any:
        """Return `softmax`."""
        return softmax


class LogSoftmax(metaclass=OldConstructor):
    """The operation of `logsoftmax`, which is what calling it returns."""

    original = special.LogSoftmax
    others = (RowLogSoftmax,)

    @staticmethod
    def build() -> Any:
        """Return `logsoftmax`."""
        return logsoftmax


class SoftmaxWithBias(metaclass=OldConstructor):
    """The operation of `softmax_with_bias`, which is what calling it returns."""

    original = special.Softmax
    others = (RowSoftmax,)

    @staticmethod
    def build() -> Any:
        """Return `softmax_with_bias`."""
        return softmax_with_bias


def prepending_constant(val: Any = 0) -> Any:
    """Return the function that begins each row of a matrix with a number."""
    return partial(prepend_scalar_to_each_row, val)


def prepending() -> Any:
    """Return `prepend_scalar_to_each_row`."""
    return prepend_scalar_to_each_row


Prepend_scalar_constant_to_each_row = stand_in(
    "Prepend_scalar_constant_to_each_row", build=prepending_constant
)
Prepend_scalar_to_each_row = stand_in("Prepend_scalar_to_each_row", build=prepending)
