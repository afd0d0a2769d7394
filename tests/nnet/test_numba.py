"""PyTensor's default mode: Numba's machine code calls the kernels."""

import os
import subprocess
import sys
import textwrap
import warnings
from pathlib import Path

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from lenet.nnet import conv2d, pool_2d, relu
from lenet.nnet.dispatch.numba import warn_of_python
from lenet.nnet.ops.conv import ConvOp
from lenet.nnet.ops.neighbours import Neighbours
from lenet.nnet.ops.pool import PoolOp
from tests.nnet.modes import MODES, Graph, evaluate

ROOT = Path(__file__).parents[2]
needs_compiler = pytest.mark.skipif(not pytensor.config.cxx, reason="needs a C++ compiler")


def classifier(dtype="float64"):
    """Return the training step of a small LeNet whose sizes are known."""
    rng = np.random.default_rng(0)

    def shared(*shape):
        return pytensor.shared(rng.standard_normal(shape).astype(dtype) / 4, shape=shape)

    x, y = pt.tensor("x", dtype=dtype, shape=(None, 2, 14, 13)), pt.lvector("y")
    params = [shared(5, 2, 3, 3), shared(5), shared(5 * 6 * 5, 4), shared(4)]
    filters, bias, weights, offset = params
    hidden = relu(pool_2d(conv2d(x, filters), 2, ignore_border=True) + bias[None, :, None, None])
    p = pt.special.softmax(hidden.flatten(2) @ weights + offset, axis=-1)
    cost = -pt.log(p)[pt.arange(y.shape[0]), y].mean() + 1e-3 * (filters**2).sum()
    values = [rng.standard_normal((7, 2, 14, 13)).astype(dtype), rng.integers(0, 4, 7)]
    return Graph([x, y], [cost, *pytensor.grad(cost, params)], values)


def ops(graph, mode):
    """Return the Ops, by name, that a mode makes of a graph."""
    function = pytensor.function(graph.inputs, graph.outputs, mode=mode)
    return {type(node.op).__name__ for node in function.maker.fgraph.apply_nodes}


@needs_compiler
def test_nothing_goes_through_python(monkeypatch):
    x, w = pt.dtensor4("x"), pt.dtensor4("w")
    output = pool_2d(conv2d(x, w), 2, ignore_border=True)
    values = [np.arange(60.0).reshape(1, 2, 5, 6), np.arange(12.0).reshape(1, 2, 2, 3)]
    graph = Graph([x, w], [output, *pytensor.grad(pt.sqr(output).sum(), [x, w])], values)
    expected = evaluate(graph, "python")
    for op in (*ConvOp.__subclasses__(), *PoolOp.__subclasses__()):
        monkeypatch.setattr(op, "perform", None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = evaluate(graph, "numba")
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)


@needs_compiler
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_training_step_is_that_of_c(dtype):
    graph = classifier(dtype)
    of_c, of_numba = (evaluate(graph, mode) for mode in ("c", "numba"))
    tolerance = 1e-5 if dtype == "float32" else 1e-12
    for one, other in zip(of_numba, of_c, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


KERNELS = {
    "lenet_fused_convolution": {"FusedConv", "FusedConvGradWeights"},
    "lenet_softmax": {"LogLikelihood", "LogLikelihoodGrad"},
    "lenet_matrix_product": {"MatrixProduct"},
    "lenet_sum_of_squares": {"SumOfSquares"},
}


@needs_compiler
def test_rewrites_to_kernels_run_for_numba():
    assert set().union(*KERNELS.values()) <= ops(classifier(), MODES["numba"])


@needs_compiler
@pytest.mark.parametrize("name", KERNELS)
def test_rewrites_can_be_left_out_by_name(name):
    found = ops(classifier(), MODES["numba"].excluding(name))
    assert not found & KERNELS[name]
    assert set().union(*(k for other, k in KERNELS.items() if other != name)) <= found


def test_a_rectifier_is_one_operation():
    x = pt.dvector("x")
    for slope, y in ((0.0, pt.maximum(0, x)), (0.5, relu(x)), (1.0, pt.maximum(x, 0))):
        graph = Graph([x], [y, pytensor.grad(y.sum(), x)], [np.array([-1.5, 0.0, 2.5, np.nan])])
        found = evaluate(graph, "numba")
        np.testing.assert_array_equal(found[0], [0, 0, 2.5, np.nan])
        np.testing.assert_array_equal(found[1][:3], [0, slope, 1])


@needs_compiler
def test_failures_name_what_is_wrong():
    x, w = pt.dtensor4("x"), pt.dtensor4("w")
    convolve = pytensor.function([x, w], conv2d(x, w), mode="NUMBA")
    for _ in range(2):
        with pytest.raises(ValueError, match="convolution: got 2 channels, expected 3"):
            convolve(np.ones((1, 2, 4, 4)), np.ones((1, 3, 2, 2)))
        np.testing.assert_array_equal(
            convolve(np.ones((1, 2, 4, 4)), np.ones((1, 2, 4, 4))), np.full((1, 1, 1, 1), 32.0)
        )


@needs_compiler
@pytest.mark.parametrize("batch", [0, 1])
def test_few_images_or_none(batch):
    x, w = pt.dtensor4("x"), pt.dtensor4("w")
    output = pool_2d(conv2d(x, w), 2, ignore_border=True)
    found = pytensor.function([x, w], output, mode="NUMBA")(
        np.ones((batch, 1, 5, 5)), np.ones((3, 1, 2, 2))
    )
    assert found.shape == (batch, 3, 2, 2)


def test_types_without_a_kernel_are_computed_by_numpy():
    images = pt.tensor("images", dtype="complex128", shape=(None,) * 4)
    graph = Graph(
        [images],
        [Neighbours((2, 2), (2, 2), ((0, 0), (0, 0)), True)(images)],
        [1j * np.arange(16.0).reshape(1, 1, 4, 4)],
    )
    np.testing.assert_array_equal(evaluate(graph, "numba")[0], evaluate(graph, "python")[0])


def test_without_a_compiler_numpy_computes_with_one_warning():
    x, w = pt.dtensor4("x"), pt.dtensor4("w")
    graph = Graph(
        [x, w],
        [conv2d(x, w), conv2d(x, w, border_mode="full")],
        [np.ones((1, 1, 3, 3)), np.ones((1, 1, 2, 2))],
    )
    warn_of_python.cache_clear()
    with (
        pytensor.config.change_flags(cxx=""),
        pytest.warns(UserWarning, match="there is no C") as told,
    ):
        found = evaluate(graph, "numba")
    assert len(told) == 1
    np.testing.assert_array_equal(found[0], np.full((1, 1, 2, 2), 4.0))
    warn_of_python.cache_clear()


PROGRAM = """
    import numpy as np, pytensor, pytensor.tensor as pt
    from pytensor.link.numba.cache import NUMBA_CACHE_PATH
    from lenet.nnet import conv2d
    x, w = pt.dtensor4("x"), pt.dtensor4("w")
    function = pytensor.function([x, w], conv2d(x, w), mode="NUMBA")
    print(function(np.ones((1, 1, 3, 3)), np.ones((1, 1, 2, 2))).sum())
    print(*sorted(p.name for p in NUMBA_CACHE_PATH.iterdir()))
"""


@needs_compiler
def test_machine_code_is_kept_for_the_next_process(tmp_path):
    environment = os.environ | {"PYTENSOR_FLAGS": f"base_compiledir={tmp_path}"}
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(PROGRAM)]
    runs = [
        subprocess.run(
            command,
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        for _ in range(2)
    ]
    for run in runs:
        assert run.returncode == 0, run.stderr
        assert run.stdout.splitlines()[0] == "16.0"
    # The second process has found all of it, and added nothing.
    assert "kernel_call" in runs[0].stdout
    assert runs[1].stdout == runs[0].stdout
