from functools import cache

import numpy as np
import pytensor.tensor as pt
import pytest

from lenet.nnet.ops.relu import ScalarRelu, relu_grad_op, relu_op
from tests.nnet.modes import Graph, evaluate_together, in_modes

SLOPES = [0.0, 0.5, 1.0]
DTYPES = ["float32", "float64"]
INF, NAN = np.inf, np.nan
X = [-INF, -2.5, -1e-40, -0.0, 0.0, 1e-40, 3.0, INF, NAN]
GRADIENTS = [-INF, -3.0, 0.0, 0.25, INF]


def values_of(dtype):
    """Return every number of `X` beside every one of `GRADIENTS`."""
    return [array.astype(dtype) for array in np.meshgrid(X, GRADIENTS)]


@cache
def answers(mode_name):
    graphs = {}
    for dtype in DTYPES:
        for slope in SLOPES:
            x, gradient = pt.matrix(dtype=dtype), pt.matrix(dtype=dtype)
            outputs = [relu_op(slope)(x), relu_grad_op(slope)(x, gradient)]
            graphs[dtype, slope] = Graph([x, gradient], outputs, values_of(dtype))
    return evaluate_together(graphs, mode_name)


@in_modes("c", "python")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("slope", SLOPES)
def test_what_is_positive_or_no_number_comes_out(slope, dtype, mode_name):
    x, _ = values_of(dtype)
    found, _ = answers(mode_name)[dtype, slope]
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, np.where(x <= 0, 0, x))


@in_modes("c", "python")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("slope", SLOPES)
def test_the_gradient_passes_where_the_input_is_positive(slope, dtype, mode_name):
    x, gradient = values_of(dtype)
    _, found = answers(mode_name)[dtype, slope]
    at_zero = gradient * np.array(slope, dtype) if slope else np.zeros_like(gradient)
    expected = np.where(x > 0, gradient, np.where(x == 0, at_zero, 0))
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, expected)


def test_the_slope_is_a_part_of_the_operator():
    assert relu_op(0.5) == relu_op(0.5)
    assert hash(relu_op(0.5)) == hash(relu_op(0.5))
    assert relu_op(0.5) != relu_op(1.0)
    assert relu_op(0.5) != relu_grad_op(0.5)
    assert str(ScalarRelu(0.5)) == "ScalarRelu{slope_at_zero=0.5}"
