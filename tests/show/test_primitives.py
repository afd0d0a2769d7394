"""The page computes what PyTensor computes: each layer, each option of each model, and derivatives."""

import numpy as np
import pytensor
import pytest

from lenet.data.dataset import Dataset, Split
from lenet.layers import Conv3d, MaxPool, Sequential
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
