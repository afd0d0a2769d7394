from functools import partial

import numpy as np
import pytensor
import pytest

from lenet.layers.parameters import shared_parameter
from lenet.optim.updates import RULES, adamw, hyper_parameters, momentum, sgd, state_of
from tests.nnet.modes import MODES, in_modes

SHAPES = {"a_W": (3, 2), "b": (4,)}
RATES = (0.1, 0.1, 0.05, 0.2)


def first_values(dtype="float64"):
    rng = np.random.default_rng(0)
    return {name: rng.normal(size=shape).astype(dtype) for name, shape in SHAPES.items()}


def gradient_by_hand(name, value):
    return value**3 if name == "a_W" else 2 * value


def symbolic_cost(params):
    return (params[0] ** 4).sum() / 4 + (params[1] ** 2).sum()


# One step of one parameter: the papers' algorithms, on a dictionary that they keep their state in.


def sgd_by_hand(value, gradient, rate, state, t):
    return value - rate * gradient


def momentum_by_hand(value, gradient, rate, state, t):
    state["step"] = 0.9 * state["step"] - rate * gradient
    return value + state["step"]


def nesterov_by_hand(value, gradient, rate, state, t):
    state["step"] = 0.9 * state["step"] - rate * gradient
    return value + 0.9 * state["step"] - rate * gradient


def adagrad_by_hand(value, gradient, rate, state, t):
    state["squares"] = state["squares"] + gradient**2
    return value - rate * gradient / (np.sqrt(state["squares"]) + 1e-10)


def rmsprop_by_hand(value, gradient, rate, state, t):
    state["square"] = 0.9 * state["square"] + 0.1 * gradient**2
    return value - rate * gradient / (np.sqrt(state["square"]) + 1e-8)


def adadelta_by_hand(value, gradient, rate, state, t):
    state["square"] = 0.95 * state["square"] + 0.05 * gradient**2
    step = gradient * np.sqrt(state["change"] + 1e-6) / np.sqrt(state["square"] + 1e-6)
    state["change"] = 0.95 * state["change"] + 0.05 * step**2
    return value - rate * step


def adam_by_hand(value, gradient, rate, state, t):
    state["mean"] = 0.9 * state["mean"] + 0.1 * gradient
    state["square"] = 0.999 * state["square"] + 0.001 * gradient**2
    mean, square = state["mean"] / (1 - 0.9**t), state["square"] / (1 - 0.999**t)
    return value - rate * mean / (np.sqrt(square) + 1e-8)


def adamw_by_hand(value, gradient, rate, state, t):
    decayed = value * (1 - 0.01 * rate) if value.ndim == 2 else value
    return decayed + adam_by_hand(value, gradient, rate, state, t) - value


BY_HAND = {
    "sgd": (sgd_by_hand, []),
    "momentum": (momentum_by_hand, ["step"]),
    "nesterov": (nesterov_by_hand, ["step"]),
    "adagrad": (adagrad_by_hand, ["squares"]),
    "rmsprop": (rmsprop_by_hand, ["square"]),
    "adadelta": (adadelta_by_hand, ["square", "change"]),
    "adam": (adam_by_hand, ["mean", "square"]),
    "adamw": (adamw_by_hand, ["mean", "square"]),
}


class AllRules:
    """Every rule with parameters of its own, in one function."""

    def __init__(self, dtype, mode_name, options=None):
        options = options or {}
        with pytensor.config.change_flags(floatX=dtype):
            self.rate = shared_parameter(0, "rate")
            self.params = {
                rule: [shared_parameter(v, name) for name, v in first_values().items()]
                for rule in RULES
            }
            self.updates = {
                rule: RULES[rule](symbolic_cost(params), params, self.rate, **options.get(rule, {}))
                for rule, params in self.params.items()
            }
            joint = [update for updates in self.updates.values() for update in updates]
            self.train = pytensor.function([], [], updates=joint, mode=MODES[mode_name])

    def step(self, rate):
        self.rate.set_value(np.asarray(rate, self.rate.dtype))
        self.train()

    def values(self, rule):
        """Return the names and values of all that a rule updates."""
        return {variable.name: variable.get_value() for variable, _ in self.updates[rule]}


@in_modes("c", "python", "jax")
def test_rules_follow_their_papers(mode_name, request):
    dtype = "float64" if mode_name == "python" else "float32"
    if mode_name == "jax":
        request.getfixturevalue("jax_types")(dtype)
    rules = AllRules(dtype, mode_name)
    expected, states = {}, {}
    for rule, (_, remembered) in BY_HAND.items():
        expected[rule] = first_values()
        states[rule] = {
            name: dict.fromkeys(remembered, np.zeros(shape)) for name, shape in SHAPES.items()
        }
    for t, rate in enumerate(RATES, start=1):
        rules.step(rate)
        for rule, (by_hand, _) in BY_HAND.items():
            for name, value in expected[rule].items():
                gradient = gradient_by_hand(name, value)
                expected[rule][name] = by_hand(value, gradient, rate, states[rule][name], t)
    tolerance = {"float32": 1e-4, "float64": 1e-11}[dtype]
    assert BY_HAND.keys() == RULES.keys()
    for rule in RULES:
        found = rules.values(rule)
        remembered = {
            f"{name}_{what}": value
            for name, state in states[rule].items()
            for what, value in state.items()
        }
        counted = {"adam_steps": len(RATES)} if rule.startswith("adam") else {}
        everything = expected[rule] | remembered | counted
        assert found.keys() == everything.keys()
        for name, value in everything.items():
            assert found[name].dtype == dtype
            np.testing.assert_allclose(
                found[name], value, rtol=tolerance, atol=tolerance, err_msg=f"{rule}: {name}"
            )


# Other numbers than the defaults, as the rules and as PyTorch name them. The formulas are the same, but that
# PyTorch multiplies by the learning rate what `momentum` and `nesterov` remember with it: as long as it
# stays the same, so do the steps.
OPTIONS = {
    "sgd": ({}, {}),
    "momentum": ({"momentum": 0.5}, {"momentum": 0.5}),
    "nesterov": ({"momentum": 0.5}, {"momentum": 0.5}),
    "adagrad": ({"epsilon": 0.1}, {"eps": 0.1}),
    "rmsprop": ({"rho": 0.7, "epsilon": 0.1}, {"alpha": 0.7, "eps": 0.1}),
    "adadelta": ({"rho": 0.7, "epsilon": 0.1}, {"rho": 0.7, "eps": 0.1}),
    "adam": ({"beta1": 0.7, "beta2": 0.8, "epsilon": 0.1}, {"betas": (0.7, 0.8), "eps": 0.1}),
    "adamw": ({"beta1": 0.7, "weight_decay": 0.3}, {"betas": (0.7, 0.999), "weight_decay": 0.3}),
}


@pytest.mark.parametrize("chosen", [False, True], ids=["defaults", "options"])
def test_rules_are_those_of_pytorch(chosen):
    torch = pytest.importorskip("torch", reason="needs PyTorch: pip install -e .[bench]")
    optimisers = {
        "sgd": torch.optim.SGD,
        "momentum": partial(torch.optim.SGD, momentum=0.9),
        "nesterov": partial(torch.optim.SGD, momentum=0.9, nesterov=True),
        "adagrad": torch.optim.Adagrad,
        "rmsprop": partial(torch.optim.RMSprop, alpha=0.9),
        "adadelta": partial(torch.optim.Adadelta, rho=0.95),
        "adam": torch.optim.Adam,
        "adamw": torch.optim.AdamW,
    }
    assert optimisers.keys() == OPTIONS.keys() == RULES.keys()
    rules = AllRules("float64", "python", {rule: OPTIONS[rule][0] for rule in RULES if chosen})
    for _ in range(5):
        rules.step(0.1)
    for rule, make in optimisers.items():
        a_W, b = (torch.tensor(v, requires_grad=True) for v in first_values().values())
        # Biases do not decay here.
        groups = [{"params": [a_W]}, {"params": [b], "weight_decay": 0.0}]
        optimiser = make(groups, lr=0.1, **(OPTIONS[rule][1] if chosen else {}))
        for _ in range(5):
            optimiser.zero_grad()
            symbolic_cost([a_W, b]).backward()
            optimiser.step()
        for found, param in zip(rules.params[rule], (a_W, b), strict=True):
            np.testing.assert_allclose(
                found.get_value(), param.detach().numpy(), rtol=1e-9, err_msg=rule
            )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", ["float", "integer", "float64", "shared"])
def test_hyper_parameters_of_any_kind_promote_nothing(kind, dtype):
    with pytensor.config.change_flags(floatX=dtype):
        number = {
            "float": float,
            "integer": lambda value: 1,
            "float64": np.float64,
            "shared": lambda value: shared_parameter(value, "number"),
        }[kind]
        for rule in RULES.values():
            params = [shared_parameter(np.ones(2), "a_W"), shared_parameter(1, "b")]
            options = {name: number(value) for name, value in hyper_parameters(rule).items()}
            for variable, new in rule(symbolic_cost(params), params, number(0.1), **options):
                assert variable.type.dtype == new.type.dtype == dtype
                assert variable.type.shape == variable.get_value().shape


def test_momentum_can_change_between_steps():
    values = first_values()
    params = [shared_parameter(value, name) for name, value in values.items()]
    rate, mass = pytensor.shared(0.1), pytensor.shared(0.9)
    gradients = pytensor.grad(symbolic_cost(params), params)
    updates = momentum(gradients, params, rate, mass)
    train = pytensor.function([], [], updates=updates, mode=MODES["python"])
    steps = dict.fromkeys(values, 0.0)
    for learning_rate, mom in ((0.1, 0.9), (0.1, 0.9), (0.05, 0.5), (0.05, 0.5)):
        rate.set_value(learning_rate)
        mass.set_value(mom)
        train()
        for param in params:
            name = param.name
            gradient = gradient_by_hand(name, values[name])
            steps[name] = mom * steps[name] - learning_rate * gradient
            values[name] = values[name] + steps[name]
            np.testing.assert_allclose(param.get_value(), values[name], rtol=1e-12)
    assert [variable.name for variable, _ in updates] == ["a_W_step", "a_W", "b_step", "b"]


def test_state_is_all_that_is_updated_but_the_parameters():
    params = [shared_parameter(value, name) for name, value in first_values().items()]
    state = state_of(adamw(symbolic_cost(params), params, 0.1), params)
    assert [variable.name for variable in state] == [
        "adam_steps",
        *("a_W_mean", "a_W_square"),
        *("b_mean", "b_square"),
    ]
    assert not any(variable.get_value().any() for variable in state)
    assert state_of(sgd(symbolic_cost(params), params, 0.1), params) == []


def test_the_state_is_all_that_training_needs_to_go_on():
    run = AllRules("float64", "python")
    run.step(0.1)
    saved = {rule: run.values(rule) for rule in RULES}
    run.step(0.1)
    after = {rule: run.values(rule) for rule in RULES}
    for rule, updates in run.updates.items():
        for variable in [*state_of(updates, run.params[rule]), *run.params[rule]]:
            variable.set_value(saved[rule][variable.name])
    run.step(0.1)
    for rule in RULES:
        for name, value in run.values(rule).items():
            np.testing.assert_array_equal(value, after[rule][name])


def test_hyper_parameters_are_named_with_their_defaults():
    assert hyper_parameters(sgd) == {}
    assert hyper_parameters(adamw).keys() == {"beta1", "beta2", "epsilon", "weight_decay"}
    for rule in RULES.values():
        assert all(0 < default < 1 for default in hyper_parameters(rule).values())


def test_a_gradient_of_zero_moves_nothing_and_divides_by_nothing():
    for rule in RULES.values():
        param = shared_parameter(np.array([1.0, -2.0]), "a")
        changes = rule((0 * param).sum(), [param], 0.1)
        pytensor.function([], [], updates=changes, mode=MODES["python"])()
        np.testing.assert_array_equal(param.get_value(), [1.0, -2.0])


@pytest.mark.parametrize("rule", RULES)
def test_rules_need_a_gradient_for_each_parameter(rule):
    param = shared_parameter(np.zeros(2), "a")
    with pytest.raises(ValueError, match="zip"):
        RULES[rule]([], [param], 0.1)
