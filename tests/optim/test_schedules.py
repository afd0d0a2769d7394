import json
import math
from dataclasses import asdict
from itertools import pairwise

import numpy as np
import pytest

from lenet.optim.schedules import RANGES, SCHEDULES, Schedule, options_of


def every_quarter(epochs):
    return [quarter / 4 for quarter in range(4 * epochs)]


def test_constant_leaves_everything_as_it_is():
    schedule = Schedule("constant", 5)
    for progress in every_quarter(5):
        assert schedule.learning_rate(progress, 0.3) == 0.3
        assert schedule.momentum(progress, 0.9) == 0.9


def test_decay_is_five_percent_after_every_ten_epochs():
    schedule = Schedule("decay", 100)
    for epoch in range(1, 101):
        for progress in (epoch - 1, epoch - 0.5, epoch - 1e-9):
            factor = 0.95 ** ((epoch - 1) // 10)
            assert schedule.learning_rate(progress, 0.01) == 0.01 * factor
            assert schedule.momentum(progress, 0.9) == 0.9 * factor


def test_exponential_and_step_change_with_the_epochs():
    falling = Schedule("exponential", 9, options={"multiplier": -0.3})
    steps = Schedule("step", 9, options={"gamma": 0.5, "every": 3})
    for progress in every_quarter(9):
        epoch = math.floor(progress)
        assert falling.learning_rate(progress, 0.1) == pytest.approx(
            0.1 * math.exp(-0.3 * epoch), rel=1e-15
        )
        assert steps.learning_rate(progress) == [1, 0.5, 0.25][epoch // 3]
        assert falling.momentum(progress, 0.9) == steps.momentum(progress, 0.9) == 0.9


def test_cosine_falls_to_its_final_fraction():
    schedule = Schedule("cosine", 8, options={"final": 0.2})
    factors = [schedule.learning_rate(progress) for progress in every_quarter(8)]
    assert factors[0] == 1
    assert schedule.learning_rate(4) == pytest.approx(0.6)
    assert all(before > after for before, after in pairwise(factors))
    assert schedule.learning_rate(8) == schedule.learning_rate(9) == pytest.approx(0.2)
    assert schedule.momentum(4, 0.9) == 0.9


@pytest.mark.parametrize("linear", [False, True], ids=["cosine", "linear"])
def test_one_cycle_rises_and_falls_and_momentum_does_the_opposite(linear):
    options = {"rise": 0.25, "start": 0.1, "final": 0.01, "low_momentum": 0.5, "linear": linear}
    schedule = Schedule("one_cycle", 8, options=options)
    for progress, rate, momentum in ((0, 0.1, 1), (2, 1, 0.5), (8, 0.01, 1), (99, 0.01, 1)):
        assert schedule.learning_rate(progress) == pytest.approx(rate)
        assert schedule.momentum(progress) == pytest.approx(momentum)
    assert schedule.learning_rate(1) == pytest.approx(0.55)
    assert schedule.learning_rate(5) == pytest.approx(0.505)
    # A quarter of the rise: a line is a quarter of the way up, half a cosine less.
    way = 0.25 if linear else (1 - math.cos(math.pi / 4)) / 2
    assert schedule.learning_rate(0.5) == pytest.approx(0.1 + 0.9 * way)
    assert schedule.momentum(0.5) == pytest.approx(1 - 0.5 * way)


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_warm_up_is_a_straight_line_in_front(name):
    plain, warm = Schedule(name, 20), Schedule(name, 23, warm_up=3)
    assert warm.per_step
    for progress in every_quarter(3):
        start = plain.learning_rate(0)
        assert warm.learning_rate(progress) == pytest.approx(start * progress / 3)
        assert warm.momentum(progress) == plain.momentum(0)
    for progress in every_quarter(20):
        assert warm.learning_rate(progress + 3) == plain.learning_rate(progress)
        assert warm.momentum(progress + 3) == plain.momentum(progress)


@pytest.mark.parametrize("name", SCHEDULES)
def test_per_step_says_whether_something_changes_within_an_epoch(name):
    schedule = Schedule(name, 40)
    changes = any(
        function(epoch) != function(epoch + 0.5)
        for function in (schedule.learning_rate, schedule.momentum)
        for epoch in range(40)
    )
    assert schedule.per_step == changes


@pytest.mark.parametrize("name", SCHEDULES)
def test_json_keeps_a_schedule(name):
    schedule = Schedule(name, 12, 1.5, options_of(name))
    read = Schedule(**json.loads(json.dumps(asdict(schedule))))
    assert read == schedule
    # The options given are the defaults.
    assert read.learning_rate(7.3) == Schedule(name, 12, 1.5).learning_rate(7.3)


STEPS = 24


def pytorch_rates(make):
    """Return learning rate and momentum of each step of one of PyTorch's schedulers."""
    torch = pytest.importorskip("torch")
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.4, momentum=0.95)
    scheduler = make(torch.optim.lr_scheduler, optimiser)
    found = []
    for _ in range(STEPS):
        group = optimiser.param_groups[0]
        found.append((group["lr"], group["momentum"]))
        optimiser.step()
        scheduler.step()
    return found


# An epoch of one step each; PyTorch's cycle ends with its last step, not after it, and so does its rise.
CYCLE = {"rise": (0.25 * STEPS - 1) / (STEPS - 1)}
PYTORCH = {
    "exponential": (
        Schedule("exponential", STEPS, options={"multiplier": -0.1}),
        lambda module, optimiser: module.ExponentialLR(optimiser, math.exp(-0.1)),
    ),
    "step": (
        Schedule("step", STEPS, options={"gamma": 0.3, "every": 5}),
        lambda module, optimiser: module.StepLR(optimiser, 5, 0.3),
    ),
    "cosine": (
        Schedule("cosine", STEPS, options={"final": 0.1}),
        lambda module, optimiser: module.CosineAnnealingLR(optimiser, STEPS, 0.04),
    ),
    "one cycle": (
        Schedule("one_cycle", STEPS - 1, options=CYCLE),
        lambda module, optimiser: module.OneCycleLR(optimiser, 0.4, STEPS, pct_start=0.25),
    ),
    "warm-up": (
        Schedule("cosine", STEPS, warm_up=4),
        lambda module, optimiser: module.SequentialLR(
            optimiser,
            [
                module.LambdaLR(optimiser, lambda step: step / 4),
                module.CosineAnnealingLR(optimiser, STEPS - 4),
            ],
            [4],
        ),
    ),
}


@pytest.mark.parametrize("name", PYTORCH)
def test_schedules_are_those_of_pytorch(name):
    schedule, make = PYTORCH[name]
    found = [(schedule.learning_rate(k, 0.4), schedule.momentum(k, 0.95)) for k in range(STEPS)]
    np.testing.assert_allclose(found, pytorch_rates(make), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("cosinus", 5), "'cosinus': expected one of constant, decay"),
        (("constant", 0), "0 epochs: expected a positive"),
        (("constant", 5, 5), "warm-up of 5 epochs.*fewer than the 5"),
        (("constant", 5, -1), "warm-up of -1 epochs"),
        (("constant", 5, math.nan), "warm-up of nan"),
        (("step", 5, 0, {"gama": 0.5}), "no option 'gama'; expected gamma, every"),
        (("decay", 5, 0, {"gamma": 0.5}), "no option 'gamma'; expected none"),
        (("step", 5, 0, {"gamma": "0.5"}), "gamma is '0.5', expected a number above 0"),
        (("step", 5, 0, {"gamma": math.nan}), "gamma is nan"),
        (("step", 5, 0, {"every": 0}), "every is 0, expected a positive integer"),
        (("step", 5, 0, {"every": 2.5}), r"every is 2\.5"),
        (("exponential", 5, 0, {"multiplier": 0.1}), r"multiplier is 0\.1.*at most 0"),
        (("cosine", 5, 0, {"final": -0.1}), r"final is -0\.1.*from 0 to 1"),
        (("one_cycle", 5, 0, {"rise": 1.0}), r"rise is 1\.0.*below 1"),
        (("one_cycle", 5, 0, {"linear": 1}), "linear is 1, expected true or false"),
    ],
    ids=lambda value: value if isinstance(value, str) else str(value),
)
def test_what_cannot_be_a_schedule_is_said_at_once(arguments, message):
    with pytest.raises(ValueError, match=message):
        Schedule(*arguments)


def test_every_option_has_a_range_that_its_default_is_in():
    options = [option for name in SCHEDULES for option in options_of(name).items()]
    assert {name for name, _ in options} == RANGES.keys()
    assert all(RANGES[name][1](default) for name, default in options)


def test_that_of_1998_has_the_learning_rates_of_the_paper():
    schedule = Schedule("lenet5_1998", 14)
    rates = [0.0005] * 2 + [0.0002] * 3 + [0.0001] * 3 + [0.00005] * 4 + [0.00001] * 2
    for epoch, rate in enumerate(rates):
        for progress in (epoch, epoch + 0.99):
            assert schedule.learning_rate(progress, 0.0005) == pytest.approx(rate)
            assert schedule.momentum(progress) == 1
