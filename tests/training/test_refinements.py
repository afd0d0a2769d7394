"""Averages of weights and mixtures of images, in the functions that a training compiles."""

import dataclasses

import numpy as np
import pytensor
import pytest

from lenet.models.losses import LOSSES
from lenet.training.build import build_network
from lenet.training.functions import compile_functions, symbolic_step
from lenet.training.loop import Progress, run_epochs, training_batches
from tests.quick_runs import PLAIN
from tests.toy_dataset import toy_dataset
from tests.toy_settings import toy_settings

DATA = toy_dataset()
BATCHES = [tuple(part[k : k + 4] for part in DATA.train) for k in (0, 4, 6, 2, 0, 5, 1)]


def compiled(**changes):
    """Return settings, network and functions of a small perceptron."""
    settings = toy_settings(model="mlp", hidden=(3,), lr=0.05, **changes)
    with pytensor.config.change_flags(floatX="float64"):
        network = build_network(DATA, settings, np.random.default_rng(1))
        functions = compile_functions(network, symbolic_step(network, settings), PLAIN)
    functions.learning_rate.set_value(0.05)
    functions.momentum.set_value(0.8)
    return settings, network, functions


def numbers(variables):
    """Return the values of variables by name, without random generators."""
    values = {variable.name: variable.get_value() for variable in variables}
    return {k: v for k, v in values.items() if not isinstance(v, np.random.Generator)}


def course(options):
    """Train on some batches; return what the model and the optimizer's state are after each."""
    _, network, functions = compiled(**options)
    found = []
    for batch in BATCHES:
        if functions.before_epoch is not None:
            functions.before_epoch(*batch)
        functions.train_model(*batch)
        model = numbers([*network.model.params, *network.model.state])
        found.append((model, numbers(functions.optimizer_state)))
    return found


RULES = {
    "momentum": {},
    "batch norm": {"batch_norm": True, "dropout": 0.3, "update": "adamw"},
    "sdlm": {"update": "sdlm", "activation": "tanh"},
}


@pytest.mark.parametrize("rule", RULES)
def test_a_moving_average_is_of_weights_that_are_trained_as_without_it(rule):
    """With the statistics of batch normalisation; the plain training is the oracle for what is averaged."""
    plain = course(RULES[rule])
    averaged = course({**RULES[rule], "average": "ema", "average_options": {"decay": 0.4}})
    (_, network, _) = compiled(**RULES[rule])
    expected = numbers([*network.model.params, *network.model.state])
    for t, ((trained, state), (average, memory)) in enumerate(zip(plain, averaged, strict=True)):
        for name, value in {**trained, **state}.items():
            np.testing.assert_allclose(memory[name], value, rtol=1e-9, atol=1e-12)
        kept = min(0.4, (1 + t) / (10 + t))
        assert average.keys() == expected.keys()
        for name, before in expected.items():
            expected[name] = kept * before + (1 - kept) * trained[name]
            np.testing.assert_allclose(average[name], expected[name], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("rule", RULES)
def test_slow_weights_that_follow_at_once_are_the_plain_training(rule):
    options = {"average": "lookahead", "average_options": {"steps": 1, "rate": 1}}
    for (plain, _), (slow, _) in zip(
        course(RULES[rule]), course({**RULES[rule], **options}), strict=True
    ):
        assert plain.keys() == slow.keys()
        for name, value in plain.items():
            np.testing.assert_allclose(slow[name], value, rtol=1e-9, atol=1e-12)


def test_slow_weights_rest_between_their_steps():
    options = {"average": "lookahead", "average_options": {"steps": 3, "rate": 0.25}}
    slow = [model["fc1_W"] for model, _ in course(options)]
    fast = [memory["fc1_W"] for _, memory in course(options)]
    plain = [model["fc1_W"] for model, _ in course({})]
    for step in (1, 3, 4, 6):
        np.testing.assert_array_equal(slow[step], slow[step - 1])
    first = compiled()[1].model.params[0].get_value()
    np.testing.assert_allclose(slow[2], first + 0.25 * (plain[2] - first))
    np.testing.assert_array_equal(fast[2], slow[2])
    assert not np.array_equal(fast[3], slow[3])


def test_what_is_validated_is_the_average():
    _, network, functions = compiled(average="ema")
    for batch in BATCHES:
        functions.train_model(*batch)
    images, labels = DATA.valid
    W1, b1, W2, b2 = (param.get_value() for param in network.model.params)
    scores = np.tanh(images.reshape(len(images), -1) / 255 @ W1 + b1) @ W2 + b2
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    _, errors, probabilities = functions.validate_model(images, labels)
    np.testing.assert_allclose(probabilities, p, rtol=1e-9)
    assert errors == np.mean(p.argmax(axis=1) != labels)
    trained = {variable.name: variable.get_value() for variable in functions.optimizer_state}
    assert not np.allclose(trained["fc1_W"], W1)


@pytest.mark.parametrize("changes", [{}, {"class_weights": "balanced"}, {"label_smoothing": 0.2}])
def test_the_cost_of_mixtures_is_that_of_their_labels_in_their_shares(changes):
    settings, network, functions = compiled(mixup=1.0, dropout=0.0, **changes)
    plain, _, of_labels = compiled(**changes)
    for param in network.model.params:
        param.set_value(np.random.default_rng(3).normal(size=param.get_value().shape))
    for param, same in zip(of_labels.params, network.model.params, strict=True):
        param.set_value(same.get_value())
    rng = np.random.default_rng(4)
    images, labels, partners, shares = next(training_batches(DATA, settings, rng))
    share = float(shares[0])
    assert 0.5 < share < 1
    own, others = (of_labels.validate_model(images, y)[0] for y in (labels, partners))
    p = of_labels.validate_model(images, labels)[2]
    cost, errors = functions.train_model(images, labels, partners, shares)
    assert cost == pytest.approx(share * own + (1 - share) * others, rel=1e-9)
    assert errors == np.mean(p.argmax(axis=1) != labels)
    assert plain.loss_name == "cross_entropy"
    if not changes:
        penalty = 0.001 * (network.model.params[0].get_value() ** 2).sum()
        targets = share * np.eye(10)[labels] + (1 - share) * np.eye(10)[partners]
        by_hand = -(targets * np.log(p)).sum(axis=1).mean()
        assert own > penalty  # and the weights have changed since
        assert cost == pytest.approx(
            by_hand + own + np.log(p[np.arange(4), labels]).mean(), rel=1e-9
        )


def test_only_training_mixes_images():
    settings, _, functions = compiled(mixup=0.5)
    seen = {"train_model": [], "validate_model": [], "test_model": []}

    def noted(name):
        function = getattr(functions, name)

        def note(*batch):
            seen[name].append(batch)
            return function(*batch)

        return note

    noting = dataclasses.replace(functions, **{name: noted(name) for name in seen})
    list(run_epochs(noting, DATA, settings, Progress(np.random.default_rng(0))))
    assert {len(batch) for batch in seen["train_model"]} == {4}
    assert {len(batch) for name in ("validate_model", "test_model") for batch in seen[name]} == {2}
    np.testing.assert_array_equal(
        np.concatenate([images for images, _ in seen["validate_model"][:2]]), DATA.valid.images
    )


def test_mixtures_are_drawn_after_what_each_batch_has_drawn():
    """So the order of the first batch is that of a training without them."""
    plain, mixed = (
        next(training_batches(DATA, toy_settings(**changes), np.random.default_rng(0)))
        for changes in ({}, {"mixup": 0.2})
    )
    np.testing.assert_array_equal(plain[1], mixed[1])


def test_losses_without_a_cost_of_mixed_labels_are_refused():
    for loss in LOSSES:
        if loss in ("cross_entropy", "mse"):
            toy_settings(loss=loss, mixup=0.2)
            continue
        with pytest.raises(ValueError, match=f"^--mixup does not go with --loss {loss}, ") as error:
            toy_settings(loss=loss, mixup=0.2)
        assert "\n" not in str(error.value)
