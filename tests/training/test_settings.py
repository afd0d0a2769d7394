import math
from dataclasses import fields

import numpy as np
import pytensor.tensor as pt
import pytest

from lenet.augment.compose import Augmentation
from lenet.augment.transforms import Flip
from lenet.layers import RBF, BatchNorm, Dropout
from lenet.layers.parameters import shared_parameter
from lenet.models.losses import LOSSES, cross_entropy
from lenet.models.rbf_losses import RBF_LOSSES
from lenet.optim.updates import hyper_parameters
from lenet.training.build import UPDATE_RULES, layers_of, loss_of, updates_of
from lenet.training.choices import FOREIGN, MODELS
from lenet.training.settings import RANGES, Settings
from tests.layers.applying import PYTHON
from tests.toy_settings import toy_settings as settings


@pytest.mark.parametrize("model", MODELS)
def test_each_model_ends_with_a_score_for_each_class(model):
    chosen = settings(model=model, init_from="mnist" if model == "pretrained" else None)
    # Those of a network of other classes, of which the last one is made anew.
    layers = layers_of(chosen, 10, layers_of(settings(model="mlp"), 4))
    last = layers[-1]
    assert (len(last.codes) if isinstance(last, RBF) else last.units) == 10


def test_the_network_has_the_widths_and_options_of_the_settings():
    chosen = {"activation": "elu", "initialiser": "he", "batch_norm": True, "dropout": 0.25}
    lenet = layers_of(settings(pooling="avg", **chosen), 10)
    assert [layer.maps for layer in lenet if hasattr(layer, "maps")] == [2, 3, 4]
    assert [layer.units for layer in lenet if hasattr(layer, "units")] == [5, 10]
    assert {layer.pooling for layer in lenet if hasattr(layer, "pooling")} == {"avg"}
    mlp = layers_of(settings(model="mlp", hidden=(6, 7), **chosen), 10)
    assert [layer.units for layer in mlp if hasattr(layer, "units")] == [6, 7, 10]
    for layers in (lenet, mlp):
        assert {layer.function for layer in layers if hasattr(layer, "function")} == {"elu"}
        assert [layer.rate for layer in layers if isinstance(layer, Dropout)][-1] == 0.25
        assert any(isinstance(layer, BatchNorm) for layer in layers)
        assert layers[0].initialiser == "he"


def test_a_loss_is_chosen_by_name_and_otherwise_by_the_output():
    assert loss_of(settings()) is cross_entropy
    assert loss_of(settings(loss="hinge")) is LOSSES["hinge"]
    assert loss_of(settings(model="lenet5-1998")) is RBF_LOSSES["mse"]
    assert loss_of(settings(model="lenet5-1998", output="softmax")) is cross_entropy


def test_numbers_of_losses_arrive():
    scores, labels = np.array([[0.5, -2.0, 1.0]]), np.array([1])
    log_p = scores[0] - np.log(np.exp(scores[0]).sum())
    smooth = loss_of(settings(label_smoothing=0.3))
    found = smooth(pt.constant(scores), pt.constant(labels)).eval(mode=PYTHON)
    assert found == pytest.approx(-0.7 * log_p[1] - 0.3 * log_p.mean())
    distances = -np.array([[1.0, 2.0, 3.0]])
    rubbish = loss_of(settings(model="lenet5-1998", loss="map", rubbish_distance=2.5))
    found = rubbish(pt.constant(distances), pt.constant(labels)).eval(mode=PYTHON)
    assert found == pytest.approx(2 + math.log(sum(np.exp([-1, -2, -3, -2.5]))))


@pytest.mark.parametrize("update", sorted(set(UPDATE_RULES) - {"sdlm"}))
def test_updates_are_those_of_the_rule_with_its_numbers(update):
    """Momentum comes from `mom`, whatever the rule's own default."""
    values = {"rho": 0.5, "beta1": 0.25, "beta2": 0.5, "epsilon": 0.1, "weight_decay": 0.3}
    known = hyper_parameters(UPDATE_RULES[update])
    options = {name: value for name, value in values.items() if name in known}
    results = []
    for chosen in (True, False):
        param = shared_parameter(np.array([1.0, -2.0]), "x_W")
        rate, mom = shared_parameter(0.1, "rate"), shared_parameter(0.7, "mom")
        if chosen:
            rule = settings(update=update, update_options=options)
            updates = updates_of(rule, (param**2).sum(), [param], rate, mom)
        else:
            more = {"momentum": mom} if "momentum" in known else {}
            updates = UPDATE_RULES[update]((param**2).sum(), [param], rate, **options, **more)
        results.append([new.eval(mode=PYTHON) for _, new in updates])
    assert len(results[0]) == len(results[1])
    for mine, theirs in zip(*results, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_the_schedule_is_that_of_the_settings():
    schedule = settings(
        nepochs=10, schedule="step", schedule_options={"every": 4, "gamma": 0.5}, warmup=2
    ).make_schedule()
    assert schedule.learning_rate(1.0) == 0.5
    assert [schedule.learning_rate(epoch) for epoch in (2, 5, 6, 9)] == [1, 1, 0.5, 0.5]


def test_each_option_of_an_update_rule_has_a_range():
    names = {name for rule in UPDATE_RULES.values() for name in hyper_parameters(rule)}
    assert names - {"momentum"} == set(RANGES)
    for rule in UPDATE_RULES.values():
        for name, value in hyper_parameters(rule).items():
            assert name == "momentum" or RANGES[name][1](value)


def test_every_model_says_which_settings_mean_nothing_to_it():
    names = {field.name for field in fields(Settings)}
    assert FOREIGN.keys() == set(MODELS)
    assert all(set(foreign) < names for foreign in FOREIGN.values())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"update_options": {"rho": 0.5}}, "--update momentum: no option 'rho'; expected none"),
        (
            {"update": "adam", "update_options": {"rho": 0.5}},
            "--update adam: no option 'rho'; expected beta1, beta2, epsilon",
        ),
        ({"update_options": {"momentum": 0.5}}, "--update momentum: no option 'momentum'"),
        (
            {"update": "adam", "update_options": {"beta1": 1}},
            "beta1 is 1, expected a number from 0",
        ),
        ({"update": "adam", "update_options": {"epsilon": 0}}, "epsilon is 0, expected a positive"),
        ({"update": "adam", "update_options": {"epsilon": True}}, "epsilon is True, expected"),
        (
            {"label_smoothing": 0.1, "loss": "mse"},
            "--label_smoothing goes with --loss cross_entropy",
        ),
        ({"loss": "map"}, "--loss map: expected one of cross_entropy, .* with --model lenet"),
        (
            {"model": "lenet5-1998", "loss": "hinge"},
            "--loss hinge: expected one of mse, map, .* --model lenet5-1998 --output rbf",
        ),
        (
            {"data_augm": True, "augmentation": Augmentation((Flip("h"),))},
            "--augment each does not go with --data_augm, .* use --augment random",
        ),
        ({"connections": "full"}, "--connections does not go with --model lenet"),
        ({"hidden": (3,)}, "--hidden does not go with --model lenet"),
        ({"model": "logistic", "hidden": (3, 4)}, "--hidden does not go with --model logistic"),
        ({"model": "lenet5-1998", "hidden": (3,)}, "--hidden does not go with --model lenet5-1998"),
        ({"model": "mlp", "lwidth": (1, 2, 3, 4)}, "--lwidth does not go with --model mlp"),
        ({"model": "logistic", "lwidth": (1, 2, 3, 4)}, "--lwidth does not go with --model log"),
        ({"model": "lenet5-1998", "lwidth": (1, 2, 3, 4)}, "--lwidth does not go with --model len"),
        ({"model": "mlp", "pooling": "avg"}, "--pooling does not go with --model mlp"),
        ({"model": "logistic", "dropout": 0.5}, "--dropout does not go with --model logistic"),
        ({"model": "logistic", "batch_norm": True}, "--batch_norm does not go with"),
        ({"schedule": "linear"}, "schedule 'linear': expected one of constant"),
        ({"schedule_options": {"gamma": 0.1}}, "schedule decay: no option 'gamma'; expected none"),
        (
            {"average_options": {"decay": 0.9}},
            "--average_options decay: goes with --average ema or",
        ),
        (
            {"average": "ema", "average_options": {"rate": 0.5}},
            "--average ema: no option 'rate'; expected decay",
        ),
        (
            {"average": "ema", "average_options": {"decay": 1}},
            "--average ema: decay is 1, expected a number from 0 to below 1",
        ),
        (
            {"average": "lookahead", "average_options": {"steps": 2.5}},
            "--average lookahead: steps is 2.5, expected a positive integer",
        ),
        (
            {"average": "lookahead", "average_options": {"rate": True}},
            "--average lookahead: rate is True, expected a number above 0",
        ),
        ({"mixup": 0.2, "loss": "hinge"}, "--mixup does not go with --loss hinge, .* choose cross"),
        ({"warmup": 3}, "a warm-up of 3 epochs: expected 0 or more, and fewer than the 3 epochs"),
    ],
    ids=str,
)
def test_what_does_not_go_together_is_refused_in_one_line(changes, message):
    with pytest.raises(ValueError, match=message) as error:
        settings(**changes)
    assert "\n" not in str(error.value)
