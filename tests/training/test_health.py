import math
import re
from functools import partial

import numpy as np
import pytest

from lenet.training import health
from lenet.training.build import build_network
from lenet.training.health import (
    dead_layers,
    diagnosis,
    divergence_advice,
    guessing_error,
    is_guessing,
)
from lenet.training.loop import EpochResult
from tests.toy_dataset import toy_dataset
from tests.toy_settings import toy_settings

settings = partial(toy_settings, initialiser="glorot")
# Ten classes of the same size: guessing has an error of 90 %.
DATASET = toy_dataset(train=100, valid=100)


def epochs(costs, validation_errors, training_errors=None):
    """Return results of epochs, of which all else is of no interest."""
    training_errors = training_errors or validation_errors
    return [
        EpochResult(
            epoch=epoch,
            cost=cost,
            training_error=training,
            validation_cost=cost,
            validation_error=error,
            test_error=None,
            learning_rate=0.01,
            momentum=0.9,
            seconds=1.0,
            images_per_second=1.0,
        )
        for epoch, (cost, error, training) in enumerate(
            zip(costs, validation_errors, training_errors, strict=True), 1
        )
    ]


@pytest.fixture
def network():
    return build_network(DATASET, settings(), np.random.default_rng(0))


def test_guessing_is_right_for_the_largest_class():
    assert guessing_error(np.array([0, 1, 1, 2])) == 0.5
    assert guessing_error(DATASET.valid.labels) == pytest.approx(0.9)


@pytest.mark.parametrize("n", [60, 100, 1000])
@pytest.mark.parametrize("guess", [0.75, 0.9])
def test_guessing_ends_where_chance_becomes_improbable(n, guess):
    """The oracle adds up the binomial distribution."""
    epochs, probability = 3, 0.0
    for wrong in range(n + 1):
        probability += math.comb(n, wrong) * guess**wrong * (1 - guess) ** (n - wrong)
        by_chance = epochs * probability > 0.001
        expected = by_chance or wrong / n > 0.9 * guess
        assert is_guessing(wrong / n, n, guess, epochs) == expected, wrong


def test_a_few_images_tell_nothing():
    assert not is_guessing(0.0, 3, 0.5)
    assert not is_guessing(1.0, 3, 0.5)
    assert not is_guessing(0.0, 100, 0.0)  # one class


def test_a_run_that_learns_is_not_looked_into(monkeypatch, network):
    monkeypatch.setattr(health, "dead_layers", lambda *args: 1 / 0)
    results = epochs([2.3, 1.5, 1.0, 0.7], [0.6, 0.4, 0.3, 0.2])
    assert diagnosis(results, DATASET, settings(), network, 20) is None


def test_it_is_too_early_to_judge_the_first_steps(network):
    results = epochs([2.3] * 3, [0.9] * 3)
    assert diagnosis(results[:2], DATASET, settings(), network, 10) is None
    assert diagnosis(results[:2], DATASET, settings(), network, 50) is not None
    assert diagnosis(results, DATASET, settings(), network, 10) is not None


def test_dead_layers_are_those_that_give_nothing_but_zeros(network):
    assert dead_layers(network, DATASET.train) == []
    conv2 = network.model.layers[1]
    bias = next(param for param in conv2.params if param not in conv2.weights)
    bias.set_value(np.full_like(bias.get_value(), -1e3))
    # Biases begin with 0: what follows has nothing to work with.
    assert dead_layers(network, DATASET.train)[0] == conv2.name
    assert network.model.layers[0].name not in dead_layers(network, DATASET.train)


def test_a_run_that_knows_its_training_images_by_heart_is_told_so(network):
    results = epochs([2.3, 1.0, 0.1], [0.9] * 3, [0.9, 0.5, 0.0])
    found = diagnosis(results, DATASET, settings(), network, 20)
    assert "learnt by heart: try --data_augm" in found
    assert "(0.00 %)" in found


def test_a_cost_that_grows_is_told_whatever_the_error(network):
    results = epochs([1.0, 1.5, 3.25], [0.1, 0.2, 0.3])
    found = diagnosis(results, DATASET, settings(lr=0.03), network, 100)
    assert "the cost has grown from 1 in epoch 1 to 3.25 in epoch 3" in found
    assert "guessing" not in found
    assert "try --lr 0.01" in found


def test_dead_units_are_told_with_their_layers(monkeypatch, network):
    monkeypatch.setattr(health, "dead_layers", lambda *args: ["fc", "conv3"])
    results = epochs([2.31, 2.30, 2.30], [0.9] * 3)
    found = diagnosis(results, DATASET, settings(update="rmsprop", lr=0.01), network, 100)
    assert "all units of fc, conv3 are dead" in found
    assert found.endswith("try --lr 0.001 (or --find_lr), --initialiser he")


FLAT, GROWING, FALLING = [2.3, 2.3, 2.3], [62.0, 90.0, 109.0], [5.9, 3.3, 3.2]


@pytest.mark.parametrize(
    ("changes", "costs", "steps", "expected"),
    [
        ({"update": "sgd", "lr": 0.01}, FLAT, 20, "--lr 0.1 .*--initialiser he, --batch_size 200"),
        ({"update": "adadelta", "lr": 0.01}, FLAT, 20, "--lr 1 .*--batch_size 200"),
        (
            {"lr": 0.01, "activation": "sigmoid"},
            FLAT,
            20,
            "--lr 0.1 .*--initialiser glorot_sigmoid",
        ),
        ({"lr": 0.01, "initialiser": "normal:0.05"}, FLAT, 20, "--initialiser he"),
        ({"lr": 0.01, "initialiser": "zeros"}, FLAT, 20, "stay 0: try --initialiser he"),
        ({"lr": 0.01, "normalize": "none"}, FALLING, 20, "--normalize zscore"),
        ({"lr": 3, "initialiser": "he"}, FLAT, 100, r"too large: try --lr 0.01 \(or --find_lr\)$"),
        ({"lr": 0.01, "l2_pen": 1.0}, FALLING, 20, "--l2_pen 0.001"),
        (
            {
                "lr": 0.01,
                "update": "momentum",
                "model": "lenet5-1998",
                "initialiser": "lecun_uniform",
            },
            *(GROWING, 500, r"too large: try --lr 0.005 \(or --find_lr\)$"),
        ),
        ({"lr": 1e-5, "model": "logistic"}, FLAT, 100, r"try --lr 0.1 \(or --find_lr\)$"),
        ({"lr": 0.03, "initialiser": "he"}, FLAT, 3, "--batch_size 30$"),
        ({"lr": 0.01, "initialiser": "he"}, FLAT, 100, "--update adamw --lr 0.001"),
    ],
)
def test_the_advice_is_what_has_helped(network, changes, costs, steps, expected):
    weights = {} if changes.get("model") == "logistic" else {"initialiser": "glorot"}
    chosen = toy_settings(**{"batch_size": 500, **weights, **changes})
    found = diagnosis(epochs(costs, [0.9] * 3), DATASET, chosen, network, steps)
    assert re.search(expected, found), found


@pytest.mark.parametrize(
    ("changes", "blamed"),
    [
        # Measured on digits: it diverges from 100 on by sgd, 190 by momentum 0.9, 68 by nesterov.
        ({"l2_pen": 150, "update": "sgd"}, "--l2_pen 150 .* from 100 on"),
        ({"l2_pen": 250, "update": "momentum"}, "--l2_pen 250 .* from 190 on"),
        ({"l2_pen": 70, "update": "nesterov"}, r"--l2_pen 70 .* from 67\.9 on"),
        ({"l2_pen": 1e6}, r"--l2_pen 1e\+06 "),
        ({"l2_pen": 1e6, "update": "adam"}, "smaller learning rate than --lr 0.01"),
        ({"l1_pen": 1e6}, r"--l1_pen 1e\+06 .* by 1e\+04"),
        ({"initialiser": "normal:100"}, "--initialiser normal:100"),
        ({"normalize": "none"}, "--normalize zscore"),
        ({"normalize": "none", "lr": 1e30}, r"--lr 1e\+30"),
        ({"lr": 1e30}, r"smaller learning rate than --lr 1e\+30"),
        ({"batch_norm": True, "batch_size": 1}, "--batch_norm needs two images"),
    ],
)
def test_a_divergence_is_blamed_on_its_cause(changes, blamed):
    chosen = toy_settings(**{"lr": 0.01, "mom": 0.9, "initialiser": "he", **changes})
    found = divergence_advice(chosen, 100)
    assert re.search(blamed, found), found
