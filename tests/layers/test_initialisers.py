import numpy as np
import pytest
from scipy import stats

from lenet.layers.initialisers import INITIALISERS, Unfilled, constant, initialiser, zeros

FAN_IN, FAN_OUT = 75, 400
SHAPE = (16, 3, 5, 25)
# What the papers say: a distribution, and its bound or standard deviation.
SAID = {
    "glorot": ("uniform", (6 / (FAN_IN + FAN_OUT)) ** 0.5),
    "glorot_normal": ("normal", (2 / (FAN_IN + FAN_OUT)) ** 0.5),
    "glorot_sigmoid": ("uniform", 4 * (6 / (FAN_IN + FAN_OUT)) ** 0.5),
    "he": ("normal", (2 / FAN_IN) ** 0.5),
    "he_uniform": ("uniform", (6 / FAN_IN) ** 0.5),
    "lecun": ("normal", FAN_IN**-0.5),
    "lecun_uniform": ("uniform", 2.4 / FAN_IN),
    "normal:0.05": ("normal", 0.05),
    "normal:1e-3": ("normal", 0.001),
}


@pytest.mark.parametrize("name", SAID)
def test_draws_come_from_the_distribution_that_is_said(name):
    drawn = initialiser(name)(np.random.default_rng(0), SHAPE, FAN_IN, FAN_OUT)
    kind, size = SAID[name]
    said = {"uniform": stats.uniform(-size, 2 * size), "normal": stats.norm(0, size)}[kind]
    assert drawn.shape == SHAPE
    assert stats.kstest(drawn.ravel(), said.cdf).pvalue > 0.01
    assert drawn.std() == pytest.approx(said.std(), rel=0.03)


def test_every_initialiser_is_tested():
    assert INITIALISERS.keys() == {"zeros"} | {name for name in SAID if ":" not in name}


def test_glorot_draws_what_layers_have_always_drawn():
    drawn = INITIALISERS["glorot"](np.random.default_rng(7), (4, 3, 5, 5), 75, 25.0)
    bound = np.sqrt(6 / 100)
    expected = np.random.default_rng(7).uniform(-bound, bound, size=(4, 3, 5, 5))
    np.testing.assert_array_equal(drawn, expected)


def test_the_same_seed_draws_the_same_and_a_legacy_generator_will_do():
    for name in SAID:
        for make in (np.random.default_rng, np.random.RandomState):
            first, second = (initialiser(name)(make(3), [2, 3], 4, 5) for _ in range(2))
            np.testing.assert_array_equal(first, second)
            assert first.shape == (2, 3)


def test_zeros_use_no_random_numbers():
    rng = np.random.default_rng(0)
    np.testing.assert_array_equal(zeros(rng, (2, 3), 4, 5), np.zeros((2, 3)))
    assert rng.random() == np.random.default_rng(0).random()


NONE_OF_THEM = [
    "",
    "Glorot",
    "glorot:2",
    "uniform:0.1",
    "normal",
    "normal:",
    "normal:x",
    "normal:0",
]


@pytest.mark.parametrize(
    "text", [*NONE_OF_THEM, "normal:-1", "normal:inf", "normal:nan", "normal:0.1:2"]
)
def test_what_is_no_initialiser_is_said_in_one_line(text):
    with pytest.raises(ValueError, match=r"glorot, .*, zeros, or normal:SD") as error:
        initialiser(text)
    assert repr(text) in str(error.value)
    assert "\n" not in str(error.value)


def test_where_a_file_has_the_values_none_are_drawn():
    rng = Unfilled(56)
    for name in [*INITIALISERS, "normal:0.1"]:
        values = initialiser(name)(rng, (2, 3), 2, 3)
        np.testing.assert_array_equal(values, np.zeros((2, 3)))
    assert rng.left == 56 - 6 * 9
    with pytest.raises(ValueError, match=r"weights of shape \(3, 1\) are more than the file has"):
        constant(rng, (3, 1), 1)
    assert rng.integers(5) in range(5)  # seeds of dropout
