import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from lenet.nnet import causal_conv1d, separable_conv2d, separable_conv3d
from tests.nnet.modes import Graph, evaluate, in_modes
from tests.nnet.oracles import convolve_by_loops


@in_modes("c", "python", "jax")
def test_separable_convolution_of_images(mode_name):
    rng = np.random.default_rng(3)
    image, depthwise, pointwise = (
        rng.normal(size=s) for s in [(2, 3, 6, 7), (6, 1, 3, 2), (4, 6, 1, 1)]
    )
    first, *_ = convolve_by_loops(
        image, depthwise, pads=((1, 0), (2, 2)), stride=(1, 2), dilation=(2, 1), groups=3
    )
    expected, of_first, of_pointwise = convolve_by_loops(
        first,
        pointwise,
        np.ones((2, 4, *first.shape[2:])),
        pads=((0, 0), (0, 0)),
        stride=(1, 1),
        dilation=(1, 1),
    )
    _, of_image, of_depthwise = convolve_by_loops(
        image, depthwise, of_first, pads=((1, 0), (2, 2)), stride=(1, 2), dilation=(2, 1), groups=3
    )
    inputs = [pt.tensor4() for _ in range(3)]
    output = separable_conv2d(
        *inputs,
        3,
        (2, 3, None, None),
        (6, 1, 3, None),
        (4, 6, 1, 1),
        border_mode=((1, 0), 2),
        subsample=(1, 2),
        filter_dilation=(2, 1),
    )
    outputs = [output, *pytensor.grad(output.sum(), inputs)]
    results = evaluate(Graph(inputs, outputs, [image, depthwise, pointwise]), mode_name)
    for found, wanted in zip(
        results, [expected, of_image, of_depthwise, of_pointwise], strict=True
    ):
        np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-10)


@in_modes("c", "python")
def test_separable_convolution_of_volumes(mode_name):
    rng = np.random.default_rng(5)
    volume, depthwise, pointwise = (
        rng.normal(size=s).astype("float32")
        for s in [(1, 2, 4, 5, 3), (4, 1, 2, 3, 1), (3, 4, 1, 1, 1)]
    )
    first, *_ = convolve_by_loops(
        volume, depthwise, pads=((1, 1),) * 3, stride=(1, 2, 1), dilation=(1, 1, 2), groups=2
    )
    expected, *_ = convolve_by_loops(
        first, pointwise, pads=((0, 0),) * 3, stride=(1, 1, 1), dilation=(1, 1, 1)
    )
    inputs = [pt.tensor5(dtype="float32") for _ in range(3)]
    output = separable_conv3d(
        *inputs, 2, border_mode=1, subsample=(1, 2, 1), filter_dilation=(1, 1, 2)
    )
    (found,) = evaluate(Graph(inputs, [output], [volume, depthwise, pointwise]), mode_name)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def causal_by_loops(sequences, filters, step, dilation, groups, flip):
    batch, _, length = sequences.shape
    maps, group_channels, taps = filters.shape
    result = np.zeros((batch, maps, -(-length // step)))
    for b, m, t in np.ndindex(*result.shape):
        for c, k in np.ndindex(group_channels, taps):
            # A true convolution: the first element of the filter meets the present.
            past = t * step - dilation * (k if flip else taps - 1 - k)
            channel = m // (maps // groups) * group_channels + c
            if past >= 0:
                result[b, m, t] += sequences[b, channel, past] * filters[m, c, k]
    return result


@in_modes("c", "python", "jax")
@pytest.mark.parametrize(
    ("step", "dilation", "groups", "flip"),
    [(1, 1, 1, True), (2, 3, 2, False)],
    ids=["plain", "all-arguments"],
)
def test_causal_convolution(step, dilation, groups, flip, mode_name):
    rng = np.random.default_rng(7)
    sequences, filters = rng.normal(size=(2, 4, 9)), rng.normal(size=(6, 4 // groups, 3))
    x, w = pt.tensor3(), pt.tensor3()
    output = causal_conv1d(
        x, w, (6, None, 3), (2, 4, None), step, flip, filter_dilation=dilation, num_groups=groups
    )
    (found,) = evaluate(Graph([x, w], [output], [sequences, filters]), mode_name)
    expected = causal_by_loops(sequences, filters, step, dilation, groups, flip)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"input": pt.matrix()}, ValueError, "input has 2 axes, expected 3"),
        ({"filters": pt.tensor4()}, ValueError, "filters has 4 axes, expected 3"),
        ({"filter_shape": (1, 2)}, ValueError, r"invalid filter_shape \(1, 2\): expected 3 sizes"),
        ({"filter_shape": (1, 2, None)}, ValueError, r"invalid filter_shape\[2\] None"),
        ({"subsample": 0}, ValueError, "invalid subsample 0"),
        ({"filter_dilation": -1}, ValueError, "invalid filter_dilation -1"),
        ({"unshared": True}, NotImplementedError, "use unshared=False"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_wrong_arguments_of_the_causal_convolution(arguments, error, message):
    arguments = {
        "input": pt.tensor3(),
        "filters": pt.tensor3(),
        "filter_shape": (1, 2, 3),
        **arguments,
    }
    with pytest.raises(error, match=message):
        causal_conv1d(**arguments)
