import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from lenet.layers import BatchNorm, Dropout
from tests.layers.applying import PYTHON, batch, function_of, output_of, ready


@pytest.mark.parametrize("shape", [(3, 4, 5), (6,)], ids=["images", "vectors"])
def test_batch_normalisation_in_training_is_by_the_batch(shape):
    layer = ready(BatchNorm(momentum=0.75, epsilon=1e-3), shape)
    layer.mean.set_value(np.arange(shape[0], dtype=float))
    layer.variance.set_value(np.arange(shape[0], dtype=float) + 2)
    images = 3 * batch(shape, n=5) + 1
    axes = tuple(axis for axis in range(len(shape) + 1) if axis != 1)
    mean, variance = images.mean(axis=axes), images.var(axis=axes)
    column = (slice(None), *[None] * (len(shape) - 1))
    gamma, beta = (param.get_value()[column] for param in layer.params)
    expected = gamma * (images - mean[column]) / np.sqrt(variance[column] + 1e-3) + beta
    before = [value.get_value() for value in layer.state]
    found = function_of(layer, training=True, update=True)(images)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    # Theano's running variance is that of a population, of which the batch is a sample.
    n = images.size // shape[0]
    for variable, old, new in zip(layer.state, before, (mean, variance * n / (n - 1)), strict=True):
        np.testing.assert_allclose(variable.get_value(), 0.75 * old + 0.25 * new, rtol=1e-9)


@pytest.mark.parametrize("shape", [(3, 4, 5), (6,)], ids=["images", "vectors"])
def test_batch_normalisation_after_training_is_by_the_running_averages(shape):
    layer = ready(BatchNorm(epsilon=1e-3), shape)
    rng = np.random.default_rng(3)
    for variable in layer.state:
        variable.set_value(rng.uniform(1, 2, shape[0]))
    images = batch(shape)
    column = (slice(None), *[None] * (len(shape) - 1))
    gamma, beta, mean, variance = (
        variable.get_value()[column] for variable in (*layer.params, *layer.state)
    )
    expected = gamma * (images - mean) / np.sqrt(variance + 1e-3) + beta
    found = output_of(layer, images)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    # One image at a time, whatever the others of its batch are.
    np.testing.assert_allclose(output_of(layer, images[:1]), found[:1], rtol=1e-12)


def test_batch_normalisation_begins_as_none():
    layer = BatchNorm()
    layer.initialise(np.random.default_rng(0), (2, 3, 3), "norm1")
    images = batch((2, 3, 3))
    np.testing.assert_allclose(output_of(layer, images), images / np.sqrt(1 + 1e-4), rtol=1e-12)
    assert [param.name for param in layer.params] == ["norm1_gamma", "norm1_beta"]
    assert [value.name for value in layer.state] == ["norm1_mean", "norm1_variance"]
    assert layer.weights == []
    assert layer.n_parameters == 4
    assert not layer.is_constant


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_dropout_leaves_out_its_share_and_keeps_the_mean(rate):
    layer = ready(Dropout(rate), (100, 10, 10))
    images = np.ones((4, 100, 10, 10))
    found = output_of(layer, images, training=True)
    kept = found != 0
    np.testing.assert_allclose(found[kept], 1 / (1 - rate), rtol=1e-12)
    # Five standard deviations of a share of 40,000 draws.
    assert kept.mean() == pytest.approx(1 - rate, abs=5 * np.sqrt(rate * (1 - rate) / 40_000))
    # Each number for itself, not whole maps, images or columns.
    for axis in range(4):
        assert not (kept == kept.take([0], axis=axis)).all()


def test_dropout_does_nothing_after_training_or_at_a_rate_of_zero():
    images = batch((5,))
    np.testing.assert_array_equal(output_of(ready(Dropout(0.5), (5,)), images), images)
    np.testing.assert_array_equal(output_of(ready(Dropout(0.0), (5,)), images, True), images)


def test_dropout_draws_anew_in_each_step_and_its_state_repeats_the_draws():
    layer = ready(Dropout(0.5), (50,))
    (state,) = layer.state
    assert isinstance(state.get_value(), np.random.Generator)
    assert state.name == "drop1_rng"
    images = np.ones((3, 50))
    step = function_of(layer, training=True, update=True)
    first = step(images)
    saved = state.get_value()
    second, third = step(images), step(images)
    assert not (first == second).all()
    state.set_value(saved)
    np.testing.assert_array_equal(step(images), second)
    np.testing.assert_array_equal(step(images), third)


def test_two_dropouts_draw_independently_and_a_seed_repeats_them():
    def draws():
        rng = np.random.default_rng(7)
        layers = Dropout(0.5), Dropout(0.5)
        for number, layer in enumerate(layers):
            layer.initialise(rng, (100,), f"drop{number}")
        x = pt.matrix("x", dtype="float64")
        outputs = [layer.apply(x, True)[0] for layer in layers]
        return pytensor.function([x], outputs, mode=PYTHON)(np.ones((2, 100)))

    one, other = draws()
    assert not (one == other).all()
    np.testing.assert_array_equal(draws(), [one, other])


def test_an_old_random_state_seeds_dropout_too():
    layer = Dropout(0.5)
    layer.initialise(np.random.RandomState(0), (100,), "drop")
    assert 20 < (output_of(layer, np.ones((1, 100)), training=True) == 0).sum() < 80


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (Dropout(1), "rate 1, expected 0 to below 1"),
        (Dropout(-0.1), r"rate -0\.1, expected 0 to below 1"),
        (Dropout(float("nan")), "rate nan, expected 0 to below 1"),
        (BatchNorm(momentum=1), "momentum 1 and epsilon 0.0001, expected 0 to below 1"),
        (BatchNorm(momentum=-0.5), r"momentum -0\.5"),
        (BatchNorm(epsilon=0), "epsilon 0, expected .* at least 1e-05"),
        (BatchNorm(epsilon=float("nan")), "epsilon nan"),
    ],
    ids=lambda value: str(value)[:45],
)
def test_what_cannot_be_is_refused_in_a_line_that_names_the_layer(layer, message):
    with pytest.raises(ValueError, match=rf"^layer D9: .*{message}") as error:
        layer.initialise(np.random.default_rng(0), (3,), "D9")
    assert "\n" not in str(error.value)
