from functools import cache

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from lenet.nnet import conv2d
from lenet.nnet.ops.conv import ConvGradInputs, ConvGradWeights
from tests.nnet.modes import MODES, Graph, evaluate, in_modes


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"border_mode": "same"}, ValueError, "invalid border_mode 'same': expected 'valid'"),
        ({"border_mode": -1}, ValueError, "invalid border_mode -1"),
        ({"border_mode": (1, -1)}, ValueError, r"invalid border_mode \(1, -1\)"),
        ({"border_mode": (1, 2, 3)}, ValueError, r"invalid border_mode \(1, 2, 3\)"),
        ({"border_mode": ((1, 2, 3), 1)}, ValueError, "invalid border_mode"),
        ({"border_mode": 1.5}, ValueError, "invalid border_mode 1.5"),
        ({"border_mode": None}, ValueError, "invalid border_mode None"),
        ({"subsample": (0, 1)}, ValueError, r"invalid subsample \(0, 1\): expected 2 integers"),
        ({"subsample": (1, 1, 1)}, ValueError, "invalid subsample"),
        ({"subsample": 1.5}, ValueError, "invalid subsample 1.5"),
        ({"subsample": None}, ValueError, "invalid subsample None"),
        ({"subsample": ((1, 2), 1)}, ValueError, "invalid subsample"),
        ({"subsample": float("inf")}, ValueError, "invalid subsample inf"),
        ({"subsample": (pt.lscalar("s"), 1)}, NotImplementedError, "subsample=s is symbolic"),
        ({"filter_dilation": (1, 0)}, ValueError, "invalid filter_dilation"),
        ({"num_groups": 0}, ValueError, "invalid num_groups 0"),
        ({"num_groups": 2}, ValueError, "image has 4 channels, .* 4 in each of 2 groups"),
        ({"unshared": True}, TypeError, "filters has 4 axes, expected 6"),
        ({"kshp_logical": (3, 3)}, ValueError, "imshp_logical and kshp_logical are gone"),
        ({"input_shape": (1, 4, 5)}, ValueError, r"shape \(1, 4, 5\) given for .* has 4 axes"),
        (
            {"input_shape": (1, 4, 5, 5), "image_shape": (1, 4, 5, 5)},
            ValueError,
            "give input_shape or its deprecated name image_shape, not both",
        ),
        ({"filter_shape": (3, 2, 2, 2)}, ValueError, "image has 4 channels, .* expect 2"),
        ({"filter_shape": (3, 4, 6, 2)}, ValueError, r"image of \(5, 5\) is smaller than"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_a_wrong_argument_is_named(arguments, error, message):
    image, filters = pt.tensor("x", shape=(1, 4, 5, 5)), pt.tensor4("w")
    if "num_groups" in arguments:
        filters = pt.tensor("w", shape=(4, 4, 2, 2))
    with pytest.raises(error, match=message):
        conv2d(image, filters, **arguments)


@pytest.mark.parametrize(
    ("image", "filters", "message"),
    [
        (pt.tensor3(), pt.tensor4(), "image has 3 axes, expected 4"),
        (pt.tensor4(), pt.matrix(), "filters has 2 axes, expected 4"),
        (pt.tensor5(), pt.tensor4(), "image has 5 axes, expected 4"),
        (pt.ztensor4(), pt.tensor4(), "cannot convolve complex128"),
    ],
    ids=["image-axes", "filter-axes", "volume", "complex"],
)
def test_a_wrong_type_is_named(image, filters, message):
    with pytest.raises(TypeError, match=message):
        conv2d(image, filters)


def test_filters_must_divide_into_groups():
    with pytest.raises(ValueError, match="5 filters cannot be divided into 2 groups"):
        conv2d(pt.tensor4(), pt.tensor(shape=(5, 1, 2, 2)), num_groups=2)


@pytest.mark.parametrize(
    ("op", "first", "second", "sizes", "message"),
    [
        (ConvGradInputs, (4, 3, 2, 2), (1, 5, 4, 4), (5, 5), "5 for 4 filters"),
        (ConvGradInputs, (4, 3, 2, 2), (1, 4, 4, 4), (5, 6), r"\(4, 4\), expected \(4, 5\)"),
        (ConvGradInputs, (4, 3, 2, 2), (1, 4, 4, 4), (1, 5), r"image of \(1, 5\) is smaller"),
        (ConvGradWeights, (2, 3, 5, 5), (3, 4, 4, 4), (2, 2), "3 for 2 images"),
        (ConvGradWeights, (2, 3, 5, 5), (2, 4, 4, 4), (2, 3), r"\(4, 4\), expected \(4, 3\)"),
    ],
    ids=["maps", "output", "small", "batch", "kernel"],
)
@pytest.mark.parametrize("known", [True, False], ids=["when-built", "when-run"])
def test_a_gradient_of_the_wrong_shape_is_refused(op, first, second, sizes, message, known):
    inputs = [pt.tensor(shape=s if known else (None,) * 4) for s in (first, second)]
    symbols = list(sizes) if known else list(pt.lscalars(2))
    values = [np.ones(first), np.ones(second), *sizes]
    with pytest.raises(ValueError, match=message):
        evaluate(Graph([*inputs, *symbols], [op()(*inputs, *symbols)], values), "python")


@cache
def functions_without_known_sizes(mode_name):
    x, w, g = pt.tensor4("x"), pt.tensor4("w"), pt.tensor4("g")
    output = conv2d(x, w, num_groups=2)
    gradients = pytensor.grad(None, [x, w], known_grads={output: g})
    return {
        name: pytensor.function([x, w, g], result, mode=MODES[mode_name], on_unused_input="ignore")
        for name, result in zip(["output", "image", "filters"], [output, *gradients], strict=True)
    }


@in_modes("c", "python", "jax", "numba")
@pytest.mark.parametrize(
    ("result", "image", "filters", "gradient"),
    [
        ("output", (1, 3, 5, 5), (2, 1, 2, 2), (1, 2, 4, 4)),
        ("output", (1, 2, 5, 5), (3, 1, 2, 2), (1, 3, 4, 4)),
        ("output", (1, 2, 5, 5), (2, 1, 6, 2), (1, 2, 0, 4)),
        ("output", (1, 2, 5, 0), (2, 1, 2, 2), (1, 2, 4, 0)),
        ("image", (1, 2, 5, 5), (2, 1, 2, 2), (1, 2, 5, 4)),
        ("image", (1, 2, 5, 5), (2, 1, 2, 2), (1, 4, 4, 4)),
        ("filters", (1, 2, 5, 5), (2, 1, 2, 2), (1, 2, 4, 5)),
        ("filters", (1, 2, 5, 5), (2, 1, 2, 2), (3, 2, 4, 4)),
        ("filters", (1, 3, 5, 5), (2, 1, 2, 2), (1, 2, 4, 4)),
    ],
    ids=[
        "channels",
        "groups",
        "image-smaller-than-filters",
        "empty-image",
        "gradient-rows",
        "gradient-maps",
        "gradient-columns",
        "gradient-batch",
        "gradient-channels",
    ],
)
def test_wrong_shapes_are_refused_when_the_graph_runs(result, image, filters, gradient, mode_name):
    function = functions_without_known_sizes(mode_name)[result]
    with pytest.raises(ValueError, match=r"convolution|Conv"):
        function(np.ones(image), np.ones(filters), np.ones(gradient))


@in_modes("c", "python", "jax")
@pytest.mark.parametrize("wrong", ["input_shape", "filter_shape"])
def test_a_shape_that_was_promised_is_checked_when_the_graph_runs(wrong, mode_name):
    x, w = pt.tensor4("x"), pt.tensor4("w")
    output = conv2d(x, w, input_shape=(2, 3, None, 6), filter_shape=(4, None, 2, 3))
    assert output.type.shape == (2, 4, None, 4)
    function = pytensor.function([x, w], output, mode=MODES[mode_name])
    image, filters = np.ones((2, 3, 5, 6)), np.ones((4, 3, 2, 3))
    np.testing.assert_array_equal(function(image, filters), np.full((2, 4, 4, 4), 18.0))
    arguments = (image[:1], filters) if wrong == "input_shape" else (image, filters[:1])
    with pytest.raises((AssertionError, ValueError), match=r"(?i)shape"):
        function(*arguments)


def test_image_shape_is_the_old_name_of_input_shape():
    x, w = pt.tensor4("x"), pt.tensor4("w")
    with pytest.warns(DeprecationWarning, match="image_shape is deprecated") as warned:
        output = conv2d(x, w, image_shape=(2, 3, 8, 8), filter_shape=(4, 3, 3, 3))
    assert output.type.shape == (2, 4, 6, 6)
    assert warned[0].filename == __file__


def test_arguments_of_older_versions_are_ignored_with_a_warning():
    x, w = pt.tensor4("x"), pt.tensor4("w")
    with pytest.warns(UserWarning, match="conv2d ignores unroll_batch, unroll_kern") as warned:
        output = conv2d(x, w, unroll_kern=4, unroll_batch=2)
    assert output.owner.op == conv2d(x, w).owner.op
    assert warned[0].filename == __file__
