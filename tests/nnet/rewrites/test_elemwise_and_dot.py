"""Products, loops and sums are found in graphs, can be left out, and keep the numbers."""

import subprocess
import sys

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode
from pytensor.scalar import UnaryScalarOp, upgrade_to_float
from pytensor.tensor.elemwise import Elemwise

from lenet.nnet.ops.dot import MatrixProduct, MatrixVectorProduct, SubtractProduct
from lenet.nnet.ops.flat_elemwise import FlatElemwise
from lenet.nnet.ops.reductions import ChannelSums, SumOfSquares
from tests.nnet.modes import MISSING, MODES, in_modes

C = Mode(linker="cvm_nogc", optimizer="fast_run")
OPS = {
    "lenet_matrix_product": MatrixProduct,
    "lenet_matrix_vector_product": MatrixVectorProduct,
    "lenet_flat_elemwise": FlatElemwise,
    "lenet_sum_of_squares": SumOfSquares,
    "lenet_channel_sums": ChannelSums,
}
x, W, rate = pt.dmatrix("x"), pt.dmatrix("W"), pt.dscalar("rate")
MAPS = pt.tanh(x)[:, :, None, None] * W
OUTPUTS = [x @ W, x[0] @ W, pt.tanh(x) * rate, (W**2).sum(), MAPS.sum(axis=(0, 2, 3))]


def ops(function):
    return {type(node.op) for node in function.maker.fgraph.apply_nodes}


@pytest.mark.skipif(bool(MISSING["c"]), reason=MISSING["c"])
def test_each_is_found_and_can_be_left_out_by_name():
    rng = np.random.default_rng(0)
    values = [rng.random((3, 4)), rng.random((4, 5)), np.asarray(0.5)]
    with_all = pytensor.function([x, W, rate], OUTPUTS, mode=C)
    assert ops(with_all) >= set(OPS.values())
    for name, op in OPS.items():
        without = pytensor.function([x, W, rate], OUTPUTS, mode=C.excluding(name))
        assert op not in ops(without)
        for found, expected in zip(with_all(*values), without(*values), strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-12)


def descent(size, change):
    """Return weights and a function of two matrices that subtracts half their product from them."""
    weights = pytensor.shared(np.ones((size, size)), name="weights")
    update = weights - 0.5 * change(x, W)
    return weights, pytensor.function([x, W], updates={weights: update}, mode=C)


CHANGES = {
    "product": lambda a, b: a @ b,
    "two": lambda a, b: a @ b + b.T @ a.T,
    "used twice": lambda a, b: (a @ b) * (1 + (a @ b)[0, 0]),
    "decay": lambda a, b: a @ b + 0.5 * b.T @ b,
}


@pytest.mark.skipif(bool(MISSING["c"]), reason=MISSING["c"])
@pytest.mark.parametrize("size", [3, 520], ids=["small", "large"])
@pytest.mark.parametrize("name", CHANGES)
def test_large_weights_learn_where_they_lie(name, size):
    weights, function = descent(size, CHANGES[name])
    nodes = [
        node for node in function.maker.fgraph.apply_nodes if isinstance(node.op, SubtractProduct)
    ]
    assert len(nodes) == (size > 3) * {"product": 1, "two": 2, "used twice": 0, "decay": 2}[name]
    assert all(node.op.inplace for node in nodes)
    own = weights.get_value(borrow=True)
    a, b = np.random.default_rng(0).standard_normal((2, size, 4))
    expected = 1 - 0.5 * CHANGES[name](a, b.T)
    function(a, b.T)
    np.testing.assert_allclose(weights.get_value(), expected, rtol=1e-10)
    assert not nodes or weights.get_value(borrow=True) is own


@pytest.mark.skipif(bool(MISSING["c"]), reason=MISSING["c"])
def test_weights_that_are_also_a_result_are_kept():
    weights = pytensor.shared(np.ones((520, 520)), name="weights")
    lower = weights - 0.5 * (x @ W)
    function = pytensor.function([x, W], [weights, lower.sum(), lower], mode=C)
    a, b = np.ones((520, 2)), np.ones((2, 520))
    before, total, after = function(a, b)
    np.testing.assert_array_equal(before, 1)
    np.testing.assert_array_equal(weights.get_value(), 1)
    np.testing.assert_array_equal(after, 0)
    assert total == 0


@pytest.mark.skipif(bool(MISSING["jax"]), reason=MISSING["jax"])
def test_xla_never_sees_them():
    function = pytensor.function([x, W, rate], OUTPUTS, mode=MODES["xla"])
    assert not ops(function) & set(OPS.values())


@pytest.mark.skipif(bool(MISSING["c"]), reason=MISSING["c"])
@in_modes("jax", "numba", by_xla=False)
def test_others_see_those_that_are_for_all_compilers(mode_name):
    function = pytensor.function([x, W, rate], OUTPUTS, mode=MODES[mode_name])
    assert ops(function) & set(OPS.values()) == {MatrixProduct, SumOfSquares, ChannelSums}


@pytest.mark.skipif(bool(MISSING["c"]), reason=MISSING["c"])
def test_sums_over_other_axes_are_left_to_pytensor():
    array = pt.dtensor4("array")
    outputs = [array.sum(axis=axes) for axes in ((0, 1, 3), (2, 3), 0, None)]
    assert ChannelSums not in ops(pytensor.function([array], outputs, mode=C))


@pytest.mark.skipif(bool(MISSING["c"]), reason=MISSING["c"])
def test_integers_and_numbers_are_left_to_pytensor():
    n = pt.imatrix("n")
    outputs = [n @ n, n @ n[0], pt.tanh(rate), n * 2, (n**2).sum(), n[:, :, None].sum(axis=(0, 2))]
    function = pytensor.function([n, rate], outputs, mode=C)
    assert not ops(function) & set(OPS.values())


@pytest.mark.skipif(bool(MISSING["c"]), reason=MISSING["c"])
def test_what_may_raise_for_an_element_is_left_to_pytensor():
    n = pt.lvector("n")
    function = pytensor.function([n], pt.tanh(n % 3), mode=C)
    np.testing.assert_allclose(function(np.arange(-4, 5)), np.tanh(np.arange(-4, 5) % 3))
    assert FlatElemwise not in ops(function)


class Counted(UnaryScalarOp):
    """Twice a number, by C code that calls Python."""

    def impl(self, x):
        return 2 * x

    def c_code(self, node, name, inputs, outputs, sub):
        number = f"PyLong_AsLong(PyLong_FromLong(2)) * {inputs[0]}"
        return f"{outputs[0]} = {number};"

    def c_code_cache_version(self):
        return (1,)


@pytest.mark.skipif(bool(MISSING["c"]), reason=MISSING["c"])
def test_code_that_calls_python_is_left_to_pytensor():
    function = pytensor.function([x], Elemwise(Counted(upgrade_to_float))(x), mode=C)
    assert FlatElemwise not in ops(function)
    np.testing.assert_array_equal(function([[1.0, 2.0]]), [[2.0, 4.0]])


def test_a_missing_blas_is_not_complained_about():
    """It computes nothing in graphs whose products are ours, but PyTensor would say so for any."""
    code = "import warnings; warnings.simplefilter('error'); import lenet.nnet, pytensor; pytensor.config.blas__ldflags"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
