import numpy as np
import pytensor
import pytest
from pytensor.compile.mode import Mode

from lenet.Layer import shared_parameter
from lenet.updates import momentum

PYTHON = Mode(linker="py", optimizer="fast_run")


@pytest.mark.parametrize("given", ["cost", "gradients"])
def test_momentum_follows_its_formula(given):
    rng = np.random.default_rng(0)
    values = [rng.normal(size=(3, 2)), rng.normal(size=4)]
    params = [shared_parameter(value, name) for value, name in zip(values, ("a", "b"), strict=True)]
    cost = (params[0] ** 4).sum() + (params[1] ** 2).sum()
    source = cost if given == "cost" else pytensor.grad(cost, params)
    rate, mass = pytensor.shared(0.1), pytensor.shared(0.9)
    updates = momentum(source, params, rate, mass)
    train = pytensor.function([], cost, updates=updates, mode=PYTHON)

    steps = [np.zeros_like(value) for value in values]
    for learning_rate, mom in ((0.1, 0.9), (0.1, 0.9), (0.05, 0.5), (0.05, 0.5)):
        rate.set_value(learning_rate)
        mass.set_value(mom)
        train()
        gradients = [4 * values[0] ** 3, 2 * values[1]]
        for k in range(2):
            steps[k] = mom * steps[k] - learning_rate * gradients[k]
            values[k] = values[k] + steps[k]
            np.testing.assert_allclose(params[k].get_value(), values[k], rtol=1e-12)
    assert [variable.name for variable, _ in updates] == ["a_step", "a", "b_step", "b"]


def test_momentum_needs_a_gradient_for_each_parameter():
    param = shared_parameter(np.zeros(2), "a")
    with pytest.raises(ValueError, match="zip"):
        momentum([], [param], 0.1, 0.9)
