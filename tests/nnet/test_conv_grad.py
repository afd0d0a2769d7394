import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from lenet.nnet import (
    conv2d_grad_wrt_inputs,
    conv2d_grad_wrt_weights,
    conv2d_transpose,
)
from tests.nnet.modes import MODES, Graph, evaluate, in_modes
from tests.nnet.oracles import convolve_by_loops

RNG = np.random.default_rng(11)
IMAGE, FILTERS = RNG.normal(size=(2, 4, 7, 6)), RNG.normal(size=(6, 2, 3, 2))
GEOMETRY = {
    "border_mode": ((1, 2), (0, 1)),
    "subsample": (2, 1),
    "filter_flip": False,
    "filter_dilation": (1, 2),
    "num_groups": 2,
}
OUTPUT, _, _ = convolve_by_loops(
    IMAGE, FILTERS, pads=((1, 2), (0, 1)), stride=(2, 1), dilation=(1, 2), groups=2, flip=False
)
GRADIENT = RNG.normal(size=OUTPUT.shape)
_, OF_IMAGE, OF_FILTERS = convolve_by_loops(
    IMAGE,
    FILTERS,
    GRADIENT,
    pads=((1, 2), (0, 1)),
    stride=(2, 1),
    dilation=(1, 2),
    groups=2,
    flip=False,
)


def symbols(count, dtype="float64"):
    return [pt.tensor4(dtype=dtype) for _ in range(count)]


@in_modes("c", "python", "jax")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_gradients_of_two_dimensions(dtype, mode_name):
    x, w, g = symbols(3, dtype)
    outputs = [
        conv2d_grad_wrt_inputs(g, w, (None, 4, *x.shape[2:]), (6, 2, None, None), **GEOMETRY),
        conv2d_grad_wrt_weights(x, g, (6, None, *w.shape[2:]), (2, 4, None, None), **GEOMETRY),
    ]
    values = [value.astype(dtype) for value in (IMAGE, FILTERS, GRADIENT)]
    tolerance = 1e-10 if dtype == "float64" else 1e-4
    for found, expected in zip(
        evaluate(Graph([x, w, g], outputs, values), mode_name), [OF_IMAGE, OF_FILTERS], strict=True
    ):
        assert found.dtype == dtype
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


@in_modes("c", "python", "jax")
def test_a_transposed_convolution_undoes_the_shape_of_a_convolution(mode_name):
    geometry = {**GEOMETRY, "input_dilation": GEOMETRY["subsample"]}
    del geometry["subsample"]
    g, w = symbols(2)
    output = conv2d_transpose(g, w, IMAGE.shape, FILTERS.shape, **geometry)
    assert output.type.shape == IMAGE.shape
    # The gradients of sum(output * IMAGE) are a convolution of IMAGE and its gradient for the filters.
    gradients = pytensor.grad(None, [g, w], known_grads={output: pt.constant(IMAGE)})
    results = evaluate(Graph([g, w], [output, *gradients], [GRADIENT, FILTERS]), mode_name)
    for found, expected in zip(results, [OF_IMAGE, OUTPUT, OF_FILTERS], strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10)


def test_a_transposed_convolution_of_symbolic_size():
    g, w, rows = *symbols(2), pt.lscalar("rows")
    output = conv2d_transpose(g, w, (None, None, rows, 7), input_dilation=(2, 2))
    function = pytensor.function([g, w, rows], output, mode=MODES["python"])
    gradient, filters = np.ones((1, 2, 3, 3)), np.ones((2, 5, 3, 3))
    # Both sizes lead to an output of three rows: the last is a row that no window reaches.
    assert function(gradient, filters, 7).shape == (1, 5, 7, 7)
    assert function(gradient, filters, 8).shape == (1, 5, 8, 7)
    np.testing.assert_array_equal(function(gradient, filters, 8)[:, :, 7], 0)
    with pytest.raises(ValueError, match=r"\(3, 3\), expected \(4, 3\)"):
        function(gradient, filters, 9)


@in_modes("python", "jax")
def test_unshared_gradients(mode_name):
    rng = np.random.default_rng(3)
    image, filters, gradient = (
        rng.normal(size=s) for s in [(2, 3, 6, 5), (4, 2, 2, 3, 3, 3), (2, 4, 2, 2)]
    )
    _, of_image, of_filters = convolve_by_loops(
        image,
        filters,
        gradient,
        pads=((0, 0), (1, 1)),
        stride=(2, 3),
        dilation=(1, 1),
        unshared=True,
    )
    geometry = {"border_mode": (0, 1), "subsample": (2, 3), "unshared": True}
    x, g, w = *symbols(2), pt.tensor(shape=(None,) * 6)
    outputs = [
        conv2d_grad_wrt_inputs(g, w, image.shape, filters.shape, **geometry),
        conv2d_grad_wrt_weights(x, g, (4, None, None, 3, 3, 3), **geometry),
        conv2d_transpose(
            g, w, image.shape, border_mode=(0, 1), input_dilation=(2, 3), unshared=True
        ),
    ]
    results = evaluate(Graph([x, w, g], outputs, [image, filters, gradient]), mode_name)
    for found, expected in zip(results, [of_image, of_filters, of_image], strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"input_shape": (2, 4, 7)}, r"invalid input_shape \(2, 4, 7\): expected 4 sizes"),
        ({"input_shape": (2, 4, None, 6)}, "only the first two sizes may be None"),
        ({"filter_shape": (6, 2, 3)}, r"shape \(6, 2, 3\) given for .* has 4 axes"),
        ({"filter_shape": (5, 2, 3, 2), "num_groups": 1}, "6 for 5 filters"),
        ({"filter_shape": FILTERS.shape, "subsample": (2, 3)}, "output gradient has shape"),
    ],
    ids=["sizes", "unknown", "filter-axes", "filter-shape", "subsample"],
)
def test_wrong_arguments_of_the_gradient_of_the_image(arguments, message):
    gradient, filters = pt.tensor(shape=GRADIENT.shape), pt.tensor4("w")
    with pytest.raises(ValueError, match=message):
        conv2d_grad_wrt_inputs(
            gradient, filters, **{"input_shape": IMAGE.shape, **GEOMETRY, **arguments}
        )


@pytest.mark.parametrize(
    ("filter_shape", "message"),
    [
        ((6, 2, 3), r"invalid filter_shape \(6, 2, 3\): expected 4 sizes"),
        ((6, 2, None, 2), "the last 2 sizes must be given"),
        ((6, 2, 3, 3), r"output gradient has shape \(4, 5\), expected \(4, 3\)"),
    ],
    ids=["sizes", "unknown", "kernel"],
)
def test_wrong_arguments_of_the_gradient_of_the_filters(filter_shape, message):
    image, gradient = pt.tensor(shape=IMAGE.shape), pt.tensor(shape=GRADIENT.shape)
    with pytest.raises(ValueError, match=message):
        conv2d_grad_wrt_weights(image, gradient, filter_shape, **GEOMETRY)
