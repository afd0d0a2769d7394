"""Graphs that are computed by a linker, without rewriting."""

import numpy as np
import pytest


@pytest.mark.parametrize("linker", ["PerformLinker", "DualLinker"])
def test_what_a_linker_makes(theano, linker):
    x, y = theano.tensor.fscalars("xy")
    graph = theano.gof.FunctionGraph([x, y], [x % y, x // y])
    compute = getattr(theano.gof, linker)().accept(graph).make_function()
    for a, b in [(5, 3), (-5, 3), (5, -3), (-5, -3)]:
        assert tuple(compute(a, b)) == (a % b, a // b)
    with pytest.raises(TypeError, match="2 inputs, but 1 values"):
        compute(1)


def test_a_single_result_comes_alone(theano):
    x = theano.tensor.dvector()
    graph = theano.gof.FunctionGraph([x], [x * 2])
    linker = theano.gof.PerformLinker().accept(graph)
    np.testing.assert_array_equal(linker.make_function()(np.arange(2.0)), [0, 2])
    (result,) = linker.make_function(unpack_single=False)(np.arange(2.0))
    np.testing.assert_array_equal(result, [0, 2])
