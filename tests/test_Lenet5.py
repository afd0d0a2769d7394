from itertools import pairwise

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode
from pytensor.graph.traversal import ancestors

from lenet.layers import Sequential
from lenet.Lenet5 import Lenet5
from lenet.models.architectures import lenet
from lenet.optim.updates import momentum
from tests.golden_files import golden_arrays

PYTHON = Mode(linker="py", optimizer="fast_run")


def small(input, label, **options):
    return Lenet5(input, label, np.random.default_rng(0), (2, 3, 4, 5), **options)


def test_the_documented_network_has_its_documented_shapes():
    model = Lenet5(
        pt.matrix(), pt.ivector(), np.random.default_rng(0), (16, 31, 64, 128), 32, 3, 100
    )
    assert {p.name: p.get_value().shape for p in model.params} == {
        "conv1_W": (16, 3, 5, 5),
        "conv1_b": (16,),
        "conv2_W": (31, 16, 5, 5),
        "conv2_b": (31,),
        "conv3_W": (64, 31, 3, 3),
        "conv3_b": (64,),
        "fc_W": (576, 128),
        "fc_b": (128,),
        "output_W": (128, 10),
        "output_b": (10,),
    }
    assert [layer.output_shape for layer in model.layers] == [
        (100, 16, 14, 14),
        (100, 31, 5, 5),
        (100, 64, 3, 3),
        (100, 128),
        (100, 10),
    ]


def test_cost_is_the_likelihood_and_the_penalty_of_the_first_four_layers():
    x, y = pt.tensor4("x", dtype="float64"), pt.ivector("y")
    model = small(x, y, batch_size=None, l2_pen=0.5)
    rng = np.random.default_rng(1)
    for param in model.params:
        param.set_value(rng.normal(size=param.get_value().shape))
    nll = model.layers[-1].negative_log_likelihood(y)
    f = pytensor.function([x, y], [model.cost, nll, model.L2_sq], mode=PYTHON)
    cost, likelihood, penalty = f(rng.random((3, 1, 28, 28)), np.array([0, 9, 4], dtype="int32"))
    weights = [p.get_value() for p in model.params if p.name.endswith("_W")]
    assert penalty == pytest.approx(sum((w**2).sum() for w in weights[:4]))
    assert cost == pytest.approx(likelihood + 0.5 * penalty)


def test_an_open_batch_size_takes_flat_and_square_images_of_any_number():
    flat, square, y = pt.matrix(dtype="float64"), pt.tensor4(dtype="float64"), pt.ivector()
    images = np.random.default_rng(1).random((5, 3, 32, 32))
    of_flat = small(flat, y, size=32, channels=3, batch_size=None).layers[3].output
    of_square = small(square, y, size=32, channels=3, batch_size=None).layers[3].output
    f = pytensor.function([flat], of_flat, mode=PYTHON)
    g = pytensor.function([square], of_square, mode=PYTHON)
    whole = f(images.reshape(5, -1))
    assert whole.shape == (5, 5)
    np.testing.assert_allclose(g(images), whole, rtol=1e-12)
    np.testing.assert_allclose(g(images[1:3]), whole[1:3], rtol=1e-12)


def test_layers_are_those_that_train_runs():
    x, y = pt.tensor4("x"), pt.ivector("y")
    model = small(x, y, batch_size=None)
    names = [type(layer).__name__ for layer in model.layers]
    assert names == [
        *("ConvPoolLayer", "ConvPoolLayer", "ConvLayer", "HiddenLayer", "LogisticRegression")
    ]
    assert [layer.layer for layer in model.layers] == Sequential(
        lenet(10, (2, 3, 4, 5)), (1, 28, 28), np.random.default_rng(0)
    ).layers
    assert [param for layer in model.layers for param in layer.params] == model.params
    # Each layer's output is in the graph of the next one, and of the cost.
    for before, after in pairwise(model.layers):
        assert after.input is before.output
        assert before.output in ancestors([model.cost])


@pytest.mark.parametrize("size", [24, 25])
def test_the_smallest_images_work(size):
    x = pt.tensor4(dtype="float64")
    model = small(x, pt.ivector(), size=size, batch_size=2)
    f = pytensor.function([x], model.p_y_given_x, mode=PYTHON)
    np.testing.assert_allclose(f(np.zeros((2, 1, size, size))), np.full((2, 10), 0.1))


def test_smaller_images_are_refused():
    with pytest.raises(ValueError, match=r"23x23 pixels are too small .* at least 24x24"):
        small(pt.tensor4(), pt.ivector(), size=23)


@pytest.mark.parametrize("lwidth", [(1, 2, 3), (1, 2, 3, 4, 5), (1, 0, 3, 4), (1, 2, -3, 4)])
def test_wrong_layer_widths_are_refused(lwidth):
    with pytest.raises(ValueError, match=r"lwidth \(1, .*expected four positive integers"):
        Lenet5(pt.tensor4(), pt.ivector(), np.random.default_rng(0), lwidth)


# Of assertions, which JAX does not run, and with float32 of numbers that it cuts to 32 bits.
@pytest.mark.filterwarnings("ignore:Skipping Assert", "ignore:Explicitly requested dtype")
@pytest.mark.parametrize(
    ("backend", "dtype", "rtol"),
    [
        ("CVM", "float64", 1e-9),
        pytest.param("CVM", "float32", 1e-4, marks=pytest.mark.slow),
        pytest.param("JAX", "float64", 1e-9, marks=pytest.mark.slow),
        ("JAX", "float32", 1e-4),
    ],
    ids=lambda value: str(value),
)
def test_training_repeats_the_original_program(backend, dtype, rtol, request):
    """The original program on Theano 1.0.5: 40 steps of the documented network on CIFAR-10."""
    if backend == "JAX":
        request.getfixturevalue("jax_types")(dtype)
    answers = golden_arrays("original_cifar10.npz")
    with pytensor.config.change_flags(floatX=dtype):
        x, y = pt.matrix("x"), pt.ivector("y")
        rng = np.random.default_rng(0)
        model = Lenet5(x, y, rng, (16, 31, 64, 128), 32, 3, 100, 0.001)
        for k, param in enumerate(model.params):
            param.set_value(answers[f"init_{k}"].astype(dtype))
        rates = [np.asarray(rate, dtype=dtype) for rate in (0.01, 0.9)]
        updates = momentum(model.cost, model.params, *rates)
        train = pytensor.function([x, y], [model.cost, model.errors], updates=updates, mode=backend)
    images = (answers["images"] / 255.0).astype(dtype)
    labels = answers["labels"].astype("int32")
    batches = [slice(start, start + 100) for start in range(0, 800, 100)]
    results = np.array([train(images[batch], labels[batch]) for batch in batches * 5])
    np.testing.assert_allclose(results[:, 0], answers["cost"], rtol=rtol)
    if dtype == "float64":
        np.testing.assert_allclose(results[:, 1], answers["errors"], rtol=1e-9)
        for k, param in enumerate(model.params):
            np.testing.assert_allclose(
                param.get_value(), answers[f"final_{k}"], rtol=1e-9, atol=1e-12
            )


@pytest.mark.filterwarnings("ignore:Explicitly requested dtype")
# PyTensor says so of any two vectors of unknown length.
@pytest.mark.filterwarnings("ignore:Skipping Assert{msg='Could not broadcast")
@pytest.mark.parametrize("batch_size", [128, None])
def test_jax_takes_batches_that_no_byte_counts(batch_size):
    """No backend is selected before: only the mode is named."""
    pytest.importorskip("jax")
    x, y = pt.tensor("x", shape=(batch_size, 576)), pt.lvector("y")
    network = small(x, y, size=24, batch_size=batch_size)
    outputs = [network.cost, network.errors]
    values = np.ones((128, 576), pytensor.config.floatX), np.arange(128) % 10
    found, expected = (
        pytensor.function([x, y], outputs, mode=mode)(*values)
        for mode in ("JAX", Mode(linker="py"))
    )
    np.testing.assert_allclose(found, expected, rtol=1e-4)
