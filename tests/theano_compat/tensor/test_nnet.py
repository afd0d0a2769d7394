import numpy as np
import pytensor
import pytest
import scipy.signal
import scipy.special

from lenet.theano_compat.theano import tensor as T
from lenet.theano_compat.theano.tensor import nnet
from lenet.theano_compat.theano.tensor.signal import conv as signal_conv
from lenet.theano_compat.theano.tensor.signal import downsample, pool
from tests.theano_compat.tensor.values import value

ROWS = np.array([[1.0, 2.0, 4.0], [0.5, -1.0, 0.0]])
SMALL = np.random.default_rng(0).normal(size=(2, 2, 5, 6))
FILTERS = np.random.default_rng(1).normal(size=(3, 2, 2, 3))


def test_softmax_is_over_rows_and_a_vector_becomes_one():
    x, y = T.dmatrix(), T.dvector()
    expected = scipy.special.softmax(ROWS, axis=1)
    of_rows = [
        nnet.softmax(x),
        nnet.Softmax()(x),
        nnet.softmax_graph(x),
        nnet.nnet.softmax(x),
        T.exp(nnet.logsoftmax(x)),
        T.exp(nnet.LogSoftmax()(x)),
    ]

    np.testing.assert_allclose(value(of_rows, {x: ROWS}), [expected] * 6)
    assert nnet.softmax(y).broadcastable == (True, False)
    np.testing.assert_allclose(value(nnet.softmax(y), {y: ROWS[0]}), expected[:1])


def test_bias_and_first_columns():
    x, b = T.dmatrix(), T.dvector()
    bias = np.array([0.5, 0.0, -1.0])

    np.testing.assert_allclose(
        value(nnet.SoftmaxWithBias()(x, b), {x: ROWS, b: bias}),
        scipy.special.softmax(ROWS + bias, axis=1),
    )
    begun = [
        nnet.Prepend_scalar_constant_to_each_row(2.0)(x),
        nnet.Prepend_scalar_to_each_row()(2.0, x),
    ]
    np.testing.assert_allclose(value(begun, {x: ROWS}), [np.insert(ROWS, 0, 2, axis=1)] * 2)


def correlation(images, filters):
    """Correlate by plain loops."""
    rows, columns = filters.shape[2:]
    output = np.empty(
        (len(images), len(filters), images.shape[2] - rows + 1, images.shape[3] - columns + 1)
    )
    for i, j in np.ndindex(output.shape[2:]):
        output[:, :, i, j] = np.tensordot(
            images[:, :, i : i + rows, j : j + columns], filters, ([1, 2, 3], [1, 2, 3])
        )
    return output


def test_convolution_flips_the_filters_and_correlation_does_not():
    x, w = T.dtensor4(), T.dtensor4()
    given = {x: SMALL, w: FILTERS}
    flipped = correlation(SMALL, FILTERS[:, :, ::-1, ::-1])
    convolutions = [
        nnet.conv2d(x, w),
        nnet.abstract_conv.conv2d(x, w, SMALL.shape, FILTERS.shape),
        nnet.conv.conv2d(x, w, image_shape=SMALL.shape, filter_shape=FILTERS.shape),
        nnet.conv.ConvOp(
            imshp=SMALL.shape[1:],
            kshp=(2, 3),
            nkern=3,
            bsize=2,
            output_mode="valid",
            unroll_batch=2,
        )(x, w),
        nnet.ConvOp(dx=1, dy=1)(x, w),
    ]

    for convolution in value(convolutions, given):
        np.testing.assert_allclose(convolution, flipped)
    for correlated in value(
        [nnet.corr.CorrMM()(x, w), nnet.conv2d(x, w, filter_flip=False)], given
    ):
        np.testing.assert_allclose(correlated, correlation(SMALL, FILTERS))


@pytest.mark.parametrize("shape", [T.lvector(), T.constant([1, 2, 3, 4]), (T.lscalar(), 2, 3, 4)])
def test_shapes_of_a_convolution_are_numbers(shape):
    for name in ("imshp", "kshp"):
        with pytest.raises(ValueError, match=f"{name}=.*expected integers"):
            nnet.abstract_conv.AbstractConv2d(**{name: shape})


@pytest.mark.parametrize("flip", [True, False], ids=["convolution", "correlation"])
def test_classes_of_gradients_give_those_of_the_convolution(flip):
    x, w = T.dtensor4(), T.dtensor4()
    options = {"border_mode": "half", "subsample": (2, 1), "filter_flip": flip}
    output = nnet.abstract_conv.AbstractConv2d(SMALL.shape, FILTERS.shape, **options)(x, w)
    of_inputs = nnet.abstract_conv.AbstractConv2d_gradInputs(kshp=FILTERS.shape, **options)
    of_weights = nnet.abstract_conv.AbstractConv2d_gradWeights(kshp=FILTERS.shape, **options)
    expected = T.grad((output**2).sum() / 2, [x, w])
    computed = [of_inputs(w, output, x.shape[2:]), of_weights(x, output, (2, 3))]

    results = value([*expected, *computed], {x: SMALL, w: FILTERS})

    np.testing.assert_allclose(results[2], results[0])
    np.testing.assert_allclose(results[3], results[1])


def test_class_of_gradients_of_filters_that_are_not_shared():
    x, w = T.dtensor4(), T.dtensor6()
    images, filters = np.arange(32.0).reshape(1, 2, 4, 4), np.ones((3, 3, 3, 2, 2, 2))
    output = nnet.conv2d(x, w, filter_shape=filters.shape, unshared=True)
    expected = T.grad((output**2).sum() / 2, w)
    of_weights = nnet.abstract_conv.AbstractConv2d_gradWeights(unshared=True)
    computed = of_weights(x, output, (2, 2))
    results = value([expected, computed], {x: images, w: filters})
    np.testing.assert_allclose(results[1], results[0])


def test_classes_of_gradients_of_three_axes():
    x, w = T.dtensor5(), T.dtensor5()
    output = nnet.abstract_conv.AbstractConv3d()(x, w)
    expected = T.grad((output**2).sum() / 2, [x, w])
    computed = [
        nnet.abstract_conv.AbstractConv3d_gradInputs()(w, output, (3, 4, 5)),
        nnet.abstract_conv.AbstractConv3d_gradWeights()(x, output, (2, 2, 3)),
    ]
    rng = np.random.default_rng(4)
    given = {x: rng.normal(size=(1, 1, 3, 4, 5)), w: rng.normal(size=(1, 1, 2, 2, 3))}

    results = value([*expected, *computed], given)

    np.testing.assert_allclose(results[2], results[0])
    np.testing.assert_allclose(results[3], results[1])


def test_output_shape_of_the_old_convolution():
    assert nnet.conv.ConvOp.getOutputShape((5, 6), (2, 3)) == (4, 4)
    assert nnet.conv.ConvOp.getOutputShape((5, 6), (2, 3), (2, 1), "full") == (3, 8)


@pytest.mark.parametrize("mode", ["valid", "full"])
def test_convolution_of_single_channels(mode):
    x, w, bank = T.dtensor3(), T.dmatrix(), T.dtensor3()
    images, filters = SMALL[:, 0], FILTERS[:, 0]
    expected = np.array(
        [[scipy.signal.convolve2d(image, each, mode) for each in filters] for image in images]
    )

    np.testing.assert_allclose(
        value(signal_conv.conv2d(x, bank, border_mode=mode), {x: images, bank: filters}), expected
    )
    np.testing.assert_allclose(
        value(signal_conv.conv2d(x, w, border_mode=mode), {x: images, w: filters[0]}),
        expected[:, 0],
    )
    np.testing.assert_allclose(
        value(signal_conv.conv2d(x[0], w, border_mode=mode), {x: images, w: filters[0]}),
        expected[0, 0],
    )


def test_convolution_of_films_has_channels_third():
    x, w = T.dtensor5(), T.dtensor5()
    films = np.random.default_rng(2).normal(size=(2, 3, 1, 4, 5))
    filters = np.random.default_rng(3).normal(size=(1, 2, 1, 2, 2))
    convolved = nnet.conv3d2d.conv3d(x, w, films.shape, filters.shape)
    expected = np.array(
        [scipy.signal.convolve(film[:, 0], filters[0, :, 0], "valid") for film in films]
    )

    np.testing.assert_allclose(value(convolved, {x: films, w: filters})[:, :, 0], expected)
    with pytest.raises(NotImplementedError, match="thrice"):
        nnet.conv3d2d.conv3d(x, w, border_mode=("valid", "full", "full"))


def test_pooling_takes_old_and_new_names():
    x = T.dtensor4()
    cropped = SMALL[:, :, :4].reshape(2, 2, 2, 2, 3, 2)
    with pytest.warns(DeprecationWarning, match="ds is deprecated"):
        renamed = pool.pool_2d(x, ds=(2, 2), ignore_border=True)
    pooled = [
        renamed,
        pool.pool_2d(x, (2, 2), True),
        pool.Pool(ignore_border=True)(x, (2, 2)),
        downsample.max_pool_2d(x, (2, 2), ignore_border=True),
        downsample.DownsampleFactorMax((2, 2), ignore_border=True)(x),
        T.signal.pool.pool_2d(x, ws=(2, 2), ignore_border=True),
    ]

    np.testing.assert_allclose(value(pooled, {x: SMALL}), [cropped.max((3, 5))] * 6)
    means = pool.Pool(ignore_border=True, mode="average_exc_pad")(x, (2, 2))
    np.testing.assert_allclose(value(means, {x: SMALL}), cropped.mean((3, 5)))
    with pytest.raises(ValueError, match="ndim is 0"):
        pool.Pool(ndim=0)


def test_relu_of_numpys_numbers_is_one_of_these():
    np.testing.assert_array_equal(nnet.relu(np.array([-2.0, 0, 3])), [0, 0, 3])
    assert nnet.relu(np.float64(-2), alpha=0.25) == -0.5
    assert nnet.relu(np.array([-2.0]), T.constant(0.5)).eval() == [-1]


@pytest.mark.parametrize(
    ("name", "approximated"),
    [
        ("local_ultra_fast_sigmoid", nnet.ultra_fast_sigmoid),
        ("local_hard_sigmoid", nnet.hard_sigmoid),
    ],
)
def test_a_mode_may_name_an_approximation_of_the_sigmoid(name, approximated):
    x = T.dvector()
    outputs = [nnet.sigmoid(x), T.grad(nnet.sigmoid(x).sum(), x)]
    mode = pytensor.compile.get_default_mode()
    (expected,) = pytensor.function([x], [approximated(x)], mode=mode)([0.5, -9.0])
    computed = pytensor.function([x], outputs, mode=mode.including(name))([0.5, -9.0])
    np.testing.assert_allclose(computed, [expected, expected * (1 - expected)])
    exact = pytensor.function([x], outputs[:1], mode=mode)([0.5, -9.0])
    assert np.abs(exact[0] - expected).max() > 1e-3
