from functools import cache

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode
from pytensor.gradient import verify_grad

from lenet.nnet import (
    batch_normalization,
    batch_normalization_test,
    batch_normalization_train,
)
from tests.nnet.modes import MODES, Graph, evaluate, in_modes

RNG = np.random.default_rng(3)
INPUTS = RNG.normal(3, 2, size=(4, 3, 5, 2))
UNOPTIMISED = Mode(linker="py", optimizer=None)
# axes, the axes they mean, whether the parameters have all axes of the inputs
LAYOUTS = {
    "per-activation": ("per-activation", (0,), False),
    "spatial": ("spatial", (0, 2, 3), False),
    "spatial-whole": ("spatial", (0, 2, 3), True),
    "axes": ((3, 1), (1, 3), False),
    "axes-whole": ([0, 1, 2, 3], (0, 1, 2, 3), True),
}


def parameters_of(layout, count=4):
    """Return gamma, beta, a mean and a variance."""
    _, axes, whole = LAYOUTS[layout]
    shape = [1 if a in axes else n for a, n in enumerate(INPUTS.shape) if whole or a not in axes]
    rng = np.random.default_rng(5)
    return [rng.uniform(0.5, 2, size=shape) for _ in range(count)]


def by_slices(layout, epsilon, factor):
    """Normalise slice by slice; return output, mean, invstd and the running averages."""
    _, axes, _ = LAYOUTS[layout]
    kept = [a for a in range(4) if a not in axes]
    gamma, beta, old_mean, old_var = (
        p.reshape([INPUTS.shape[a] for a in kept]) for p in parameters_of(layout)
    )
    out = np.empty_like(INPUTS)
    statistics = [np.empty_like(gamma) for _ in range(4)]
    for place in np.ndindex(*gamma.shape):
        index = [slice(None)] * 4
        for axis, position in zip(kept, place, strict=True):
            index[axis] = position
        numbers = INPUTS[tuple(index)]
        m = numbers.size
        mean = numbers.sum() / m
        variance = ((numbers - mean) ** 2).sum() / m
        deviation = np.sqrt(variance + epsilon)
        out[tuple(index)] = (numbers - mean) / deviation * gamma[place] + beta[place]
        new_mean = old_mean[place] * (1 - factor) + mean * factor
        new_var = old_var[place] * (1 - factor) + variance * m / (m - 1) * factor
        for array, value in zip(statistics, (mean, 1 / deviation, new_mean, new_var), strict=True):
            array[place] = value
    shape = parameters_of(layout)[0].shape
    return [out, *(array.reshape(shape) for array in statistics)]


@cache
def trained(layout, mode_name, dtype):
    """Return output, mean, invstd and the running averages."""
    axes, _, _ = LAYOUTS[layout]
    values = [INPUTS, *parameters_of(layout)]
    x, gamma, beta, mean, var = symbols = [
        pt.tensor(dtype=dtype, shape=(None,) * value.ndim) for value in values
    ]
    outputs = batch_normalization_train(x, gamma, beta, axes, 1e-2, 0.25, mean, var)
    return evaluate(Graph(symbols, outputs, [v.astype(dtype) for v in values]), mode_name)


@in_modes("python", "jax")
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_batch_is_normalised_slice_by_slice(layout, mode_name):
    expected = by_slices(layout, epsilon=1e-2, factor=0.25)
    for found, wanted in zip(trained(layout, mode_name, "float64"), expected, strict=True):
        assert found.shape == wanted.shape
        np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-12)


# JAX promotes some sums of numbers in single precision, where it has double precision at all.
def test_single_precision_stays_single():
    expected = by_slices("spatial", epsilon=1e-2, factor=0.25)
    for found, wanted in zip(trained("spatial", "python", "float32"), expected, strict=True):
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


def test_defaults():
    x, gamma, beta = INPUTS, *parameters_of("per-activation", 2)
    outputs = batch_normalization_train(x, gamma, beta)
    assert len(outputs) == 3
    out, *_ = evaluate(Graph([], outputs, []), "python")
    expected = by_slices("per-activation", epsilon=1e-4, factor=0.1)
    np.testing.assert_allclose(out, expected[0], rtol=1e-10)


@pytest.mark.parametrize("layout", ["spatial", "axes-whole"])
def test_gradients_of_training(layout):
    axes, _, _ = LAYOUTS[layout]

    def function(inputs, gamma, beta, mean, var):
        results = batch_normalization_train(inputs, gamma, beta, axes, 1e-2, 0.25, mean, var)
        return sum(pt.sin(k * result).sum() for k, result in enumerate(results, 1))

    values = [INPUTS, *parameters_of(layout)]
    verify_grad(function, values, rng=np.random.default_rng(7), mode=UNOPTIMISED)


@in_modes("c", "jax")
def test_a_compiled_layer_is_that_of_python(mode_name):
    values = [INPUTS, *parameters_of("spatial", 2), np.sin(INPUTS)]
    x, gamma, beta, slope = [pt.tensor(dtype="float64", shape=(None,) * v.ndim) for v in values]
    out, *_ = batch_normalization_train(x, gamma, beta, "spatial")
    gradients = pytensor.grad(None, [x, gamma, beta], known_grads={out: slope})
    graph = Graph([x, gamma, beta, slope], [out, *gradients], values)
    for found, expected in zip(evaluate(graph, mode_name), evaluate(graph, "python"), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-10)


def test_running_averages_update_shared_variables():
    values = [value.astype("float32") for value in parameters_of("spatial")]
    gamma, beta, mean, var = map(pytensor.shared, values)
    x = pt.tensor4(dtype="float32")
    out, _, _, new_mean, new_var = batch_normalization_train(
        x, gamma, beta, "spatial", running_average_factor=1, running_mean=mean, running_var=var
    )
    train = pytensor.function([x], out, updates={mean: new_mean, var: new_var}, mode=UNOPTIMISED)
    train(INPUTS.astype("float32"))
    np.testing.assert_allclose(mean.get_value(), INPUTS.mean(axis=(0, 2, 3)), rtol=1e-5)
    np.testing.assert_allclose(var.get_value(), INPUTS.var(axis=(0, 2, 3), ddof=1), rtol=1e-5)


@in_modes("python", "jax")
@pytest.mark.parametrize("layout", LAYOUTS)
def test_normalisation_by_given_statistics(layout, mode_name):
    check_given_statistics(layout, mode_name)


def check_given_statistics(layout, mode_name):
    axes, meant, whole = LAYOUTS[layout]
    values = [INPUTS, *parameters_of(layout)]
    symbols = [pt.tensor(dtype="float64", shape=(None,) * value.ndim) for value in values]
    output = batch_normalization_test(*symbols, axes, epsilon=1e-2)
    (found,) = evaluate(Graph(symbols, [output], values), mode_name)
    gamma, beta, mean, var = (p if whole else np.expand_dims(p, meant) for p in values[1:])
    expected = (INPUTS - mean) / np.sqrt(var + 1e-2) * gamma + beta
    np.testing.assert_allclose(found, expected, rtol=1e-10)


@in_modes("c")
def test_compiled_normalisation_by_given_statistics(mode_name):
    check_given_statistics("spatial", mode_name)


def test_gradients_of_normalisation_by_given_statistics():
    def function(inputs, gamma, beta, mean, var):
        return batch_normalization_test(inputs, gamma, beta, mean, var, "spatial")

    values = [INPUTS, *parameters_of("spatial")]
    verify_grad(function, values, rng=np.random.default_rng(7), mode=UNOPTIMISED)


@in_modes("c", "python", "jax")
@pytest.mark.parametrize("mode", ["low_mem", "high_mem"])
def test_the_older_function(mode, mode_name):
    values = [INPUTS, *parameters_of("spatial-whole")]
    symbols = [pt.tensor(shape=(None, *value.shape[1:])) for value in values]
    symbols[1:] = [pt.tensor(shape=value.shape) for value in values[1:]]
    (found,) = evaluate(Graph(symbols, [batch_normalization(*symbols, mode)], values), mode_name)
    _, gamma, beta, mean, std = values
    np.testing.assert_allclose(found, (INPUTS - mean) / std * gamma + beta, rtol=1e-10)


VECTOR = pt.vector("v")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"axes": "channels"}, "invalid axes 'channels': expected 'per-activation', 'spatial'"),
        ({"axes": ()}, r"invalid axes \(\): expected one or more of 0 to 3"),
        ({"axes": (0, 4)}, r"invalid axes \(0, 4\)"),
        ({"axes": (0, 0)}, r"invalid axes \(0, 0\): expected .* each once"),
        ({"gamma": pt.matrix()}, "gamma has 2 axes: all parameters need 4, .* or 1"),
        ({"beta": pt.tensor4()}, "beta has 4 axes"),
        ({"epsilon": 1e-6}, "invalid epsilon 1e-06: expected 1e-05 or more"),
        ({"epsilon": float("nan")}, "invalid epsilon nan"),
        ({"running_mean": VECTOR}, "give both running_mean and running_var, or neither"),
        ({"running_mean": VECTOR, "running_var": pt.scalar()}, "running_var has 0 axes"),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, dict) else "",
)
def test_wrong_arguments_of_training(arguments, message):
    arguments = {"gamma": VECTOR, "beta": VECTOR, "axes": "spatial", **arguments}
    with pytest.raises(ValueError, match=message):
        batch_normalization_train(pt.tensor4(), **arguments)


def test_wrong_arguments_of_the_others():
    with pytest.raises(ValueError, match="var has 2 axes"):
        batch_normalization_test(pt.tensor4(), VECTOR, VECTOR, VECTOR, pt.matrix(), "spatial")
    with pytest.raises(ValueError, match="invalid epsilon 0"):
        batch_normalization_test(*[pt.matrix(), *[VECTOR] * 4], epsilon=0)
    with pytest.raises(ValueError, match="invalid mode 'fast': expected 'low_mem' or 'high_mem'"):
        batch_normalization(pt.matrix(), VECTOR, VECTOR, VECTOR, VECTOR, "fast")


def test_a_parameter_with_all_axes_has_length_one_where_it_is_averaged():
    x, gamma = pt.tensor4(), pt.tensor4()
    output = batch_normalization_test(x, gamma, gamma, gamma, gamma, "spatial")
    function = pytensor.function([x, gamma], output, mode=MODES["python"])
    with pytest.raises((AssertionError, ValueError), match=r"(?i)shape|broadcast"):
        function(INPUTS, np.ones(INPUTS.shape))
