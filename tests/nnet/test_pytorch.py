"""PyTensor's mode for PyTorch: convolutions and poolings by PyTorch's functions, and a clear word on the rest."""

import sys
import types

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import get_mode

from lenet.nnet import conv2d, conv3d, pool_2d, pool_3d, relu
from lenet.nnet.neighbours import images2neibs
from tests.nnet.modes import Graph, evaluate

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning",
    "ignore::FutureWarning",
    "ignore:The given NumPy array is not writable",
)
SIZES = {
    "half": ({"border_mode": "half", "subsample": (2, 1)}, (2, 4, 9, 8), (3, 4, 3, 5)),
    "asymmetric": (
        {"border_mode": ((0, 1), (2, 0)), "filter_dilation": (1, 2), "filter_flip": False},
        (2, 2, 7, 9),
        (3, 2, 3, 2),
    ),
    "groups": ({"num_groups": 2, "subsample": (2, 3)}, (3, 4, 8, 9), (6, 2, 2, 3)),
    "volumes": ({"border_mode": "full"}, (2, 2, 4, 3, 5), (2, 2, 2, 1, 3)),
}
POOLINGS = {
    "max": {"mode": "max", "ignore_border": False},
    "overlapping": {"mode": "max", "ignore_border": True, "stride": (1, 2), "pad": (1, 0)},
    "sum": {"mode": "sum", "ignore_border": False},
    "average": {"mode": "average_exc_pad", "ignore_border": True, "pad": (0, 1)},
}


def with_gradients(output, inputs, values):
    """Return an output, its gradients and one of second order."""
    gradients = pytensor.grad(pt.sin(output).sum(), inputs)
    second = pytensor.grad(pt.sqr(gradients[0]).sum(), inputs[-1])
    return Graph(inputs, [output, *gradients, second], values)


def in_torch(graph):
    pytest.importorskip("torch")
    function = pytensor.function(graph.inputs, graph.outputs, mode="PYTORCH")
    return [np.asarray(value) for value in function(*graph.values)]


def check(graph):
    for found, expected in zip(in_torch(graph), evaluate(graph, "python"), strict=True):
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", SIZES)
def test_convolutions_and_their_gradients(name):
    geometry, *shapes = SIZES[name]
    rng = np.random.default_rng(0)
    values = [rng.normal(size=shape) for shape in shapes]
    x, w = (pt.tensor(dtype="float64", shape=(None,) * len(shape)) for shape in shapes)
    convolve = conv3d if name == "volumes" else conv2d
    check(with_gradients(convolve(x, w, **geometry), [x, w], values))


@pytest.mark.parametrize("name", POOLINGS)
def test_poolings_and_their_gradients(name):
    image = np.random.default_rng(1).integers(-4, 4, (2, 3, 7, 8)).astype(float)
    x = pt.tensor4("x", dtype="float64")
    check(with_gradients(pool_2d(x, (3, 2), **POOLINGS[name]), [x], [image]))


def test_volumes_are_pooled():
    x = pt.tensor5("x", dtype="float64")
    image = np.random.default_rng(1).normal(size=(2, 1, 5, 4, 7))
    check(with_gradients(pool_3d(x, (2, 1, 3), ignore_border=True), [x], [image]))


def test_a_layer_of_known_size():
    x, w = pt.tensor("x", dtype="float64", shape=(2, 3, 9, 8)), pt.dtensor4("w")
    rng = np.random.default_rng(2)
    output = relu(pool_2d(conv2d(x, w), 2, ignore_border=True))
    check(
        with_gradients(output, [x, w], [rng.normal(size=s) for s in [(2, 3, 9, 8), (4, 3, 2, 3)]])
    )


def test_what_is_missing_names_the_modes_that_have_it():
    pytest.importorskip("torch")
    x = pt.dtensor4("x")
    with pytest.raises(NotImplementedError, match=r"not implemented for PyTorch; .*mode='NUMBA'"):
        pytensor.function([x], images2neibs(x, (2, 2)), mode="PYTORCH")


def test_mlx_names_the_modes_that_have_it(monkeypatch):
    """With a stand-in for the package, which is for Apple's machines."""
    dispatch = types.ModuleType("pytensor.link.mlx.dispatch")
    refused = {}
    dispatch.mlx_funcify = types.SimpleNamespace(
        register=lambda cls: lambda function: refused.setdefault(cls, function)
    )
    monkeypatch.setitem(sys.modules, "pytensor.link.mlx.dispatch", dispatch)
    monkeypatch.delitem(sys.modules, "lenet.nnet.dispatch.mlx", raising=False)
    x, w = pt.dtensor4("x"), pt.dtensor4("w")
    output = conv2d(x, w)
    linker = get_mode("MLX").linker
    with pytest.raises(TypeError, match="not callable"):  # the stand-in converts nothing
        linker.fgraph_convert(None)
    (refuse,) = refused.values()
    with pytest.raises(NotImplementedError, match=r"not implemented for MLX; .*mode='NUMBA'"):
        refuse(output.owner.op, output.owner)
