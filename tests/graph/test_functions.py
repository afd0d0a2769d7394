import numpy as np
import pytensor
import pytest
from pytensor.compile.mode import Mode
from pytensor.link.c.basic import CLinker

from lenet.graph import functions
from tests.graph.conftest import make_subject


def test_what_is_only_looked_at_is_rewritten_but_not_compiled(subject, monkeypatch):
    def compile_module(*args, **keywords):
        pytest.fail("a module is compiled")

    monkeypatch.setattr(CLinker, "make_thunk", compile_module)
    predict = functions.compile_prediction(subject, functions.rewritten(subject.backend.mode))
    ops = [type(node.op).__name__ for node in predict.maker.fgraph.toposort()]
    assert ops.count("FusedConv") == 3
    images, _ = subject.random_batch(2, np.random.default_rng(0))
    probabilities, classes = predict(images)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(classes, probabilities.argmax(axis=1))


def test_other_backends_keep_their_mode():
    mode = Mode(linker="py", optimizer="fast_compile")
    assert functions.rewritten(mode) is mode


@pytest.mark.parametrize("in_c", [True, False], ids=["c", "python"])
def test_a_watched_step_calls_back_for_each_node_and_computes_the_same(in_c):
    if in_c and not pytensor.config.cxx:
        pytest.skip("no C++ compiler")
    nodes, inputs = [], []
    with pytensor.config.change_flags(cxx=pytensor.config.cxx if in_c else ""):
        mode = functions.watching(
            lambda node, **_: nodes.append(node), lambda variable, value: inputs.append(variable)
        )
        watched, step = functions.compile_step(make_subject(), mode)
        batch = make_subject().random_batch(3, np.random.default_rng(1))
        cost, errors = watched(*batch)
    assert set(nodes) == watched.maker.fgraph.apply_nodes
    assert {"images", "labels", "conv1_W", "fc_b_step", "learning_rate"} <= {v.name for v in inputs}
    # A new output layer gives all ten classes the same probability.
    l2 = sum((p.get_value() ** 2).sum() for p in make_subject().network.model.params if p.ndim > 1)
    assert cost == pytest.approx(np.log(10) + 0.001 * l2, rel=1e-5)
    assert 0 <= errors <= 1
    assert any(value.any() for shared, _ in step.updates[:-1:2] for value in [shared.get_value()])
