"""Negative labels, which the fused cross-entropies refuse."""

import numpy as np
import pytest
from pytensor import function
from pytensor.compile.mode import get_mode
from pytensor.graph.fg import FunctionGraph

from lenet.nnet.ops.softmax import LogLikelihood, LogLikelihoodGrad
from lenet.theano_compat.theano import tensor as T
from lenet.theano_compat.theano.tensor import nnet
from tests.theano_compat.tensor.values import value

LOGITS = np.array([[1.0, 2.0, 4.0], [0.5, -1.0, 0.0]])
PROBABILITIES = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)


def losses(x, b, y):
    return {
        "softmax_1hot": nnet.crossentropy_softmax_1hot(x, y)[0],
        "softmax_1hot_with_bias": nnet.crossentropy_softmax_1hot_with_bias(x, b, y_idx=y)[0],
        "argmax": nnet.nnet.CrossentropySoftmaxArgmax1HotWithBias()(x, b, y)[0],
        "max_and_argmax": nnet.crossentropy_softmax_max_and_argmax_1hot(x, y)[0],
        "categorical": nnet.categorical_crossentropy(nnet.softmax(x), y),
        "categorical_1hot": nnet.crossentropy_categorical_1hot(nnet.softmax(x), y),
    }


def test_losses_refuse_negative_labels_and_no_others():
    x, b, y = T.dmatrix(), T.dvector(), T.ivector()
    outputs = losses(x, b, y)
    expected = -np.log(PROBABILITIES[[0, 1], [2, 0]])
    for name, loss in outputs.items():
        f = function([x, b, y], loss, mode="FAST_COMPILE", on_unused_input="ignore")
        np.testing.assert_allclose(f(LOGITS, np.zeros(3), [2, 0]), expected, err_msg=name)
        with pytest.raises(ValueError, match="a label is negative"):
            f(LOGITS, np.zeros(3), [2, -1])


def test_rows_of_other_probabilities_may_have_a_label_that_does_not_count():
    p, y = T.dmatrix(), T.ivector()
    loss = value(nnet.categorical_crossentropy(p, y), {p: PROBABILITIES, y: [0, -1]})
    np.testing.assert_allclose(loss, -np.log(PROBABILITIES[[0, 1], [0, 2]]))


def test_the_gradient_refuses_them_too():
    p, y = T.dmatrix(), T.ivector()
    gradient = nnet.nnet.crossentropy_softmax_1hot_with_bias_dx(1.0, p, y)
    with pytest.raises(ValueError, match="a label is negative"):
        value(gradient, {p: PROBABILITIES, y: [0, -1]})


def test_unsigned_labels_are_not_looked_at():
    y = T.TensorType("uint8", (False,))()
    assert nnet.checked_labels.not_negative(y) is y


def test_the_loss_and_its_gradient_stay_fused():
    x, y = T.dmatrix(), T.ivector()
    loss = nnet.categorical_crossentropy(nnet.softmax(x), y).mean()
    graph = FunctionGraph([x, y], [loss, T.grad(loss, x)], clone=True)
    get_mode("CVM").optimizer.rewrite(graph)
    kinds = {type(node.op) for node in graph.apply_nodes}
    assert {LogLikelihood, LogLikelihoodGrad} <= kinds
