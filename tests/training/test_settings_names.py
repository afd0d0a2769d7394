"""Names that settings write out, so that no flag waits for PyTensor, are those that there are."""

import numpy as np
import pytest

from lenet.layers import ConvPool
from lenet.layers.activations import ACTIVATIONS
from lenet.layers.initialisers import INITIALISERS
from lenet.models import lenet5_1998
from lenet.models.losses import LOSSES
from lenet.models.rbf_losses import RBF_LOSSES
from lenet.optim import averaging
from lenet.optim.averaging import AVERAGES
from lenet.optim.schedules import SCHEDULES, options_of
from lenet.optim.updates import hyper_parameters
from lenet.training import choices, refinement_options, settings
from lenet.training.build import UPDATE_RULES
from lenet.training.flag_fields import flags_of


@pytest.mark.parametrize(
    ("written", "known"),
    [
        (settings.ACTIVATIONS, ACTIVATIONS),
        (settings.INITIALISERS, INITIALISERS),
        (settings.CONNECTIONS, lenet5_1998.CONNECTIONS),
        (settings.OUTPUTS, lenet5_1998.OUTPUTS),
        (settings.SCORE_LOSSES, LOSSES),
        (settings.RBF_LOSSES, RBF_LOSSES),
        (settings.UPDATES, UPDATE_RULES),
        (choices.AVERAGES, AVERAGES),
    ],
    ids=[
        *(
            "activations",
            "initialisers",
            "connections",
            "outputs",
            "losses",
            "RBF losses",
            "updates",
            "averages",
        ),
    ],
)
def test_names_written_out_are_those_that_there_are(written, known):
    assert len(set(written)) == len(written)
    assert set(written) == set(known)


def test_poolings_written_out_are_those_that_layers_know():
    with pytest.raises(ValueError, match=f"expected one of {', '.join(settings.POOLINGS)}$"):
        ConvPool(1, pooling="none").initialise(np.random.default_rng(0), (1, 8, 8), "conv1")


def test_help_names_every_option_of_update_rules_and_schedules():
    flags = flags_of(settings.Settings)
    for name, rule in UPDATE_RULES.items():
        assert set(settings.UPDATES[name]) == set(hyper_parameters(rule)) - {"momentum"}
        assert all(
            option in flags["update_options"].options["help"] for option in settings.UPDATES[name]
        )
    for name in AVERAGES:
        known = averaging.hyper_parameters(name)
        assert set(choices.AVERAGES[name]) == set(known)
        for option, value in known.items():
            assert f"{option}" in flags["average_options"].options["help"]
            assert f"{value:g}" in flags["average_options"].options["help"]
            assert refinement_options.RANGES[option][1](value)
    for schedule in SCHEDULES:
        for name in options_of(schedule):
            assert name in flags["schedule_options"].options["help"]
