"""Correlations as operations, and the shapes of their gradients, against plain NumPy."""

import numpy as np
import pytest
from scipy.signal import correlate


@pytest.fixture
def nnet(theano):
    return theano.tensor.nnet


def values(*shape, seed=0):
    return np.random.default_rng(seed).integers(-4, 5, shape).astype("float64")


def correlated(images, filters, pad=0):
    """Return the correlation by SciPy, one image, map and channel at a time."""
    width = [(0, 0), (0, 0), *[(pad, pad)] * (images.ndim - 2)]
    padded = np.pad(images, width)
    return np.array(
        [
            [
                sum(correlate(c, f, "valid") for c, f in zip(image, bank, strict=True))
                for bank in filters
            ]
            for image in padded
        ]
    )


KINDS = {
    2: ("CorrMM", "CorrMM_gradWeights", "CorrMM_gradInputs", (2, 3, 6, 5), (4, 3, 2, 3)),
    3: (
        "Corr3dMM",
        "Corr3dMM_gradWeights",
        "Corr3dMM_gradInputs",
        (2, 3, 4, 3, 3),
        (2, 3, 2, 2, 1),
    ),
}


@pytest.mark.parametrize("spatial", KINDS)
@pytest.mark.parametrize("pad", [0, 1])
def test_values_and_gradients(nnet, spatial, pad):
    forward, of_weights, of_inputs, image_shape, filter_shape = KINDS[spatial]
    module = nnet.corr if spatial == 2 else nnet.corr3d
    images, filters = values(*image_shape), values(*filter_shape, seed=1)
    mode = (pad,) * spatial
    maps = getattr(module, forward)(mode)(images, filters).eval(mode="FAST_COMPILE")
    np.testing.assert_allclose(maps, correlated(images, filters, pad))
    top = values(*maps.shape, seed=2)
    shapes = (filter_shape, image_shape)
    for name, other, linear, shape in zip(
        (of_weights, of_inputs),
        (images, filters),
        (lambda f: correlated(images, f, pad), lambda x: correlated(x, filters, pad)),
        shapes,
        strict=True,
    ):
        for sizes in (None, shape[2:]):
            slope = getattr(module, name)(mode)(other, top, sizes).eval(mode="FAST_COMPILE")
            assert slope.shape == shape
            # The correlation is linear: its gradient is the product with each unit array.
            for place in np.random.default_rng(3).integers(0, shape, (4, len(shape))):
                unit = np.zeros(shape)
                unit[tuple(place)] = 1
                np.testing.assert_allclose(slope[tuple(place)], (linear(unit) * top).sum())


def test_a_shape_that_does_not_follow_has_to_be_given(nnet):
    images, filters = values(1, 1, 5, 5), values(1, 1, 2, 2)
    for operation in (nnet.corr.CorrMM_gradWeights, nnet.corr.CorrMM_gradInputs):
        with pytest.raises(ValueError, match="shape must be given"):
            operation(subsample=(2, 2))(images, filters)
    with pytest.raises(ValueError, match="shape must be given"):
        nnet.corr.CorrMM_gradWeights("half")(images, filters)


@pytest.mark.parametrize("border_mode", ["valid", "full", "half", (1, 2), ((1, 0), (2, 1))])
@pytest.mark.parametrize("dilation", [(1, 1), (2, 3)])
def test_shapes_of_gradients_are_those_that_lead_to_the_output(nnet, border_mode, dilation):
    conv = nnet.abstract_conv
    image, kernel, options = (7, 6, 15, 17), (4, 3, 3, 5), (border_mode, (1, 1), dilation)
    top = conv.get_conv_output_shape(image, kernel, *options)
    assert conv.get_conv_gradinputs_shape(kernel, top, *options, num_groups=2) == image
    found = conv.get_conv_gradweights_shape(image, top, *options, num_groups=2)
    assert found[:2] == (4, 3)
    if border_mode == "half":
        assert found[2:] == (None, None)
    elif border_mode == "full":
        assert conv.get_conv_output_shape(image, found, *options) == top
    else:
        assert found == kernel


def test_unknown_sizes_stay_unknown(nnet):
    conv = nnet.abstract_conv
    options = ("valid", (2, 1))
    assert conv.get_conv_gradinputs_shape((4, 3, 2, None), (None, 4, 5, 5), *options) == (
        *(None, 3),
        *(None, None),
    )
    assert conv.get_conv_gradweights_shape((1, 3, 5, 5), (1, 4, 2, 4), *options) == (4, 3, None, 2)
    unshared = conv.get_conv_gradweights_shape(
        (1, 3, 5, 5), (1, 4, 4, 4), "valid", (1, 1), unshared=True
    )
    assert unshared == (4, 4, 4, 3, 2, 2)


def test_assert_shape(theano, nnet):
    x = theano.tensor.dmatrix()
    assert nnet.abstract_conv.assert_shape(x, (2, None)) is x
    with theano.config.change_flags({"conv.assert_shape": True}):
        checked = nnet.abstract_conv.assert_shape(x, (2, None), "two rows")
        assert nnet.abstract_conv.assert_shape(x, None) is x
    f = theano.function([x], checked, mode="FAST_COMPILE")
    assert f(np.zeros((2, 5))).shape == (2, 5)
    with pytest.raises(AssertionError, match="two rows"):
        f(np.zeros((3, 5)))
