import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from lenet.layers import BatchNorm, Conv2d, Dropout, Flatten, FullyConnected
from lenet.Lenet5 import Lenet5
from lenet.models.architectures import lenet
from lenet.models.classifier import Classifier
from lenet.models.losses import hinge
from lenet.nnet import conv2d, pool_2d, relu, softmax
from tests.layers.applying import PYTHON


def classifier(layers, shape, **options):
    x = pt.tensor("x", dtype="float64", shape=(None, *shape))
    y = pt.ivector("y")
    return x, y, Classifier(layers, x, y, np.random.default_rng(0), shape, **options)


def randomise(params):
    rng = np.random.default_rng(5)
    for param in params:
        value = 0.1 * rng.normal(size=param.get_value().shape)
        param.set_value(value.astype(param.dtype))


@pytest.mark.parametrize("kind", [np.random.default_rng, np.random.RandomState])
def test_a_lenet_begins_with_the_documented_draws(kind):
    x, y = pt.tensor4("x"), pt.ivector("y")
    model = Classifier(lenet(10, (2, 3, 4, 5)), x, y, kind(3), (3, 25, 25))
    rng = kind(3)
    # By layer: shape of W, and how many inputs and outputs its bound counts.
    draws = {
        "conv1": ((2, 3, 5, 5), 75 + 50 / 4),
        "conv2": ((3, 2, 5, 5), 50 + 75 / 4),
        "conv3": ((4, 3, 3, 3), 27 + 36),
        "fc": ((4, 5), 4 + 5),
    }
    expected = {}
    for name, (shape, fans) in draws.items():
        expected[f"{name}_W"] = rng.uniform(-np.sqrt(6 / fans), np.sqrt(6 / fans), size=shape)
        expected[f"{name}_b"] = np.zeros(shape[1] if name == "fc" else shape[0])
    expected |= {"output_W": np.zeros((5, 10)), "output_b": np.zeros(10)}
    assert [param.name for param in model.params] == list(expected)
    for param in model.params:
        value = param.get_value()
        np.testing.assert_array_equal(value, expected[param.name].astype(value.dtype))


def by_hand(x, y, params, l2_pen):
    """Return cost, errors and probabilities of LeNet, in a graph that has no layers."""
    W1, b1, W2, b2, W3, b3, W4, b4, W5, b5 = params
    maps = relu(pool_2d(conv2d(x, W1), (2, 2), ignore_border=True) + b1[None, :, None, None])
    maps = relu(pool_2d(conv2d(maps, W2), (2, 2), ignore_border=True) + b2[None, :, None, None])
    maps = relu(conv2d(maps, W3) + b3[None, :, None, None])
    logits = relu(maps.flatten(2) @ W4 + b4) @ W5 + b5
    penalty = sum((W**2).sum() for W in (W1, W2, W3, W4))
    log_p = pt.special.log_softmax(logits, axis=1)
    cost = -pt.mean(log_p[pt.arange(y.shape[0]), y]) + l2_pen * penalty
    return cost, pt.mean(pt.neq(pt.argmax(logits, axis=1), y)), softmax(logits)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("batch_size", [None, 3])
def test_a_lenet_computes_the_bits_of_a_graph_without_layers(dtype, batch_size):
    with pytensor.config.change_flags(floatX=dtype):
        x, y = pt.tensor4("x", dtype=dtype), pt.ivector("y")
        model = Lenet5(x, y, np.random.default_rng(3), (2, 3, 4, 5), 24, 1, batch_size, 0.01)
        graphs = [
            [*measures, *pytensor.grad(measures[0], model.params)]
            for measures in (
                (model.cost, model.errors, model.p_y_given_x),
                by_hand(x, y, model.params, np.asarray(0.01, dtype)),
            )
        ]
        function = pytensor.function([x, y], graphs[0] + graphs[1], mode=PYTHON)
        randomise(model.params)
    images = np.random.default_rng(1).random((3, 1, 24, 24)).astype(dtype)
    results = function(images, np.array([3, 0, 9], "int32"))
    half = len(results) // 2
    for found, expected in zip(results[:half], results[half:], strict=True):
        np.testing.assert_array_equal(found, expected)
    assert any(gradient.any() for gradient in results[3:half])


LAYERS = [Conv2d(2, 3, activation="tanh"), FullyConnected(4, activation="tanh"), FullyConnected(3)]


@pytest.fixture(scope="module")
def measured():
    """Return penalised and plain costs of one network with its weights."""
    x, y, plain = classifier(LAYERS, (1, 5, 5), l2_pen=0)
    randomise(plain.params)
    outputs = [plain.cost, plain.errors, plain.L2_sq, plain.L1, plain.scores, plain.y_pred]
    models = []
    for options in ({"l2_pen": 0.5, "l1_pen": 0.25}, {"loss": hinge, "l2_pen": 0.0}, {}):
        model = Classifier(LAYERS, x, y, np.random.default_rng(0), (1, 5, 5), **options)
        randomise(model.params)
        models.append(model.cost)
    images = np.random.default_rng(1).random((4, 1, 5, 5))
    labels = np.array([0, 2, 1, 2], "int32")
    results = pytensor.function([x, y], [*outputs, *models], mode=PYTHON)(images, labels)
    return plain, labels, *results


def test_penalties_are_those_of_all_weights_but_the_last_layers(measured):
    plain, _, cost, _, L2_sq, L1, _, _, both, _, default = measured
    weights = [param.get_value() for param in plain.params if param.name.endswith("_W")]
    squares = sum((W**2).sum() for W in weights[:-1])
    absolute = sum(abs(W).sum() for W in weights[:-1])
    np.testing.assert_allclose([L2_sq, L1], [squares, absolute], rtol=1e-12)
    np.testing.assert_allclose(both, cost + 0.5 * squares + 0.25 * absolute, rtol=1e-12)
    np.testing.assert_allclose(default, cost + 0.001 * squares, rtol=1e-12)


def test_cost_errors_and_predictions_are_those_of_the_scores(measured):
    _, labels, cost, errors, _, _, scores, y_pred, _, of_hinge, _ = measured
    log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(cost, -log_p[np.arange(4), labels].mean(), rtol=1e-12)
    np.testing.assert_array_equal(y_pred, scores.argmax(axis=1))
    assert errors == np.mean(scores.argmax(axis=1) != labels)
    signs = np.where(np.eye(3)[labels] > 0, 1, -1)
    np.testing.assert_allclose(of_hinge, np.maximum(0, 1 - signs * scores).mean(), rtol=1e-12)


def test_test_cost_is_cost_where_layers_do_the_same_in_training():
    _, _, model = classifier(LAYERS, (1, 5, 5))
    assert model.test_cost is model.cost
    assert model.test_errors is model.errors
    assert model.updates == []


@pytest.mark.parametrize("layer", [BatchNorm(), Dropout(0.5)], ids=["batch norm", "dropout"])
def test_test_cost_is_of_the_network_as_it_is_after_training(layer):
    x, y, model = classifier([FullyConnected(20), layer, FullyConnected(3)], (6,))
    randomise(model.params)
    outputs = [model.cost, model.test_cost, model.p_y_given_x]
    function = pytensor.function([x, y], outputs, updates=model.updates, mode=PYTHON)
    vectors = np.random.default_rng(1).normal(size=(8, 6))
    labels = np.arange(8, dtype="int32") % 3
    cost, test_cost, p = function(vectors, labels)
    hidden = (model.L2_sq * 0.001).eval(mode=PYTHON)
    np.testing.assert_allclose(test_cost, -np.log(p[np.arange(8), labels]).mean() + hidden)
    assert abs(cost - test_cost) > 1e-6
    assert {variable for variable, _ in model.updates} == set(model.state)
    again, _, _ = function(vectors, labels)
    assert (again != cost) == isinstance(layer, Dropout)


def test_without_hidden_layers_there_is_no_penalty():
    x, y, model = classifier([FullyConnected(3)], (6,), l2_pen=10.0, l1_pen=10.0)
    cost = pytensor.function([x, y], model.cost, mode=PYTHON)
    model.params[0].set_value(np.zeros((6, 3)))
    assert cost(np.ones((2, 6)), np.zeros(2, "int32")) == pytest.approx(np.log(3))
    assert model.L2_sq.eval(mode=PYTHON) == model.L1.eval(mode=PYTHON) == 0


@pytest.mark.parametrize("last", [Conv2d(3, 3), Dropout()], ids=["conv", "dropout"])
def test_a_last_layer_that_gives_no_scores_is_refused(last):
    with pytest.raises(ValueError, match="expected one score for each class"):
        classifier([last], (1, 5, 5))
    assert classifier([last, Flatten()], (1, 5, 5))


def test_it_shows_its_layers_and_counts_their_parameters():
    layers = lenet(10, (16, 31, 64, 128))
    model = Classifier(layers, pt.tensor4(), pt.ivector(), np.random.default_rng(0), (3, 32, 32))
    lines = repr(model).splitlines()
    assert lines[1].split() == ["conv1", "16", "x", "14", "x", "14", "1,216"]
    total = sum(param.get_value().size for param in model.params)
    assert lines[-1].split() == ["total", f"{total:,}"]
    assert len({len(line) for line in lines}) == 1
    page = model._repr_html_()
    assert "<td>conv1</td><td>16 x 14 x 14</td><td>1,216</td>" in page
    assert page.count("<tr>") == len(lines)
