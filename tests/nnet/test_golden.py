import json
from functools import cache

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

import lenet.nnet
from tests.covering import by_tier, covering
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


def features(case):
    """Return what a kernel may depend on: the arguments, and the number of axes."""
    keywords = CASES[case]["kw"]
    names = {name for other in CASES for name in other["kw"]} - {"input_shape", "filter_shape"}
    return {
        "kind": CASES[case]["kind"],
        "axes": ARRAYS[f"{case}_x"].ndim,
        **{name: str(keywords.get(name)) for name in names},
    }


# Compilers take their time: each two arguments together that Theano was asked for. The others are slow.
CHOSEN = frozenset(covering({case: features(case) for case in range(len(CASES))}))


@in_modes("python")
@pytest.mark.parametrize("case", range(len(CASES)), ids=describe)
def test_outputs_and_gradients_are_those_of_theano(mode_name, case):
    check(mode_name, case, range(len(CASES)))


@in_modes("c", "jax")
@pytest.mark.parametrize("case", by_tier(range(len(CASES)), CHOSEN), ids=describe)
def test_compiled_outputs_and_gradients_are_those_of_theano(mode_name, case):
    together = case in CHOSEN
    check(mode_name, case, [n for n in range(len(CASES)) if (n in CHOSEN) == together])


CONVOLUTIONS = [case for case in range(len(CASES)) if CASES[case]["kind"].startswith("conv")]


def graph_of_gradient_functions(case):
    """Return what the functions for gradients, and the transposed convolution, make of a case."""
    kind, keywords = CASES[case]["kind"], as_arguments(CASES[case]["kw"])
    values = [ARRAYS[f"{case}_x"], ARRAYS[f"{case}_w"], np.cos(ARRAYS[f"{case}_out"])]
    x, w, g = inputs = [pt.tensor(dtype="float64", shape=(None,) * value.ndim) for value in values]
    shapes = [keywords.pop(name, None) for name in ("input_shape", "filter_shape")]
    of_inputs = getattr(lenet.nnet, f"{kind}_grad_wrt_inputs")
    of_weights = getattr(lenet.nnet, f"{kind}_grad_wrt_weights")
    outputs = [
        of_inputs(g, w, values[0].shape, shapes[1], **keywords),
        of_weights(x, g, values[1].shape, shapes[0], **keywords),
    ]
    if kind == "conv2d":
        keywords["input_dilation"] = keywords.pop("subsample", (1, 1))
        outputs.append(lenet.nnet.conv2d_transpose(g, w, values[0].shape, shapes[1], **keywords))
    return Graph(inputs, outputs, values)


@cache
def gradients(mode_name):
    return evaluate_together(
        {case: graph_of_gradient_functions(case) for case in CONVOLUTIONS}, mode_name
    )


# In C and JAX, they are the very Ops of the gradients above.
@in_modes("python")
@pytest.mark.parametrize("case", CONVOLUTIONS, ids=describe)
def test_gradient_functions_are_those_of_theano(mode_name, case):
    names = ["gx", "gw", "gx"]
    for name, found in zip(names, gradients(mode_name)[case], strict=False):
        np.testing.assert_allclose(
            found, ARRAYS[f"{case}_{name}"], rtol=1e-9, atol=1e-11, err_msg=name
        )


@pytest.mark.parametrize("case", CONVOLUTIONS, ids=describe)
def test_output_shapes_are_those_of_theano(case):
    keywords = as_arguments(CASES[case]["kw"])
    spatial = ARRAYS[f"{case}_x"].ndim - 2
    shape = lenet.nnet.get_conv_output_shape(
        ARRAYS[f"{case}_x"].shape,
        ARRAYS[f"{case}_w"].shape,
        keywords.get("border_mode", "valid"),
        keywords.get("subsample", (1,) * spatial),
        keywords.get("filter_dilation"),
    )
    assert shape == ARRAYS[f"{case}_out"].shape


NUMBA_SAMPLE = range(0, len(CASES), 31)


@in_modes("numba")
@pytest.mark.parametrize("case", NUMBA_SAMPLE, ids=describe)
def test_a_sample_in_numba(mode_name, case):
    check(mode_name, case, NUMBA_SAMPLE)


@pytest.mark.slow
@in_modes("numba")
@pytest.mark.parametrize("case", range(len(CASES)), ids=describe)
def test_all_cases_in_numba(mode_name, case):
    check(mode_name, case, range(len(CASES)))
