from functools import lru_cache

import numpy as np
import pytensor
import pytest
from scipy.signal import convolve, correlate

from lenet.compile.backends import c_mode
from lenet.compile.specialise import MIN_CALLS
from tests.nnet.golden_sizes import (
    FILE,
    LAYERS,
    RESULTS,
    TOLERANCES,
    description,
    digest,
    excess,
    graph_of,
    inputs_of,
    torch_answers,
)
from tests.nnet.modes import MODES, in_modes

with np.load(FILE) as stored:
    ANSWERS = dict(stored)

# The compiler makes kernels for each of these sizes, which takes a second or two.
FEW_KNOWN = (
    "ResNet stem",
    "1 to 1 maps 3x3 of 32x32, stride 2",
    "1 to 6 maps 5x5 of 28x28, stride 2",
    "17 to 2 maps 6x3 of 40x96, stride 4, dilated",
)
KNOWN = {
    "float32": (
        *FEW_KNOWN,
        "LeNet conv1 of 28x28",
        "AlexNet conv1 of 224x224",
        "VGG conv1_1",
        "MobileNet depthwise, stride 2",
        "1 to 1 maps 3x3 of 32x32, stride 4",
    ),
    "float64": FEW_KNOWN,
}
both_types = pytest.mark.parametrize("dtype", ["float32", "float64"])


@lru_cache(maxsize=2)
def answers(dtype, sizes_known):
    """Return outputs and gradients of all layers, or of `KNOWN`, from one module: templates are shared.

    Layers that differ in nothing but their sizes, which are not known, have their turns.
    """
    shifts = {}
    for name in KNOWN[dtype] if sizes_known else LAYERS:
        layer = LAYERS[name]
        key = name if sizes_known else (layer.spatial, str(layer.arguments))
        shifts.setdefault(key, []).append(name)
    graphs = [graph_of(names[0], dtype, sizes_known) for names in shifts.values()]
    inputs, outputs = ([item for graph in graphs for item in graph[i]] for i in range(2))
    function = pytensor.function(inputs, outputs, mode=MODES["c"])
    results = {}
    for turn in range(max(map(len, shifts.values()))):
        present = [names[min(turn, len(names) - 1)] for names in shifts.values()]
        values = [graph_of(name, dtype, sizes_known).values for name in present]
        found = iter(function(*(value for some in values for value in some)))
        for name, graph in zip(present, graphs, strict=True):
            results[name] = [next(found) for _ in graph.outputs]
    return results


def results_of(name):
    return RESULTS if LAYERS[name].filters else RESULTS[:2]


def check(name, dtype, arrays):
    inputs = inputs_of(name)
    for result, found, like in zip(
        results_of(name), arrays, [inputs[-1], *inputs[:-1]], strict=True
    ):
        assert found.dtype == dtype
        assert found.shape == like.shape
        label = f"{name}, {result}"
        assert excess(label, found, ANSWERS[label], TOLERANCES[dtype]) <= 1, label


@pytest.mark.parametrize("name", LAYERS)
def test_the_file_holds_answers_for_these_very_layers(name):
    assert str(ANSWERS[name]) == description(name), "run python -m tests.nnet.golden_sizes"


@in_modes("c")
@pytest.mark.parametrize("name", LAYERS)
@both_types
def test_unknown_sizes_give_the_answers_of_pytorch(name, dtype, mode_name):
    check(name, dtype, answers(dtype, False)[name])


@in_modes("c")
@pytest.mark.parametrize(
    ("dtype", "name"), [(dtype, name) for dtype, names in KNOWN.items() for name in names]
)
def test_known_sizes_give_the_answers_of_pytorch(name, dtype, mode_name):
    check(name, dtype, answers(dtype, True)[name])


@in_modes("c")
@pytest.mark.parametrize("name", LAYERS)
@both_types
def test_all_elements_are_those_of_pytorch(name, dtype, mode_name):
    pytest.importorskip("torch", reason="needs PyTorch: pip install -e .[bench]")
    expected = torch_answers(name)
    for label, found, array in zip(
        results_of(name), answers(dtype, False)[name], expected, strict=True
    ):
        atol = 10 * TOLERANCES[dtype] * np.sqrt(np.mean(array**2))
        np.testing.assert_allclose(found, array, rtol=0, atol=atol, err_msg=label)


def by_scipy(name):
    """Return the output and gradients of a convolution without groups and dilation."""
    layer, (image, filters, slope) = LAYERS[name], inputs_of(name)
    axes = tuple(range(2, image.ndim))
    flip = layer.arguments.get("filter_flip", True)
    taps = np.flip(filters, axes) if flip else filters
    border = layer.arguments.get("border_mode", 0)
    padded = np.pad(image, [(0, 0), (0, 0), *[(border, border)] * len(axes)])
    inside = (..., *(slice(border, border + n) for n in image.shape[2:]))
    steps = tuple(slice(None, None, s) for s in layer.arguments.get("subsample", (1,) * len(axes)))
    whole = [n - k + 1 for n, k in zip(padded.shape[2:], taps.shape[2:], strict=True)]
    output, of_image, of_taps = map(np.zeros, (slope.shape, padded.shape, taps.shape))
    for b, m in np.ndindex(*slope.shape[:2]):
        spread = np.zeros(whole)
        spread[steps] = slope[b, m]
        for c in range(image.shape[1]):
            output[b, m] += correlate(padded[b, c], taps[m, c], "valid")[steps]
            of_image[b, c] += convolve(spread, taps[m, c], "full")
            of_taps[m, c] += correlate(padded[b, c], spread, "valid")
    return output, of_image[inside], np.flip(of_taps, axes) if flip else of_taps


@in_modes("c")
@pytest.mark.parametrize(
    "name",
    [
        "LeNet conv1 of 28x28",
        "LeNet conv2",
        "ResNet stem",
        "1 to 1 maps 3x3 of 224x224, stride 2",
        "3 to 16 maps 5x5 of 224x224, stride 2",
        "1 to 6 maps 5x5 of 28x28, stride 2",
        "3 to 8 maps 3x3 of 96x96, stride 3",
        "3 to 24 maps 3x3 of 20x64, stride (1, 2)",
        "3 to 24 maps 3x3 of 20x64, stride (2, 1)",
        "volumes, stride (1, 1, 2)",
    ],
)
def test_all_elements_are_those_of_scipy(name, mode_name):
    for found, expected in zip(answers("float64", False)[name], by_scipy(name), strict=True):
        atol = 1e-12 * np.sqrt(np.mean(expected**2))
        np.testing.assert_allclose(found, expected, rtol=0, atol=atol)


@lru_cache(maxsize=1)
def function_of(geometry):
    """Return a function for any sizes as programs have it: the virtual machine, told of sizes later."""
    name = next(name for name, layer in LAYERS.items() if str(layer.arguments) == geometry)
    graph = graph_of(name, "float32", sizes_known=False)
    return pytensor.function(graph.inputs, graph.outputs, mode=c_mode())


@in_modes("c")
@pytest.mark.parametrize(
    "name",
    [
        # All of one geometry, so of one function.
        "1 to 1 maps 3x3 of 224x224, stride 2",
        "3 to 16 maps 5x5 of 224x224, stride 2",
        "3 to 64 maps 3x3 of 224x224, stride 2",
        "16 to 32 maps 3x3 of 224x224, stride 2",
        "64 to 64 maps 1x1 of 224x224, stride 2",
        "3 to 96 maps 11x11 of 224x224, stride 2",
        "1 to 1 maps 3x3 of 32x32, stride 2",
    ],
)
def test_the_first_call_of_a_program_is_right(name, mode_name):
    function = function_of(str(LAYERS[name].arguments))
    check(name, "float32", function(*graph_of(name, "float32", False).values))


@in_modes("c")
@pytest.mark.parametrize("name", ["1 to 1 maps 3x3 of 32x32, stride 2"])
def test_calls_agree_before_and_after_sizes_are_known(name, mode_name):
    function = function_of(str(LAYERS[name].arguments))
    graph = graph_of(name, "float32", False)
    first = function(*graph.values)
    for _ in range(MIN_CALLS):
        last = function(*graph.values)
    assert function.vm.active is not function.vm.general
    check(name, "float32", first)
    check(name, "float32", last)


class TestDigest:
    """Whatever single element is wrong or at another place, a digest says so."""

    # With the most elements, and with the longest sums; its filters are few.
    NAMES = ("VGG conv1_1, output", "AlexNet conv2, gradient of the filters")

    @staticmethod
    def array(label):
        name, result = label.split(", ")
        arrays = inputs_of(name)
        return arrays[-1] if result == "output" else arrays[1]

    @both_types
    @pytest.mark.parametrize("label", NAMES)
    @pytest.mark.parametrize(
        "damage", ["one lost", "one off", "two exchanged", "rows exchanged", "shifted"]
    )
    def test_damage_is_seen(self, label, dtype, damage):
        array = self.array(label)
        right, scale = digest(label, array), np.sqrt(np.mean(array**2))
        rng = np.random.default_rng(29)
        wrong = array.astype(dtype)
        flat = wrong.reshape(-1)
        assert excess(label, wrong, right, TOLERANCES[dtype]) <= 1
        for _ in range(3):
            one, other = rng.choice(array.size, 2, replace=False)
            if damage == "one lost":
                one = next(i for i in rng.integers(0, array.size, 99) if abs(flat[i]) > scale / 2)
                flat[one] = 0
            elif damage == "one off":
                flat[one] += scale / 4
            elif damage == "two exchanged":
                flat[one], flat[other] = flat[other], flat[one]
            elif damage == "rows exchanged":
                wrong[..., [0, 1], :] = wrong[..., [1, 0], :]
            else:
                wrong[...] = np.roll(wrong, 1, axis=-1)
            assert excess(label, wrong, right, TOLERANCES[dtype]) > 1
            wrong[...] = array

    def test_what_is_not_a_number_is_not_near_any(self):
        label = self.NAMES[0]
        array = self.array(label)
        right = digest(label, array)
        array[0, 1, 2, 3] = np.nan
        assert not excess(label, array, right, 1.0) <= 1
