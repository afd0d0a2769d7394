import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from lenet.layers import Normalise, Pad, Rescale, Sequential, described
from tests.nnet.modes import MODES, in_modes

IMAGES = np.random.default_rng(0).random((2, 3, 3, 4))


def padded_by_hand(images, size, value):
    """Return images in the middle, the smaller half of an odd margin above and on the left."""
    result = np.full((*images.shape[:2], size, size), value)
    top, left = (size - images.shape[2]) // 2, (size - images.shape[3]) // 2
    for row in range(images.shape[2]):
        for column in range(images.shape[3]):
            result[:, :, top + row, left + column] = images[:, :, row, column]
    return result


@in_modes("c", "python", "jax")
def test_images_get_a_margin_and_another_range(mode_name, request):
    dtype = "float64" if mode_name == "python" else "float32"
    if mode_name == "jax":
        request.getfixturevalue("jax_types")(dtype)
    x = pt.tensor4("x", dtype=dtype)
    shift, scale = [0.5, -0.25, 0.0], [2.0, 0.5, 3.0]
    layers = [Normalise(shift, scale), Pad(6, -0.5), Rescale(-0.1, 1.175), Pad(6)]
    network = Sequential(layers, (3, 3, 4), np.random.default_rng(0))
    assert network.output_shape == (3, 6, 6)
    output = list(network.apply(x, training=False)[0].values())[-1]
    assert output.dtype == dtype
    found = pytensor.function([x], output, mode=MODES[mode_name])(IMAGES.astype(dtype))
    channels = [(IMAGES[:, c] - shift[c]) * scale[c] for c in range(3)]
    expected = -0.1 + 1.275 * padded_by_hand(np.stack(channels, axis=1), 6, -0.5)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7)


def test_neither_has_parameters_and_both_are_described_in_full():
    network = Sequential([Pad(7, 0.5), Rescale(-1, 2)], (1, 7, 7), np.random.default_rng(0))
    assert network.params == []
    again = [described(description) for description in network.describe()]
    assert again == [Pad(7, 0.5, name="pad1"), Rescale(-1, 2, name="scale1")]


@pytest.mark.parametrize(
    ("shift", "scale", "message"),
    [
        ([0.0], [1.0, 1.0], r"normal1: shift \[0.0\], expected a number for each of 2 channels"),
        (
            [0.0, 0.0],
            [1.0, np.inf],
            r"normal1: scale \[1.0, inf\], expected a number for each of 2",
        ),
    ],
    ids=["too few", "not finite"],
)
def test_numbers_that_do_not_fit_the_channels_are_said(shift, scale, message):
    with pytest.raises(ValueError, match=message):
        Sequential([Normalise(shift, scale)], (2, 5, 5), np.random.default_rng(0))


@pytest.mark.parametrize(
    ("shape", "message"),
    [((1, 6, 5), "pad1: images of 6 x 5 pixels, expected at most 5 x 5"), ((5,), "1 axes")],
    ids=["too large", "no image"],
)
def test_what_cannot_be_padded_is_said(shape, message):
    with pytest.raises(ValueError, match=message):
        Sequential([Pad(5)], shape, np.random.default_rng(0))
