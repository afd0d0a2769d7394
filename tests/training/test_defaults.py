"""Defaults that follow what was chosen: learning rate, schedule, first weights, batch size."""

import itertools

import numpy as np
import pytest

from lenet.optim.schedules import SCHEDULES
from lenet.training.choices import ACTIVATIONS, MODELS, SCORE_LOSSES, UPDATES
from lenet.training.defaults import LEARNING_RATES, batch_size, of_earlier_version
from lenet.training.options import RunOptions
from lenet.training.settings import Settings
from tests.toy_dataset import toy_dataset


@pytest.mark.parametrize("dataset", ["cifar10", "mnist"])
def test_what_the_original_program_documents_stays(dataset):
    options = RunOptions(dataset=dataset)
    assert (options.model, options.update, options.schedule) == ("lenet", "momentum", "decay")
    assert (options.lr, options.mom, options.l2_pen) == (0.01, 0.9, 0.001)
    assert (options.activation, options.pooling) == ("relu", "max")
    assert (options.initialiser, options.loss) == ("glorot", "cross_entropy")
    assert batch_size("lenet", 40_000) == batch_size("lenet", 50_000) == 500


def test_every_update_rule_has_a_learning_rate():
    assert LEARNING_RATES.keys() == UPDATES.keys()


@pytest.mark.parametrize(
    ("flags", "lr"),
    [
        ({"update": "sgd"}, 0.1),
        ({"update": "adam"}, 0.001),
        ({"update": "adadelta", "schedule": "one_cycle"}, 1.0),
        ({"schedule": "one_cycle"}, 0.1),
        ({"schedule": "one_cycle", "update": "adam"}, 0.003),
        ({"schedule": "cosine"}, 0.05),
        ({"loss": "mse"}, 0.1),
        ({"loss": "mse", "update": "adam"}, 0.001),
        ({"activation": "sigmoid"}, 0.1),
        ({"normalize": "none"}, 0.001),
        ({"model": "lenet5-1998"}, 0.0015),
        ({"model": "lenet5-1998", "output": "softmax", "update": "momentum"}, 0.1),
        ({"model": "lenet5-1998", "update": "momentum", "schedule": "decay"}, 0.0005),
        ({"model": "logistic"}, 0.1),
        ({"model": "logistic", "update": "adagrad", "schedule": "cosine"}, 0.1),
        ({"model": "logistic", "update": "adam", "loss": "mse"}, 0.005),
        ({"model": "logistic", "update": "sgd", "normalize": "none"}, 0.5),
        ({"model": "logistic", "update": "sdlm"}, 0.02),
        ({"model": "logistic", "update": "adamw"}, 0.005),
        ({"model": "logistic", "update": "rmsprop"}, 0.003),
        ({"model": "logistic", "update": "adadelta"}, 1.0),
    ],
)
def test_the_learning_rate_follows_what_was_chosen(flags, lr):
    assert Settings(**flags).lr == pytest.approx(lr)
    assert Settings(**flags, lr=0.125).lr == 0.125


@pytest.mark.parametrize(
    ("flags", "initialiser"),
    [
        ({"dataset": "digits"}, "he"),
        ({"dataset": "mnist", "activation": "relu", "pooling": "max"}, "glorot"),
        ({"dataset": "mnist", "pooling": "avg"}, "he"),
        ({"dataset": "mnist", "update": "adam"}, "he"),
        ({"dataset": "mnist", "schedule": "cosine"}, "he"),
        ({"dataset": "digits", "activation": "tanh"}, "glorot"),
        ({"dataset": "digits", "activation": "sigmoid"}, "glorot_sigmoid"),
        ({"dataset": "digits", "model": "mlp"}, "glorot"),
        ({"dataset": "digits", "model": "mlp", "activation": "elu"}, "he"),
        ({"dataset": "mnist", "model": "lenet5-1998"}, "lecun"),
        ({"dataset": "mnist", "model": "logistic"}, ""),
        ({"dataset": "digits", "initialiser": "normal:0.05"}, "normal:0.05"),
    ],
)
def test_first_weights_suit_the_activation(flags, initialiser):
    assert RunOptions(**flags).initialiser == initialiser


@pytest.mark.parametrize(
    ("n_images", "expected"),
    [(1, 16), (100, 16), (1204, 20), (10_000, 166), (30_000, 500), (10**9, 500), (17, 17)],
)
def test_batches_make_sixty_steps_an_epoch(n_images, expected):
    assert batch_size("lenet", n_images) == expected
    assert batch_size("lenet5-1998", n_images) == 20


def test_no_batch_is_a_single_image():
    for n_images in range(2, 40_000):
        assert n_images % batch_size("lenet", n_images) != 1


def test_images_decide_only_what_was_left_open():
    dataset = toy_dataset()
    found = Settings().fitted_to(dataset)
    assert (found.batch_size, found.normalize) == (16, dataset.normalize)
    chosen = Settings(batch_size=3, normalize="minmax")
    assert chosen.fitted_to(dataset) == chosen
    assert found.fitted_to(dataset) == found


@pytest.mark.parametrize("model", MODELS)
def test_all_that_is_chosen_for_a_model_is_written(model):
    """A config.json of a run holds the values used, and what does not concern the model is empty."""
    options = RunOptions(model=model, init_from="mnist" if model == "pretrained" else None)
    empty = {name for name, value in options.flags().items() if value == ""}
    foreign = {
        "lenet": {"connections", "output"},
        "lenet5-1998": set(),
        "mlp": {"pooling", "connections", "output"},
        "logistic": {"activation", "pooling", "initialiser", "connections", "output"},
        "pretrained": {"activation", "pooling", "initialiser", "connections", "output"},
    }[model]
    assert empty == foreign | {"normalize", "class_weights", "average"}
    again = RunOptions(**{k: v for k, v in options.flags().items() if v not in ("", None)})
    assert again == options


def test_any_choice_has_a_finite_positive_rate():
    choices = itertools.product(MODELS[:3], UPDATES, SCHEDULES, ("", *SCORE_LOSSES))
    for model, update, schedule, loss in choices:
        if model == "lenet5-1998" and loss in ("l1", "hinge"):
            continue  # not of distances
        settings = Settings(model=model, update=update, schedule=schedule, loss=loss)
        assert 0 < settings.lr <= 1
        assert np.isfinite(settings.lr)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_explicit_values_are_kept(activation):
    settings = Settings(activation=activation, lr=0.5, initialiser="zeros", patience=7, l2_pen=0.0)
    assert (settings.lr, settings.initialiser) == (0.5, "zeros")
    assert (settings.patience, settings.l2_pen) == (7, 0.0)


@pytest.mark.parametrize(
    ("flags", "initialiser"),
    [
        ({}, "glorot"),
        ({"initialiser": ""}, "glorot"),
        ({"model": "mlp"}, "glorot"),
        ({"model": "lenet5-1998", "initialiser": "", "output": ""}, "lecun_uniform"),
        ({"initialiser": "he"}, "he"),
    ],
)
def test_runs_of_earlier_versions_keep_the_first_weights_they_had(flags, initialiser):
    assert of_earlier_version(flags)["initialiser"] == initialiser


def test_runs_of_earlier_versions_keep_the_output_they_had():
    assert of_earlier_version({"model": "lenet5-1998", "activation": "relu"})["output"] == "rbf"
    assert "output" not in of_earlier_version({"model": "lenet"})


@pytest.mark.parametrize(
    ("flags", "output", "update"),
    [
        ({}, "rbf", "sdlm"),
        ({"activation": "tanh"}, "rbf", "sdlm"),
        ({"activation": "relu"}, "softmax", "sdlm"),
        ({"activation": "relu", "loss": "map"}, "rbf", "sdlm"),
        ({"activation": "softmax"}, "softmax", "momentum"),
        ({"batch_norm": True}, "rbf", "momentum"),
        ({"class_weights": "balanced"}, "rbf", "momentum"),
        ({"batch_norm": True, "update": "adam"}, "rbf", "adam"),
    ],
)
def test_lenet5_of_1998_has_an_output_and_a_rule_that_go_with_the_rest(flags, output, update):
    settings = Settings(model="lenet5-1998", **flags)
    assert (settings.output, settings.update) == (output, update)


def test_logistic_regression_has_none():
    assert "initialiser" not in of_earlier_version({"model": "logistic"})
