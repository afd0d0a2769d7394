from dataclasses import replace

import numpy as np
import pytest
from pytensor.compile.mode import Mode
from pytensor.graph.rewriting.basic import GraphRewriter
from pytensor.link.vm import VMLinker
from pytensor.tensor.special import Softmax

from lenet.graph import agreement
from lenet.nnet.ops.pool import MaxPoolGrad
from tests.graph.conftest import make_subject

NAMES = ["conv1", "conv2", "conv3", "fc", "p_y_given_x", "cost"]
GRADIENTS = [
    f"d cost/d {layer}_{kind}"
    for layer in ("output", "fc", "conv3", "conv2", "conv1")
    for kind in "bW"
]


def compare(double, modes):
    return agreement.compare(*double, modes, np.random.default_rng(2))


def test_a_network_in_double_precision_lets_gradients_through(double):
    subject, _ = double
    original = make_subject()
    for ours, theirs in zip(
        subject.network.model.params, original.network.model.params, strict=True
    ):
        assert ours.dtype == "float64"
        if theirs.name == "output_W":
            assert ours.get_value().all()
        else:
            np.testing.assert_array_equal(ours.get_value(), theirs.get_value())


def test_rewritten_and_written_agree_with_each_other_and_with_quotients(double):
    results = compare(double, {"rewritten": agreement.PYTHON_REWRITTEN})
    assert [result.name for result in results] == NAMES + GRADIENTS
    assert not [result.name for result in results if result.disagreeing()]
    for result in results:
        expected = {"rewritten", "quotient"} if result.name in GRADIENTS else {"rewritten"}
        assert result.differences.keys() == expected


class WrongSoftmax(GraphRewriter):
    """Puts something else in place of each softmax."""

    def apply(self, fgraph):
        for node in fgraph.toposort():
            if isinstance(node.op, Softmax):
                fgraph.replace(node.outputs[0], node.op(node.inputs[0] * 1.001))


def test_a_wrong_rewrite_is_seen_from_where_it_works(double):
    mode = Mode(linker=VMLinker(c_thunks=False), optimizer=WrongSoftmax())
    results = compare(double, {"wrong": mode})
    wrong = [result.name for result in results if "wrong" in result.disagreeing()]
    assert wrong[0] == "p_y_given_x"
    assert not {"conv1", "conv2", "conv3", "fc"} & set(wrong)


def test_a_wrong_gradient_is_told_by_the_quotients(double, monkeypatch):
    right = MaxPoolGrad.perform

    def perform(self, node, inputs, output_storage):
        right(self, node, inputs, output_storage)
        output_storage[0][0] = output_storage[0][0] * 1.01

    monkeypatch.setattr(MaxPoolGrad, "perform", perform)
    results = compare(double, {"Python": agreement.PYTHON})
    bad = [result.name for result in results if result.disagreeing()]
    assert "d cost/d conv2_W" in bad
    assert "d cost/d conv1_W" in bad
    assert "d cost/d conv3_W" not in bad
    assert "d cost/d conv2_b" not in bad


@pytest.mark.parametrize(
    ("found", "expected", "difference"),
    [
        ([1.0, 2.0], [1.0, 4.0], 0.5),
        ([0.0, 0.0], [0.0, 0.0], 0.0),
        ([1e-3], [0.0], 1e-3),
        ([np.nan], [np.nan], np.nan),
        ([1.0], [1.0, 2.0], np.nan),
    ],
    ids=["relative", "zeros", "to-zero", "nan", "shape"],
)
def test_relative_differences(found, expected, difference):
    result = agreement.relative_difference(np.array(found), np.array(expected))
    assert result == pytest.approx(difference, nan_ok=True)


def test_what_is_not_finite_disagrees():
    result = agreement.Result("cost", {"C": np.nan, "JAX": 1e-12, "quotient": 1e-5})
    assert result.disagreeing() == ["C"]
    assert replace(result, differences={"quotient": 1e-3}).disagreeing() == ["quotient"]
