"""Sums and products of several arrays by Python alone, against plain loops and C's overflows."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from lenet.nnet.python_elemwise import InPairs

PYTHON = "FAST_COMPILE"
RNG = np.random.default_rng(3)


def compiled(join, variables):
    f = pytensor.function(variables, join(*variables), mode=PYTHON)
    nodes = f.maker.fgraph.apply_nodes
    assert any(isinstance(getattr(node.tag, "ufunc", None), InPairs) for node in nodes)
    return f


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64"])
def test_joined_as_by_loops(dtype):
    a, c = (RNG.normal(size=(3, 4)).astype(dtype) for _ in range(2))
    b = RNG.normal(size=(1, 4)).astype(dtype)
    variables = [pt.matrix(dtype=dtype), pt.row(dtype=dtype), pt.matrix(dtype=dtype)]
    total = np.zeros_like(a)
    product = np.zeros_like(a)
    for i in range(3):
        for j in range(4):
            total[i, j] = a[i, j] + b[0, j] + c[i, j]
            product[i, j] = a[i, j] * b[0, j] * c[i, j]
    np.testing.assert_array_equal(compiled(pt.add, variables)(a, b, c), total)
    np.testing.assert_allclose(compiled(pt.mul, variables)(a, b, c), product, rtol=1e-6)


def test_mixed_and_small_types():
    a, b, c = np.array([100], "int8"), np.array([27], "int8"), np.array([1], "int8")
    small = [pt.vector(dtype="int8") for _ in range(3)]
    assert compiled(pt.add, small)(a, b, c) == [-128]
    mixed = [pt.vector(dtype="int8"), pt.vector(dtype="float32"), pt.scalar(dtype="int8")]
    found = compiled(pt.mul, mixed)(a, np.array([0.5], "float32"), 3)
    assert (found.dtype, found.tolist()) == ("float32", [150])
    truths = [pt.vector(dtype="bool") for _ in range(3)]
    yes, no = np.array([True, True]), np.array([True, False])
    assert compiled(pt.add, truths)(no, no, no).tolist() == [True, False]
    assert compiled(pt.mul, truths)(yes, no, yes).tolist() == [True, False]


def test_scalars_and_in_place_results():
    numbers = [pt.dscalar() for _ in range(4)]
    assert compiled(pt.add, numbers)(1, 2, 3, 4) == 10
    total = pytensor.shared(np.ones(2))
    step = pytensor.function([], [], updates={total: total + total + 1}, mode="FAST_COMPILE")
    step()
    assert total.get_value().tolist() == [3, 3]


def test_long_formulas_of_one_operation():
    # As the fusion of a formula makes them.
    rows = [pt.dmatrix(), *(pt.drow() for _ in range(39))]
    arrays = [RNG.normal(size=(3, 4)), *(RNG.normal(size=(1, 4)) for _ in range(39))]
    total = rows[0]
    for row in rows[1:]:
        total = pt.sin(total) + row
    mode = pytensor.compile.Mode(linker="py", optimizer="fast_run")
    f = pytensor.function(rows, total, mode=mode)
    assert max(len(node.inputs) for node in f.maker.fgraph.apply_nodes) > 32
    expected = arrays[0]
    for array in arrays[1:]:
        expected = np.sin(expected) + array
    np.testing.assert_allclose(f(*arrays), expected, rtol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128", "int8"])
def test_reciprocals_within_a_formula_are_precise(dtype):
    x = pt.vector(dtype=dtype)
    mode = pytensor.compile.Mode(linker="py", optimizer="fast_run")
    f = pytensor.function([x], pt.sin(pt.reciprocal(x)), mode=mode)
    values = np.array([3, 7, 100], dtype)
    found = f(values)
    np.testing.assert_allclose(
        found, np.sin(1 / values.astype(found.dtype)), rtol=1e-7 if found.itemsize < 8 else 1e-15
    )
    if dtype.startswith("float"):
        assert np.isnan(f(np.zeros(1, dtype))).all()  # the sine of infinity
