"""Large graphs are compiled without a look at the whole graph at each step."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.maker import FunctionMaker

from lenet.compile import large_graphs
from lenet.compile.backends import c_mode
from lenet.nnet import conv2d


@pytest.fixture
def settings(monkeypatch):
    """Record how cycles are looked for whenever a graph is rewritten."""
    seen = []
    original = FunctionMaker.prepare_fgraph

    def recorded(*arguments, **keywords):
        seen.append(pytensor.config.cycle_detection)
        return original(*arguments, **keywords)

    monkeypatch.setattr(FunctionMaker, "prepare_fgraph", staticmethod(recorded))
    return seen


def compiled():
    """Return a function whose graph, of a few Ops, has one that computes in place, and what it returns."""
    x, scale = pt.tensor4("x"), pytensor.shared(np.full(3, 2.0))
    y = pt.exp(conv2d(x, np.ones((1, 1, 2, 2))) * scale[0]).sum()
    function = pytensor.function([x], y, mode=c_mode(), updates=[(scale, scale + 1)])
    return [float(function(np.full((1, 1, 3, 3), 0.1))) for _ in range(12)]


@pytest.mark.parametrize(("large", "expected"), [(1, "fast"), (10_000, "regular")])
def test_size_of_the_graph_says_how_cycles_are_found(monkeypatch, settings, large, expected):
    monkeypatch.setattr(large_graphs, "LARGE", large)
    found = compiled()
    # Twice: once more for the sizes that it was called with.
    assert settings == [expected] * 2
    np.testing.assert_allclose(found, [4 * np.exp(0.4 * (2 + k)) for k in range(12)])
    assert pytensor.config.cycle_detection == "regular"


def test_own_setting_stays(monkeypatch, settings):
    with pytensor.config.change_flags(cycle_detection="fast"):
        compiled()
    assert set(settings) == {"fast"}
