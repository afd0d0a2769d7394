import numpy as np
import pytensor.tensor as pt
import pytest

from lenet.graph.gradient_culprit import compare_slopes, first_wrong_gradient
from lenet.nnet.ops.conv import Conv
from lenet.nnet.ops.pool import MaxPoolGrad, Pool


def search(double):
    subject, batch = double
    return first_wrong_gradient(subject, batch, np.random.default_rng(2))


def test_right_gradients_are_not_found(double):
    assert search(double) is None


def test_an_op_with_a_wrong_pullback_is_found(double, monkeypatch):
    right = Conv.pullback

    def pullback(self, inputs, outputs, cotangents):
        of_image, of_filters = right(self, inputs, outputs, cotangents)
        return [of_image * 1.01, of_filters]

    monkeypatch.setattr(Conv, "pullback", pullback)
    found = search(double)
    assert isinstance(found.node.op, Conv)
    # Nothing moves in the image that the first convolution reads.
    assert found.result == "conv2"
    assert "along a random direction its gradient is" in found.report()


def test_an_op_whose_gradient_is_computed_wrongly_is_found(double, monkeypatch):
    right = MaxPoolGrad.perform

    def perform(self, node, inputs, output_storage):
        right(self, node, inputs, output_storage)
        output_storage[0][0] = output_storage[0][0] * 1.01

    monkeypatch.setattr(MaxPoolGrad, "perform", perform)
    found = search(double)
    assert isinstance(found.node.op, Pool)
    assert found.result == "conv1"


@pytest.mark.parametrize(
    "values",
    [
        [np.zeros(2), np.zeros(2), np.zeros(2)],
        [np.array([-1, 2]), np.array([0, 2]), np.array([1, 2])],
    ],
    ids=["still", "integers"],
)
def test_what_has_no_slope_has_no_wrong_one(values):
    x = pt.vector("x", dtype=values[0].dtype)
    node = (x * 2).owner
    inputs = [[value, np.array(2)] for value in values]
    outputs = [[value * 2] for value in values]
    assert compare_slopes(node, inputs, outputs, np.random.default_rng(0)) == ""
