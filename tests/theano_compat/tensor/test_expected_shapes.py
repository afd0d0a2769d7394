"""Shapes that programs declare and data contradict: computed, as by Theano."""

import numpy as np
import pytensor
import pytest
from scipy.signal import convolve

from lenet.compile import specialise
from lenet.compile.specialise import SpecialisingVM
from lenet.nnet.ops.conv import ConvOp
from lenet.nnet.ops.expected_shape import Declarations

MODES = ["FAST_COMPILE", "FAST_RUN"]


@pytest.fixture
def functions(theano):
    from theano.tensor.nnet import conv2d

    def compiled(mode, filters, **shapes):
        x = theano.tensor.dtensor4("x")
        bank = theano.shared(filters, name="filters")
        maps = conv2d(x, bank, **shapes)
        slope = theano.grad((maps**2).sum(), bank)
        return theano.function([x], [maps, slope], mode=mode), bank

    return compiled


def values(*shape, seed=0):
    return np.random.default_rng(seed).integers(-4, 5, shape).astype("float64")


def convolved(images, filters):
    """Return the convolution by SciPy, one image, map and channel at a time."""
    return np.array(
        [
            [
                sum(convolve(c, f, "valid") for c, f in zip(image, bank, strict=True))
                for bank in filters
            ]
            for image in images
        ]
    )


def slope_of_squares(images, filters):
    """Return the gradient of the sum of the squared maps, by differences, which are exact here."""
    result = np.empty_like(filters)
    for place in np.ndindex(filters.shape):
        step = np.zeros_like(filters)
        step[place] = 1
        above, below = ((convolved(images, filters + sign * step) ** 2).sum() for sign in (1, -1))
        result[place] = (above - below) / 2
    return result


@pytest.mark.parametrize("mode", MODES)
def test_data_of_other_shapes_are_computed(functions, mode):
    filters = values(3, 2, 2, 3)
    call, _ = functions(mode, filters, input_shape=(4, 2, 6, 5), filter_shape=(3, 2, 2, 3))
    for shape in [(4, 2, 6, 5), (1, 2, 6, 5), (2, 2, 7, 4), (4, 2, 6, 5)]:
        maps, slope = call(images := values(*shape, seed=1))
        np.testing.assert_allclose(maps, convolved(images, filters))
        np.testing.assert_allclose(slope, slope_of_squares(images, filters))


@pytest.mark.parametrize("mode", MODES)
def test_filters_of_another_shape_are_computed(functions, mode):
    call, bank = functions(mode, values(3, 2, 2, 2), filter_shape=(3, 2, 2, 2))
    images, others = values(2, 1, 5, 5, seed=1), values(2, 1, 3, 3, seed=2)
    bank.set_value(others)
    np.testing.assert_allclose(call(images)[0], convolved(images, others))


def test_expected_shapes_have_kernels_of_their_own(functions):
    call, _ = functions(
        "FAST_RUN", values(3, 2, 2, 2), input_shape=(4, 2, 6, 6), filter_shape=(3, 2, 2, 2)
    )
    assert isinstance(call.vm, SpecialisingVM)
    known = [(4, 2, 6, 6), (1, 2, 6, 6)]
    for shape in [*known, (1, 2, 6, 7), *known]:
        call(values(*shape))
        ops = {type(node.op) for node in call.vm.nodes}
        assert any(issubclass(op, ConvOp) for op in ops) == (shape not in known)


@pytest.mark.parametrize("mode", MODES)
def test_channels_that_filters_contradict_are_an_error(functions, mode):
    call, _ = functions(mode, values(3, 2, 2, 2), input_shape=(4, 2, 6, 6))
    with pytest.raises(ValueError, match=r"channels"):
        call(values(4, 3, 6, 6))


def test_shapes_that_contradict_one_another_are_computed(functions):
    filters = values(3, 2, 2, 2)
    call, _ = functions("FAST_RUN", filters, input_shape=(4, 5, 6, 6), filter_shape=(3, 2, 2, 2))
    images = values(1, 2, 4, 4)
    np.testing.assert_allclose(call(images)[0], convolved(images, filters))


def test_after_they_are_contradicted_a_version_has_the_sizes_of_the_data(theano, monkeypatch):
    from theano.tensor.nnet import conv2d, relu

    monkeypatch.setattr(specialise, "MIN_CALLS", 2)
    images, filters = values(1, 2, 6, 5), values(7, 2, 2, 3, seed=1)
    bank = theano.shared(filters[:1])
    maps = relu(conv2d(theano.shared(images), bank, filter_shape=(1, 2, 2, 3)))
    # The last steps are computed in place, in the compiled graph alone.
    rows = maps.reshape((maps.shape[1], -1))
    x = theano.tensor.dvector("x")
    function = theano.function([x], (rows - x.reshape((-1, 1))).max(axis=0))
    bank.set_value(filters)
    for _ in range(4):
        expected = np.maximum(convolved(images, filters)[0], 0).reshape(7, -1) - np.ones((7, 1))
        np.testing.assert_array_equal(function(np.ones(7)), expected.max(axis=0))
    assert len(function.vm.versions) == 1


def test_assert_shape_makes_them_an_error(theano, functions):
    with theano.config.change_flags({"conv.assert_shape": True}):
        call, _ = functions("FAST_COMPILE", values(3, 2, 2, 2), input_shape=(4, 2, 6, 6))
    with pytest.raises(AssertionError, match="shape"):
        call(values(1, 2, 6, 6))


def test_a_slice_of_shared_images_is_expected_too(theano):
    from theano.tensor.nnet import conv2d

    x, index = theano.tensor.dtensor4(), theano.tensor.lscalar()
    images, filters = values(5, 1, 6, 6), values(2, 1, 3, 3)
    stored = theano.shared(images)
    maps = conv2d(x, filters, input_shape=(2, 1, 6, 6), filter_shape=(2, 1, 3, 3))
    batch = {x: stored[index * 2 : (index + 1) * 2]}
    call = theano.function([index], maps, givens=batch, mode="FAST_RUN")
    for number, count in enumerate([2, 2, 1]):
        np.testing.assert_allclose(
            call(number), convolved(images[2 * number : 2 * number + count], filters)
        )
    assert call.vm.written.expected[1, 2] == 6


def test_wrong_numbers_of_sizes_are_refused(functions):
    with pytest.raises(ValueError, match="axes"):
        functions("FAST_COMPILE", values(3, 2, 2, 2), input_shape=(6, 6))


def test_pytensor_itself_goes_on_checking(theano):
    from lenet.nnet import conv2d
    from lenet.theano_compat import install, uninstall

    uninstall()
    try:
        assert not Declarations.may_be_wrong()
        x = pytensor.tensor.dtensor4()
        maps = conv2d(x, values(1, 1, 2, 2), input_shape=(1, 1, 4, 4))
    finally:
        install()  # as the other tests of this folder find it
    with pytest.raises(AssertionError):
        maps.eval({x: values(2, 1, 4, 4)}, mode="FAST_COMPILE")
