"""Checks of a convolution's shapes, against lengths counted one by one."""

import numpy as np
import pytest


@pytest.fixture
def T(theano):
    return theano.tensor


@pytest.fixture
def conv(T):
    return T.nnet.abstract_conv


def length(image, kernel, border, step, dilation):
    """Count the places of a filter along one axis."""
    reach = (kernel - 1) * dilation + 1
    pad = {"valid": 0, "full": reach - 1, "half": reach // 2}[border]
    return len(range(0, image + 2 * pad - reach + 1, step))


@pytest.mark.parametrize("border", ["valid", "half", "full"])
@pytest.mark.parametrize("step", [1, 2, 3])
@pytest.mark.parametrize("dilation", [1, 2])
def test_shapes_fit_that_a_convolution_gives(conv, border, step, dilation):
    image, kernel = (5, 3, 12, 9), (7, 3, 4, 2)
    options = (border, (step, step), (dilation, dilation))
    rows, columns = (length(image[k], kernel[k], border, step, dilation) for k in (2, 3))

    def fits(*output):
        return conv.check_conv_gradinputs_shape(image, kernel, output, *options)

    assert fits(5, 7, rows, columns)
    assert fits(None, None, rows, None)
    assert not fits(1, 7, rows, columns)
    assert not fits(5, 7, rows + 1, columns)
    assert not fits(5, 7, rows, columns - 1)


def test_other_numbers_of_axes_do_not_fit(conv):
    image, kernel, output = (1, 1, 5, 5), (1, 1, 3, 3), (1, 1, 3, 3)
    assert conv.check_conv_gradinputs_shape(image, kernel, output, "valid", (1, 1))
    assert not conv.check_conv_gradinputs_shape(image[:3], kernel, output, "valid", (1, 1))
    assert not conv.check_conv_gradinputs_shape(image, kernel, output, "valid", (1, 1, 1))
    assert not conv.check_conv_gradinputs_shape(image, kernel, output, "valid", (1, 1), (1,))


def test_unknown_lengths_may_fit(conv, T):
    rows = T.iscalar("rows")
    image, output = (None, 1, rows, 5), (1, 1, 3, 3)
    assert conv.check_conv_gradinputs_shape(image, (1, 1, 3, 3), output, "valid", (1, 1))
    assert not conv.check_conv_gradinputs_shape(image, (1, 1, 3, 2), output, "valid", (1, 1))


def test_lengths_are_checked_when_the_graph_runs(theano, T, conv):
    shape = T.iscalars("abcd")
    checked = theano.function(shape, conv.assert_conv_shape(shape), mode="FAST_COMPILE")
    np.testing.assert_array_equal(checked(0, 0, 1, 1), [0, 0, 1, 1])
    for wrong in ((-1, 3, 3, 3), (3, -1, 3, 3), (3, 3, 0, 3), (3, 3, 3, 0)):
        with pytest.raises(AssertionError, match="invalid shape"):
            checked(*wrong)


def test_lengths_that_are_known_are_checked_at_once(conv, T):
    assert conv.assert_conv_shape((0, 2, 1, 1)) == (0, 2, 1, 1)
    with pytest.raises(ValueError, match=r"dim\[2\]: 0 < 1"):
        conv.assert_conv_shape((1, 1, 0, T.iscalar()))
