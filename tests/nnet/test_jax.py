"""JAX on CPUs: kernels called by XLA's machine code, their derivatives, and XLA in their place."""

import subprocess
import sys

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from lenet.nnet import conv2d, pool_2d, relu
from lenet.nnet.kernels.library import KernelError
from lenet.nnet.ops.conv import Conv, ConvGradInputs, ConvGradWeights
from lenet.nnet.ops.neighbours import Neighbours, SumOfNeighbours
from lenet.nnet.ops.pool import MaxPoolGrad, MaxPoolTangent, Pool, PoolGrad
from lenet.nnet.ops.softmax import LogLikelihood
from lenet.nnet.ops.unshared import UnsharedConv, UnsharedGradInputs, UnsharedGradWeights
from tests.nnet.modes import MODES, Graph, evaluate

jax = pytest.importorskip("jax")
pytestmark = pytest.mark.skipif(not pytensor.config.cxx, reason="there is no C++ compiler")

from jax import numpy as jnp  # noqa: E402

from lenet.nnet.dispatch import jax_primitive as dispatch  # noqa: E402

GEOMETRY = {"border_mode": (1, 2), "subsample": (2, 1), "filter_dilation": (1, 2), "num_groups": 2}
POOLING = ((3, 2), True, (2, 1), (1, 0))
IMAGE, FILTERS, CONVOLVED, POOLED = (3, 4, 11, 9), (6, 2, 3, 2), (3, 6, 6, 11), (3, 4, 6, 8)
UNSHARED = (6, 6, 11, 2, 3, 2)
WINDOWS = ((3, 2), (2, 1), ((0, 0), (0, 0)), False)
# An Op, the shapes of its arrays, and sizes that it takes.
OPS = {
    "conv": (Conv(**GEOMETRY), (IMAGE, FILTERS), ()),
    "conv-grad-inputs": (ConvGradInputs(**GEOMETRY), (FILTERS, CONVOLVED), IMAGE[2:]),
    "conv-grad-weights": (ConvGradWeights(**GEOMETRY), (IMAGE, CONVOLVED), FILTERS[2:]),
    "conv-3d": (Conv("half", (1, 2, 1)), ((2, 3, 5, 6, 4), (4, 3, 3, 2, 3)), ()),
    "max-pool": (Pool(*POOLING), (IMAGE,), ()),
    "max-pool-grad": (MaxPoolGrad(*POOLING), (IMAGE, POOLED, POOLED), ()),
    "max-pool-tangent": (MaxPoolTangent(*POOLING), (IMAGE, POOLED, IMAGE), ()),
    "average-pool": (Pool(*POOLING, "average_exc_pad"), (IMAGE,), ()),
    "unshared": (UnsharedConv(**GEOMETRY), (IMAGE, UNSHARED), ()),
    "unshared-grad-inputs": (UnsharedGradInputs(**GEOMETRY), (UNSHARED, CONVOLVED), IMAGE[2:]),
    "unshared-grad-weights": (UnsharedGradWeights(**GEOMETRY), (IMAGE, CONVOLVED), FILTERS[2:]),
    "neighbours": (Neighbours(*WINDOWS), (IMAGE,), ()),
    "sum-of-neighbours": (SumOfNeighbours(*WINDOWS), ((3 * 4 * 5 * 8, 6),), IMAGE),
    "average-pool-grad": (PoolGrad(*POOLING, "average_inc_pad"), (POOLED,), IMAGE[2:]),
}


@pytest.fixture(autouse=True)
def double(jax_types):
    jax_types("float64")


def arrays_of(name, seed=0):
    """Return arrays of an Op, of which maxima are those of the images."""
    op, shapes, _ = OPS[name]
    rng = np.random.default_rng(seed)
    arrays = [rng.normal(size=shape) for shape in shapes]
    if isinstance(op, MaxPoolGrad | MaxPoolTangent):
        arrays[1] = plain(op.sibling(Pool), arrays[:1])
    return arrays


def plain(op, arrays, sizes=()):
    """Return what NumPy computes."""
    node = op.make_node(*map(pt.as_tensor, arrays), *sizes)
    storage = [[None] for _ in node.outputs]
    op.perform(node, [*arrays, *(np.asarray(size) for size in sizes)], storage)
    return storage[0][0]


def by_kernel(name):
    op, _, sizes = OPS[name]
    return lambda *arrays: dispatch.call(op, *arrays, *sizes)[0]


def by_xla(name):
    def compute(*arrays):
        with dispatch.without_kernels():
            return by_kernel(name)(*arrays)

    return compute


def has_kernel(function, *arrays):
    return "lenet_kernel" in jax.jit(function).lower(*arrays).as_text()


@pytest.mark.parametrize("name", OPS)
def test_kernels_and_xla_compute_what_numpy_does(name):
    arrays = arrays_of(name)
    expected = plain(OPS[name][0], arrays, OPS[name][2])
    assert has_kernel(by_kernel(name), *arrays)
    assert not has_kernel(by_xla(name), *arrays)
    for compute in (by_kernel, by_xla):
        for function in (compute(name), jax.jit(compute(name))):
            np.testing.assert_allclose(function(*map(jnp.array, arrays)), expected, 1e-12, 1e-12)


def directional(compute, name, inputs):
    """Return derivatives of a nonlinear function of an Op: forward, backward, and of second order."""
    arrays = [jnp.array(array) for array in arrays_of(name)]
    tangents = [jnp.array(array) for array in arrays_of(name, seed=1)]

    def value(*some):
        whole = list(arrays)
        for n, array in zip(inputs, some, strict=True):
            whole[n] = array
        return jnp.sin(compute(name)(*whole)).sum()

    some, changes = [arrays[n] for n in inputs], [tangents[n] for n in inputs]
    gradient = jax.grad(value, range(len(inputs)))
    _, forward = jax.jvp(value, some, changes)
    _, second = jax.jvp(gradient, some, changes)
    twice = jax.grad(lambda *x: sum((g**3).sum() for g in gradient(*x)))(*some)
    return [forward, *gradient(*some), *second, twice]


@pytest.mark.parametrize("name", OPS)
def test_derivatives_are_those_of_xla(name):
    """XLA differentiates its own functions, of which no pullback is ours."""
    inputs = dispatch.linear_inputs(OPS[name][0])
    found, expected = (directional(compute, name, inputs) for compute in (by_kernel, by_xla_inside))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-10)


def by_xla_inside(name):
    """Return an Op as JAX's functions compute it, without our primitive."""
    op, _, sizes = OPS[name]

    def compute(*arrays):
        shape = dispatch.node_of(op, arrays, sizes).outputs[0].type.shape
        return dispatch.in_xla(op, shape, *arrays)

    return compute


@pytest.mark.parametrize("name", OPS)
def test_vmap_is_one_after_the_other(name):
    batch = [
        np.stack(pair, axis=1) for pair in zip(arrays_of(name, 0), arrays_of(name, 1), strict=True)
    ]
    found = jax.vmap(by_kernel(name), in_axes=1, out_axes=1)(*batch)
    for k in range(2):
        expected = plain(OPS[name][0], [array[:, k] for array in batch], OPS[name][2])
        np.testing.assert_allclose(found[:, k], expected, rtol=1e-12, atol=1e-12)


def test_a_batch_of_one_argument_only():
    image, filters = arrays_of("conv")
    found = jax.vmap(by_kernel("conv"), (None, 0))(image, np.stack([filters, 2 * filters]))
    np.testing.assert_allclose(found[1], 2 * found[0])


def graph_of_a_layer(dtype="float64"):
    """Return a layer that is fused, and its gradients."""
    x = pt.tensor("x", dtype=dtype, shape=(None, 3, 14, 13))
    w, b = (pt.tensor(dtype=dtype, shape=shape) for shape in [(5, 3, 3, 2), (5,)])
    y = relu(pool_2d(conv2d(x, w), 2, ignore_border=True) + b.dimshuffle("x", 0, "x", "x"))
    rng = np.random.default_rng(0)
    values = [rng.normal(size=size).astype(dtype) for size in [(4, 3, 14, 13), (5, 3, 3, 2), (5,)]]
    return Graph([x, w, b], [y, *pytensor.grad(pt.sqr(y).sum(), [x, w, b])], values)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_fused_layer_has_the_bits_that_it_has_in_c(dtype, jax_types):
    jax_types(dtype)
    graph = graph_of_a_layer(dtype)
    for found, expected in zip(evaluate(graph, "jax"), evaluate(graph, "c"), strict=True):
        assert found.dtype == dtype
        np.testing.assert_array_equal(found, expected)


def op_names(mode):
    graph = graph_of_a_layer()
    function = pytensor.function(graph.inputs, graph.outputs, mode=mode)
    return {type(node.op).__name__ for node in function.maker.fgraph.apply_nodes}


def test_the_fused_rewrites_can_be_excluded_and_are_for_cpus_only(monkeypatch):
    fused = {"FusedConv", "FusedConvGradWeights", "FusedConvGradInputs"}
    assert fused <= op_names(MODES["jax"])
    assert not fused & op_names(MODES["jax"].excluding("lenet_fused_convolution"))
    assert not fused & op_names(MODES["xla"])
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    assert not fused & op_names(MODES["jax"])


def test_without_a_kernel_xla_computes_and_says_so_once(monkeypatch):
    def fail(op, node):
        raise KernelError("no memory for the compiler")

    monkeypatch.setattr(Conv, "load", fail)
    dispatch.warn_of_xla.cache_clear()
    arrays = arrays_of("conv", seed=2)
    with pytest.warns(UserWarning, match="slowly: no memory for the compiler") as warned:
        found = jax.jit(lambda x, w: by_kernel("conv")(x, w) + by_kernel("conv")(2 * x, w))(*arrays)
    assert len([w for w in warned if "slowly" in str(w.message)]) == 1
    np.testing.assert_allclose(found, 3 * plain(OPS["conv"][0], arrays), rtol=1e-12, atol=1e-12)


def test_without_a_compiler_xla_computes():
    with pytensor.config.change_flags(cxx=""):
        assert not has_kernel(by_kernel("conv"), *arrays_of("conv"))


def test_what_only_kernels_compute_is_refused_by_name_elsewhere():
    logits, labels = jnp.zeros((3, 4)), jnp.array([0, 1, 2])
    op = LogLikelihood()
    likelihoods, probabilities = dispatch.call(op, logits, labels)
    np.testing.assert_allclose(likelihoods, -np.log(4))
    np.testing.assert_allclose(probabilities, 0.25)
    with (
        dispatch.without_kernels(),
        pytest.raises(NotImplementedError, match="kernels on CPUs only"),
    ):
        dispatch.call(op, logits, labels)
    with pytest.raises(NotImplementedError, match="not differentiated in JAX"):
        jax.grad(lambda x: dispatch.call(op, x, labels)[0].sum())(logits)


def test_the_failure_of_a_kernel_is_raised_with_its_text():
    with pytest.raises(Exception, match="label 4 is out of bounds for 4 classes"):
        jax.block_until_ready(dispatch.call(LogLikelihood(), jnp.zeros((1, 4)), jnp.array([4])))


def test_shapes_that_do_not_fit_are_refused_while_jax_traces():
    with pytest.raises(ValueError, match="smaller than the filters"):
        dispatch.call(Conv(), jnp.zeros((1, 1, 2, 2)), jnp.zeros((1, 1, 3, 3)))
    with pytest.raises(TypeError, match="sizes that are known"):
        jax.jit(lambda n: dispatch.call(PoolGrad((2, 2), True), jnp.ones((1, 1, 2, 2)), n, 4))(4)


PROGRAM = """
import sys
import jax, numpy as np, pytensor
jax.config.update("jax_compilation_cache_dir", sys.argv[1])
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
from lenet.nnet import conv2d
x, w = pytensor.tensor.tensor4("x"), pytensor.tensor.tensor4("w")
f = pytensor.function([x, w], conv2d(x, w), mode="JAX")
print(float(f(np.ones((1, 2, 4, 4)), np.ones((1, 2, 3, 3)))[0, 0, 0, 0]))
"""


def test_what_xla_keeps_on_disk_finds_its_kernels_in_another_process(tmp_path):
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(tmp_path)],
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == "18.0\n"
    assert any(tmp_path.iterdir())
