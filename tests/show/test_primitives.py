"""The page computes what PyTensor computes: each layer, each option of each model, and derivatives."""

import numpy as np
import pytensor
import pytest

from lenet.data.dataset import Dataset, Split
from lenet.layers import RBF, Conv2d, Conv3d, FullyConnected, MaxPool, Sequential
from lenet.layers.activations import ACTIVATIONS
from lenet.show.primitives import Numbers, layer_descriptions
from lenet.training.build import build_network
from tests.layers.every_layer import CASES, PYTHON, with_any_numbers
from tests.show.node import needs_node, packed, run_node, unpacked, written
from tests.tiers import some
from tests.toy_settings import toy_settings

IMAGES = 200
VOLUMES = ("volume", "volumes")
PLANE = {name: case for name, case in CASES.items() if not name.endswith(VOLUMES)}

# Of --model and its options; what is not among them does not change what is computed after training.
MODELS = {
    "lenet": {"model": "lenet"},
    "lenet, means": {"model": "lenet", "pooling": "avg"},
    "lenet, batch_norm, dropout": {"model": "lenet", "batch_norm": True, "dropout": 0.5},
    "lenet5-1998": {"model": "lenet5-1998"},
    "lenet5-1998, map": {"model": "lenet5-1998", "loss": "map"},
    "lenet5-1998, full": {"model": "lenet5-1998", "connections": "full", "output": "softmax"},
    "lenet5-1998, max, batch_norm": {"model": "lenet5-1998", "pooling": "max", "batch_norm": True},
    "lenet5-1998, means": {"model": "lenet5-1998", "pooling": "avg"},
    "mlp": {"model": "mlp", "hidden": (30, 20)},
    "mlp, batch_norm, dropout": {"model": "mlp", "batch_norm": True, "dropout": 0.2},
    "logistic": {"model": "logistic"},
    **{f"loss {name}": {"model": "mlp", "loss": name} for name in ("mse", "l1", "hinge")},
    **{f"normalised by {name}": {"normalize": name} for name in ("zscore", "minmax", "none")},
    **{
        f"activation {name}": {"activation": name, "batch_norm": name == "elu"}
        for name in ACTIVATIONS
        if name not in ("identity", "softmax")
    },
}

# Those that together have all layers and steps; the others are tried at night.
PUSHED = (
    *("lenet", "lenet, batch_norm, dropout", "lenet5-1998", "lenet5-1998, max, batch_norm", "mlp"),
    *("logistic", "normalised by none", "normalised by zscore", "activation elu", "loss hinge"),
)


def dataset(channels=1, size=28):
    rng = np.random.default_rng(3)
    splits = [
        Split(
            rng.integers(0, 256, (n, channels, size, size), np.uint8),
            np.arange(n, dtype=np.int32) % 10,
        )
        for n in (20, 5, IMAGES)
    ]
    return Dataset("noise", *splits, tuple("0123456789"), mirror=False)


def with_trained_numbers(model, rng):
    """Give all parameters small numbers, as training does, and averages those of a batch."""
    for shared in [*model.params, *model.state]:
        now = shared.get_value()
        if isinstance(now, np.ndarray):
            spread = 0.05 * rng.standard_normal(now.shape)
            shared.set_value(
                (now + (abs(spread) if "variance" in shared.name else spread)).astype(now.dtype)
            )


@needs_node
def test_each_layer_and_its_derivative():
    rng = np.random.default_rng(5)
    given, expected = [], []
    with pytensor.config.change_flags(floatX="float64"):
        for layer, shape in PLANE.values():
            network = Sequential([layer], shape, rng)
            with_any_numbers(network, rng)
            inputs = rng.uniform(0, 1, (3, *shape)).astype(np.float32)
            x = pytensor.tensor.tensor("x", dtype="float64", shape=(None, *shape))
            (output,) = network.apply(x, training=False)[0].values()
            weights = rng.standard_normal(network.output_shape)
            gradient = pytensor.grad((output * weights).sum(), x, disconnected_inputs="ignore")
            values = {x: inputs.astype(float)}
            expected.append([term.eval(values, mode=PYTHON) for term in (output, gradient)])
            given.append(
                {"written": written(network), "inputs": packed(inputs), "weights": packed(weights)}
            )
    for name, answers, (outputs, gradients) in zip(
        PLANE, run_node("run_networks.mjs", given), expected, strict=True
    ):
        for answer, output, gradient in zip(answers, outputs, gradients, strict=True):
            found = unpacked(answer["outputs"][-1], output.shape)
            np.testing.assert_allclose(found, output, rtol=1e-5, atol=1e-5, err_msg=name)
            found = unpacked(answer["gradient"], gradient.shape)
            np.testing.assert_allclose(found, gradient, rtol=1e-4, atol=1e-5, err_msg=name)


@needs_node
@pytest.mark.parametrize("name", some(MODELS, *PUSHED))
def test_each_option_of_each_model(name):
    options = MODELS[name]
    data = dataset()
    rng = np.random.default_rng(8)
    with pytensor.config.change_flags(floatX="float32"):
        network = build_network(data, toy_settings(**{"model": "lenet", **options}), rng)
        model = network.model
        if "lenet5" not in name:
            with_trained_numbers(model, rng)
        classify = pytensor.function(
            [network.images],
            [model.p_y_given_x, *model.outputs.values()],
            mode=PYTHON,
            on_unused_input="ignore",
        )
        images = data.test.images
        probabilities, *outputs = classify(images)
    given = {"written": written(model.network), "inputs": packed(images / 255), "weights": None}
    (answers,) = run_node("run_networks.mjs", [given])
    found = [unpacked(answer["probabilities"], (10,)) for answer in answers]
    np.testing.assert_allclose(found, probabilities, atol=1e-5)
    for k, output in enumerate(outputs):
        found = np.stack([unpacked(answer["outputs"][k], output.shape[1:]) for answer in answers])
        limit = 1e-5 * max(1, float(np.abs(output).max()))
        np.testing.assert_allclose(found, output, atol=limit, err_msg=model.layers[k].name)


def float32_product(left, right):
    """Add products in their order, each with one rounding to float32: that of a fused multiply-add."""
    sums = np.zeros((len(left), right.shape[1]), np.float32)
    for column, row in zip(left.T.astype(float), right.astype(float), strict=True):
        sums = (sums + column[:, None] * row).astype(np.float32)
    return sums


@needs_node
def test_large_sums_are_rounded_as_those_of_our_kernels():
    """Exact sums would be others: of distances of some hundred, a probability of two near classes by 1e-5."""
    rng = np.random.default_rng(2)
    codes = np.sign(rng.standard_normal((10, 84)))
    vectors = rng.uniform(-1.7159, 1.7159, (50, 84)).astype(np.float32)
    W = rng.standard_normal((84, 7)).astype(np.float32)
    distances = Sequential([RBF(codes.tolist())], (84,), rng)
    dense = Sequential([FullyConnected(7, bias=False)], (84,), rng)
    filters = Sequential([Conv2d(7, (4, 3), bias=False)], (7, 4, 3), rng)
    dense.layers[0].W.set_value(W)
    # A filter that covers the image is the same product, of flipped weights.
    filters.layers[0].W.set_value(W.T.reshape(7, 7, 4, 3)[:, :, ::-1, ::-1])
    expected = float32_product(vectors, W)
    squares = (vectors**2).sum(axis=1, dtype=float).astype(np.float32)
    minus_distances = float32_product(2 * vectors, codes.T) - np.float32(84) - squares[:, None]
    assert np.abs(minus_distances).max() > 150
    inputs = packed(vectors)
    given = [
        {"written": written(network), "inputs": inputs, "weights": None}
        for network in (distances, dense, filters)
    ]
    for answers, right in zip(
        run_node("run_networks.mjs", given), (minus_distances, expected, expected), strict=True
    ):
        found = [unpacked(answer["outputs"][-1], right.shape[1:]) for answer in answers]
        np.testing.assert_array_equal(found, right)


@pytest.mark.parametrize(
    ("layer", "shape"), [(Conv3d(2, 2), (1, 3, 3, 3)), (MaxPool(2), (1, 4, 4, 4))]
)
def test_volumes_are_refused_by_name(layer, shape):
    network = Sequential([layer], shape, np.random.default_rng(8))
    with pytest.raises(ValueError, match=rf"layer \w+1: {type(layer).__name__}"):
        layer_descriptions(network.layers, Numbers())


def test_a_layer_of_ones_own_is_refused_by_its_name():
    from lenet.layers import Layer

    class Mirror(Layer):
        kind = "mirror"

    network = Sequential([Mirror()], (3,), np.random.default_rng(8))
    with pytest.raises(ValueError, match="layer mirror1: a page has no form of Mirror"):
        layer_descriptions(network.layers, Numbers())
