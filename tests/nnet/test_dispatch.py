import importlib
import subprocess
import sys

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode, optdb

import lenet.nnet
from lenet.nnet import conv2d, pool_2d
from lenet.nnet.dispatch import loading
from lenet.nnet.dispatch.concrete_sizes import ConcreteShape
from lenet.nnet.ops.conv import Conv, ConvGradInputs, ConvOp
from lenet.nnet.ops.fused_conv import FusedConv
from lenet.nnet.ops.pool import PoolOp
from tests.nnet.modes import MODES, Graph, evaluate, in_modes

OPTIMIZERS = ["fast_run", "fast_compile", "o3", "merge", "stabilize", "minimum_compile", None]


def graph_of_two_layers():
    """Return a graph whose shapes nobody knows before it runs, with a gradient of each order."""
    x, w, v = pt.tensor4("x"), pt.tensor4("w"), pt.tensor4("v")
    hidden = conv2d(x, w, border_mode="half", subsample=(2, 1))
    hidden = pool_2d(hidden, (2, 2), ignore_border=True, mode="average_inc_pad")
    output = pool_2d(conv2d(hidden, v, subsample=(2, 2)), (2, 2), ignore_border=False)
    first = pytensor.grad(output.sum(), [x, w])
    second = pytensor.grad(pt.sin(first[1]).sum(), v)
    rng = np.random.default_rng(3)
    values = [rng.normal(size=s) for s in [(2, 3, 17, 14), (4, 3, 3, 5), (5, 4, 2, 3)]]
    return Graph([x, w, v], [output, *first, second], values)


def run_python(program):
    """Run a program in a fresh interpreter, where nothing is imported yet."""
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False
    )


@in_modes("jax", "numba", by_xla=False)
def test_a_backend_is_loaded_when_it_compiles_and_not_before(mode_name):
    program = f"""
import sys
import pytensor
import lenet.nnet

def loaded():
    return [b for b in ("jax", "numba") if "lenet.nnet.dispatch." + b in sys.modules]

x = pytensor.tensor.matrix()
y = lenet.nnet.pool_2d(x, 2, ignore_border=True)
pytensor.function([x], y, mode="FAST_COMPILE")
assert loaded() == []
assert "jax" not in sys.modules
f = pytensor.function([x], y, mode={mode_name.upper()!r})
assert f([[1, 2], [3, 4]]).item() == 4
assert loaded() == [{mode_name!r}]
"""
    result = run_python(program)
    assert result.returncode == 0, result.stderr


@in_modes("jax", "numba", by_xla=False)
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
def test_a_backend_is_loaded_whatever_the_optimizer(optimizer, mode_name, monkeypatch):
    imported = []
    monkeypatch.setattr(loading, "import_module", imported.append)
    x = pt.vector("x")
    pytensor.function([x], x, mode=Mode(linker=mode_name, optimizer=optimizer))
    assert imported == [f"lenet.nnet.dispatch.{mode_name}"]


def test_importing_again_registers_nothing_twice():
    def names():
        return [rewrite.name for rewrite in optdb.query("+jax", "+numba")]

    before = names()
    importlib.reload(lenet.nnet)
    assert names() == before
    assert before.count("lenet_load_jax_dispatch") == 1


@in_modes("c")
def test_a_graph_may_be_one_module_of_c(mode_name):
    graph = graph_of_two_layers()
    whole = Mode(linker="c", optimizer="fast_run")
    function = pytensor.function(graph.inputs, graph.outputs, mode=whole)
    for one, other in zip(function(*graph.values), evaluate(graph, mode_name), strict=True):
        np.testing.assert_array_equal(one, other)


@in_modes("jax", by_xla=False)
@pytest.mark.parametrize("optimizer", ["fast_run", "minimum_compile", None], ids=str)
def test_jax_needs_no_static_shapes(optimizer, mode_name):
    graph = graph_of_two_layers()
    assert all(None in output.type.shape for output in graph.outputs)
    function = pytensor.function(
        graph.inputs, graph.outputs, mode=Mode(linker=mode_name, optimizer=optimizer)
    )
    for found, expected in zip(function(*graph.values), evaluate(graph, "python"), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10)


@in_modes("jax")
def test_jax_takes_sizes_from_arrays_that_are_cut_out_of_others(mode_name):
    x, w = pt.tensor4("x"), pt.tensor4("w")
    output = conv2d(x[:, :, ::2], w[:, :, 1:], subsample=(2, 3))
    values = [np.random.default_rng(5).normal(size=s) for s in [(2, 1, 13, 9), (3, 1, 4, 2)]]
    graph = Graph([x, w], pytensor.grad(output.sum(), [x, w]), values)
    for found, expected in zip(evaluate(graph, mode_name), evaluate(graph, "python"), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@in_modes("jax")
def test_jax_graphs_of_known_shapes_are_left_alone(mode_name):
    x, w = pt.tensor("x", shape=(2, 1, 9, 8)), pt.tensor("w", shape=(3, 1, 2, 2))
    output = pool_2d(conv2d(pt.exp(x), w), 2, ignore_border=True)
    function = pytensor.function([x, w], output, mode=MODES[mode_name])
    ops = [node.op for node in function.maker.fgraph.apply_nodes]
    assert sum(isinstance(op, FusedConv | ConvOp | PoolOp) for op in ops) == (
        1 if mode_name == "jax" else 2
    )
    assert not any(isinstance(op, ConcreteShape) for op in ops)


@in_modes("jax")
def test_jax_says_which_size_it_cannot_know(mode_name):
    filters, gradient, rows = pt.tensor4("w"), pt.tensor4("g"), pt.lscalar("rows")
    image = ConvGradInputs()(filters, gradient, rows, gradient.shape[3])
    graph = Graph(
        [filters, gradient, rows], [image], [np.ones((1, 1, 1, 1)), np.ones((1, 1, 4, 4)), 4]
    )
    with pytest.raises(TypeError, match="JAX needs sizes that are known before the graph runs"):
        evaluate(graph, mode_name)


@in_modes("jax")
def test_no_forward_pass_runs_for_a_gradient(mode_name):
    """Of a convolution's gradient with respect to its filters, one convolution is left."""
    x, w = pt.tensor4("x"), pt.tensor4("w")
    gradient = pytensor.grad((conv2d(x, w) * 3).sum(), w)
    function = pytensor.function([x, w], gradient, mode=MODES[mode_name])
    compiled = function.vm.jit_fn.lower(np.ones((2, 3, 8, 8)), np.ones((4, 3, 3, 3))).compile()
    name = 'custom_call_target="lenet_kernel"' if mode_name == "jax" else " convolution("
    assert compiled.as_text().count(name) == 1


def test_concrete_shape_is_the_identity():
    x = pt.matrix("x")
    y = ConcreteShape()(x)
    assert y.type == x.type
    value = np.ones((2, 3))
    (found, shape) = evaluate(Graph([x], [y, y.shape], [value]), "python")
    np.testing.assert_array_equal(found, value)
    np.testing.assert_array_equal(shape, value.shape)


@in_modes("jax")
def test_operands_have_the_precision_that_the_graph_declares(mode_name, jax_types):
    jax_types("float64")
    dispatch = importlib.import_module("lenet.nnet.dispatch.jax")
    node = Conv().make_node(pt.ftensor4(), pt.ftensor4())
    convolve = dispatch.jax_funcify(node.op, node=node)
    result = convolve(
        dispatch.jnp.ones((1, 1, 3, 3), "float64"), dispatch.jnp.ones((1, 1, 2, 2), "float32")
    )
    assert result.dtype == "float32"
    np.testing.assert_array_equal(result, np.full((1, 1, 2, 2), 4))
