"""Layers of pytensor-ml, by our kernels and by its own graphs."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import get_mode
from pytensor.graph.traversal import ancestors

from tests.nnet.modes import MISSING
from tests.nnet.rewrites.graphs import assert_agree

layers = pytest.importorskip(
    "pytensor_ml.layers", reason="needs Python 3.12 and pytensor-ml: pip install -e .[pytensor-ml]"
)
from pytensor_ml.activations import ReLU, Tanh  # noqa: E402

from lenet.pytensor_ml import NAME  # noqa: E402

OURS = {"Conv", "ConvGradWeights", "ConvGradInputs", "FusedConv", "FusedConvGradWeights", "Pool"}
OURS |= {"FusedConvGradInputs", "MaxPoolGrad", "PoolGrad"}
IMAGES, SEQUENCES = (3, 12, 11, 2), (3, 20, 2)
# Layers are made anew for each graph: some remember where they were applied.
NETWORKS = {
    "LeNet": (
        IMAGES,
        lambda: [
            layers.Conv2D("a", in_channels=2, out_channels=4, kernel_size=3),
            layers.MaxPool2D(kernel_size=2),
            ReLU(),
            layers.Conv2D("b", in_channels=4, out_channels=5, kernel_size=2, padding="same"),
            ReLU(),
            layers.MaxPool2D(kernel_size=2),
            layers.Flatten,
            layers.Linear("c", n_in=20, n_out=6),
        ],
    ),
    "strides and dilations": (
        IMAGES,
        lambda: [
            layers.Conv2D(
                "a",
                in_channels=2,
                out_channels=3,
                kernel_size=(3, 2),
                stride=(2, 1),
                dilation=(1, 3),
            ),
            Tanh(),
            layers.AvgPool2D(kernel_size=(2, 3), stride=(1, 2)),
        ],
    ),
    "overlapping windows": (
        IMAGES,
        lambda: [layers.MaxPool2D(kernel_size=3, stride=2, padding="same")],
    ),
    "spread windows": (IMAGES, lambda: [layers.MaxPool2D(kernel_size=2, dilation=2)]),
    "sequences": (
        SEQUENCES,
        lambda: [
            layers.Conv1D("a", in_channels=2, out_channels=3, kernel_size=4, stride=2, bias=False),
            layers.MaxPool1D(kernel_size=2),
            layers.AvgPool1D(kernel_size=2, stride=1),
        ],
    ),
    "transposed": (
        IMAGES,
        lambda: [
            layers.ConvTranspose2D("a", in_channels=2, out_channels=3, kernel_size=3, stride=2)
        ],
    ),
    "normalised": (
        IMAGES,
        lambda: [
            layers.Conv2D("a", in_channels=2, out_channels=4, kernel_size=3, bias=False),
            layers.BatchNorm("b", n_in=4),
            ReLU(),
            layers.LayerNorm("c", n_in=4),
        ],
    ),
}


def graph_of(name):
    """Return inputs, values and outputs of a network: its result and gradients; JAX needs its whole shape."""
    shape, parts = NETWORKS[name]
    rng = np.random.default_rng(3)
    x = pt.tensor("x", dtype="float64", shape=shape)
    y = layers.Sequential(*parts())(x)
    cost = (y * (pt.arange(y.size).reshape(y.shape) % 5 - 2)).sum()
    params = [v for v in ancestors([cost]) if isinstance(v, pytensor.compile.SharedVariable)]
    params = [p for p in params if p.type.dtype == "float64" and "running" not in p.name]
    for param in params:
        # Sums of small integers are often the same, and each window then has several maxima.
        param.set_value(rng.integers(-1, 2, param.get_value().shape).astype("float64"))
    return (
        [x],
        [rng.integers(-1, 2, shape).astype("float64")],
        [y, *pytensor.grad(cost, [x, *params])],
    )


def compiled(name, mode):
    inputs, values, outputs = graph_of(name)
    function = pytensor.function(inputs, outputs, mode=mode)
    return function, function(*values)


@pytest.mark.skipif(bool(MISSING["c"]), reason=MISSING["c"])
@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("mode", ["CVM", "NUMBA", "JAX"])
def test_results_and_gradients_are_those_of_its_own_graphs(name, mode):
    if mode == "JAX":
        pytest.importorskip("jax")
        if name == "spread windows":
            pytest.skip("JAX has no gradient of them")
    function, found = compiled(name, mode)
    _, expected = compiled(name, get_mode("NUMBA").excluding(NAME))
    assert_agree(found, expected)
    ops = {type(node.op).__name__ for node in function.maker.fgraph.apply_nodes}
    assert bool(ops & OURS) is (name != "spread windows")
    assert ops & {"ConvLayer", "ConvLayerGrad", "BatchNormLayer", "LinearLayer"} == set()


def test_a_network_is_fused_as_one_of_ours():
    function, _ = compiled("LeNet", "CVM")
    ops = {type(node.op).__name__ for node in function.maker.fgraph.apply_nodes}
    assert ops >= {"FusedConv", "FusedConvGradInputs", "FusedConvGradWeights"}
    assert not ops & {"Conv", "Pool", "MaxPoolGrad"}


def test_it_can_be_left_out_by_name():
    function, _ = compiled("transposed", get_mode("NUMBA").excluding(NAME))
    assert not OURS & {type(node.op).__name__ for node in function.maker.fgraph.apply_nodes}
