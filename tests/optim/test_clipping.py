import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from lenet.layers.parameters import shared_parameter
from lenet.optim.clipping import clip_by_global_norm
from lenet.training.build import UPDATE_RULES, updates_of
from tests.nnet.modes import MODES, in_modes
from tests.toy_settings import toy_settings

SHAPES = {"a_W": (3, 2), "b": (4,)}


def clipped_by_hand(gradients, max_norm):
    """Return what PyTorch's `clip_grad_norm_` makes of gradients, without its 1e-6."""
    squares = 0.0
    for gradient in gradients:
        for number in gradient.ravel().tolist():
            squares += number * number
    factor = min(1.0, max_norm / squares**0.5) if squares else 1.0
    return [gradient * factor for gradient in gradients]


def compiled(mode_name, max_norm, dtype="float64"):
    inputs = [pt.matrix("a", dtype=dtype), pt.vector("b", dtype=dtype)]
    with pytensor.config.change_flags(floatX=dtype):
        outputs = clip_by_global_norm(inputs, max_norm)
    return pytensor.function(inputs, outputs, mode=MODES[mode_name])


@pytest.mark.parametrize("scale", [0.0, 1e-3, 1.0, 1e4])
@pytest.mark.parametrize("max_norm", [0.5, 3.0])
def test_gradients_are_scaled_together(scale, max_norm):
    rng = np.random.default_rng(0)
    gradients = [scale * rng.normal(size=shape) for shape in SHAPES.values()]
    found = compiled("python", max_norm)(*gradients)
    for one, expected in zip(found, clipped_by_hand(gradients, max_norm), strict=True):
        np.testing.assert_allclose(one, expected, rtol=1e-12)


@in_modes("c", "python", "jax")
def test_every_backend_clips_alike(mode_name, request):
    if mode_name == "jax":
        request.getfixturevalue("jax_types")("float32")
    rng = np.random.default_rng(1)
    gradients = [rng.normal(size=shape).astype("float32") for shape in SHAPES.values()]
    found = compiled(mode_name, 0.7, "float32")(*gradients)
    for one, expected in zip(found, clipped_by_hand(gradients, 0.7), strict=True):
        assert one.dtype == np.float32
        np.testing.assert_allclose(one, expected, rtol=1e-5)


def test_short_gradients_keep_their_bits():
    gradients = [np.random.default_rng(2).normal(size=shape) for shape in SHAPES.values()]
    for one, expected in zip(compiled("python", 100.0)(*gradients), gradients, strict=True):
        np.testing.assert_array_equal(one, expected)


def test_what_is_not_a_number_is_not_hidden():
    gradients = [np.full(shape, np.nan) for shape in SHAPES.values()]
    assert all(np.isnan(one).all() for one in compiled("python", 1.0)(*gradients))


@pytest.mark.parametrize("rule", UPDATE_RULES)
def test_a_rule_makes_of_clipped_gradients_what_it_makes_of_such_gradients(rule):
    """The cost is linear: its gradients are numbers that can be clipped by hand."""
    rng = np.random.default_rng(3)
    values = {name: rng.normal(size=shape) for name, shape in SHAPES.items()}
    slopes = [rng.normal(size=shape) for shape in SHAPES.values()]
    clipped = clipped_by_hand(slopes, 0.5)

    def after_two_steps(slopes, **changes):
        with pytensor.config.change_flags(floatX="float64"):
            params = [shared_parameter(value, name) for name, value in values.items()]
            cost = sum((p * s).sum() for p, s in zip(params, slopes, strict=True))
            steer = (shared_parameter(0.1, "rate"), shared_parameter(0.9, "momentum"))
            chosen = toy_settings(update=rule, **changes)
            updates = updates_of(chosen, cost, params, *steer)
            step = pytensor.function([], [], updates=updates, mode=MODES["python"])
        step()
        step()
        return [param.get_value() for param in params]

    expected = after_two_steps(clipped)
    for found, wanted in zip(after_two_steps(slopes, clip_norm=0.5), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-9)
    if rule in ("sgd", "momentum", "nesterov", "sdlm"):
        assert not np.allclose(after_two_steps(slopes)[0], expected[0])
