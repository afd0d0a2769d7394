import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from lenet.data.dataset import Dataset, Split
from lenet.layers import RBF, Conv2d, FullyConnected, Subsampling
from lenet.layers.parameters import shared_parameter
from lenet.models.classifier import Classifier
from lenet.models.losses import LOSSES
from lenet.models.rbf_losses import RBF_LOSSES
from lenet.optim.sdlm import sdlm
from lenet.optim.updates import state_of
from lenet.training import loop
from lenet.training.build import build_network
from lenet.training.functions import compile_functions, symbolic_step
from lenet.training.second_derivatives import SAMPLE_SIZE, sample, second_derivatives
from lenet.training.settings import Settings
from tests.nnet.modes import MODES, in_modes

N = 3
LABELS = np.array([2, 0, 1], dtype="int32")
CODES = np.random.default_rng(7).choice([-1.0, 1.0], (3, 4))


class Estimate:
    """A network with the estimated second derivatives of its cost, for one batch."""

    def __init__(self, layers, shape, loss, losses=RBF_LOSSES, mode_name="python"):
        with pytensor.config.change_flags(floatX="float64"):
            x, labels = pt.tensor("x", shape=(None, *shape)), pt.ivector("labels")
            rng = np.random.default_rng(1)
            self.model = Classifier(layers, x, labels, rng, shape, losses[loss], l2_pen=0)
            for param in self.model.params:
                param.set_value(param.get_value() + rng.normal(0, 0.3, param.get_value().shape))
            found = second_derivatives(self.model, x, loss)
            inputs = [x, labels]
            self.cost_function = pytensor.function(inputs, self.model.cost, mode=MODES["python"])
            self.found_function = pytensor.function(
                inputs,
                [found[param] for param in self.model.params],
                mode=MODES[mode_name],
                on_unused_input="ignore",
            )
        self.images = np.random.default_rng(2).normal(size=(N, *shape))

    def cost(self):
        return float(self.cost_function(self.images, LABELS))

    def found(self):
        values = self.found_function(self.images, LABELS)
        return {p.name: value for p, value in zip(self.model.params, values, strict=True)}


def bends(estimate):
    """Return the second derivatives of the cost by differences, parameter by parameter."""
    step, middle, result = 1e-4, estimate.cost(), {}
    for param in estimate.model.params:
        value = param.get_value()
        result[param.name] = np.zeros_like(value)
        for index in np.ndindex(value.shape):
            costs = []
            for sign in (1, -1):
                changed = value.copy()
                changed[index] += sign * step
                param.set_value(changed)
                costs.append(estimate.cost())
            result[param.name][index] = (sum(costs) - 2 * middle) / step**2
        param.set_value(value)
    return result


LINEAR = {
    "distances": ([FullyConnected(4), RBF(CODES.tolist())], "mse", RBF_LOSSES),
    "map": ([FullyConnected(4), RBF(CODES.tolist())], "map", RBF_LOSSES),
    "likelihood of distances": (
        [FullyConnected(4), RBF(CODES.tolist())],
        "cross_entropy",
        RBF_LOSSES,
    ),
    "squares": ([FullyConnected(3)], "mse", LOSSES),
    "softmax": ([FullyConnected(3)], "cross_entropy", LOSSES),
}


@pytest.mark.parametrize("name", LINEAR)
def test_of_a_linear_network_they_are_exact(name):
    layers, loss, losses = LINEAR[name]
    estimate = Estimate(layers, (5,), loss, losses)
    for param, bend in bends(estimate).items():
        np.testing.assert_allclose(estimate.found()[param], bend, rtol=1e-4, atol=1e-5)


def slope_squared(a):
    return (1.7159 * 2 / 3 * (1 - np.tanh(2 * a / 3) ** 2)) ** 2


def by_loops(images, W, b, coefficient, bias, V, c):
    """The recursions of the paper for convolution, subsampling and units, one connection at a time."""
    h_W, h_b, h_coefficient, h_bias = (np.zeros_like(p) for p in (W, b, coefficient, bias))
    h_V, h_c = np.zeros_like(V), np.zeros_like(c)
    positions = [(m, r, s) for m in range(len(W)) for r in range(4) for s in range(4)]
    taps = [(k, i, j) for k in range(W.shape[1]) for i in range(2) for j in range(2)]
    for x in images:
        a1, sums = np.zeros((2, 4, 4)), np.zeros((2, 2, 2))
        for m, r, s in positions:
            # A true convolution: filters are mirrored.
            a1[m, r, s] = b[m] + sum(W[m, k, i, j] * x[k, r + 1 - i, s + 1 - j] for k, i, j in taps)
        y1 = 1.7159 * np.tanh(2 * a1 / 3)
        for m, r, s in positions:
            sums[m, r // 2, s // 2] += y1[m, r, s]
        a2 = coefficient[:, None, None] * sums + bias[:, None, None]
        y2 = 1.7159 * np.tanh(2 * a2 / 3)
        a3 = y2.ravel() @ V + c

        h3 = slope_squared(a3) * 2  # the distance bends by two
        h_c += h3 / N
        h_y2 = np.zeros(8)
        for i in range(8):
            for j in range(4):
                h_V[i, j] += h3[j] * y2.ravel()[i] ** 2 / N
                h_y2[i] += h3[j] * V[i, j] ** 2
        h2 = slope_squared(a2) * h_y2.reshape(a2.shape)
        for m, r, s in np.ndindex(a2.shape):
            h_bias[m] += h2[m, r, s] / N
            h_coefficient[m] += h2[m, r, s] * sums[m, r, s] ** 2 / N
        for m, r, s in positions:
            h1 = slope_squared(a1[m, r, s]) * coefficient[m] ** 2 * h2[m, r // 2, s // 2]
            h_b[m] += h1 / N
            for k, i, j in taps:
                h_W[m, k, i, j] += h1 * x[k, r + 1 - i, s + 1 - j] ** 2 / N
    return [h_W, h_b, h_coefficient, h_bias, h_V, h_c]


def test_they_follow_the_recursions_of_the_paper():
    layers = [
        Conv2d(2, 2, activation="squash"),
        Subsampling(2, activation="squash"),
        FullyConnected(4, activation="squash"),
        RBF(CODES.tolist()),
    ]
    estimate = Estimate(layers, (2, 5, 5), "mse")
    expected = by_loops(estimate.images, *(p.get_value() for p in estimate.model.params))
    for found, by_hand in zip(estimate.found().values(), expected, strict=True):
        np.testing.assert_allclose(found, by_hand, rtol=1e-10)


# Numba takes a second or more to compile each operation.
BACKENDS = {
    "jax": (
        [
            *(Conv2d(2, 2, activation="squash"), Subsampling(2, activation="squash")),
            *(FullyConnected(4, activation="squash"), RBF(CODES.tolist())),
        ],
        "map",
        RBF_LOSSES,
    ),
    "numba": ([FullyConnected(3)], "mse", LOSSES),
}


@in_modes("jax", "numba")
@pytest.mark.filterwarnings("ignore:Skipping Assert", "ignore:.*is faster on contiguous arrays")
def test_other_backends_find_the_same(mode_name, request):
    if mode_name == "jax":
        request.getfixturevalue("jax_types")("float64")
    layers, loss, losses = BACKENDS[mode_name]
    expected = Estimate(layers, (2, 5, 5), loss, losses).found()
    other = Estimate(layers, (2, 5, 5), loss, losses, mode_name)
    for param, found in other.found().items():
        np.testing.assert_allclose(found, expected[param], rtol=1e-9, err_msg=param)


def test_steps_are_divided_by_how_much_the_cost_bends():
    with pytensor.config.change_flags(floatX="float64"):
        value, bend = np.array([1.0, -2.0, 3.0]), np.array([0.0, 0.48, 2.0])
        param, rate = shared_parameter(value, "a_W"), shared_parameter(0.1, "rate")
        updates = sdlm((param**2).sum(), [param], rate, mu=0.02)
        (memory,) = state_of(updates, [param])
        assert memory.name == "a_W_bend"
        assert not memory.get_value().any()
        memory.set_value(bend)
        pytensor.function([], [], updates=updates, mode=MODES["python"])()
    np.testing.assert_allclose(param.get_value(), value - 0.1 / (0.02 + bend) * 2 * value)
    np.testing.assert_array_equal(memory.get_value(), bend)


def settings(**changes):
    plain = {"nepochs": 2, "lr": 0.01, "mom": 0.9, "l2_pen": 0.0, "lwidth": (1, 1, 1, 2)}
    plain |= {"batch_size": 4, "data_augm": False, "ncrops": 1, "patience": 100}
    return Settings(**{**plain, "update": "sdlm", **changes})


def toy_dataset(n=8):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (n, 1, 24, 24), dtype=np.uint8)
    split = Split(images, np.arange(n, dtype=np.int32) % 3)
    return Dataset("toy", split, split, split, tuple("abc"), mirror=False)


def test_they_are_estimated_anew_before_each_epoch():
    dataset, chosen = toy_dataset(), settings()
    network = build_network(dataset, chosen, np.random.default_rng(0))
    step = symbolic_step(network, chosen)
    functions = compile_functions(network, step, MODES["python"])
    assert [m.name for m in functions.optimizer_state] == [
        f"{p.name}_bend" for p in network.model.params
    ]

    def estimate():
        functions.before_epoch(*sample(dataset.train))
        return [m.get_value() for m in functions.optimizer_state]

    expected = estimate()
    assert all((bend >= 0).all() for bend in expected)
    progress = loop.Progress(np.random.default_rng(0))
    found = []
    for _ in loop.run_epochs(functions, dataset, chosen, progress):
        found.append([m.get_value() for m in functions.optimizer_state])
        for one, other in zip(found[-1], expected, strict=True):
            np.testing.assert_array_equal(one, other)
        expected = estimate()
    assert any((one != other).any() for one, other in zip(*found, strict=True))


def test_the_sample_is_always_the_same_and_from_everywhere():
    images = np.arange(2000).reshape(-1, 1, 1, 1)
    split = Split(images, np.arange(2000))
    chosen, labels = sample(split)
    assert len(labels) == SAMPLE_SIZE
    assert (labels[0], labels[-1]) == (0, 1999)
    assert np.diff(labels).min() == np.diff(labels).max() - 1
    np.testing.assert_array_equal(chosen.ravel(), labels)
    np.testing.assert_array_equal(sample(split)[1], labels)
    few = Split(images[:7], np.arange(7))
    np.testing.assert_array_equal(sample(few)[1], np.arange(7))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"loss": "hinge"}, "--update sdlm goes with --loss cross_entropy or mse, not hinge"),
        ({"dropout": 0.5}, "do not go through Dropout; choose another update rule than sdlm"),
    ],
    ids=["loss", "layer"],
)
def test_what_has_no_second_derivatives_is_said(changes, message):
    chosen = settings(**changes)
    network = build_network(toy_dataset(), chosen, np.random.default_rng(0))
    with pytest.raises(ValueError, match=message):
        symbolic_step(network, chosen)


def test_its_only_option_is_mu():
    assert settings(update_options={"mu": 0.1}).update_options == {"mu": 0.1}
    with pytest.raises(ValueError, match="--update sdlm: no option 'rho'; expected mu"):
        settings(update_options={"rho": 0.1})
