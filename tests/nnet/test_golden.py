import json
from functools import cache

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

import lenet.nnet
from tests.golden_files import golden_arrays
from tests.nnet.modes import Graph, evaluate_together, in_modes

ARRAYS = golden_arrays("theano_conv_pool.npz")
CASES = json.loads(str(ARRAYS["cases"]))

pytestmark = pytest.mark.filterwarnings("ignore:ignore_border is not given:UserWarning")


def names_of_inputs(case):
    return ["x", "w"] if CASES[case]["kind"].startswith("conv") else ["x"]


def as_arguments(keywords):
    """Turn JSON's lists into the tuples that they were."""
    return {
        name: tuple(tuple(e) if isinstance(e, list) else e for e in value)
        if isinstance(value, list)
        else value
        for name, value in keywords.items()
    }


def graph_of(case):
    """Return the output and the gradients of sum(sin(output))."""
    values = [ARRAYS[f"{case}_{name}"] for name in names_of_inputs(case)]
    inputs = [pt.tensor(dtype="float64", shape=(None,) * value.ndim) for value in values]
    operator = getattr(lenet.nnet, CASES[case]["kind"])
    output = operator(*inputs, **as_arguments(CASES[case]["kw"]))
    # Given as a number, so that no backend spends its time on compiling sines and cosines.
    slope = output.type()
    gradients = pytensor.grad(None, inputs, known_grads={output: slope})
    return Graph([*inputs, slope], [output, *gradients], [*values, np.cos(ARRAYS[f"{case}_out"])])


@cache
def answers(mode_name, cases):
    return evaluate_together({case: graph_of(case) for case in cases}, mode_name)


def describe(case):
    keywords = [f"{key}={value}" for key, value in CASES[case]["kw"].items()]
    return "-".join([str(case), CASES[case]["kind"], *keywords]).replace(" ", "")


def check(mode_name, case, cases):
    names = ["out", *(f"g{name}" for name in names_of_inputs(case))]
    for name, found in zip(names, answers(mode_name, tuple(cases))[case], strict=True):
        expected = ARRAYS[f"{case}_{name}"]
        assert found.dtype == np.float64
        assert found.shape == expected.shape, name
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-11, err_msg=name)


@in_modes("c", "python", "jax")
@pytest.mark.parametrize("case", range(len(CASES)), ids=describe)
def test_outputs_and_gradients_are_those_of_theano(mode_name, case):
    check(mode_name, case, range(len(CASES)))


NUMBA_SAMPLE = range(0, len(CASES), 12)


@in_modes("numba")
@pytest.mark.parametrize("case", NUMBA_SAMPLE, ids=describe)
def test_a_sample_in_numba(mode_name, case):
    check(mode_name, case, NUMBA_SAMPLE)
