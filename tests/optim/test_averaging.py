import numpy as np
import pytensor
import pytest

from lenet.layers.parameters import shared_parameter
from lenet.optim.averaging import AVERAGES, hyper_parameters
from lenet.optim.updates import RULES, state_of
from tests.nnet.modes import MODES, in_modes

FIRST = np.random.default_rng(0).normal(size=(3, 2))
STEPS = 23


def ema_by_hand(decay=0.999):
    """Return the trained values and their averages after each step."""
    value, average, found = FIRST, FIRST, []
    step = np.zeros_like(FIRST)
    for t in range(STEPS):
        step = 0.9 * step - 0.01 * value**3
        value = value + step
        kept = min(decay, (1 + t) / (10 + t))
        average = kept * average + (1 - kept) * value
        found.append((value, average))
    return found


def lookahead_by_hand(steps=5, rate=0.8):
    """Return the fast and the slow weights after each step: algorithm 1 of the paper."""
    fast, slow, found = FIRST, FIRST, []
    step = np.zeros_like(FIRST)
    for t in range(1, STEPS + 1):
        step = 0.9 * step - 0.01 * fast**3
        fast = fast + step
        if t % steps == 0:
            slow = slow + rate * (fast - slow)
            fast = slow
        found.append((fast, slow))
    return found


BY_HAND = {"ema": ema_by_hand, "lookahead": lookahead_by_hand}


class Averaged:
    """A parameter that momentum trains, and its average."""

    def __init__(self, name, mode_name="python", dtype="float64", **options):
        with pytensor.config.change_flags(floatX=dtype):
            self.trained, self.average = (shared_parameter(FIRST, "a_W") for _ in range(2))
            cost = (self.trained**4).sum() / 4
            updates = RULES["momentum"](cost, [self.trained], 0.01, momentum=0.9)
            self.updates = AVERAGES[name](updates, {self.trained: self.average}, **options)
            self.step = pytensor.function([], [], updates=self.updates, mode=MODES[mode_name])

    def course(self):
        for _ in range(STEPS):
            self.step()
            yield self.trained.get_value(), self.average.get_value()


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("ema", {}),
        ("ema", {"decay": 0.5}),
        ("ema", {"decay": 0.0}),
        ("lookahead", {}),
        ("lookahead", {"steps": 3, "rate": 0.5}),
        ("lookahead", {"steps": 1, "rate": 1.0}),
    ],
    ids=str,
)
def test_averages_follow_their_papers(name, options):
    expected = BY_HAND[name](**options)
    for found, wanted in zip(Averaged(name, **options).course(), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-10)


@in_modes("c", "jax")
def test_every_backend_averages_alike(mode_name, request):
    if mode_name == "jax":
        request.getfixturevalue("jax_types")("float32")
    for name, by_hand in BY_HAND.items():
        course = Averaged(name, mode_name, "float32").course()
        for found, wanted in zip(course, by_hand(), strict=True):
            assert found[1].dtype == np.float32
            np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-6)


def test_averages_without_effect_are_the_trained_weights():
    for name, options in (("ema", {"decay": 0.0}), ("lookahead", {"steps": 1, "rate": 1.0})):
        for trained, average in Averaged(name, **options).course():
            np.testing.assert_allclose(average, trained, rtol=1e-12)


@pytest.mark.parametrize("name", AVERAGES)
def test_the_state_is_named(name):
    averaged = Averaged(name)
    names = [v.name for v in state_of(averaged.updates, [averaged.average])]
    assert sorted(names) == sorted(["a_W", "a_W_step", f"{name}_steps"])


def test_hyper_parameters_have_defaults():
    assert hyper_parameters("ema") == {"decay": 0.999}
    assert hyper_parameters("lookahead") == {"steps": 5, "rate": 0.8}
